/* One reserved region and its state. A thread that wants to change it first sets the state to BUSY by
 * compare-and-exchange. A thread that finds BUSY gives up what it wanted to do; nothing here is worth waiting for.
 *
 * Checked against ARM's memory model: `base` passes from one thread to the next through the state, whose changes are
 * sequentially consistent. Relaxed looks at it only decide whether to try; a thread that misses a change tries when it
 * frees memory the next time. */
#include "books/address_reserve.h"

enum {
    NONE, /* not configured */
    HELD,
    BUSY, /* one thread is changing it, and only that thread uses base */
    /* Released for a view that is not mapped yet. Reserving it again now would take the view's place. The upper half of
     * the state has the id of the thread that the view was promised to, so that views of other threads are not taken
     * for it. */
    LENT,
    MISSING /* to be reserved again as soon as there is room */
};

/* A thread maps its view right after the reserve was released for it. If none was announced after this time, mapping it
 * has failed; the thread may never report that. */
#define LOAN_MS 1000

static uint64_t lent_to_caller(hmi_address_reserve *reserve)
{
    return (uint64_t)reserve->os->thread_id(reserve->os) << 32 | LENT;
}

static bool change(hmi_address_reserve *reserve, uint64_t from, uint64_t to)
{
    return atomic_compare_exchange_strong(&reserve->state, &from, to);
}

static UINT32 hold(hmi_address_reserve *reserve)
{
    return reserve->os->virtual_alloc(reserve->os, NULL, reserve->size, MEM_RESERVE, PAGE_NOACCESS, &reserve->base);
}

UINT32 hmi_address_reserve_init(hmi_address_reserve *reserve, hostmem_os *os, SIZE_T size)
{
    UINT32 error;
    reserve->os = os;
    reserve->size = size;
    if (!size)
        return 0;
    error = hold(reserve);
    atomic_init(&reserve->state, error ? NONE : HELD);
    return error;
}

void hmi_address_reserve_destroy(hmi_address_reserve *reserve)
{
    if (change(reserve, HELD, NONE))
        reserve->os->virtual_free(reserve->os, reserve->base, 0, MEM_RELEASE);
}

/* Whether size bytes can be reserved at start now. */
static bool fits(hmi_address_reserve *reserve, void *start, SIZE_T size)
{
    hostmem_os *os = reserve->os;
    void *probe;
    if (!size)
        return true;
    if (os->virtual_alloc(os, start, size, MEM_RESERVE, PAGE_NOACCESS, &probe))
        return false;
    os->virtual_free(os, probe, 0, MEM_RELEASE);
    return true;
}

/* Precondition: this thread has set the state to BUSY. */
static void take_again(hmi_address_reserve *reserve)
{
    uint64_t state = hold(reserve) ? MISSING : HELD;
    atomic_store(&reserve->state, state);
}

/* Precondition: as above. */
static void lend(hmi_address_reserve *reserve)
{
    atomic_store(&reserve->lent_at_ms, reserve->os->now_ms(reserve->os));
    atomic_store(&reserve->state, lent_to_caller(reserve));
}

/* If the reserve was lent more than LOAN_MS ago, sets the state to BUSY and returns true: the caller has to reserve it
 * again. */
static bool recall(hmi_address_reserve *reserve)
{
    hostmem_os *os = reserve->os;
    uint64_t state = atomic_load(&reserve->state), lent_at_ms = atomic_load(&reserve->lent_at_ms);
    return (UINT32)state == LENT && os->now_ms(os) - lent_at_ms >= LOAN_MS && change(reserve, state, BUSY);
}

/* Precondition: this thread has set the state to BUSY, and the region is reserved. */
static bool give_up(hmi_address_reserve *reserve, void *start, SIZE_T size)
{
    if (reserve->os->virtual_free(reserve->os, reserve->base, 0, MEM_RELEASE)) {
        atomic_store(&reserve->state, HELD);
        return false;
    }
    if (!fits(reserve, start, size)) {
        take_again(reserve);
        return false;
    }
    lend(reserve);
    return true;
}

bool hmi_address_reserve_yield(hmi_address_reserve *reserve, void *start, SIZE_T size)
{
    hostmem_os *os = reserve->os;
    UINT32 last_error = os->get_last_error(os);
    bool yielded;
    /* First take back a reserve that was lent for a view that never came. If the calling thread asks again, it has
     * failed to map the last view; after LOAN_MS any thread may take it back. */
    if (change(reserve, lent_to_caller(reserve), BUSY) || recall(reserve))
        take_again(reserve);
    yielded = change(reserve, HELD, BUSY) && give_up(reserve, start, size);
    os->set_last_error(os, last_error);
    return yielded;
}

void hmi_address_reserve_used(hmi_address_reserve *reserve)
{
    if (change(reserve, lent_to_caller(reserve), MISSING))
        hmi_address_reserve_restore(reserve);
}

void hmi_address_reserve_restore(hmi_address_reserve *reserve)
{
    hostmem_os *os = reserve->os;
    UINT32 last_error;
    uint64_t state = atomic_load_explicit(&reserve->state, memory_order_relaxed);
    if (state == NONE || state == HELD || (!change(reserve, MISSING, BUSY) && !recall(reserve)))
        return;
    last_error = os->get_last_error(os);
    take_again(reserve);
    os->set_last_error(os, last_error);
}

SIZE_T hmi_address_reserve_held(const hmi_address_reserve *reserve)
{
    return atomic_load_explicit(&reserve->state, memory_order_relaxed) == HELD ? reserve->size : 0;
}
