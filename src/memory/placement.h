/* Where committed memory lies and whether it stays in RAM, for hosts that opted in; everybody else gets what the
 * operating system does by itself, at the cost of a test of the flags. */
#ifndef HMI_MEMORY_PLACEMENT_H
#define HMI_MEMORY_PLACEMENT_H

#include "core_state.h"

/* The type to reserve with where the caller asked for type at address. */
UINT32 hmi_placement_reserve_type(const hmi_core *core, const void *address, UINT32 type);

/* The rest of the next function. */
UINT32 hmi_placement_alloc_on_node(hmi_core *core, void *address, SIZE_T size, UINT32 type, UINT32 protect, void **out);

/* Asks the operating system, for memory of the wanted node. Windows looks at the node of the call that makes a region,
 * and ignores it in commits to one that exists; both name it. Returns a Win32 error, 0 for success. */
static inline UINT32 hmi_placement_alloc(hmi_core *core, void *address, SIZE_T size, UINT32 type, UINT32 protect,
                                         void **out)
{
    if (core->flags & HOSTMEM_NUMA)
        return hmi_placement_alloc_on_node(core, address, size, type, protect, out);
    return core->os->virtual_alloc(core->os, address, size, type, protect, out);
}

/* Whether a protection lets anybody touch the page; it cannot be locked otherwise. */
static inline bool hmi_placement_is_accessible(UINT32 protect)
{
    return !(protect & (PAGE_NOACCESS | PAGE_GUARD));
}

/* The rest of the next function. */
UINT32 hmi_placement_lock_pages(hmi_core *core, hmi_range pages, UINT32 protect);

/* Locks pages that have just been committed with protect; those that nobody may touch cannot be locked and are let be.
 * Returns a Win32 error, 0 for success; always 0 unless HOSTMEM_LOCK_STRICT. */
static inline UINT32 hmi_placement_lock(hmi_core *core, hmi_range pages, UINT32 protect)
{
    return core->flags & HOSTMEM_LOCK_PAGES ? hmi_placement_lock_pages(core, pages, protect) : 0;
}

/* Locks pages that may be touched now and might not have been before, those of them that are committed. */
void hmi_placement_relock(hmi_core *core, hmi_range pages);

/* Takes note of a reset: the garbage collector unlocks such pages as soon as the call has returned. */
void hmi_placement_note_reset(hmi_core *core, hmi_range pages);

/* The rest of the next function. */
void hmi_placement_relock_queued(hmi_core *core);

/* Locks again what was reset some time ago. Cheap while there is nothing to do. */
static inline void hmi_placement_relock_due(hmi_core *core)
{
    if ((core->flags & HOSTMEM_LOCK_PAGES) && hmi_relock_queue_pending(&core->relock_queue))
        hmi_placement_relock_queued(core);
}

#endif
