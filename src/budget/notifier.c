/* The notification thread. It gets callbacks through one atomic slot and owns them from then on, so no other thread can
 * release one while it is called. The thread holds a reference on the notifier and one on the module, so both stay even
 * if a callback never returns.
 *
 * Checked against ARM's memory model: the flags, the slot and the handles are sequentially consistent, because a thread
 * that stops the notifier and one that registers a callback each write one of them and read another. The listener is
 * stored before is_started, which hmi_notifier_refused acquires. References and numbers of notifications are counters.
 */
#define COBJMACROS
#include "budget/notifier.h"

/* The CLR acts on Low at most this often. */
#define REPEAT_LOW_MS 8192
/* Low lasts at least this long. Otherwise the finalizer thread would get Neutral before it reads Low. */
#define SHORTEST_LOW_MS 1000
/* How often to look while the operating system is short of memory: no event tells when that ends. */
#define LOOK_AGAIN_MS 500
/* How long hmi_notifier_shutdown waits for a running callback. */
#define PATIENCE_MS 2000

/* The number of threads whose end hmi_notifier_shutdown can wait for. More than one is started only if several first
 * callbacks are registered at the same time. */
#define MAX_STARTS 4

struct hmi_notifier {
    hostmem_os *os;
    _Atomic ULONG references;
    hostmem_budget *budget;
    hmi_events *events; /* NULL: none */
    _Atomic(hmi_listener *) listener;
    _Atomic(ICLRMemoryNotificationCallback *) incoming; /* the next callback for the thread; NULL: no change */
    ICLRMemoryNotificationCallback *current;            /* used by the thread only */
    atomic_bool is_started;                             /* whether a thread was started */
    atomic_bool is_taken;                /* whether a thread has taken the notifier; others end at once */
    _Atomic(void *) threads[MAX_STARTS]; /* handles of all started threads, */
    atomic_bool is_untracked;            /* except for one that did not fit */
    _Atomic UINT32 thread_id;
    atomic_bool ended; /* set when the thread no longer uses the notifier */
    atomic_bool stop;
    atomic_bool refused;
    _Atomic UINT64 sent[3];
};

/* A marker in the slot that means "no more callbacks". Never called. */
static ICLRMemoryNotificationCallback nobody;

UINT32 hmi_notifier_create(hostmem_os *os, hostmem_budget *budget, hmi_notifier **out)
{
    hmi_notifier *notifier = os->object_alloc(os, sizeof *notifier);
    if (!notifier)
        return ERROR_NOT_ENOUGH_MEMORY;
    notifier->os = os;
    atomic_init(&notifier->references, 1);
    notifier->budget = budget;
    hmi_budget_add_ref(budget);
    *out = notifier;
    return 0;
}

void hmi_notifier_release(hmi_notifier *notifier)
{
    if (atomic_fetch_sub_explicit(&notifier->references, 1, memory_order_acq_rel) == 1) {
        hostmem_os *os = notifier->os;
        hostmem_budget *budget = notifier->budget;
        hmi_listener *listener = atomic_load(&notifier->listener);
        if (listener)
            hmi_budget_unlisten(listener);
        hmi_events_release(notifier->events);
        os->object_free(os, notifier);
        hostmem_budget_release(budget);
    }
}

void hmi_notifier_report_to(hmi_notifier *notifier, hmi_events *events)
{
    notifier->events = events;
    hmi_events_add_ref(events);
}

static void wake(hmi_notifier *notifier)
{
    hmi_listener *listener = atomic_load(&notifier->listener);
    if (listener)
        notifier->os->event_set(notifier->os, listener->event);
}

static void give_back(ICLRMemoryNotificationCallback *callback)
{
    if (callback && callback != &nobody)
        ICLRMemoryNotificationCallback_Release(callback);
}

/* ---- The thread ---- */

#define NOTHING ((EMemoryAvailable)0)

/* The last notification sent to the CLR, and when. */
typedef struct last_sent {
    EMemoryAvailable kind;
    UINT64 at_ms;
} last_sent;

