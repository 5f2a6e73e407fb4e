/* The notification thread. Callbacks reach it through one atomic slot and belong to it from there on, so nobody else
 * can release one while it is called. The thread holds a reference on the notifier, which therefore outlives it even if
 * a callback never returns. */
#define COBJMACROS
#include "pressure.h"

/* The CLR acts on Low at most this often. */
#define REPEAT_LOW_MS 8192
/* Low stands at least this long, or the finalizer would hear Neutral before it looks. */
#define SHORTEST_LOW_MS 1000
/* While the operating system itself is short of memory nothing wakes us when that ends. */
#define LOOK_AGAIN_MS 500
/* What hostmem_pressure_shutdown allows a running callback. */
#define PATIENCE_MS 2000

struct hostmem_pressure {
    hostmem_os *os;
    _Atomic ULONG references;
    hostmem_budget *budget;
    hostmem_events *events; /* NULL: nobody wants to know */
    _Atomic(hostmem_listener *) listener;
    _Atomic(ICLRMemoryNotificationCallback *) incoming; /* for the thread to take; NULL: no change */
    ICLRMemoryNotificationCallback *current;            /* the thread's */
    _Atomic UINT32 thread_state;
    _Atomic(void *) thread;
    _Atomic UINT32 thread_id;
    atomic_bool stop;
    atomic_bool refused;
    _Atomic UINT64 sent[3];
};

enum { THREAD_NONE, THREAD_STARTING, THREAD_STARTED };

/* Stands in the slot for "no callback any more". Never called. */
static ICLRMemoryNotificationCallback nobody;

UINT32 hostmem_pressure_create(hostmem_os *os, hostmem_budget *budget, hostmem_pressure **out)
{
    hostmem_pressure *pressure = os->object_alloc(os, sizeof *pressure);
    if (!pressure)
        return ERROR_NOT_ENOUGH_MEMORY;
    pressure->os = os;
    atomic_init(&pressure->references, 1);
    pressure->budget = budget;
    hostmem_budget_add_ref(budget);
    *out = pressure;
    return 0;
}

void hostmem_pressure_release(hostmem_pressure *pressure)
{
    if (atomic_fetch_sub_explicit(&pressure->references, 1, memory_order_acq_rel) == 1) {
        hostmem_os *os = pressure->os;
        hostmem_budget *budget = pressure->budget;
        hostmem_listener *listener = atomic_load(&pressure->listener);
        if (listener)
            hostmem_budget_unlisten(listener);
        hostmem_events_release(pressure->events);
        os->object_free(os, pressure);
        hostmem_budget_release(budget);
    }
}

void hostmem_pressure_report_to(hostmem_pressure *pressure, hostmem_events *events)
{
    pressure->events = events;
    hostmem_events_add_ref(events);
}

static void wake(hostmem_pressure *pressure)
{
    hostmem_listener *listener = atomic_load(&pressure->listener);
    if (listener)
        pressure->os->event_set(pressure->os, listener->event);
}

static void give_back(ICLRMemoryNotificationCallback *callback)
{
    if (callback && callback != &nobody)
        ICLRMemoryNotificationCallback_Release(callback);
}

/* ---- The thread ---- */

#define NOTHING ((EMemoryAvailable)0)

/* What the CLR was told last, and when. */
typedef struct told {
    EMemoryAvailable kind;
    UINT64 at_ms;
} told;

/* What it should be told now. */
static EMemoryAvailable decide(hostmem_pressure *pressure, const told *last, UINT32 signals, UINT64 now_ms)
{
    hostmem_zone zone = hostmem_budget_zone(pressure->budget);
    bool refused = atomic_exchange(&pressure->refused, false);
    UINT64 since_ms = now_ms - last->at_ms;

    if (refused || zone == HOSTMEM_ZONE_LOW || (signals & HOSTMEM_SIGNAL_LOW))
        return last->kind != eMemoryAvailableLow || since_ms >= REPEAT_LOW_MS ? eMemoryAvailableLow : NOTHING;
    if (last->kind == eMemoryAvailableLow)
        return zone < HOSTMEM_ZONE_ELEVATED && since_ms >= SHORTEST_LOW_MS ? eMemoryAvailableNeutral : NOTHING;
    if (last->kind == eMemoryAvailableHigh)
        return zone >= HOSTMEM_ZONE_ELEVATED ? eMemoryAvailableNeutral : NOTHING;
    return zone == HOSTMEM_ZONE_PLENTY && (signals & HOSTMEM_SIGNAL_HIGH) ? eMemoryAvailableHigh : NOTHING;
}

/* How long nothing can become due without an event. */
static UINT32 sleep_ms(const told *last, UINT32 signals, UINT64 now_ms)
{
    UINT64 since_ms = now_ms - last->at_ms;
    if (last->kind != eMemoryAvailableLow)
        return HOSTMEM_WAIT_FOREVER;
    if (since_ms < SHORTEST_LOW_MS)
        return (UINT32)(SHORTEST_LOW_MS - since_ms);
    if ((signals & HOSTMEM_SIGNAL_LOW) && since_ms + LOOK_AGAIN_MS < REPEAT_LOW_MS)
        return LOOK_AGAIN_MS;
    return since_ms < REPEAT_LOW_MS ? (UINT32)(REPEAT_LOW_MS - since_ms) : HOSTMEM_WAIT_FOREVER;
}

/* Signals that are raised already, or would change nothing, must not end the sleep. */
static UINT32 signals_to_await(const told *last, UINT32 signals)
{
    return (HOSTMEM_SIGNAL_LOW | (last->kind == eMemoryAvailableNeutral ? HOSTMEM_SIGNAL_HIGH : 0u)) & ~signals;
}

