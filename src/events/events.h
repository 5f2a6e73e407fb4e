/* What happens in an instance, for those who listen: every call of the CLR and what the library does by itself is
 * reported here. Nobody listening costs a test of one word. Reporting takes no lock, waits for nothing and leaves the
 * last error alone. Belongs to all who report, by references, for some of them outlive the core. */
#ifndef HMI_EVENTS_EVENTS_H
#define HMI_EVENTS_EVENTS_H

#include <hostmem/interfaces.h>

#include "events/etw.h"
#include "events/event_buffer.h"

/* Who listens; a set. */
enum { HMI_LISTENER_TRACE = 1, HMI_LISTENER_ETW = 2 };

typedef struct hmi_events {
    _Atomic UINT32 listeners; /* HMI_LISTENER_ bits */
    _Atomic ULONG references;
    hostmem_os *os;
    _Atomic uint64_t since; /* ticks when the trace came last */
    hmi_etw etw;
    _Atomic(hmi_event_buffer *) event_buffer; /* of HMI_LISTENER_TRACE; made before it listens first, and kept */
} hmi_events;

/* With one reference. Returns a Win32 error, 0 for success. */
UINT32 hmi_events_create(hostmem_os *os, hmi_events **out);
void hmi_events_add_ref(hmi_events *events);
/* NULL is allowed. */
void hmi_events_release(hmi_events *events);

/* Adds the trace, whose recorder is in place. Returns the ticks from which on it hears everything. */
uint64_t hmi_events_begin_trace(hmi_events *events);
/* Threads that were in the middle of a report may go on with it. */
void hmi_events_end_trace(hmi_events *events);

/* Whether to report. */
static inline bool hmi_events_wanted(const hmi_events *events)
{
    return atomic_load_explicit(&events->listeners, memory_order_acquire) != 0;
}

/* The time of an event that is reported later, for calls that give memory back; 0 if nobody listens. */
static inline uint64_t hmi_events_begin(hmi_events *events)
{
    return hmi_events_wanted(events) ? events->os->ticks(events->os) : 0;
}

/* The time to report in the end: if the listener has come only after the beginning, that was when it came. */
static inline uint64_t hmi_events_begun(const hmi_events *events, uint64_t begin)
{
    uint64_t since = atomic_load_explicit(&events->since, memory_order_relaxed);
    return begin > since ? begin : since;
}

/* The level of an event; requests are reported with levels that do not exist, too. */
static inline uint8_t hmi_events_level(EMemoryCriticalLevel level)
{
    return (unsigned)level <= (unsigned)eProcessCritical ? (uint8_t)level : (uint8_t)HOSTMEM_TRACE_NO_LEVEL;
}

/* Reports an event. The thread is filled in, and the time, unless there is one: it is now then. */
void hmi_events_report(hmi_events *events, hostmem_trace_event *event);

#endif