/* The notification that the CLR should have now. */
static EMemoryAvailable decide(hmi_notifier *notifier, const last_sent *last, UINT32 signals, UINT64 now_ms)
{
    hmi_zone zone = hmi_budget_zone(notifier->budget);
    bool refused = atomic_exchange(&notifier->refused, false);
    UINT64 since_ms = now_ms - last->at_ms;

    if (refused || zone == HMI_ZONE_LOW || (signals & HMI_SIGNAL_LOW))
        return last->kind != eMemoryAvailableLow || since_ms >= REPEAT_LOW_MS ? eMemoryAvailableLow : NOTHING;
    if (last->kind == eMemoryAvailableLow)
        return zone < HMI_ZONE_ELEVATED && since_ms >= SHORTEST_LOW_MS ? eMemoryAvailableNeutral : NOTHING;
    if (last->kind == eMemoryAvailableHigh)
        return zone >= HMI_ZONE_ELEVATED ? eMemoryAvailableNeutral : NOTHING;
    return zone == HMI_ZONE_PLENTY && (signals & HMI_SIGNAL_HIGH) ? eMemoryAvailableHigh : NOTHING;
}

/* How long to sleep if no event comes. */
static UINT32 sleep_ms(const last_sent *last, UINT32 signals, UINT64 now_ms)
{
    UINT64 since_ms = now_ms - last->at_ms;
    if (last->kind != eMemoryAvailableLow)
        return HMI_WAIT_FOREVER;
    if (since_ms < SHORTEST_LOW_MS)
        return (UINT32)(SHORTEST_LOW_MS - since_ms);
    if ((signals & HMI_SIGNAL_LOW) && since_ms + LOOK_AGAIN_MS < REPEAT_LOW_MS)
        return LOOK_AGAIN_MS;
    return since_ms < REPEAT_LOW_MS ? (UINT32)(REPEAT_LOW_MS - since_ms) : HMI_WAIT_FOREVER;
}

/* Does not wait for signals that are raised already or would change nothing. */
static UINT32 signals_to_await(const last_sent *last, UINT32 signals)
{
    return (HMI_SIGNAL_LOW | (last->kind == eMemoryAvailableNeutral ? HMI_SIGNAL_HIGH : 0u)) & ~signals;
}

static void take_incoming(hmi_notifier *notifier, last_sent *last, UINT64 now_ms)
{
    ICLRMemoryNotificationCallback *incoming = atomic_exchange(&notifier->incoming, NULL);
    if (!incoming)
        return;
    give_back(notifier->current);
    notifier->current = incoming == &nobody ? NULL : incoming;
    *last = (last_sent){eMemoryAvailableNeutral, now_ms}; /* nothing was sent yet */
}

static void notify(hmi_notifier *notifier, EMemoryAvailable kind)
{
    if (notifier->events && hmi_events_wanted(notifier->events))
        hmi_events_report(notifier->events, &(hostmem_trace_event){.what = HOSTMEM_TRACE_NOTIFICATION,
                                                                   .level = HOSTMEM_TRACE_NO_LEVEL,
                                                                   .value = (uint32_t)kind});
    atomic_fetch_add_explicit(&notifier->sent[kind - eMemoryAvailableLow], 1, memory_order_relaxed);
    ICLRMemoryNotificationCallback_OnMemoryNotification(notifier->current, kind);
}

static void run(void *context)
{
    hmi_notifier *notifier = context;
    hostmem_os *os = notifier->os;
    last_sent last = {eMemoryAvailableNeutral, 0};

    if (atomic_exchange(&notifier->is_taken, true)) {
        hmi_notifier_release(notifier);
        return;
    }
    atomic_store(&notifier->is_started, true);
    atomic_store(&notifier->thread_id, os->thread_id(os));
    while (!atomic_load(&notifier->stop)) {
        UINT32 signals = os->memory_signals(os, atomic_load(&notifier->listener)->event);
        UINT64 now_ms = os->now_ms(os);
        EMemoryAvailable kind;
        take_incoming(notifier, &last, now_ms);
        kind = decide(notifier, &last, signals, now_ms);
        if (notifier->current && kind) {
            last = (last_sent){kind, now_ms};
            notify(notifier, kind);
        } else {
            os->wait(os, atomic_load(&notifier->listener)->event,
                     notifier->current ? signals_to_await(&last, signals) : 0,
                     notifier->current ? sleep_ms(&last, signals, now_ms) : HMI_WAIT_FOREVER);
        }
    }
    give_back(notifier->current);
    notifier->current = NULL;
    give_back(atomic_exchange(&notifier->incoming, NULL));
    atomic_store(&notifier->ended, true);
    hmi_notifier_release(notifier);
}

/* ---- Other threads ---- */

