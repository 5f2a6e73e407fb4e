/* hostmem-trace summary: what happened in a few tables. */
#include <inttypes.h>
#include <stdio.h>

#include "commands.h"
#include "input.h"

int summary_run(int count, char **arguments)
{
    trace_input input;
    trace_item item;
    uint64_t events = 0;

    if (count != 1) {
        trace_complain("summary needs one FILE");
        return TRACE_EXIT_USAGE;
    }
    if (!trace_input_open(&input, arguments[0]))
        return TRACE_EXIT_FAILED;
    while (trace_input_next(&input, &item))
        events += item.kind == TRACE_ITEM_EVENT;
    printf("%" PRIu64 " events\n", events);
    return trace_input_close(&input);
}
