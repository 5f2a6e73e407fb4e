/* See free_space.h. One thread at a time walks: the one that moves next_ms on. */
#include "report/free_space.h"

#define INTERVAL_MS 1000u

static uint64_t largest_free(hostmem_os *os, UINT_PTR highest_address)
{
    MEMORY_BASIC_INFORMATION region;
    UINT_PTR at = 0, end;
    uint64_t largest = 0;
    SIZE_T written;
    while (at <= highest_address && !os->virtual_query(os, (void *)at, &region, sizeof region, &written)) {
        end = (UINT_PTR)region.BaseAddress + region.RegionSize;
        if (region.State == MEM_FREE && region.RegionSize > largest)
            largest = region.RegionSize;
        if (end <= at)
            break; /* the last region ends at the end of the address space */
        at = end;
    }
    return largest;
}

uint64_t hmi_free_space_read(hmi_free_space *space, hostmem_os *os, UINT_PTR highest_address)
{
    uint64_t next_ms = atomic_load(&space->next_ms), now_ms = os->now_ms(os);
    UINT32 last_error = os->get_last_error(os);
    if (now_ms >= next_ms && atomic_compare_exchange_strong(&space->next_ms, &next_ms, now_ms + INTERVAL_MS))
        atomic_store(&space->bytes, largest_free(os, highest_address));
    os->set_last_error(os, last_error);
    return atomic_load(&space->bytes);
}
