/* hostmem-trace report: a web page that shows a trace, in one file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "file_name.h"
#include "files.h"
#include "input.h"
#include "report_data.h"
#include "report_follow.h"
#include "report_page.h"

void report_page_write(FILE *file, const report_model *model, const report_about *about)
{
    fwrite(report_page_before, 1, report_page_before_bytes, file);
    report_data_write(file, model, about);
    fwrite(report_page_after, 1, report_page_after_bytes, file);
}

static bool write_page(const char *path, report_model *model, const report_about *about)
{
    FILE *file = hmi_trace_file_create(path);
    if (!file)
        return trace_complain("%s cannot be written", path);
    report_page_write(file, model, about);
    return hmi_trace_file_close(file) || trace_complain("%s could not be written to its end", path);
}

static bool read_trace(trace_input *input, report_model *model)
{
    hostmem_trace_item item;
    while (trace_input_next(input, &item)) {
        if (!report_model_add(model, &item))
            return false;
    }
    report_model_end(model);
    return true;
}

static bool report(trace_input *input, const char *path, frame_names *names)
{
    report_model *model = report_model_create(hostmem_trace_reader_header(input->reader));
    bool is_done = model && read_trace(input, model);
    if (is_done) {
        report_about about = {
            .file_name = file_name_of(input->name, strlen(input->name)),
            .file_bytes = hostmem_trace_reader_bytes_read(input->reader),
            .ending = hostmem_trace_reader_ending(input->reader),
            .problem = hostmem_trace_reader_problem(input->reader)->text,
            .unknown = hostmem_trace_reader_get_counts(input->reader).unknown,
        };
        trace_input_end_progress(input);
        report_origins_resolve(&model->origins, names);
        is_done = write_page(path, model, &about);
    } else {
        trace_complain("there is not enough memory for a report of %s", input->name);
    }
    report_model_destroy(model);
    return is_done;
}

static bool read_port(const char *text, uint16_t *port)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    *port = (uint16_t)number;
    return *text >= '0' && *text <= '9' && !*end && number <= UINT16_MAX;
}

/* Reads the trace to its end. */
static int report_to_file(const char *trace, const char *page, frame_names *names)
{
    trace_input input;
    bool is_written;
    int status;
    if (!trace_input_open(&input, trace))
        return TRACE_EXIT_FAILED;
    is_written = report(&input, page, names);
    status = trace_input_close(&input);
    return is_written ? status : TRACE_EXIT_FAILED;
}

int report_run(int count, char **arguments)
{
    const char *trace = NULL, *page = NULL;
    frame_names names = {0};
    bool follows = false, has_port = false;
    uint16_t port = 0;
    int status;
    for (int i = 0; i < count; i++) {
        if (!strcmp(arguments[i], "-o") && i + 1 < count && !page)
            page = arguments[++i];
        else if (!strcmp(arguments[i], "--follow"))
            follows = true;
        else if (!strcmp(arguments[i], "--port") && i + 1 < count) {
            if (!read_port(arguments[++i], &port)) {
                trace_complain("--port needs a number from 0 to 65535, not \"%s\"", arguments[i]);
                return TRACE_EXIT_USAGE;
            }
            has_port = true;
        } else if (frame_names_option(&names, count, arguments, &i))
            continue;
        else if (trace_is_path(arguments[i]) && !trace)
            trace = arguments[i];
        else
            trace = NULL, page = "", count = i; /* anything else is an error */
    }
    if (!trace || follows == (page != NULL) || (page && !*page) || (has_port && !follows)) {
        trace_complain("report needs one FILE, and -o PAGE.html or --follow [--port PORT]");
        return TRACE_EXIT_USAGE;
    }
    if (follows && !strcmp(trace, TRACE_STANDARD_STREAM)) {
        trace_complain("report --follow needs a file, not standard input");
        return TRACE_EXIT_USAGE;
    }
    if (!frame_names_begin(&names))
        status = TRACE_EXIT_FAILED;
    else
        status = follows ? report_follow(trace, port, &names) : report_to_file(trace, page, &names);
    frame_names_free(&names);
    return status;
}
