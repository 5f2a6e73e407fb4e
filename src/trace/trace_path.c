/* See trace_path.h. The text is made twice, first to compute its length. */
#include "trace/trace_path.h"

#include "base/output.h"

typedef struct parts {
    UINT32 process;
    UINT32 instance;
    UINT32 number;
} parts;

/* The position of the dot of the file name's extension; the end of the path if there is none. */
static const char *ending_of(const char *path)
{
    const char *name = path, *ending = NULL;
    for (; *path; path++) {
        if (*path == '/' || *path == '\\' || *path == ':') {
            name = path + 1;
            ending = NULL;
        } else if (*path == '.' && path > name) {
            ending = path;
        }
    }
    return ending ? ending : path;
}

static void write_path(hmi_output *output, const char *path, const parts *parts)
{
    const char *ending = ending_of(path);
    for (;; path++) {
        if (path == ending && parts->number > 1) {
            hmi_output_byte(output, '-');
            hmi_output_number(output, parts->number);
        }
        if (!*path)
            return;
        if (path[0] == '%' && (path[1] == 'p' || path[1] == 'i'))
            hmi_output_number(output, *++path == 'p' ? parts->process : parts->instance);
        else
            hmi_output_byte(output, *path);
    }
}

char *hmi_trace_path_expand(hostmem_os *os, const char *path, UINT32 instance, UINT32 number)
{
    const parts parts = {os->process_id(os), instance, number};
    hmi_output output = hmi_output_begin(NULL, 0);
    char *expanded;
    write_path(&output, path, &parts);
    expanded = os->object_alloc(os, output.length + 1); /* zeroed */
    if (expanded)
        output = hmi_output_begin(expanded, output.length + 1);
    if (expanded)
        write_path(&output, path, &parts);
    return expanded;
}
