/* The output file of a command. See output.h. */
#include "output.h"

#include <errno.h>
#include <string.h>

#include "files.h"
#include "input.h"

FILE *trace_output_create(const char *path)
{
    FILE *file = hmi_trace_file_create(path ? path : TRACE_STANDARD_STREAM);

    if (!file)
        trace_complain("%s: the file cannot be created: %s", path, strerror(errno));
    return file;
}

bool trace_output_close(FILE *file, const char *path, const char *what)
{
    bool is_standard = file == stdout;

    return hmi_trace_file_close(file) ||
           trace_complain("%s: the %s cannot be written", is_standard ? "standard output" : path, what);
}
