/* Makes reservations from region records. See replay_before.h. */
#define COBJMACROS
#include "replay_before.h"

#include <stdlib.h>

enum { FIRST_ROOM = 256 };

void replay_before_add(replay_before *before, const hostmem_trace_region *region)
{
    if (region->kind != HOSTMEM_TRACE_PAGES || before->count == REPLAY_REGIONS_MOST)
        return;
    if (before->count == before->room) {
        uint32_t room = before->room ? 2 * before->room : FIRST_ROOM;
        hostmem_trace_region *larger = realloc(before->regions, room * sizeof(*larger));
        if (!larger)
            return;
        before->regions = larger;
        before->room = room;
    }
    before->regions[before->count++] = *region;
}

/* How many of the regions, beginning with first, form one reservation, and its size; 0 bytes if they are
 * inconsistent. */
static uint32_t regions_of_one(const replay_before *before, uint32_t first, uint64_t *bytes)
{
    const uint64_t base = before->regions[first].allocation_address, most = (SIZE_T)-1 >> 1;
    bool sensible = true;
    uint32_t at = first;

    *bytes = 0;
    for (; at < before->count && before->regions[at].allocation_address == base; at++) {
        const hostmem_trace_region *region = &before->regions[at];
        sensible = sensible && region->address >= base && region->address - base == *bytes &&
                   region->size <= most - *bytes;
        if (sensible)
            *bytes += region->size;
    }
    if (!sensible)
        *bytes = 0;
    return at - first;
}

static bool make_reservation(replay_calls *calls, const hostmem_trace_region *regions, uint32_t count, uint64_t bytes)
{
    IHostMemoryManager *manager = calls->target->manager;
    live_entry entry = {.address = regions->allocation_address, .size = bytes};
    void *now = NULL, *out;

    if (!bytes || FAILED(IHostMemoryManager_VirtualAlloc(manager, NULL, (SIZE_T)bytes, MEM_RESERVE, PAGE_READWRITE,
                                                         eProcessCritical, &now)))
        return false;
    entry.value = (UINT_PTR)now;
    if (!live_map_put(&calls->reservations, &entry)) {
        IHostMemoryManager_VirtualFree(manager, now, 0, MEM_RELEASE);
        return false;
    }
    for (uint32_t i = 0; i < count; i++)
        if (regions[i].state == MEM_COMMIT)
            IHostMemoryManager_VirtualAlloc(manager, (char *)now + (regions[i].address - entry.address),
                                            (SIZE_T)regions[i].size, MEM_COMMIT, regions[i].protect, eProcessCritical,
                                            &out);
    return true;
}

void replay_before_make(replay_before *before, replay_calls *calls)
{
    uint32_t at = 0;

    while (at < before->count) {
        uint64_t bytes;
        uint32_t count = regions_of_one(before, at, &bytes);
        if (make_reservation(calls, &before->regions[at], count, bytes))
            before->made++;
        else
            before->refused++;
        at += count;
    }
    free(before->regions);
    before->regions = NULL;
    before->count = before->room = 0;
}
