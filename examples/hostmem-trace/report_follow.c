/* The trace is read as far as it has been written; at its end requests are waited for. Each page is made of what has
 * been read so far. */
#include "report_follow.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "console.h"
#include "file_name.h"
#include "follow.h"
#include "http_server.h"
#include "input.h"
#include "temporary.h"

enum {
    WAIT_MS = 100,
    ITEMS_AT_ONCE = 4096 /* between looks at requests while there is more to read */
};

typedef struct served {
    follow follow;
    trace_input input;
    report_model *model;
    frame_names *names;
    http_server *server;
    uint64_t items;
} served;

/* Not 0, and another one when there is more to show. */
static uint64_t version_of(const served *served)
{
    return 1 + 2 * served->items + (hostmem_trace_reader_ending(served->input.reader) != HOSTMEM_TRACE_READING);
}

static void write_page(served *served, FILE *file)
{
    const hostmem_trace_reader *reader = served->input.reader;
    report_about about = {
        .file_name = file_name_of(served->input.name, strlen(served->input.name)),
        .file_bytes = hostmem_trace_reader_bytes_read(reader),
        .ending = hostmem_trace_reader_ending(reader),
        .problem = hostmem_trace_reader_problem(reader)->text,
        .unknown = hostmem_trace_reader_get_counts(reader).unknown,
        .version = version_of(served),
    };

    report_model_end(served->model);
    report_origins_resolve(&served->model->origins, served->names);
    report_page_write(file, served->model, &about);
    report_model_resume(served->model);
}

static http_answer answer(void *context, const char *path)
{
    bool is_page = !strcmp(path, "/");
    http_answer answer = {0};
    temporary temporary;

    if (!is_page && strcmp(path, "/version") != 0)
        return answer;
    answer.type = is_page ? "text/html; charset=utf-8" : "text/plain; charset=utf-8";
    temporary_begin(&temporary);
    if (!temporary.file)
        return answer;
    if (is_page)
        write_page(context, temporary.file);
    else
        fprintf(temporary.file, "%" PRIu64, version_of(context));
    answer.body = temporary_take(&temporary, &answer.bytes);
    return answer;
}

static bool wait(void *context)
{
    served *served = context;

    if (served->server)
        http_server_serve(served->server, WAIT_MS);
    else
        console_sleep(WAIT_MS); /* the file's header is not there yet */
    return !console_is_interrupted();
}

/* Returns false if out of memory. */
static bool serve(served *served)
{
    hostmem_trace_item item;

    while (!console_is_interrupted() && trace_input_next(&served->input, &item)) {
        if (!report_model_add(served->model, &item))
            return trace_complain("there is not enough memory for a report of %s", served->input.name);
        if (++served->items % ITEMS_AT_ONCE == 0)
            http_server_serve(served->server, 0);
    }
    while (!console_is_interrupted())
        http_server_serve(served->server, WAIT_MS);
    return true;
}

static int run(served *served, uint16_t port)
{
    int status = TRACE_EXIT_FAILED;

    served->model = report_model_create(hostmem_trace_reader_header(served->input.reader));
    served->server = served->model ? http_server_open(port, answer, served) : NULL;
    if (served->server) {
        printf("http://127.0.0.1:%u/ shows the report until Ctrl+C\n", (unsigned)http_server_port(served->server));
        fflush(stdout);
        if (serve(served))
            status = TRACE_EXIT_OK;
        http_server_close(served->server);
    }
    report_model_destroy(served->model);
    if (status != TRACE_EXIT_OK || hostmem_trace_reader_ending(served->input.reader) != HOSTMEM_TRACE_DAMAGED) {
        hostmem_trace_reader_close(served->input.reader); /* whoever stops it does not miss the end */
        return status;
    }
    return trace_input_close(&served->input);
}

int report_follow(const char *path, uint16_t port, frame_names *names)
{
    served served = {.follow = {.wait = wait}, .names = names};
    hostmem_trace_problem problem = {0};
    hostmem_trace_source source;
    int status = TRACE_EXIT_FAILED;

    served.follow.context = &served;
    if (!follow_open(&served.follow, path, &source, &problem)) {
        trace_complain("%s: at byte 0: %s", path, problem.text);
        return TRACE_EXIT_FAILED;
    }
    console_begin(false);
    if (trace_input_open_source(&served.input, path, &source))
        status = run(&served, port);
    console_end();
    return status;
}
