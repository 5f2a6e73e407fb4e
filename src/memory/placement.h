/* Options about where committed memory lies and whether it stays in RAM (NUMA, locking, top-down). Hosts that did not
 * set them get what the operating system does by default, and pay one test of the flags. */
#ifndef HMI_MEMORY_PLACEMENT_H
#define HMI_MEMORY_PLACEMENT_H

#include "core_state.h"

/* The allocation type to reserve with, if the caller passed type and address. */
UINT32 hmi_placement_reserve_type(const hmi_core *core, const void *address, UINT32 type);

/* Part of the next function. */
UINT32 hmi_placement_alloc_on_node(hmi_core *core, void *address, SIZE_T size, UINT32 type, UINT32 protect, void **out);

/* Allocates from the operating system, on the configured node. Windows takes the node from the call that reserves a
 * region and ignores it when committing; this passes it both times. Returns a Win32 error, 0 for success. */
static inline UINT32 hmi_placement_alloc(hmi_core *core, void *address, SIZE_T size, UINT32 type, UINT32 protect,
                                         void **out)
{
    if (core->flags & HOSTMEM_NUMA)
        return hmi_placement_alloc_on_node(core, address, size, type, protect, out);
    return core->os->virtual_alloc(core->os, address, size, type, protect, out);
}

/* Whether a page with this protection may be touched; if not, it cannot be locked. */
static inline bool hmi_placement_is_accessible(UINT32 protect)
{
    return !(protect & (PAGE_NOACCESS | PAGE_GUARD));
}

/* Part of the next function. */
UINT32 hmi_placement_lock_pages(hmi_core *core, hmi_range pages, UINT32 protect);

/* Locks pages that have just been committed with protect; pages that may not be touched are skipped. Returns a Win32
 * error, 0 for success; always 0 unless HOSTMEM_LOCK_STRICT. */
static inline UINT32 hmi_placement_lock(hmi_core *core, hmi_range pages, UINT32 protect)
{
    return core->flags & HOSTMEM_LOCK_PAGES ? hmi_placement_lock_pages(core, pages, protect) : 0;
}

/* Locks those of the pages that are committed. For pages whose protection has changed, so that they may be touched now.
 */
void hmi_placement_relock(hmi_core *core, hmi_range pages);

/* Notes pages that were reset (MEM_RESET), to lock them again later: the garbage collector unlocks them as soon as the
 * call has returned. */
void hmi_placement_note_reset(hmi_core *core, hmi_range pages);

/* Part of the next function. */
void hmi_placement_relock_queued(hmi_core *core);

/* Locks pages that were reset some time ago. Cheap while there are none. */
static inline void hmi_placement_relock_due(hmi_core *core)
{
    if ((core->flags & HOSTMEM_LOCK_PAGES) && hmi_relock_queue_pending(&core->relock_queue))
        hmi_placement_relock_queued(core);
}

#endif
