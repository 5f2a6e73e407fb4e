/* Packs events, samples and stacks, as hostmem/trace_format.h describes it. */
#ifndef HMI_TRACE_TRACE_PACK_H
#define HMI_TRACE_TRACE_PACK_H

#include <hostmem/trace_format.h>
#include <stddef.h>
#include <stdint.h>

#define HMI_TRACE_PACK_KINDS 32u /* number of kinds of events that can be packed, from 0 */
#define HMI_TRACE_PACK_FIELDS 11u

/* Room in bytes for any record: a stack of HOSTMEM_TRACE_MAX_FRAMES frames is the longest. */
#define HMI_TRACE_PACK_BYTES (2 + 10 * (3 + HOSTMEM_TRACE_MAX_FRAMES))

/* What the records of a block are compared with. Zero at the beginning of each block. */
typedef struct hmi_trace_pack {
    uint64_t ticks;                                               /* of the last event or sample */
    uint64_t thread;                                              /* of the last event */
    uint64_t fields[HMI_TRACE_PACK_KINDS][HMI_TRACE_PACK_FIELDS]; /* of the last event of each kind */
    hostmem_trace_stack stack;                                    /* the last one */
    uint64_t frames[HOSTMEM_TRACE_MAX_FRAMES];
} hmi_trace_pack;

/* Each writes a record to `to`, where there is room for any, and returns its bytes. */
size_t hmi_trace_pack_event(hmi_trace_pack *pack, unsigned char *to, const hostmem_trace_event *event);
size_t hmi_trace_pack_sample(hmi_trace_pack *pack, unsigned char *to, const hostmem_trace_sample *sample);
size_t hmi_trace_pack_stack(hmi_trace_pack *pack, unsigned char *to, const hostmem_trace_stack *stack,
                            const uint64_t *frames);

#endif