static void take_incoming(hostmem_pressure *pressure, told *last, UINT64 now_ms)
{
    ICLRMemoryNotificationCallback *incoming = atomic_exchange(&pressure->incoming, NULL);
    if (!incoming)
        return;
    give_back(pressure->current);
    pressure->current = incoming == &nobody ? NULL : incoming;
    *last = (told){eMemoryAvailableNeutral, now_ms}; /* it has heard nothing yet */
}

static void notify(hostmem_pressure *pressure, EMemoryAvailable kind)
{
    if (pressure->events && hostmem_events_wanted(pressure->events))
        hostmem_events_report(pressure->events, &(hostmem_trace_event){.what = HOSTMEM_TRACE_NOTIFICATION,
                                                                       .level = HOSTMEM_TRACE_NO_LEVEL,
                                                                       .value = (uint32_t)kind});
    atomic_fetch_add_explicit(&pressure->sent[kind - eMemoryAvailableLow], 1, memory_order_relaxed);
    ICLRMemoryNotificationCallback_OnMemoryNotification(pressure->current, kind);
}

static void run(void *context)
{
    hostmem_pressure *pressure = context;
    hostmem_os *os = pressure->os;
    told last = {eMemoryAvailableNeutral, 0};

    atomic_store(&pressure->thread_id, os->thread_id(os));
    while (!atomic_load(&pressure->stop)) {
        UINT32 signals = os->memory_signals(os);
        UINT64 now_ms = os->now_ms(os);
        EMemoryAvailable kind;
        take_incoming(pressure, &last, now_ms);
        kind = decide(pressure, &last, signals, now_ms);
        if (pressure->current && kind) {
            last = (told){kind, now_ms};
            notify(pressure, kind);
        } else {
            os->wait(os, atomic_load(&pressure->listener)->event,
                     pressure->current ? signals_to_await(&last, signals) : 0,
                     pressure->current ? sleep_ms(&last, signals, now_ms) : HOSTMEM_WAIT_FOREVER);
        }
    }
    give_back(pressure->current);
    pressure->current = NULL;
    give_back(atomic_exchange(&pressure->incoming, NULL));
    hostmem_pressure_release(pressure);
}

/* ---- Its users ---- */

static UINT32 start_thread(hostmem_pressure *pressure)
{
    hostmem_os *os = pressure->os;
    UINT32 none = THREAD_NONE, error;
    hostmem_listener *listener;
    void *thread;
    if (!atomic_compare_exchange_strong(&pressure->thread_state, &none, THREAD_STARTING))
        return 0;
    listener = atomic_load(&pressure->listener);
    if (!listener) {
        listener = hostmem_budget_listen(pressure->budget);
        if (!listener) {
            atomic_store(&pressure->thread_state, THREAD_NONE);
            return ERROR_NOT_ENOUGH_MEMORY;
        }
        atomic_store(&pressure->listener, listener);
    }
    atomic_fetch_add_explicit(&pressure->references, 1, memory_order_relaxed);
    error = os->thread_start(os, run, pressure, &thread);
    if (error) {
        hostmem_pressure_release(pressure);
        atomic_store(&pressure->thread_state, THREAD_NONE);
        return error;
    }
    atomic_store(&pressure->thread, thread);
    atomic_store(&pressure->thread_state, THREAD_STARTED);
    if (atomic_load(&pressure->stop))
        hostmem_pressure_shutdown(pressure); /* the one that set it may have come before there was a thread to end */
    return 0;
}

UINT32 hostmem_pressure_register(hostmem_pressure *pressure, ICLRMemoryNotificationCallback *callback)
{
    UINT32 error = 0;
    if (atomic_load(&pressure->stop))
        return ERROR_OPERATION_ABORTED;
    if (!callback && atomic_load(&pressure->thread_state) == THREAD_NONE)
        return 0;
    if (callback)
        error = start_thread(pressure);
    if (error)
        return error;
    if (callback)
        ICLRMemoryNotificationCallback_AddRef(callback);
    give_back(atomic_exchange(&pressure->incoming, callback ? callback : &nobody));
    if (atomic_load(&pressure->stop)) {
        /* The thread may have looked for the last time before that. */
        give_back(atomic_exchange(&pressure->incoming, NULL));
        return ERROR_OPERATION_ABORTED;
    }
    wake(pressure);
    return 0;
}

void hostmem_pressure_refused(hostmem_pressure *pressure)
{
    if (atomic_load_explicit(&pressure->thread_state, memory_order_relaxed) == THREAD_STARTED &&
        !atomic_exchange(&pressure->refused, true))
        wake(pressure);
}

void hostmem_pressure_stop(hostmem_pressure *pressure)
{
    atomic_store(&pressure->stop, true);
    wake(pressure);
}

void hostmem_pressure_shutdown(hostmem_pressure *pressure)
{
    hostmem_os *os = pressure->os;
    bool ending = os->process_is_ending(os) != FALSE;
    void *thread;
    hostmem_pressure_stop(pressure);
    thread = atomic_exchange(&pressure->thread, NULL);
    if (thread)
        os->thread_join(os, thread, ending || atomic_load(&pressure->thread_id) == os->thread_id(os) ? 0 : PATIENCE_MS);
    /* A callback that no thread has come to take. At the end of the process the thread may have been ended inside
     * anything: then all callbacks stay where they are. */
    if (!ending)
        give_back(atomic_exchange(&pressure->incoming, NULL));
}

bool hostmem_pressure_is_shut_down(const hostmem_pressure *pressure)
{
    return atomic_load(&pressure->stop);
}

UINT64 hostmem_pressure_sent(const hostmem_pressure *pressure, EMemoryAvailable kind)
{
    return atomic_load_explicit(&pressure->sent[kind - eMemoryAvailableLow], memory_order_relaxed);
}
