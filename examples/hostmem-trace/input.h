/* What all commands share: the file on the command line, read to its end, with progress on a terminal, its problem
 * in words, and what the program's exit code says of it. */
#ifndef TRACE_INPUT_H
#define TRACE_INPUT_H

#include "reader.h"

/* Exit codes. */
enum {
    TRACE_EXIT_OK = 0,
    TRACE_EXIT_FAILED = 1,   /* a file could not be opened, read or written, or is no trace */
    TRACE_EXIT_USAGE = 2,    /* the command line is wrong */
    TRACE_EXIT_CUT_OFF = 3,  /* done with all that the file has, but its end is missing */
    TRACE_EXIT_DAMAGED = 4,  /* done with what lies before the place where the file is wrong */
    TRACE_EXIT_DIFFERENT = 5 /* replay: results were other ones than those recorded */
};

typedef struct trace_input {
    const char *name; /* of the file, for people */
    trace_reader *reader;
    bool shows_progress;
    unsigned percent; /* shown last */
} trace_input;

/* Whether an argument of the command line is the name of a file, "-" for a standard stream included. */
bool trace_is_path(const char *argument);

/* False, having said why, where the file is no trace that can be read. */
bool trace_input_open(trace_input *input, const char *path);

/* As trace_reader_next. */
bool trace_input_next(trace_input *input, trace_item *item);

/* The microseconds between the start of the trace and ticks; negative for what was before. */
double trace_input_microseconds(const trace_input *input, uint64_t ticks);

/* Takes the progress off the terminal, before anything is printed there; trace_input_close does, too. */
void trace_input_end_progress(trace_input *input);

/* Says on stderr what was wrong with the file, closes it, and returns the exit code for it. */
int trace_input_close(trace_input *input);

/* "hostmem-trace: " and the text on stderr, as valid UTF-8 whatever the names in it are. Always false. */
bool trace_complain(const char *format, ...) TRACE_PRINTF(1, 2);

#endif
