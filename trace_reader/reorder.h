/* Events that wait for earlier ones, at most REORDER_MOST. They are added in the order of the file, and come out in the
 * order of ticks, those with equal ticks in the order of the file. */
#ifndef TRACE_REORDER_H
#define TRACE_REORDER_H

#include <stdbool.h>

#include <hostmem/trace_format.h>

enum { REORDER_MOST = 2 * HOSTMEM_TRACE_MAX_ROUND, REORDER_RUNS = 32 };

typedef struct reorder_key {
    uint64_t ticks;
    uint32_t place; /* index in events */
} reorder_key;

/* Keys that are in order: from first on, up to end. */
typedef struct reorder_run {
    uint32_t first;
    uint32_t end;
} reorder_run;

/* Zero-initialized it is empty. */
typedef struct reorder {
    hostmem_trace_event *events; /* room of them */
    uint32_t *vacant;            /* places of events that are not in use: room - count of them */
    reorder_key *keys;           /* room for 2 * room of them, so that they are seldom moved to the beginning */
    reorder_key *spare;          /* room for merging all events */
    uint32_t room;
    uint32_t count;  /* of events */
    uint32_t sorted; /* keys up to here are in runs; */
    uint32_t end;    /* the others, up to here, were added after that */
    uint32_t run_count;
    reorder_run runs[REORDER_RUNS]; /* none is empty; what is in one was added before what is in the next */
} reorder;

/* Returns where the next event may be written; hmi_reorder_add then adds it. NULL: out of memory. There must be fewer
 * than REORDER_MOST. */
hostmem_trace_event *hmi_reorder_room(reorder *reorder);
void hmi_reorder_add(reorder *reorder);

/* To be called between adding and what follows. */
void hmi_reorder_sort(reorder *reorder);

/* Ticks of the first event; there must be one. */
uint64_t hmi_reorder_least(const reorder *reorder);

/* Ticks of the nth event, counted from 0; there must be more than n. Takes as long as there are events. */
uint64_t hmi_reorder_nth(reorder *reorder, uint32_t n);

/* Takes the first event out; it stays where it is until another one is added. */
const hostmem_trace_event *hmi_reorder_take(reorder *reorder);

void hmi_reorder_free(reorder *reorder);

#endif
