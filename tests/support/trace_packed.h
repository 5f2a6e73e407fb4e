/* Unpacks the records of a packed block, for the strict reader of traces: what is not as short as it can be is a
 * mistake. Written from the format's description, not from the library's code. */
#ifndef HOSTMEM_TESTS_TRACE_PACKED_H
#define HOSTMEM_TESTS_TRACE_PACKED_H

#include <hostmem/trace_format.h>
#include <windows.h>

/* The longest hostmem_trace_stack with its frames. */
#define TRACE_PACKED_STACK (sizeof(hostmem_trace_stack) + HOSTMEM_TRACE_MAX_FRAMES * sizeof(uint64_t))

typedef struct trace_packed {
    const unsigned char *at;
    const unsigned char *end;
    UINT32 left; /* records */
    BOOL bad;    /* something is not as it must be written */
    uint64_t ticks;
    uint32_t thread;
    hostmem_trace_event kinds[HOSTMEM_TRACE_NAMED + 1]; /* the last event of each */
    hostmem_trace_stack stack;
    uint64_t frames[HOSTMEM_TRACE_MAX_FRAMES];
} trace_packed;

void trace_packed_begin(trace_packed *packed, const unsigned char *payload, UINT32 bytes, UINT32 records);

/* HOSTMEM_TRACE_BLOCK_EVENTS, _SAMPLES or _STACKS; 0: none of these. */
unsigned trace_packed_kind(const trace_packed *packed);

/* Each reads the next record, which has this kind. FALSE: a mistake. record: as in a block of stacks. */
BOOL trace_packed_event(trace_packed *packed, hostmem_trace_event *event);
BOOL trace_packed_sample(trace_packed *packed, hostmem_trace_sample *sample);
BOOL trace_packed_stack(trace_packed *packed, unsigned char *record, UINT32 *length);

/* Whether what is left is as it must be. */
BOOL trace_packed_end(const trace_packed *packed);

#endif
