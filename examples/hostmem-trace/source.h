/* Where the bytes of a trace come from: a file, or whatever a caller reads them from. */
#ifndef TRACE_SOURCE_H
#define TRACE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "problem.h"

typedef struct trace_source {
    void *context;
    uint64_t total_bytes; /* 0: not known */
    /* Reads up to bytes bytes, fewer only at the end; false where reading fails. */
    bool (*read)(void *context, void *buffer, size_t bytes, size_t *got);
    void (*close)(void *context); /* NULL: nothing to close */
} trace_source;

/* path is UTF-8; "-" is standard input. False, with the problem in words, where the file cannot be opened. */
bool trace_source_open_file(const char *path, trace_source *source, trace_problem *problem);

/* A text of n bytes that are read where they lie; they must stay until the source is closed. */
typedef struct trace_memory {
    const void *bytes;
    size_t size;
    size_t at; /* how far it has been read; 0 */
} trace_memory;

trace_source trace_source_of_memory(trace_memory *memory);

#endif
