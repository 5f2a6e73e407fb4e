/* Where the bytes of a trace come from: a file, or a caller's function. */
#ifndef TRACE_SOURCE_H
#define TRACE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "problem.h"

typedef struct trace_source {
    void *context;
    uint64_t total_bytes; /* 0: not known */
    /* Reads up to bytes bytes, fewer only at the end; returns false on an error. */
    bool (*read)(void *context, void *buffer, size_t bytes, size_t *got);
    void (*close)(void *context); /* NULL: nothing to close */
    /* The trace has ended: what follows need not be waited for. NULL: nothing waits. */
    void (*finish)(void *context);
} trace_source;

/* path is UTF-8; "-" is standard input. Returns false and sets the problem if the file cannot be opened. */
bool trace_source_open_file(const char *path, trace_source *source, trace_problem *problem);

/* n bytes in memory, which must stay valid until the source is closed. */
typedef struct trace_memory {
    const void *bytes;
    size_t size;
    size_t at; /* how far it has been read; initially 0 */
} trace_memory;

trace_source trace_source_of_memory(trace_memory *memory);

#endif
