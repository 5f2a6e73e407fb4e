/* Where committed memory lies and whether it stays in RAM, for hosts that opted in; everybody else gets what the
 * operating system does by itself, at the cost of a test of the flags. */
#ifndef HOSTMEM_SRC_PLACEMENT_H
#define HOSTMEM_SRC_PLACEMENT_H

#include "core.h"

/* The type to reserve with where the caller asked for type at address. */
UINT32 hostmem_placement_reserve_type(const hostmem_core *core, const void *address, UINT32 type);

/* The rest of the next function. */
UINT32 hostmem_placement_alloc_on_node(hostmem_core *core, void *address, SIZE_T size, UINT32 type, UINT32 protect,
                                       void **out);

/* Asks the operating system, for memory of the wanted node. Windows looks at the node of the call that makes a region,
 * and ignores it in commits to one that exists; both name it. Returns a Win32 error, 0 for success. */
static inline UINT32 hostmem_placement_alloc(hostmem_core *core, void *address, SIZE_T size, UINT32 type,
                                             UINT32 protect, void **out)
{
    if (core->flags & HOSTMEM_NUMA)
        return hostmem_placement_alloc_on_node(core, address, size, type, protect, out);
    return core->os->virtual_alloc(core->os, address, size, type, protect, out);
}

/* Whether a protection lets anybody touch the page; it cannot be locked otherwise. */
static inline bool hostmem_placement_is_accessible(UINT32 protect)
{
    return !(protect & (PAGE_NOACCESS | PAGE_GUARD));
}

/* The rest of the next function. */
UINT32 hostmem_placement_lock_pages(hostmem_core *core, hostmem_range pages, UINT32 protect);

/* Locks pages that have just been committed with protect; those that nobody may touch cannot be locked and are let be.
 * Returns a Win32 error, 0 for success; always 0 unless HOSTMEM_LOCK_STRICT. */
static inline UINT32 hostmem_placement_lock(hostmem_core *core, hostmem_range pages, UINT32 protect)
{
    return core->flags & HOSTMEM_LOCK_PAGES ? hostmem_placement_lock_pages(core, pages, protect) : 0;
}

/* Locks pages that may be touched now and might not have been before, those of them that are committed. */
void hostmem_placement_relock(hostmem_core *core, hostmem_range pages);

/* Takes note of a reset: the garbage collector unlocks such pages as soon as the call has returned. */
void hostmem_placement_note_reset(hostmem_core *core, hostmem_range pages);

/* The rest of the next function. */
void hostmem_placement_relock_rested(hostmem_core *core);

/* Locks again what was reset some time ago. Cheap while there is nothing to do. */
static inline void hostmem_placement_tend(hostmem_core *core)
{
    if ((core->flags & HOSTMEM_LOCK_PAGES) && hostmem_resets_pending(&core->resets))
        hostmem_placement_relock_rested(core);
}

#endif
