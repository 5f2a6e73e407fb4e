/* One region and its state. A thread that wants to act takes the state to BUSY first, by compare-and-exchange; others that
 * find it so let be what they wanted, since nothing here is worth waiting for. */
#include "address_reserve.h"

enum {
    NONE,    /* not configured */
    HELD,
    BUSY,    /* one thread is changing it; base is that thread's */
    LENT,    /* given up for a view that is not there yet: taking it again would take the view's place */
    MISSING  /* to be taken again */
};

static bool change(hostmem_address_reserve *reserve, UINT32 from, UINT32 to)
{
    return atomic_compare_exchange_strong(&reserve->state, &from, to);
}

static UINT32 hold(hostmem_address_reserve *reserve)
{
    return reserve->os->virtual_alloc(reserve->os, NULL, reserve->size, MEM_RESERVE, PAGE_NOACCESS, &reserve->base);
}

UINT32 hostmem_address_reserve_init(hostmem_address_reserve *reserve, hostmem_os *os, SIZE_T size)
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

void hostmem_address_reserve_destroy(hostmem_address_reserve *reserve)
{
    if (change(reserve, HELD, NONE))
        reserve->os->virtual_free(reserve->os, reserve->base, 0, MEM_RELEASE);
}

/* Whether a view would find room now. */
static bool fits(hostmem_address_reserve *reserve, void *start, SIZE_T size)
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

/* Precondition: the state is BUSY by this thread. */
static void take_again(hostmem_address_reserve *reserve)
{
    UINT32 state = hold(reserve) ? MISSING : HELD;
    atomic_store(&reserve->state, state);
}

bool hostmem_address_reserve_yield(hostmem_address_reserve *reserve, void *start, SIZE_T size)
{
    hostmem_os *os = reserve->os;
    UINT32 last_error = os->get_last_error(os);
    bool yielded = false;
    /* A view that it was lent for and that never came must not keep it away for ever. */
    if (change(reserve, LENT, BUSY))
        take_again(reserve);
    if (change(reserve, HELD, BUSY)) {
        os->virtual_free(os, reserve->base, 0, MEM_RELEASE);
        yielded = fits(reserve, start, size);
        if (yielded)
            atomic_store(&reserve->state, LENT);
        else
            take_again(reserve);
    }
    os->set_last_error(os, last_error);
    return yielded;
}

void hostmem_address_reserve_used(hostmem_address_reserve *reserve)
{
    if (change(reserve, LENT, MISSING))
        hostmem_address_reserve_restore(reserve);
}

void hostmem_address_reserve_restore(hostmem_address_reserve *reserve)
{
    hostmem_os *os = reserve->os;
    UINT32 last_error;
    if (atomic_load_explicit(&reserve->state, memory_order_relaxed) != MISSING || !change(reserve, MISSING, BUSY))
        return;
    last_error = os->get_last_error(os);
    take_again(reserve);
    os->set_last_error(os, last_error);
}

SIZE_T hostmem_address_reserve_held(const hostmem_address_reserve *reserve)
{
    return atomic_load_explicit(&reserve->state, memory_order_relaxed) == HELD ? reserve->size : 0;
}
