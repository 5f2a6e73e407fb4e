/* Reads the arena of the simulated operating system: what VirtualQuery returns on Windows, and a walk over all runs
 * of pages for tests. Nothing here changes anything. */
#include "sim_os_internal.h"

/* Where the run that begins at `start` ends. */
static UINT_PTR end_of_run(const sim_arena *arena, const sim_reservation *reservation, UINT_PTR start)
{
    UINT16 protect = *sim_page_at(arena, start);
    UINT_PTR end = start + arena->page_size;
    while (end < reservation->base + reservation->size && *sim_page_at(arena, end) == protect) {
        end += arena->page_size;
    }
    return end;
}

/* Where the next reservation above a free address begins; the end of the address space if there is none. */
static UINT_PTR end_of_free(const sim_arena *arena, UINT_PTR start)
{
    if (start < arena->base + arena->size) {
        SIZE_T granule = start < arena->base ? 0 : (start - arena->base) / SIM_GRANULARITY;
        if (arena->base + granule * SIM_GRANULARITY < start) {
            granule++; /* free, so its granule is free as well or the tail of a reservation */
        }
        for (; granule < arena->size / SIM_GRANULARITY; granule++) {
            if (arena->granules[granule] != 0) {
                return arena->base + granule * SIM_GRANULARITY;
            }
        }
    }
    return sim_round_down(arena->highest_address, arena->page_size) + arena->page_size;
}

UINT32 sim_virtual_query(sim_arena *arena, const void *address, void *buffer, SIZE_T length, SIZE_T *written)
{
    UINT_PTR start = sim_round_down((UINT_PTR)address, arena->page_size);
    MEMORY_BASIC_INFORMATION *info = buffer;
    if (length < sizeof *info) {
        return ERROR_BAD_LENGTH;
    }
    if (buffer == NULL) {
        return ERROR_NOACCESS;
    }
    if ((UINT_PTR)address > arena->highest_address) {
        return ERROR_INVALID_PARAMETER;
    }
    const sim_reservation *reservation = sim_find_reservation(arena, start);
    if (reservation == NULL) {
        *info = (MEMORY_BASIC_INFORMATION){
            .BaseAddress = (void *)start,
            .RegionSize = end_of_free(arena, start) - start,
            .State = MEM_FREE,
            .Protect = PAGE_NOACCESS,
        };
    } else {
        UINT16 protect = *sim_page_at(arena, start);
        *info = (MEMORY_BASIC_INFORMATION){
            .BaseAddress = (void *)start,
            .AllocationBase = (void *)reservation->base,
            .AllocationProtect = reservation->protect,
            .RegionSize = end_of_run(arena, reservation, start) - start,
            .State = protect != 0 ? MEM_COMMIT : MEM_RESERVE,
            .Protect = protect,
            .Type = MEM_PRIVATE,
        };
    }
    *written = sizeof *info;
    return 0;
}

BOOL sim_virtual_next_run(const sim_arena *arena, UINT_PTR address, sim_os_run *run)
{
    UINT_PTR start = address < arena->base ? arena->base : sim_round_down(address, arena->page_size);
    const sim_reservation *reservation = sim_find_reservation(arena, start);
    if (reservation == NULL) {
        start = end_of_free(arena, start);
        reservation = sim_find_reservation(arena, start);
        if (reservation == NULL) {
            return FALSE;
        }
    }
    UINT16 protect = *sim_page_at(arena, start);
    *run = (sim_os_run){
        .base = start,
        .size = end_of_run(arena, reservation, start) - start,
        .allocation_base = reservation->base,
        .state = protect != 0 ? MEM_COMMIT : MEM_RESERVE,
        .protect = protect,
        .foreign = reservation->foreign,
    };
    return TRUE;
}
