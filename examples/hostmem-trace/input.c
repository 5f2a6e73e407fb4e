/* The input file of a command. See input.h. */
#include "input.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "files.h"
#include "utf8.h"

/* Shorter files are read too fast for a progress display. */
#define LONG_FILE_BYTES ((uint64_t)1 << 20)

/* After so many items the progress is looked at, and shown if the size of the file is not known. */
enum { PROGRESS_ITEMS = 1 << 10, SHOWN_ITEMS = 1 << 20 };

/* bytes of a message on stderr */
enum { MOST_TEXT = 2048 };

bool trace_complain(const char *format, ...)
{
    char text[MOST_TEXT], shown[MOST_TEXT];
    va_list arguments;

    fflush(stdout);
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    utf8_printable(text, strlen(text), shown, sizeof(shown));
    fprintf(stderr, "hostmem-trace: %s\n", shown);
    return false;
}

bool trace_is_path(const char *argument)
{
    return argument[0] != '-' || !strcmp(argument, TRACE_STANDARD_STREAM);
}

static void complain_of_file(const char *name, const hostmem_trace_problem *problem)
{
    trace_complain("%s: at byte %" PRIu64 ": %s", name, problem->offset, problem->text);
}

bool trace_input_open(trace_input *input, const char *path)
{
    hostmem_trace_problem problem;
    uint64_t total;

    *input = (trace_input){.name = strcmp(path, TRACE_STANDARD_STREAM) ? path : "standard input",
                           .reader = hostmem_trace_reader_open(path, &problem)};
    if (!input->reader) {
        complain_of_file(input->name, &problem);
        return false;
    }
    total = hostmem_trace_reader_total_bytes(input->reader);
    input->shows_progress = (!total || total >= LONG_FILE_BYTES) && hmi_trace_file_is_terminal(stderr);
    return true;
}

bool trace_input_open_source(trace_input *input, const char *name, const hostmem_trace_source *source)
{
    hostmem_trace_problem problem;

    *input = (trace_input){.name = name, .reader = hostmem_trace_reader_open_source(source, &problem)};
    if (!input->reader)
        complain_of_file(name, &problem);
    return input->reader != NULL;
}

static void show_progress(trace_input *input)
{
    uint64_t total = hostmem_trace_reader_total_bytes(input->reader);
    unsigned percent = total ? (unsigned)(hostmem_trace_reader_bytes_read(input->reader) / (total / 100)) : 0;

    if (!total && input->items % SHOWN_ITEMS == 0)
        fprintf(stderr, "\r%" PRIu64 " million events read", input->items / SHOWN_ITEMS);
    else if (total && percent != input->percent && percent <= 100)
        fprintf(stderr, "\r%3u %% read", percent);
    else
        return;
    input->percent = percent;
    fflush(stderr);
}

bool trace_input_next(trace_input *input, hostmem_trace_item *item)
{
    bool more = hostmem_trace_reader_next(input->reader, item);

    if (input->shows_progress && ++input->items % PROGRESS_ITEMS == 0)
        show_progress(input);
    return more;
}

double trace_input_microseconds(const trace_input *input, uint64_t ticks)
{
    const hostmem_trace_file_header *header = hostmem_trace_reader_header(input->reader);
    double frequency = (double)header->ticks_per_second;

    /* Subtracted as integers before the conversion: ticks may count from the start of the machine, and a double
     * would lose digits. */
    return ticks >= header->start_ticks ? (double)(ticks - header->start_ticks) / frequency * 1e6
                                        : -((double)(header->start_ticks - ticks) / frequency * 1e6);
}

uint64_t trace_start_nanoseconds(const hostmem_trace_file_header *header)
{
    const uint64_t filetime_1970 = 116444736000000000u, start = header->start_time;
    uint64_t since = start > filetime_1970 ? start - filetime_1970 : 0;

    return since < INT64_MAX / 100 ? since * 100 : INT64_MAX;
}

uint64_t trace_nanoseconds(const hostmem_trace_file_header *header, uint64_t ticks)
{
    uint64_t since = ticks > header->start_ticks ? ticks - header->start_ticks : 0;
    double time = (double)since / (double)header->ticks_per_second * 1e9;

    return time < (double)INT64_MAX ? (uint64_t)(time + 0.5) : INT64_MAX;
}

void trace_input_end_progress(trace_input *input)
{
    if (input->shows_progress)
        fputs("\r                              \r", stderr);
    input->shows_progress = false;
}

int trace_input_close(trace_input *input)
{
    hostmem_trace_ending ending = hostmem_trace_reader_ending(input->reader);

    trace_input_end_progress(input);
    if (hostmem_trace_reader_problem(input->reader)->text[0])
        complain_of_file(input->name, hostmem_trace_reader_problem(input->reader));
    hostmem_trace_reader_close(input->reader);
    input->reader = NULL;
    switch (ending) {
    case HOSTMEM_TRACE_CUT_OFF:
        return TRACE_EXIT_CUT_OFF;
    case HOSTMEM_TRACE_DAMAGED:
        return TRACE_EXIT_DAMAGED;
    default:
        return TRACE_EXIT_OK;
    }
}
