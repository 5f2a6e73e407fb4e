/* hostmem-trace export: a trace in the format of another tool. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "export_formats.h"
#include "files.h"
#include "output.h"
#include "rows.h"

typedef struct exporting {
    const char *path;
    const char *out_path;
    const char *format;
    export_value value;
    bool has_value;
    trace_input input;
    digest digest;
    frame_names names;
} exporting;

static void digest_trace(exporting *exporting)
{
    hostmem_trace_item item;

    exporting->digest.origins.keeps_all_frames = true;
    digest_begin(&exporting->digest, hostmem_trace_reader_header(exporting->input.reader));
    while (trace_input_next(&exporting->input, &item))
        digest_add(&exporting->digest, &item);
    trace_input_end_progress(&exporting->input);
    origins_resolve(&exporting->digest.origins, &exporting->names);
}

static bool write_pprof(FILE *out, exporting *exporting)
{
    digest_trace(exporting);
    return export_pprof(out, hostmem_trace_reader_header(exporting->input.reader), &exporting->digest);
}

static bool write_perfetto(FILE *out, exporting *exporting)
{
    return export_perfetto(out, &exporting->input);
}

static bool write_speedscope(FILE *out, exporting *exporting)
{
    digest_trace(exporting);
    return export_speedscope(out, exporting->input.name, &exporting->digest);
}

static bool write_collapsed(FILE *out, exporting *exporting)
{
    digest_trace(exporting);
    export_collapsed(out, &exporting->digest, exporting->value);
    return true;
}

static bool write_csv(FILE *out, exporting *exporting)
{
    rows_write(out, &exporting->input, false);
    return true;
}

static bool write_jsonl(FILE *out, exporting *exporting)
{
    rows_write(out, &exporting->input, true);
    return true;
}

static const struct format {
    const char *name;
    bool (*write)(FILE *out, exporting *exporting); /* false: out of memory */
    bool has_stacks;
} formats[] = {
    {"pprof", write_pprof, true},         {"perfetto", write_perfetto, false}, {"speedscope", write_speedscope, true},
    {"collapsed", write_collapsed, true}, {"csv", write_csv, false},           {"jsonl", write_jsonl, false},
};

static const struct format *format_of(const char *name)
{
    for (size_t i = 0; name && i < sizeof(formats) / sizeof(*formats); i++)
        if (!strcmp(formats[i].name, name))
            return &formats[i];
    return NULL;
}

static bool read_value(exporting *exporting, const char *name)
{
    exporting->has_value = true;
    for (int i = 0; i < EXPORT_VALUES; i++)
        if (!strcmp(export_value_names[i], name)) {
            exporting->value = (export_value)i;
            return true;
        }
    return trace_complain("export: unknown value %s (--help lists them)", name);
}

static bool read_arguments(int count, char **arguments, exporting *exporting)
{
    exporting->value = EXPORT_LEFT_BYTES;
    for (int i = 0; i < count; i++) {
        if (!strcmp(arguments[i], "--to") && i + 1 < count && !exporting->format)
            exporting->format = arguments[++i];
        else if (frame_names_option(&exporting->names, count, arguments, &i))
            continue;
        else if (!strcmp(arguments[i], "--value") && i + 1 < count && !exporting->has_value) {
            if (!read_value(exporting, arguments[++i]))
                return false;
        } else if (!strcmp(arguments[i], "-o") && i + 1 < count && !exporting->out_path)
            exporting->out_path = arguments[++i];
        else if (trace_is_path(arguments[i]) && !exporting->path)
            exporting->path = arguments[i];
        else
            return trace_complain("export: unknown argument %s (--help)", arguments[i]);
    }
    if (!exporting->path || !exporting->format)
        return trace_complain("export needs --to FORMAT and a FILE (--help)");
    if (!format_of(exporting->format))
        return trace_complain("export: unknown format %s (--help lists them)", exporting->format);
    if ((exporting->names.folders || exporting->names.methods_path) && !format_of(exporting->format)->has_stacks)
        return trace_complain("export: %s has no stacks for --symbols and --methods", exporting->format);
    return !exporting->has_value || !strcmp(exporting->format, "collapsed") ||
           trace_complain("export: only the format collapsed has one value; %s has all of them", exporting->format);
}

/* Binary formats would only disturb a terminal. */
static bool may_print(const exporting *exporting)
{
    return (exporting->out_path && strcmp(exporting->out_path, TRACE_STANDARD_STREAM) != 0) ||
           (strcmp(exporting->format, "pprof") != 0 && strcmp(exporting->format, "perfetto") != 0) ||
           !hmi_trace_file_is_terminal(stdout) ||
           trace_complain("export: %s is not text; -o OUT names a file for it", exporting->format);
}

static int write_export(exporting *exporting)
{
    FILE *out = trace_output_create(exporting->out_path);
    bool is_good;
    int status;

    if (!out) {
        trace_input_close(&exporting->input);
        return TRACE_EXIT_FAILED;
    }
    is_good = format_of(exporting->format)->write(out, exporting) ||
              trace_complain("there is not enough memory to export %s", exporting->input.name);
    digest_free(&exporting->digest);
    frame_names_free(&exporting->names);
    status = trace_input_close(&exporting->input);
    return trace_output_close(out, exporting->out_path, "export") && is_good ? status : TRACE_EXIT_FAILED;
}

int export_run(int count, char **arguments)
{
    static exporting exporting; /* too large for some stacks */

    if (!read_arguments(count, arguments, &exporting) || !may_print(&exporting))
        return TRACE_EXIT_USAGE;
    /* First, so that a wrong FILE does not overwrite OUT. */
    if (!frame_names_begin(&exporting.names) || !trace_input_open(&exporting.input, exporting.path))
        return TRACE_EXIT_FAILED;
    return write_export(&exporting);
}
