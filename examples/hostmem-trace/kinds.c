/* See kinds.h. */
#include "kinds.h"

void kinds_free(kinds *kinds)
{
    live_map_free(&kinds->heaps);
}

uint32_t kinds_named(const hostmem_trace_event *event)
{
    return event->value < HOSTMEM_TRACE_KINDS ? event->value : HOSTMEM_TRACE_KIND_OTHER;
}

void kinds_event(kinds *kinds, const hostmem_trace_event *event)
{
    if (event->what != HOSTMEM_TRACE_HEAP_RELEASED && event->what != HOSTMEM_TRACE_NAMED)
        return;
    kinds->has_recent = false;
    if (event->what == HOSTMEM_TRACE_HEAP_RELEASED) {
        live_map_remove(&kinds->heaps, 0, event->address, NULL);
        return;
    }
    kinds->any = true;
    if (!event->size)
        live_map_put(&kinds->heaps, &(live_entry){.address = event->address, .value = kinds_named(event)});
}

uint32_t kinds_of_heap(kinds *kinds, uint64_t heap)
{
    const live_entry *named;

    if (!kinds->has_recent || kinds->recent_heap != heap) {
        named = live_map_find(&kinds->heaps, 0, heap);
        kinds->recent_kind = named && named->value ? (uint32_t)named->value : HOSTMEM_TRACE_KIND_BLOCKS;
        kinds->recent_heap = heap;
        kinds->has_recent = true;
    }
    return kinds->recent_kind;
}

void kinds_add(kinds *kinds, uint32_t kind, uint64_t bytes)
{
    kinds->now[kind] += bytes;
    if (kinds->most[kind] < kinds->now[kind])
        kinds->most[kind] = kinds->now[kind];
}
