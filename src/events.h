/* What happens in an instance, for those who listen: every call of the CLR and what the library does by itself is
 * reported here. Nobody listening costs a test of one word. Reporting takes no lock, waits for nothing and leaves the
 * last error alone. Belongs to all who report, by references, for some of them outlive the core. */
#ifndef HOSTMEM_SRC_EVENTS_H
#define HOSTMEM_SRC_EVENTS_H

#include <hostmem/interfaces.h>

#include "etw.h"
#include "recorder.h"

/* Who listens; a set. */
enum { HOSTMEM_LISTENER_TRACE = 1, HOSTMEM_LISTENER_ETW = 2 };

typedef struct hostmem_events {
    _Atomic UINT32 listeners; /* HOSTMEM_LISTENER_ bits */
    _Atomic ULONG references;
    hostmem_os *os;
    _Atomic uint64_t since; /* ticks when the trace came last */
    hostmem_etw etw;
    _Atomic(hostmem_recorder *) recorder; /* of HOSTMEM_LISTENER_TRACE; made before it listens first, and kept */
} hostmem_events;

/* With one reference. Returns a Win32 error, 0 for success. */
UINT32 hostmem_events_create(hostmem_os *os, hostmem_events **out);
void hostmem_events_add_ref(hostmem_events *events);
/* NULL is allowed. */
void hostmem_events_release(hostmem_events *events);

/* Adds the trace, whose recorder is in place. Returns the ticks from which on it hears everything. */
uint64_t hostmem_events_begin_trace(hostmem_events *events);
/* Threads that were in the middle of a report may go on with it. */
void hostmem_events_end_trace(hostmem_events *events);

/* Whether to report. */
static inline bool hostmem_events_wanted(const hostmem_events *events)
{
    return atomic_load_explicit(&events->listeners, memory_order_acquire) != 0;
}

/* The time of an event that is reported later, for calls that give memory back; 0 if nobody listens. */
static inline uint64_t hostmem_events_begin(hostmem_events *events)
{
    return hostmem_events_wanted(events) ? events->os->ticks(events->os) : 0;
}

/* The time to report in the end: if the listener has come only after the beginning, that was when it came. */
static inline uint64_t hostmem_events_begun(const hostmem_events *events, uint64_t begin)
{
    uint64_t since = atomic_load_explicit(&events->since, memory_order_relaxed);
    return begin > since ? begin : since;
}

/* The level of an event; requests are reported with levels that do not exist, too. */
static inline uint8_t hostmem_events_level(EMemoryCriticalLevel level)
{
    return (unsigned)level <= (unsigned)eProcessCritical ? (uint8_t)level : (uint8_t)HOSTMEM_TRACE_NO_LEVEL;
}

/* Reports an event. The thread is filled in, and the time, unless there is one: it is now then. */
void hostmem_events_report(hostmem_events *events, hostmem_trace_event *event);

#endif
