/* What memory is used for, according to the events that name it: bytes now and at most, by kind. The values of these
 * events are not trusted: kinds that this program does not know count as HOSTMEM_TRACE_KIND_OTHER. */
#ifndef TRACE_KINDS_H
#define TRACE_KINDS_H

#include <stdbool.h>

#include <hostmem/trace_format.h>

#include "live_map.h"

/* Initialize with zeroes. */
typedef struct kinds {
    bool any;       /* something was named */
    live_map heaps; /* address: id of a heap; value: its kind */
    bool has_recent;
    uint32_t recent_kind; /* of recent_heap, the heap that was asked for last */
    uint64_t recent_heap;
    uint64_t now[HOSTMEM_TRACE_KINDS], most[HOSTMEM_TRACE_KINDS];
} kinds;

void kinds_free(kinds *kinds);

/* Follows the names of heaps, and their end. Ignores other events. Heaps for which there is no space stay unnamed. */
void kinds_event(kinds *kinds, const hostmem_trace_event *event);

/* The kind of a heap's blocks: HOSTMEM_TRACE_KIND_BLOCKS unless it was named otherwise. */
uint32_t kinds_of_heap(kinds *kinds, uint64_t heap);

/* The kind that an event names. */
uint32_t kinds_named(const hostmem_trace_event *event);

/* Counts more bytes, or, as a two's complement, fewer. */
void kinds_add(kinds *kinds, uint32_t kind, uint64_t bytes);

#endif
