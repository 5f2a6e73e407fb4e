/* Events that are waiting for those that happened before them: a heap in the order of ticks, and among equal ones in
 * the order in which they came. It holds no more than REORDER_MOST. */
#ifndef TRACE_REORDER_H
#define TRACE_REORDER_H

#include <stdbool.h>

#include <hostmem/trace_format.h>

enum { REORDER_MOST = 2 * HOSTMEM_TRACE_MAX_ROUND };

typedef struct reorder_key {
    uint64_t ticks;
    uint64_t turn;  /* when it came */
    uint32_t place; /* in events */
} reorder_key;

/* Zeroes are an empty one. */
typedef struct reorder {
    reorder_key *keys; /* a binary heap, the least first */
    hostmem_trace_event *events;
    uint32_t count;
    uint32_t room;
    uint64_t turns;
} reorder;

/* False where there is no memory. There must be less than REORDER_MOST. */
bool reorder_push(reorder *reorder, const hostmem_trace_event *event);

/* Of the least; there must be one. */
uint64_t reorder_least(const reorder *reorder);
void reorder_pop(reorder *reorder, hostmem_trace_event *event);

void reorder_free(reorder *reorder);

#endif
