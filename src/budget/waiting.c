/* Waiting for memory. No wake-up is lost: a waiter publishes that it is asleep before it tries, and a thread that frees
 * memory looks for sleepers afterwards, so one of the two sees the other. Only one sleeper is woken, and it wakes the
 * next one only if there is memory for one that has not tried yet. All shared state is sequentially consistent. Records
 * of waiters are freed only with the list. A new waiter takes a record that is free, or whose owner has given no sign
 * of life for a second. Each use of a record has a ticket, and each change of its state names the ticket: an owner that
 * continues after a second finds that the record has another ticket, and takes another record. Checked against ARM's
 * memory model: a waiter stores ASLEEP and HMI_BYPASS_WAITING before it looks at the budget, and a refund is stored
 * before its thread looks at HMI_BYPASS_WAITING. These stores must be visible before the later loads, which needs
 * sequential consistency. */
#include "budget/waiting.h"

#include "base/failure.h"

/* After this time a waiter tries without being woken, because memory that other programs free is not announced. */
#define SLICE_MS 100

/* A waiter that has given no sign of life, which it gives every SLICE_MS, for this time no longer counts. */
#define ALIVE_MS 1000

enum { FREE, AWAKE, ASLEEP, STATES };

struct hmi_waiter {
    hmi_waiter *next;
    void *event; /* its own, so that no other waiter consumes the wake-up */
    _Atomic uint64_t
        state; /* the ticket times STATES, plus FREE, AWAKE or ASLEEP; waiters are served in the order of tickets */
    _Atomic uint64_t alive_at_ms;
    _Atomic uint64_t bytes;
    _Atomic uint32_t level;
    _Atomic uint32_t tried; /* the generation of its last attempt; one less if that found too little memory */
};

/* One use of a record. */
typedef struct place {
    hmi_waiter *waiter; /* NULL: there was no memory for a record */
    uint64_t ticket;
} place;

UINT32 hmi_waiting_init(hmi_waiting *waiting, hostmem_os *os, hmi_bypass *bypass, hmi_available *available,
                        void *available_context)
{
    waiting->os = os;
    waiting->bypass = bypass;
    waiting->available = available;
    waiting->available_context = available_context;
    return os->event_create(os, &waiting->spare_event);
}

void hmi_waiting_destroy(hmi_waiting *waiting)
{
    hmi_waiter *waiter = atomic_load(&waiting->first);
    while (waiter) {
        hmi_waiter *next = waiter->next;
        waiting->os->event_destroy(waiting->os, waiter->event);
        waiting->os->table_release(waiting->os, waiter, sizeof *waiter);
        waiter = next;
    }
    if (waiting->spare_event)
        waiting->os->event_destroy(waiting->os, waiting->spare_event);
}

static bool is_in(uint64_t state, unsigned wanted)
{
    return state % STATES == wanted;
}

static bool change(hmi_waiter *waiter, uint64_t from, uint64_t to)
{
    return atomic_compare_exchange_strong(&waiter->state, &from, to);
}

static bool is_alive(hmi_waiter *waiter, UINT64 now_ms)
{
    return (int64_t)(now_ms - atomic_load(&waiter->alive_at_ms)) < ALIVE_MS;
}

/* ---- Threads that free memory ---- */

static bool wakes(hmi_waiting *waiting, hmi_waiter *waiter, uint64_t state)
{
    if (!is_in(state, ASLEEP) || !change(waiter, state, state - ASLEEP + AWAKE))
        return false;
    waiting->os->event_set(waiting->os, waiter->event);
    return true;
}

static bool has_enough(hmi_waiting *waiting, hmi_waiter *waiter)
{
    return atomic_load(&waiter->bytes) <= waiting->available(waiting->available_context, atomic_load(&waiter->level));
}

/* The waiter that has waited longest, has not tried since memory was last freed, and could get enough; NULL: none.
 * state: its state when it was read. */
static hmi_waiter *next_sleeper(hmi_waiting *waiting, uint64_t *state)
{
    uint32_t generation = atomic_load(&waiting->generation);
    UINT64 now_ms = waiting->os->now_ms(waiting->os);
    hmi_waiter *waiter, *best = NULL;
    for (waiter = atomic_load(&waiting->first); waiter; waiter = waiter->next) {
        uint64_t each = atomic_load(&waiter->state);
        if (is_in(each, ASLEEP) && atomic_load(&waiter->tried) != generation && (!best || each < *state) &&
            is_alive(waiter, now_ms) && has_enough(waiting, waiter)) {
            best = waiter;
            *state = each;
        }
    }
    return best;
}

void hmi_waiting_wake_next(hmi_waiting *waiting)
{
    uint64_t state = 0;
    hmi_waiter *waiter;
    if (!hmi_bypass_is_set(waiting->bypass, HMI_BYPASS_WAITING))
        return;
    do
        waiter = next_sleeper(waiting, &state);
    while (waiter && !wakes(waiting, waiter, state));
}

void hmi_waiting_signal(hmi_waiting *waiting)
{
    if (!hmi_bypass_is_set(waiting->bypass, HMI_BYPASS_WAITING))
        return;
    atomic_fetch_add(&waiting->generation, 1);
    hmi_waiting_wake_next(waiting);
}

void hmi_waiting_wake_all(hmi_waiting *waiting)
{
    hmi_waiter *waiter;
    atomic_fetch_add(&waiting->generation, 1);
    for (waiter = atomic_load(&waiting->first); waiter; waiter = waiter->next)
        wakes(waiting, waiter, atomic_load(&waiter->state));
}

