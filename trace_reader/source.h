/* Sources for files and memory. */
#ifndef TRACE_SOURCE_H
#define TRACE_SOURCE_H

#include <hostmem/trace_reader.h>

/* path is UTF-8; "-" is standard input. Returns false and sets the problem if the file cannot be opened. */
bool hmi_trace_source_open_file(const char *path, hostmem_trace_source *source, hostmem_trace_problem *problem);

/* n bytes in memory, which must stay valid until the source is closed. */
typedef struct trace_memory {
    const void *bytes;
    size_t size;
    size_t at; /* how far it has been read; initially 0 */
} trace_memory;

hostmem_trace_source hmi_trace_source_of_memory(trace_memory *memory);

#endif
