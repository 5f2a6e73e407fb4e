/* Questions about memory that may belong to anybody. Changes nothing. */
#include "memory/owner.h"

#include "core_state.h"

static bool describe(hmi_core *core, UINT_PTR address, MEMORY_BASIC_INFORMATION *region)
{
    SIZE_T written;
    return !core->os->virtual_query(core->os, (void *)address, region, sizeof *region, &written);
}

bool hmi_owner_has_region(hmi_core *core, const MEMORY_BASIC_INFORMATION *region)
{
    hmi_range reservation;
    return region->State != MEM_FREE &&
           hmi_ledger_reservation(&core->ledger, (UINT_PTR)region->AllocationBase, &reservation) &&
           (UINT_PTR)region->BaseAddress - reservation.start < reservation.end - reservation.start;
}

bool hmi_owner_find(hmi_core *core, UINT_PTR address, UINT_PTR *base)
{
    MEMORY_BASIC_INFORMATION region;
    bool described = describe(core, address, &region);
    *base = described ? (UINT_PTR)region.AllocationBase : 0;
    return !described || hmi_owner_has_region(core, &region);
}

bool hmi_owner_has(hmi_core *core, UINT_PTR address)
{
    UINT_PTR base;
    return hmi_owner_find(core, address, &base);
}

bool hmi_owner_is_allocated(hmi_core *core, UINT_PTR base)
{
    MEMORY_BASIC_INFORMATION region;
    return !describe(core, base, &region) || (region.State != MEM_FREE && (UINT_PTR)region.AllocationBase == base);
}

SIZE_T hmi_owner_allocation_length(hmi_core *core, UINT_PTR address)
{
    MEMORY_BASIC_INFORMATION region;
    UINT_PTR end = address;
    void *allocation = NULL;
    while (describe(core, end, &region) && region.State != MEM_FREE &&
           (end == address || region.AllocationBase == allocation)) {
        allocation = region.AllocationBase;
        end = (UINT_PTR)region.BaseAddress + region.RegionSize;
    }
    return end - address;
}

UINT32 hmi_owner_free_error(hmi_core *core, UINT_PTR address, SIZE_T size)
{
    MEMORY_BASIC_INFORMATION region;
    if (address > core->info.highest_address || size > core->info.highest_address - address ||
        !describe(core, address, &region))
        return ERROR_INVALID_PARAMETER;
    if (region.State == MEM_FREE)
        return ERROR_INVALID_ADDRESS;
    if (region.Type != MEM_PRIVATE)
        return ERROR_INVALID_PARAMETER; /* VirtualFree does not free views and images */
    if (size && size > hmi_owner_allocation_length(core, address))
        return ERROR_INVALID_PARAMETER;
    return ERROR_INVALID_ADDRESS; /* inside of an allocation, or freeing it would succeed */
}
