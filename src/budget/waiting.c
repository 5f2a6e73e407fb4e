/* The waiting itself. No lost wake-up: a waiter lies down before it tries, and whoever frees memory looks for sleepers
 * after freeing, so one of the two sees the other. No herd: one sleeper is woken, and the wake-up goes from one to the
 * next only while there is room for somebody who has not tried yet. Guarded by sequentially consistent atomics; waiters
 * are never freed before the list, but lent again. Read against ARM's model: a waiter's ASLEEP before its look at the
 * budget, and a refund before its look at `waiters`, are stores that must be seen before later loads; nothing weaker
 * than sequentially consistent will do here. */
#include "budget/waiting.h"

#include "base/failure.h"

/* How long a waiter trusts to be woken before it looks by itself: memory that other programs free is not announced. */
#define SLICE_MS 100

enum { FREE, AWAKE, ASLEEP };

struct hmi_waiter {
    hmi_waiter *next;
    void *event; /* its own, so that no other waiter consumes the wake-up */
    _Atomic uint32_t state;
    _Atomic uint32_t level;
    _Atomic uint32_t tried; /* the generation of its last attempt, or one before if that found no room */
    _Atomic uint64_t bytes;
    _Atomic uint64_t arrival;
};

UINT32 hmi_waiting_init(hmi_waiting *waiting, hostmem_os *os, hmi_available *available, void *available_context)
{
    waiting->os = os;
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

static bool wake(hmi_waiting *waiting, hmi_waiter *waiter)
{
    uint32_t asleep = ASLEEP;
    if (!atomic_compare_exchange_strong(&waiter->state, &asleep, AWAKE))
        return false;
    waiting->os->event_set(waiting->os, waiter->event);
    return true;
}

static bool has_room(hmi_waiting *waiting, hmi_waiter *waiter)
{
    return atomic_load(&waiter->bytes) <= waiting->available(waiting->available_context, atomic_load(&waiter->level));
}

/* The longest waiting of those who have not tried since memory was freed last, and could have enough; NULL: none. */
static hmi_waiter *next_sleeper(hmi_waiting *waiting)
{
    uint32_t generation = atomic_load(&waiting->generation);
    hmi_waiter *waiter, *best = NULL;
    uint64_t best_arrival = 0;
    for (waiter = atomic_load(&waiting->first); waiter; waiter = waiter->next) {
        uint64_t arrival = atomic_load(&waiter->arrival);
        if (atomic_load(&waiter->state) == ASLEEP && atomic_load(&waiter->tried) != generation &&
            (!best || arrival < best_arrival) && has_room(waiting, waiter)) {
            best = waiter;
            best_arrival = arrival;
        }
    }
    return best;
}

void hmi_waiting_wake_next(hmi_waiting *waiting)
{
    hmi_waiter *waiter;
    if (!atomic_load(&waiting->waiters))
        return;
    do
        waiter = next_sleeper(waiting);
    while (waiter && !wake(waiting, waiter));
}

void hmi_waiting_signal(hmi_waiting *waiting)
{
    if (!atomic_load(&waiting->waiters))
        return;
    atomic_fetch_add(&waiting->generation, 1);
    hmi_waiting_wake_next(waiting);
}

void hmi_waiting_wake_all(hmi_waiting *waiting)
{
    hmi_waiter *waiter;
    atomic_fetch_add(&waiting->generation, 1);
    for (waiter = atomic_load(&waiting->first); waiter; waiter = waiter->next)
        wake(waiting, waiter);
}

static hmi_waiter *lend(hmi_waiting *waiting)
{
    hostmem_os *os = waiting->os;
    hmi_waiter *first = atomic_load(&waiting->first), *waiter;
    void *memory;
    for (waiter = first; waiter; waiter = waiter->next) {
        uint32_t free_state = FREE;
        if (atomic_compare_exchange_strong(&waiter->state, &free_state, AWAKE))
            return waiter;
    }
    /* Not an object: whoever is suspended inside the heap that those come from must not stop us. */
    if (os->table_reserve(os, sizeof *waiter, &memory))
        return NULL;
    waiter = memory;
    if (os->table_commit(os, waiter, sizeof *waiter) || os->event_create(os, &waiter->event)) {
        os->table_release(os, waiter, sizeof *waiter);
        return NULL;
    }
    atomic_init(&waiter->state, AWAKE);
    do
        waiter->next = first;
    while (!atomic_compare_exchange_weak(&waiting->first, &first, waiter));
    return waiter;
}

static hmi_waiter *enter(hmi_waiting *waiting, const hmi_wait_request *request)
{
    hmi_waiter *self = lend(waiting);
    if (self) {
        atomic_store(&self->bytes, request->bytes);
        atomic_store(&self->level, request->level);
        atomic_store(&self->arrival, atomic_fetch_add(&waiting->arrivals, 1));
        atomic_fetch_add(&waiting->waiters, 1);
    }
    return self;
}

static void leave(hmi_waiting *waiting, hmi_waiter *self)
{
    if (self) {
        atomic_store(&self->state, FREE);
        atomic_fetch_sub(&waiting->waiters, 1);
    }
}

/* An attempt while asleep: whoever frees memory meanwhile wakes the waiter. */
static UINT32 attempt(hmi_waiting *waiting, hmi_waiter *self, const hmi_wait_request *request)
{
    UINT32 error;
    if (self) {
        atomic_store(&self->tried, atomic_load(&waiting->generation));
        atomic_store(&self->state, ASLEEP);
    }
    error = request->attempt(request->context);
    if (self && error && !has_room(waiting, self))
        atomic_fetch_sub(&self->tried, 1); /* it missed the limit alone: any room is reason to try again */
    return error;
}

UINT32 hmi_waiting_try(hmi_waiting *waiting, const hmi_wait_request *request)
{
    hostmem_os *os = waiting->os;
    UINT64 start = os->now_ms(os), elapsed;
    hmi_waiter *self = enter(waiting, request);
    UINT32 error;

    for (;;) {
        error = attempt(waiting, self, request);
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
        os->wait(os, self ? self->event : waiting->spare_event, 0,
                 request->timeout_ms - elapsed < SLICE_MS ? (UINT32)(request->timeout_ms - elapsed) : SLICE_MS);
    }
    leave(waiting, self);
    hmi_waiting_wake_next(waiting);
    return error;
}