static bool has_waiters(hmi_waiting *waiting)
{
    UINT64 now_ms = waiting->os->now_ms(waiting->os);
    hmi_waiter *waiter = atomic_load(&waiting->first);
    while (waiter && (is_in(atomic_load(&waiter->state), FREE) || !is_alive(waiter, now_ms)))
        waiter = waiter->next;
    return waiter != NULL;
}

void hmi_waiting_check(hmi_waiting *waiting)
{
    if (!hmi_bypass_is_set(waiting->bypass, HMI_BYPASS_WAITING) || has_waiters(waiting))
        return;
    hmi_bypass_end(waiting->bypass, HMI_BYPASS_WAITING);
    if (has_waiters(waiting)) /* a waiter that has come since may have set it before it was cleared */
        hmi_bypass_set(waiting->bypass, HMI_BYPASS_WAITING);
}

/* ---- Threads that wait ---- */

static bool take(hmi_waiter *waiter, uint64_t ticket, UINT64 now_ms)
{
    uint64_t state = atomic_load(&waiter->state);
    if (!is_in(state, FREE) && is_alive(waiter, now_ms))
        return false;
    atomic_store(&waiter->alive_at_ms, now_ms); /* before the state, or other threads would take the record, too */
    return change(waiter, state, ticket * STATES + AWAKE);
}

static hmi_waiter *make(hmi_waiting *waiting)
{
    hostmem_os *os = waiting->os;
    hmi_waiter *waiter;
    void *memory;
    /* Not from object_alloc: a thread may be suspended while it holds the lock of that heap. */
    if (os->table_reserve(os, sizeof *waiter, &memory))
        return NULL;
    waiter = memory;
    if (!os->table_commit(os, waiter, sizeof *waiter) && !os->event_create(os, &waiter->event))
        return waiter;
    os->table_release(os, waiter, sizeof *waiter);
    return NULL;
}

static hmi_waiter *acquire(hmi_waiting *waiting, uint64_t ticket, UINT64 now_ms)
{
    hmi_waiter *first = atomic_load(&waiting->first), *waiter;
    for (waiter = first; waiter; waiter = waiter->next) {
        if (take(waiter, ticket, now_ms))
            return waiter;
    }
    waiter = make(waiting);
    if (!waiter)
        return NULL;
    atomic_init(&waiter->state, ticket * STATES + AWAKE);
    atomic_init(&waiter->alive_at_ms, now_ms);
    do
        waiter->next = first;
    while (!atomic_compare_exchange_weak(&waiting->first, &first, waiter));
    return waiter;
}

static place enter(hmi_waiting *waiting, const hmi_wait_request *request)
{
    place self = {NULL, atomic_fetch_add(&waiting->tickets, 1) + 1};
    self.waiter = acquire(waiting, self.ticket, waiting->os->now_ms(waiting->os));
    if (self.waiter) {
        atomic_store(&self.waiter->bytes, request->bytes);
        atomic_store(&self.waiter->level, request->level);
    }
    return self;
}

/* Gives a sign of life. False: another waiter has taken the record. */
static bool is_still_there(hmi_waiting *waiting, const place *self)
{
    if (!self->waiter)
        return true;
    atomic_store(&self->waiter->alive_at_ms, waiting->os->now_ms(waiting->os));
    return atomic_load(&self->waiter->state) / STATES == self->ticket;
}

static void leave(hmi_waiting *waiting, const place *self)
{
    uint64_t state = self->waiter ? atomic_load(&self->waiter->state) : 0;
    while (self->waiter && state / STATES == self->ticket &&
           !atomic_compare_exchange_weak(&self->waiter->state, &state, self->ticket * STATES + FREE))
        continue;
    hmi_waiting_check(waiting);
}

/* Makes an attempt in the state ASLEEP, so that a thread that frees memory meanwhile wakes this waiter. */
static UINT32 attempt(hmi_waiting *waiting, const place *self, const hmi_wait_request *request)
{
    UINT32 error;
    hmi_bypass_set(waiting->bypass, HMI_BYPASS_WAITING);
    if (self->waiter) {
        atomic_store(&self->waiter->tried, atomic_load(&waiting->generation));
        change(self->waiter, self->ticket * STATES + AWAKE, self->ticket * STATES + ASLEEP);
    }
    error = request->attempt(request->context);
    if (self->waiter && error && !has_enough(waiting, self->waiter))
        /* it only lacked quota, so any freed memory is a reason to try again */
        atomic_fetch_sub(&self->waiter->tried, 1);
    return error;
}

UINT32 hmi_waiting_try(hmi_waiting *waiting, const hmi_wait_request *request)
{
    hostmem_os *os = waiting->os;
    UINT64 start = os->now_ms(os), elapsed;
    place self = enter(waiting, request);
    UINT32 error;

    for (;;) {
        if (!is_still_there(waiting, &self))
            self = enter(waiting, request);
        error = attempt(waiting, &self, request);
        if (!hmi_failure_is_out_of_memory(error))
            break;
        hmi_waiting_wake_next(waiting);
        if (request->cancelled(request->cancel_context)) {
            error = ERROR_OPERATION_ABORTED;
            break;
        }
        elapsed = os->now_ms(os) - start;
        if (elapsed >= request->timeout_ms) {
            error = ERROR_TIMEOUT;
            break;
        }
        os->wait(os, self.waiter ? self.waiter->event : waiting->spare_event, 0,
                 request->timeout_ms - elapsed < SLICE_MS ? (UINT32)(request->timeout_ms - elapsed) : SLICE_MS);
    }
    leave(waiting, &self);
    hmi_waiting_wake_next(waiting);
    return error;
}
