/* Reports on their way to the listeners. Guarded by one word of bits; what a listener needs is there before its bit. */
#include "events.h"

UINT32 hostmem_events_create(hostmem_os *os, hostmem_events **out)
{
    hostmem_events *events = os->object_alloc(os, sizeof *events);
    if (!events)
        return ERROR_NOT_ENOUGH_MEMORY;
    events->os = os;
    atomic_init(&events->references, 1);
    *out = events;
    return 0;
}

void hostmem_events_add_ref(hostmem_events *events)
{
    atomic_fetch_add_explicit(&events->references, 1, memory_order_relaxed);
}

void hostmem_events_release(hostmem_events *events)
{
    if (events && atomic_fetch_sub_explicit(&events->references, 1, memory_order_acq_rel) == 1) {
        hostmem_recorder_destroy(atomic_load(&events->recorder));
        events->os->object_free(events->os, events);
    }
}

uint64_t hostmem_events_listen(hostmem_events *events, UINT32 listener)
{
    uint64_t now = events->os->ticks(events->os);
    atomic_store(&events->since, now);
    atomic_fetch_or(&events->listeners, listener);
    return now;
}

void hostmem_events_unlisten(hostmem_events *events, UINT32 listener)
{
    atomic_fetch_and(&events->listeners, ~listener);
}

void hostmem_events_report(hostmem_events *events, hostmem_trace_event *event)
{
    hostmem_os *os = events->os;
    if (!event->ticks)
        event->ticks = os->ticks(os);
    event->thread = os->thread_id(os);
    if (atomic_load_explicit(&events->listeners, memory_order_acquire) & HOSTMEM_LISTENER_TRACE)
        hostmem_recorder_leave(atomic_load_explicit(&events->recorder, memory_order_relaxed), event);
}
