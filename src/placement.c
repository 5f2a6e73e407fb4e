/* NUMA nodes, locking and the direction of reservations. No state but the counters in the core. */
#include "placement.h"

/* The least by which the working set is raised: a lock of one page would otherwise raise it for every page. */
#define WORKING_SET_STEP ((SIZE_T)1 << 20)

/* How often a lock is tried again after a raise; others may use up what was raised. */
#define LOCK_TRIES 4

UINT32 hostmem_placement_reserve_type(const hostmem_core *core, const void *address, UINT32 type)
{
    return sizeof(void *) == 8 && !address && (core->flags & HOSTMEM_TOP_DOWN) ? type | MEM_TOP_DOWN : type;
}

static bool wanted_node(const hostmem_core *core, UINT32 *node)
{
    *node = core->numa_node;
    return core->numa_node != HOSTMEM_NUMA_CURRENT || !core->os->current_node(core->os, node);
}

UINT32 hostmem_placement_alloc(hostmem_core *core, void *address, SIZE_T size, UINT32 type, UINT32 protect, void **out)
{
    hostmem_os *os = core->os;
    UINT32 node, error, last_error;
    if (!(core->flags & HOSTMEM_NUMA) || !(type & (MEM_RESERVE | MEM_COMMIT)))
        return os->virtual_alloc(os, address, size, type, protect, out);
    last_error = os->get_last_error(os);
    if (wanted_node(core, &node) && !os->virtual_alloc_node(os, address, size, type, protect, node, out))
        return 0;
    error = os->virtual_alloc(os, address, size, type, protect, out);
    if (!error) { /* so it was the node's fault */
        atomic_fetch_add_explicit(&core->numa_misses, 1, memory_order_relaxed);
        os->set_last_error(os, last_error);
    }
    return error;
}

/* Leaves the thread's last error alone: whether a failure is one of the request's is not decided here. */
static UINT32 lock_raising(hostmem_core *core, hostmem_range pages)
{
    hostmem_os *os = core->os;
    UINT32 last_error = os->get_last_error(os);
    SIZE_T length = pages.end - pages.start, step = length > WORKING_SET_STEP ? length : WORKING_SET_STEP;
    unsigned tries = LOCK_TRIES;
    UINT32 error;
    while ((error = os->virtual_lock(os, (void *)pages.start, length)) == ERROR_WORKING_SET_QUOTA && --tries) {
        if (os->working_set_raise(os, step))
            break;
    }
    os->set_last_error(os, last_error);
    return error;
}

UINT32 hostmem_placement_lock(hostmem_core *core, hostmem_range pages, UINT32 protect)
{
    UINT32 error;
    if (!(core->flags & HOSTMEM_LOCK_PAGES) || (protect & (PAGE_NOACCESS | PAGE_GUARD)))
        return 0;
    error = lock_raising(core, pages);
    if (!error)
        return 0;
    atomic_fetch_add_explicit(&core->lock_failures, 1, memory_order_relaxed);
    return core->flags & HOSTMEM_LOCK_STRICT ? error : 0;
}

void hostmem_placement_relock(hostmem_core *core, hostmem_range pages)
{
    hostmem_range run;
    if (!(core->flags & HOSTMEM_LOCK_PAGES) || !hostmem_ledger_owns(&core->ledger, pages))
        return;
    for (; hostmem_pagemap_run(&core->ledger.committed, pages, true, &run); pages.start = run.end) {
        if (lock_raising(core, run))
            atomic_fetch_add_explicit(&core->lock_failures, 1, memory_order_relaxed);
    }
}
