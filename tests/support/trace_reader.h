/* Reads a trace from memory, as strictly as the format's description allows: anything that it does not allow is a
 * mistake. For tests of the writer; a reader for users would accept more. */
#ifndef HOSTMEM_TESTS_TRACE_READER_H
#define HOSTMEM_TESTS_TRACE_READER_H

#include <hostmem/trace_format.h>
#include <windows.h>

typedef struct trace_site {
    uint64_t id;
    int32_t line;
    char *name;
    UINT32 round;
    UINT32 frame_count; /* of a stack; its line is 0 and its name empty */
    uint64_t frames[HOSTMEM_TRACE_MAX_FRAMES];
} trace_site;

typedef struct trace_module {
    uint64_t address;
    uint64_t size;
    char name[200];
} trace_module;

typedef struct trace_thread {
    UINT32 id;
    UINT32 round; /* in which it was named, from 0 */
    char name[200];
} trace_thread;

typedef struct trace_content {
    char mistake[160]; /* empty: no mistake */
    hostmem_trace_file_header header;
    hostmem_trace_event *events; /* in the order of the file */
    UINT32 *rounds;              /* of each event, from 0 */
    UINT32 event_count;
    hostmem_trace_sample *samples; /* one for each round */
    UINT32 sample_count;
    hostmem_trace_region *regions;
    UINT32 region_count;
    trace_site *sites; /* including stacks */
    UINT32 site_count;
    trace_module *modules;
    UINT32 module_count;
    trace_thread *threads; /* each record; the last one of an id has its name */
    UINT32 thread_count;
    UINT32 late; /* events later than the round after their sample's */
    BOOL ended;  /* there is an end block */
    hostmem_trace_end end;
} trace_content;

/* An incomplete block at the end is not a mistake: everything after the last complete round is left out. Returns
 * FALSE if there is a mistake. The content must be freed in either case. */
BOOL trace_read(const void *data, SIZE_T bytes, trace_content *content);
void trace_free(trace_content *content);

/* Sorts the events, together with their rounds, by time. */
void trace_sort(trace_content *content);

#endif
