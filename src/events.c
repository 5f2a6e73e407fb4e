/* Reports on their way to the listeners. Guarded by one word of bits; what a listener needs is there before its bit. */
#include "events.h"

static void add_listener(hostmem_events *events, UINT32 listener)
{
    atomic_fetch_or(&events->listeners, listener);
}

static void remove_listener(hostmem_events *events, UINT32 listener)
{
    atomic_fetch_and(&events->listeners, ~listener);
}

static void enable_etw(void *context, BOOL wanted)
{
    if (wanted)
        add_listener(context, HOSTMEM_LISTENER_ETW);
    else
        remove_listener(context, HOSTMEM_LISTENER_ETW);
}

UINT32 hostmem_events_create(hostmem_os *os, hostmem_events **out)
{
    hostmem_events *events = os->object_alloc(os, sizeof *events);
    if (!events)
        return ERROR_NOT_ENOUGH_MEMORY;
    events->os = os;
    atomic_init(&events->references, 1);
    hostmem_etw_open(&events->etw, os, enable_etw, events);
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
        hostmem_etw_close(&events->etw);
        hostmem_recorder_destroy(atomic_load(&events->recorder));
        events->os->object_free(events->os, events);
    }
}

uint64_t hostmem_events_begin_trace(hostmem_events *events)
{
    uint64_t now = events->os->ticks(events->os);
    atomic_store(&events->since, now);
    add_listener(events, HOSTMEM_LISTENER_TRACE);
    return now;
}

void hostmem_events_end_trace(hostmem_events *events)
{
    remove_listener(events, HOSTMEM_LISTENER_TRACE);
}

static void leave_for_trace(hostmem_events *events, const hostmem_trace_event *event)
{
    hostmem_slot *slot = hostmem_recorder_take(atomic_load_explicit(&events->recorder, memory_order_relaxed));
    if (slot)
        hostmem_recorder_fill(slot, event);
}

void hostmem_events_report(hostmem_events *events, hostmem_trace_event *event)
{
    hostmem_os *os = events->os;
    UINT32 listeners;
    if (!event->ticks)
        event->ticks = os->ticks(os);
    event->thread = os->thread_id(os);
    listeners = atomic_load_explicit(&events->listeners, memory_order_acquire);
    if (listeners & HOSTMEM_LISTENER_TRACE)
        leave_for_trace(events, event);
    if (listeners & HOSTMEM_LISTENER_ETW)
        hostmem_etw_write(&events->etw, event, events);
}
