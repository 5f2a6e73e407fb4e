/* NUMA nodes, locking in memory, and the direction of reservations. No state but counters in the core. */
#include "memory/placement.h"

#include "core_state.h"

/* The working set is raised by at least this much; otherwise locking single pages would raise it for each page. */
#define WORKING_SET_STEP ((SIZE_T)1 << 20)

/* How often locking is tried. Other threads may use up the room that a raise has made. */
#define LOCK_TRIES 4

UINT32 hmi_placement_reserve_type(const hmi_core *core, const void *address, UINT32 type)
{
    bool is_free_to_choose = !address &&
                             (type & (MEM_RESERVE | MEM_COMMIT)); /* not for MEM_RESET, which takes no other flags */
    return sizeof(void *) == 8 && is_free_to_choose && (core->flags & HOSTMEM_TOP_DOWN) ? type | MEM_TOP_DOWN : type;
}

static bool wanted_node(const hmi_core *core, UINT32 *node)
{
    *node = core->numa_node;
    return core->numa_node != HOSTMEM_NUMA_CURRENT || !core->os->current_node(core->os, node);
}

UINT32 hmi_placement_alloc_on_node(hmi_core *core, void *address, SIZE_T size, UINT32 type, UINT32 protect, void **out)
{
    hostmem_os *os = core->os;
    UINT32 node, error, last_error;
    if (!(type & (MEM_RESERVE | MEM_COMMIT)))
        return os->virtual_alloc(os, address, size, type, protect, out);
    last_error = os->get_last_error(os);
    if (wanted_node(core, &node) && !os->virtual_alloc_node(os, address, size, type, protect, node, out))
        return 0;
    error = os->virtual_alloc(os, address, size, type, protect, out);
    if (!error) { /* the node was the reason for the refusal */
        atomic_fetch_add_explicit(&core->numa_misses, 1, memory_order_relaxed);
        os->set_last_error(os, last_error);
    }
    return error;
}

/* Does not change the thread's last error: the caller decides whether a failure is one of the request. */
static UINT32 lock_raising(hmi_core *core, hmi_range pages)
{
    hostmem_os *os = core->os;
    UINT32 last_error = os->get_last_error(os);
    SIZE_T length = pages.end - pages.start;
    unsigned tries = LOCK_TRIES;
    UINT32 error;
    while ((error = os->virtual_lock(os, (void *)pages.start, length)) == ERROR_WORKING_SET_QUOTA && --tries) {
        /* If the working set cannot be raised by a whole step, it may still be raised by the pages' size. */
        if ((length >= WORKING_SET_STEP || os->working_set_raise(os, WORKING_SET_STEP)) &&
            os->working_set_raise(os, length))
            break;
    }
    os->set_last_error(os, last_error);
    return error;
}

UINT32 hmi_placement_lock_pages(hmi_core *core, hmi_range pages, UINT32 protect)
{
    UINT32 error;
    if (!hmi_placement_is_accessible(protect))
        return 0;
    error = lock_raising(core, pages);
    if (!error)
        return 0;
    atomic_fetch_add_explicit(&core->lock_failures, 1, memory_order_relaxed);
    return core->flags & HOSTMEM_LOCK_STRICT ? error : 0;
}

static void lock_or_count(hmi_core *core, hmi_range pages)
{
    if (lock_raising(core, pages))
        atomic_fetch_add_explicit(&core->lock_failures, 1, memory_order_relaxed);
}

void hmi_placement_relock(hmi_core *core, hmi_range pages)
{
    hmi_range run;
    if (!(core->flags & HOSTMEM_LOCK_PAGES))
        return;
    for (; hmi_atomic_bitmap_run(&core->ledger.committed, pages, true, &run); pages.start = run.end)
        lock_or_count(core, run);
}

void hmi_placement_note_reset(hmi_core *core, hmi_range pages)
{
    hostmem_os *os = core->os;
    UINT32 last_error;
    if (!(core->flags & HOSTMEM_LOCK_PAGES) || !hmi_ledger_owns(&core->ledger, pages))
        return;
    last_error = os->get_last_error(os);
    if (!hmi_relock_queue_note(&core->relock_queue, pages, os->now_ms(os))) {
        atomic_fetch_add_explicit(&core->lock_failures, 1, memory_order_relaxed);
        os->set_last_error(os, last_error);
    }
}

/* Locks those of the committed pages that may be touched. VirtualLock fails for a whole range if one page of it may
 * not. */
static void lock_accessible(hmi_core *core, hmi_range pages)
{
    hmi_range run = pages;
    MEMORY_BASIC_INFORMATION region;
    for (; run.start < pages.end && hmi_core_describe(core, pages.end, &run, &region); run.start = run.end) {
        if (region.State == MEM_COMMIT && hmi_placement_is_accessible(region.Protect))
            lock_or_count(core, run);
    }
}

/* The pages may have been freed since they were noted; those that the books have as committed are ours. */
static void relock_run(void *context, hmi_range pages)
{
    hmi_core *core = context;
    hmi_range run;
    for (; hmi_atomic_bitmap_run(&core->ledger.committed, pages, true, &run); pages.start = run.end)
        lock_accessible(core, run);
}

void hmi_placement_relock_queued(hmi_core *core)
{
    hostmem_os *os = core->os;
    UINT32 last_error = os->get_last_error(os);
    hmi_relock_queue_take_due(&core->relock_queue, os->now_ms(os), relock_run, core);
    os->set_last_error(os, last_error);
}
