/* Whose memory an address is, as the operating system and the books say together: the books know where a reservation
 * begins and how long it is, the system knows which allocation an address lies in. Each answer costs a query, so only
 * calls that are about to be refused ask. */
#ifndef HMI_MEMORY_OWNER_H
#define HMI_MEMORY_OWNER_H

#include "core.h"

/* Whether a region that the system describes lies in one of our reservations. */
bool hmi_owner_has_region(hmi_core *core, const MEMORY_BASIC_INFORMATION *region);

/* Whether an address in a granule of ours lies in one of our reservations: not in the rest of its last granule, and not
 * in one that is just being released. Without an answer of the system it does. */
bool hmi_owner_has(hmi_core *core, UINT_PTR address);

/* hmi_owner_has, and where the allocation begins that the address lies in; 0: in none, or there is no answer. */
bool hmi_owner_find(hmi_core *core, UINT_PTR address, UINT_PTR *base);

/* Whether an allocation begins at base. Without an answer it does. */
bool hmi_owner_is_allocated(hmi_core *core, UINT_PTR base);

/* How far the allocation that holds an address goes on from there; 0 if nothing is allocated there. */
SIZE_T hmi_owner_allocation_length(hmi_core *core, UINT_PTR address);

/* With which Win32 error the system would refuse to free size bytes at address (size 0: all of an allocation), without
 * trying it. ERROR_INVALID_ADDRESS if it would not refuse. */
UINT32 hmi_owner_free_error(hmi_core *core, UINT_PTR address, SIZE_T size);

#endif
