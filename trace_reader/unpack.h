/* Reads the records of a packed block. Nothing outside of the block's payload is read, whatever is in it. */
#ifndef TRACE_UNPACK_H
#define TRACE_UNPACK_H

#include <stdbool.h>

#include <hostmem/trace_format.h>

enum { UNPACK_FIELDS = 11, UNPACK_KINDS = 256 };

typedef struct trace_unpack {
    const unsigned char *at;
    const unsigned char *end;
    const char *mistake;                          /* what is wrong with the record; NULL: nothing */
    uint64_t ticks;                               /* of the last event or sample */
    uint64_t thread;                              /* of the last event */
    bool is_known[UNPACK_KINDS];                  /* there was an event of this kind */
    uint64_t fields[UNPACK_KINDS][UNPACK_FIELDS]; /* of the last event of each kind; undefined where there was none */
    hostmem_trace_stack stack;
    uint64_t frames[HOSTMEM_TRACE_MAX_FRAMES]; /* of the stack */
} trace_unpack;

void hmi_trace_unpack_begin(trace_unpack *unpack, const unsigned char *payload, uint32_t bytes);

/* The kind of the next record: HOSTMEM_TRACE_BLOCK_EVENTS, _SAMPLES or _STACKS; 0 and a mistake if it is none of these,
 * or missing. What follows must be read as such. */
unsigned hmi_trace_unpack_kind(trace_unpack *unpack);

/* Each reads a record. False: a mistake. The stack is then in `stack` and `frames`. */
bool hmi_trace_unpack_event(trace_unpack *unpack, hostmem_trace_event *event);
bool hmi_trace_unpack_sample(trace_unpack *unpack, hostmem_trace_sample *sample);
bool hmi_trace_unpack_stack(trace_unpack *unpack);

#endif
