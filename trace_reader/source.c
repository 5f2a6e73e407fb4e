/* Reads from files and from memory. See source.h. */
#include "source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "files.h"
#include "problem.h"

static bool read_file(void *context, void *buffer, size_t bytes, size_t *got)
{
    *got = fread(buffer, 1, bytes, context);
    return *got == bytes || !ferror((FILE *)context);
}

static void close_file(void *context)
{
    hmi_trace_file_close(context);
}

bool hmi_trace_source_open_file(const char *path, hostmem_trace_source *source, hostmem_trace_problem *problem)
{
    FILE *file = hmi_trace_file_open(path);

    if (!file)
        return hmi_trace_problem_set(problem, 0, "the file cannot be opened: %s", strerror(errno));
    *source = (hostmem_trace_source){file, hmi_trace_file_size(file), read_file, close_file, NULL};
    return true;
}

static bool read_memory(void *context, void *buffer, size_t bytes, size_t *got)
{
    trace_memory *memory = context;

    *got = bytes < memory->size - memory->at ? bytes : memory->size - memory->at;
    if (*got)
        memcpy(buffer, (const char *)memory->bytes + memory->at, *got);
    memory->at += *got;
    return true;
}

hostmem_trace_source hmi_trace_source_of_memory(trace_memory *memory)
{
    return (hostmem_trace_source){memory, memory->size, read_memory, NULL, NULL};
}