static bool have_listener(hmi_notifier *notifier)
{
    hmi_listener *none = NULL, *listener;
    if (atomic_load(&notifier->listener))
        return true;
    listener = hmi_budget_listen(notifier->budget);
    if (listener && !atomic_compare_exchange_strong(&notifier->listener, &none, listener))
        hmi_budget_unlisten(listener);
    return listener != NULL;
}

static void keep_handle(hmi_notifier *notifier, void *thread)
{
    unsigned i;
    for (i = 0; i < MAX_STARTS; i++) {
        void *none = NULL;
        if (atomic_compare_exchange_strong(&notifier->threads[i], &none, thread))
            return;
    }
    atomic_store(&notifier->is_untracked, true);
    notifier->os->thread_join(notifier->os, thread, 0);
}

/* Starts a thread if there is none, even if another registration may be doing the same: that one may fail and not tell.
 */
static UINT32 start_thread(hmi_notifier *notifier)
{
    hostmem_os *os = notifier->os;
    UINT32 error;
    void *thread;
    if (atomic_load(&notifier->is_started))
        return 0;
    if (!have_listener(notifier))
        return ERROR_NOT_ENOUGH_MEMORY;
    atomic_fetch_add_explicit(&notifier->references, 1, memory_order_relaxed);
    error = os->thread_start(os, run, notifier, &thread);
    if (error) {
        hmi_notifier_release(notifier);
        return atomic_load(&notifier->is_started) ? 0 : error;
    }
    keep_handle(notifier, thread);
    atomic_store(&notifier->is_started, true);
    if (atomic_load(&notifier->stop))
        /* the registration that set it may have come before the thread's event existed */
        hmi_notifier_shutdown(notifier);
    return 0;
}

UINT32 hmi_notifier_register(hmi_notifier *notifier, ICLRMemoryNotificationCallback *callback)
{
    UINT32 error = 0;
    if (atomic_load(&notifier->stop))
        return ERROR_OPERATION_ABORTED;
    if (!callback && !atomic_load(&notifier->is_started))
        return 0;
    if (callback)
        error = start_thread(notifier);
    if (error)
        return error;
    if (callback)
        ICLRMemoryNotificationCallback_AddRef(callback);
    give_back(atomic_exchange(&notifier->incoming, callback ? callback : &nobody));
    if (atomic_load(&notifier->stop)) {
        /* The thread may have looked for the last time before this. */
        give_back(atomic_exchange(&notifier->incoming, NULL));
        return ERROR_OPERATION_ABORTED;
    }
    wake(notifier);
    return 0;
}

void hmi_notifier_refused(hmi_notifier *notifier)
{
    /* Acquire: the listener that wake() needs was stored before. */
    if (!atomic_load_explicit(&notifier->is_started, memory_order_acquire))
        return;
    atomic_store(&notifier->refused, true);
    wake(notifier); /* the thread that has set it may have been stopped before it did this */
}

void hmi_notifier_stop(hmi_notifier *notifier)
{
    atomic_store(&notifier->stop, true);
    wake(notifier);
}

void hmi_notifier_shutdown(hmi_notifier *notifier)
{
    hostmem_os *os = notifier->os;
    bool ending = os->process_is_ending(os) != FALSE;
    UINT32 patience_ms = ending || atomic_load(&notifier->thread_id) == os->thread_id(os) ? 0 : PATIENCE_MS;
    unsigned joined = 0, ended = 0, i;
    hmi_notifier_stop(notifier);
    for (i = 0; i < MAX_STARTS; i++) {
        void *thread = atomic_exchange(&notifier->threads[i], NULL);
        if (!thread)
            continue;
        joined++;
        ended += os->thread_join(os, thread, patience_ms) != FALSE;
    }
    if (joined && ended == joined && !atomic_load(&notifier->is_untracked))
        atomic_store(&notifier->ended, true); /* the thread may have been ended before it set this */
    /* Releases a callback that no thread has taken. Not at the end of the process, when the thread may have been ended
     * anywhere: then all callbacks stay. */
    if (!ending)
        give_back(atomic_exchange(&notifier->incoming, NULL));
}

bool hmi_notifier_is_shut_down(const hmi_notifier *notifier)
{
    return atomic_load(&notifier->stop);
}

bool hmi_notifier_is_running(const hmi_notifier *notifier)
{
    return atomic_load(&notifier->is_started) && !atomic_load(&notifier->ended);
}

UINT64 hmi_notifier_sent(const hmi_notifier *notifier, EMemoryAvailable kind)
{
    return atomic_load_explicit(&notifier->sent[kind - eMemoryAvailableLow], memory_order_relaxed);
}
