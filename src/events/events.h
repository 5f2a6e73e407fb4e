/* Events of an instance for listeners: every call of the CLR, and what the library does by itself, is reported here.
 * Without listeners this costs a test of one word. Reporting takes no lock of the library and does not change the last
 * error. Reference-counted, because some of those that report outlive the core. */
#ifndef HMI_EVENTS_EVENTS_H
#define HMI_EVENTS_EVENTS_H

#include <hostmem/interfaces.h>

#include "events/etw.h"
#include "events/event_buffer.h"

/* The listeners; a set. */
enum { HMI_LISTENER_TRACE = 1, HMI_LISTENER_ETW = 2 };

typedef struct hmi_events {
    _Atomic UINT32 listeners; /* HMI_LISTENER_ bits */
    _Atomic ULONG references;
    hostmem_os *os;
    _Atomic uint64_t since; /* ticks when the last trace started to listen */
    hmi_etw etw;
    _Atomic(hmi_event_buffer *) event_buffer; /* for HMI_LISTENER_TRACE; created before it first listens, and kept */
} hmi_events;

/* Creates it with one reference. Returns a Win32 error, 0 for success. */
UINT32 hmi_events_create(hostmem_os *os, hmi_events **out);
void hmi_events_add_ref(hmi_events *events);
/* NULL is allowed. */
void hmi_events_release(hmi_events *events);

/* Adds the trace as a listener; event_buffer must be set. Returns the ticks from which on it gets all events. */
uint64_t hmi_events_begin_trace(hmi_events *events);
/* Removes the trace. Threads that are reporting may still finish that. */
void hmi_events_end_trace(hmi_events *events);

/* Whether anybody listens. */
static inline bool hmi_events_wanted(const hmi_events *events)
{
    return atomic_load_explicit(&events->listeners, memory_order_acquire) != 0;
}

/* The ticks at the beginning of a call that frees memory and is reported at its end; 0 if nobody listens. */
static inline uint64_t hmi_events_begin(hmi_events *events)
{
    return hmi_events_wanted(events) ? events->os->ticks(events->os) : 0;
}

/* The ticks to report at the end: those from the beginning, or, if the listener came later, those of its coming. */
static inline uint64_t hmi_events_begun(const hmi_events *events, uint64_t begin)
{
    uint64_t since = atomic_load_explicit(&events->since, memory_order_relaxed);
    return begin > since ? begin : since;
}

/* The level for an event. Requests with invalid levels are reported, too. */
static inline uint8_t hmi_events_level(EMemoryCriticalLevel level)
{
    return (unsigned)level <= (unsigned)eProcessCritical ? (uint8_t)level : (uint8_t)HOSTMEM_TRACE_NO_LEVEL;
}

/* Reports an event. Sets its thread, and its ticks to now if they are 0. */
void hmi_events_report(hmi_events *events, hostmem_trace_event *event);

#endif
