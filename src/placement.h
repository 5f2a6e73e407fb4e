/* Where committed memory lies and whether it stays in RAM, for hosts that opted in; everybody else gets what the operating
 * system does by itself, at the cost of a test of the flags. */
#ifndef HOSTMEM_SRC_PLACEMENT_H
#define HOSTMEM_SRC_PLACEMENT_H

#include "core.h"

/* The type to reserve with where the caller asked for type at address. */
UINT32 hostmem_placement_reserve_type(const hostmem_core *core, const void *address, UINT32 type);

/* Asks the operating system, for memory of the wanted node. Windows looks at the node of the call that makes a region, and
 * ignores it in commits to one that exists; both name it. Returns a Win32 error, 0 for success. */
UINT32 hostmem_placement_alloc(hostmem_core *core, void *address, SIZE_T size, UINT32 type, UINT32 protect, void **out);

/* Locks pages that have just been committed with protect; those that nobody may touch cannot be locked and are let be.
 * Returns a Win32 error, 0 for success; always 0 unless HOSTMEM_LOCK_STRICT. */
UINT32 hostmem_placement_lock(hostmem_core *core, hostmem_range pages, UINT32 protect);

/* Locks again those of the pages that are committed: after a reset, and where they could not be touched and now can. */
void hostmem_placement_relock(hostmem_core *core, hostmem_range pages);

#endif
