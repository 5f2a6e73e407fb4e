/* Reads a trace from memory, as strictly as the format's description allows: whatever it does not promise is a mistake.
 * For tests of the one that writes traces; a reader for others would be more patient. */
#ifndef HOSTMEM_TESTS_TRACE_READER_H
#define HOSTMEM_TESTS_TRACE_READER_H

#include <hostmem/trace_format.h>
#include <windows.h>

typedef struct trace_site {
    uint64_t id;
    int32_t line;
    char *name;
    UINT32 round;
    UINT32 frame_count; /* of a stack, which has line 0 and an empty name */
    uint64_t frames[HOSTMEM_TRACE_MAX_FRAMES];
} trace_site;

typedef struct trace_module {
    uint64_t address;
    uint64_t size;
    char name[200];
} trace_module;

typedef struct trace_content {
    char mistake[160]; /* empty: there is none */
    hostmem_trace_file_header header;
    hostmem_trace_event *events; /* as they stand in the file */
    UINT32 *rounds;              /* of each event, from 0 */
    UINT32 event_count;
    hostmem_trace_sample *samples; /* one a round */
    UINT32 sample_count;
    hostmem_trace_region *regions;
    UINT32 region_count;
    trace_site *sites; /* and stacks */
    UINT32 site_count;
    trace_module *modules;
    UINT32 module_count;
    UINT32 late; /* events that came later than the round after their sample's */
    BOOL ended;  /* there is an end block */
    hostmem_trace_end end;
} trace_content;

/* bytes that end in the middle of a block are no mistake: what comes after the last complete round is left out. FALSE:
 * there is a mistake. To be freed in any case. */
BOOL trace_read(const void *data, SIZE_T bytes, trace_content *content);
void trace_free(trace_content *content);

/* Puts the events, and with them their rounds, in the order of time. */
void trace_sort(trace_content *content);

#endif
