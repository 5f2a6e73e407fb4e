/* hostmem-trace csv: one row for each event, for spreadsheets and other programs. */
#include <string.h>

#include "commands.h"
#include "input.h"
#include "output.h"
#include "rows.h"

static bool read_arguments(int count, char **arguments, const char **path, const char **out_path)
{
    for (int i = 0; i < count; i++) {
        if (!strcmp(arguments[i], "-o") && i + 1 < count && !*out_path)
            *out_path = arguments[++i];
        else if (trace_is_path(arguments[i]) && !*path)
            *path = arguments[i];
        else
            return trace_complain("csv: unknown argument %s (--help)", arguments[i]);
    }
    return *path || trace_complain("csv needs a FILE (--help)");
}

int csv_run(int count, char **arguments)
{
    const char *path = NULL, *out_path = NULL;
    trace_input input;
    FILE *out;
    int status;

    if (!read_arguments(count, arguments, &path, &out_path))
        return TRACE_EXIT_USAGE;
    /* First, so that a wrong FILE does not overwrite OUT. */
    if (!trace_input_open(&input, path))
        return TRACE_EXIT_FAILED;
    out = trace_output_create(out_path);
    if (!out) {
        trace_input_close(&input);
        return TRACE_EXIT_FAILED;
    }
    rows_write(out, &input, false);
    status = trace_input_close(&input);
    return trace_output_close(out, out_path, "rows") ? status : TRACE_EXIT_FAILED;
}
