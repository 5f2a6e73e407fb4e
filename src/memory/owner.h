/* Decides whose memory an address is, from the books and from the operating system: the books know where each
 * reservation begins and ends, the system knows in which allocation an address lies. Every answer costs a VirtualQuery,
 * so mostly calls that are about to be refused ask. */
#ifndef HMI_MEMORY_OWNER_H
#define HMI_MEMORY_OWNER_H

#include "core.h"

/* Whether a region that the system has described lies in one of our reservations. */
bool hmi_owner_has_region(hmi_core *core, const MEMORY_BASIC_INFORMATION *region);

/* Whether an address lies in one of our reservations. Precondition: its granule is in the books. False for addresses
 * behind the end of a reservation in its last granule, and in a reservation that is being released. True if the system
 * cannot be queried. */
bool hmi_owner_has(hmi_core *core, UINT_PTR address);

/* The same, and the start of the allocation that the address lies in; *base is 0 if there is none or the system cannot
 * be queried. */
bool hmi_owner_find(hmi_core *core, UINT_PTR address, UINT_PTR *base);

/* Whether an allocation begins at base. True if the system cannot be queried. */
bool hmi_owner_is_allocated(hmi_core *core, UINT_PTR base);

/* How many bytes the allocation that contains address goes on from there; 0 if nothing is allocated there. */
SIZE_T hmi_owner_allocation_length(hmi_core *core, UINT_PTR address);

/* The Win32 error with which the system would refuse to free size bytes at address (size 0: the whole allocation),
 * without trying it. ERROR_INVALID_ADDRESS if it would not refuse. */
UINT32 hmi_owner_free_error(hmi_core *core, UINT_PTR address, SIZE_T size);

#endif
