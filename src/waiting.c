/* The waiting itself. No lost wake-up: a waiter counts itself before it tries, and whoever frees memory looks at the count
 * after freeing, so one of the two sees the other. No herd: an event wakes one waiter, and it passes the wake-up on only
 * if it is news to it and room is left. Guarded by sequentially consistent atomics. */
#include "waiting.h"

#include "failure.h"

/* How long a waiter trusts to be woken before it looks by itself: memory that other programs free is not announced. */
#define SLICE_MS 100

UINT32 hostmem_waiting_init(hostmem_waiting *waiting, hostmem_os *os)
{
    waiting->os = os;
    return os->event_create(os, &waiting->event);
}

void hostmem_waiting_destroy(hostmem_waiting *waiting)
{
    if (waiting->event)
        waiting->os->event_destroy(waiting->os, waiting->event);
}

void hostmem_waiting_signal(hostmem_waiting *waiting, uint64_t room)
{
    if (!atomic_load(&waiting->waiters) || room < atomic_load(&waiting->smallest))
        return;
    atomic_fetch_add(&waiting->generation, 1);
    waiting->os->event_set(waiting->os, waiting->event);
}

static void enter(hostmem_waiting *waiting, uint64_t bytes)
{
    uint64_t smallest;
    atomic_fetch_add(&waiting->waiters, 1);
    smallest = atomic_load(&waiting->smallest);
    while ((!smallest || bytes < smallest) &&
           !atomic_compare_exchange_weak(&waiting->smallest, &smallest, bytes))
        continue;
}

static void leave(hostmem_waiting *waiting)
{
    /* A waiter that enters just now may lose its entry in smallest: then that is unknown, and all signals count. */
    if (atomic_fetch_sub(&waiting->waiters, 1) == 1)
        atomic_store(&waiting->smallest, 0);
}

/* Wakes the next waiter, if there is one whom it could help. */
static void pass_on(hostmem_waiting *waiting, const hostmem_wish *wish)
{
    if (atomic_load(&waiting->waiters) && wish->room(wish->room_context) >= atomic_load(&waiting->smallest))
        waiting->os->event_set(waiting->os, waiting->event);
}

UINT32 hostmem_waiting_try(hostmem_waiting *waiting, const hostmem_wish *wish)
{
    hostmem_os *os = waiting->os;
    UINT64 start = os->now_ms(os), elapsed;
    uint32_t seen = atomic_load(&waiting->generation);
    UINT32 error;

    enter(waiting, wish->bytes);
    for (;;) {
        uint32_t generation = atomic_load(&waiting->generation);
        bool news = generation != seen;
        seen = generation;
        error = wish->attempt(wish->context);
        if (!hostmem_failure_is_out_of_memory(error))
            break;
        if (news)
            pass_on(waiting, wish);
        if (wish->cancelled(wish->cancel_context)) {
            error = ERROR_OPERATION_ABORTED;
            break;
        }
        elapsed = os->now_ms(os) - start;
        if (elapsed >= wish->timeout_ms) {
            error = ERROR_TIMEOUT;
            break;
        }
        if (atomic_load(&waiting->generation) == seen)
            os->wait(os, waiting->event, 0,
                     wish->timeout_ms - elapsed < SLICE_MS ? (UINT32)(wish->timeout_ms - elapsed) : SLICE_MS);
    }
    leave(waiting);
    if (error == ERROR_OPERATION_ABORTED && atomic_load(&waiting->waiters))
        os->event_set(os, waiting->event); /* whoever waits for the same instance is to know, too */
    else
        pass_on(waiting, wish);
    return error;
}
