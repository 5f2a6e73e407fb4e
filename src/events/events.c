/* Passes reports to the listeners. Guarded by one word of bits; what a listener needs is there before its bit is set.
 *
 * Checked against ARM's memory model: the bits are set by sequentially consistent steps and acquired before the buffer
 * or the time since when the listener is there are read, for which relaxed loads are enough then. */
#include "events/events.h"

static void add_listener(hmi_events *events, UINT32 listener)
{
    atomic_fetch_or(&events->listeners, listener);
}

static void remove_listener(hmi_events *events, UINT32 listener)
{
    atomic_fetch_and(&events->listeners, ~listener);
}

static void enable_etw(void *context, BOOL wanted)
{
    if (wanted)
        add_listener(context, HMI_LISTENER_ETW);
    else
        remove_listener(context, HMI_LISTENER_ETW);
}

UINT32 hmi_events_create(hostmem_os *os, hmi_events **out)
{
    hmi_events *events = os->object_alloc(os, sizeof *events);
    if (!events)
        return ERROR_NOT_ENOUGH_MEMORY;
    events->os = os;
    atomic_init(&events->references, 1);
    hmi_etw_open(&events->etw, os, enable_etw, events);
    *out = events;
    return 0;
}

void hmi_events_add_ref(hmi_events *events)
{
    atomic_fetch_add_explicit(&events->references, 1, memory_order_relaxed);
}

void hmi_events_release(hmi_events *events)
{
    if (events && atomic_fetch_sub_explicit(&events->references, 1, memory_order_acq_rel) == 1) {
        hmi_etw_close(&events->etw);
        hmi_event_buffer_destroy(atomic_load(&events->event_buffer));
        events->os->object_free(events->os, events);
    }
}

uint64_t hmi_events_begin_trace(hmi_events *events)
{
    uint64_t now = events->os->ticks(events->os);
    atomic_store(&events->since, now);
    add_listener(events, HMI_LISTENER_TRACE);
    return now;
}

void hmi_events_end_trace(hmi_events *events)
{
    remove_listener(events, HMI_LISTENER_TRACE);
}

static void leave_for_trace(hmi_events *events, const hostmem_trace_event *event)
{
    hmi_event_slot *slot = hmi_event_buffer_take(atomic_load_explicit(&events->event_buffer, memory_order_relaxed));
    if (slot)
        hmi_event_buffer_fill(slot, event);
}

void hmi_events_report(hmi_events *events, hostmem_trace_event *event)
{
    hostmem_os *os = events->os;
    UINT32 listeners;
    if (!event->ticks)
        event->ticks = os->ticks(os);
    event->thread = os->thread_id(os);
    listeners = atomic_load_explicit(&events->listeners, memory_order_acquire);
    if (listeners & HMI_LISTENER_TRACE)
        leave_for_trace(events, event);
    if (listeners & HMI_LISTENER_ETW)
        hmi_etw_write(&events->etw, event, events);
}
