/* What all commands share: reading the file named on the command line to its end, with progress on a terminal,
 * printing its problem, and the exit code. */
#ifndef TRACE_INPUT_H
#define TRACE_INPUT_H

#include <hostmem/trace_reader.h>

#include "problem.h"

/* Exit codes. */
enum {
    TRACE_EXIT_OK = 0,
    TRACE_EXIT_FAILED = 1,   /* a file could not be opened, read or written, or is not a trace */
    TRACE_EXIT_USAGE = 2,    /* the command line is wrong */
    TRACE_EXIT_CUT_OFF = 3,  /* everything in the file was processed, but its end is missing */
    TRACE_EXIT_DAMAGED = 4,  /* everything before the damage was processed */
    TRACE_EXIT_DIFFERENT = 5 /* replay: results differ from those recorded; diff: something grew */
};

typedef struct trace_input {
    const char *name; /* of the file, for messages */
    hostmem_trace_reader *reader;
    bool shows_progress;
    unsigned percent; /* last percentage shown */
    uint64_t items;   /* number read, while progress is shown */
} trace_input;

/* Whether an argument is a file name, including "-" for a standard stream. */
bool trace_is_path(const char *argument);

/* Returns false after printing the reason if the file cannot be read as a trace. */
bool trace_input_open(trace_input *input, const char *path);

/* The same for another source, which is closed even if this fails. name: for messages; kept, not copied. Shows no
 * progress. */
bool trace_input_open_source(trace_input *input, const char *name, const hostmem_trace_source *source);

/* Like hostmem_trace_reader_next. */
bool trace_input_next(trace_input *input, hostmem_trace_item *item);

/* Microseconds from the start of the trace to ticks; negative for earlier ones. */
double trace_input_microseconds(const trace_input *input, uint64_t ticks);

/* The start of the trace in nanoseconds since 1970, as Unix counts; 0 if it was before, at most INT64_MAX. */
uint64_t trace_start_nanoseconds(const hostmem_trace_file_header *header);

/* Nanoseconds from the start of the trace, from 0 to INT64_MAX. */
uint64_t trace_nanoseconds(const hostmem_trace_file_header *header, uint64_t ticks);

/* Removes the progress display before something else is printed; trace_input_close does this too. */
void trace_input_end_progress(trace_input *input);

/* Prints what was wrong with the file, closes it, and returns the exit code. */
int trace_input_close(trace_input *input);

/* Prints "hostmem-trace: " and the text on stderr, as valid UTF-8 whatever the names in it are. Always returns
 * false. */
bool trace_complain(const char *format, ...) TRACE_PRINTF(1, 2);

#endif
