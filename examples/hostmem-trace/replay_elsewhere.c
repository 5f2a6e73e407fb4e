/* hostmem-trace replay on other systems than Windows: reports that it is not available. */
#include "commands.h"
#include "input.h"

int replay_run(int count, char **arguments)
{
    (void)count;
    (void)arguments;
    trace_complain("replay needs Windows: the calls of a trace are made again there");
    return TRACE_EXIT_FAILED;
}
