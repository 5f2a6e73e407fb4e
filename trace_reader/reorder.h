/* Events that wait for earlier ones: a heap ordered by ticks, and for equal ticks by arrival. It holds at most
 * REORDER_MOST events. */
#ifndef TRACE_REORDER_H
#define TRACE_REORDER_H

#include <stdbool.h>

#include <hostmem/trace_format.h>

enum { REORDER_MOST = 2 * HOSTMEM_TRACE_MAX_ROUND };

typedef struct reorder_key {
    uint64_t ticks;
    uint64_t turn;  /* order of arrival */
    uint32_t place; /* index in events */
} reorder_key;

/* Zero-initialized it is empty. */
typedef struct reorder {
    reorder_key *keys; /* a binary heap, the smallest first */
    hostmem_trace_event *events;
    uint32_t count;
    uint32_t room;
    uint64_t turns;
} reorder;

/* Returns false if out of memory. There must be fewer than REORDER_MOST. */
bool hmi_reorder_push(reorder *reorder, const hostmem_trace_event *event);

/* Ticks of the first event; there must be one. */
uint64_t hmi_reorder_least(const reorder *reorder);
void hmi_reorder_pop(reorder *reorder, hostmem_trace_event *event);

void hmi_reorder_free(reorder *reorder);

#endif
