/* See free_space.h. One word has how far a walk has come and what it has found, so that whoever was suspended in the
 * middle of a part, while others went on, changes nothing when it goes on: its exchange fails. */
#include "report/free_space.h"
#include "core_state.h"

#include <stdbool.h>

#define INTERVAL_MS 1000u

/* Both in units of 64 KiB, in which address space is reserved: 32 bits of them are 256 TiB. */
#define UNIT_SHIFT 16
#define MAX_UNITS UINT32_MAX

typedef struct progress {
    uint64_t at;      /* bytes */
    uint64_t largest; /* bytes */
} progress;

static progress unpack(uint64_t word)
{
    return (progress){(word >> 32) << UNIT_SHIFT, (word & MAX_UNITS) << UNIT_SHIFT};
}

static uint64_t units(uint64_t bytes)
{
    bytes >>= UNIT_SHIFT;
    return bytes < MAX_UNITS ? bytes : MAX_UNITS;
}

static uint64_t pack(progress walk)
{
    return units(walk.at) << 32 | units(walk.largest);
}

/* Whether a view is there as it was announced, which its last page shows. It may have been unmapped without a word, or
 * be smaller. */
static bool is_mapped(hmi_core *core, hmi_range view)
{
    hmi_range last = {view.end - core->info.page_size, 0};
    MEMORY_BASIC_INFORMATION region;
    return hmi_core_describe(core, view.end, &last, &region) && region.State != MEM_FREE &&
           (UINT_PTR)region.AllocationBase == view.start;
}

/* Finds the end of the reservation or view of the instance that begins at at->start. False: none does. */
static bool find_own(hmi_core *core, hmi_range *at)
{
    hmi_ledger *ledger = &core->ledger;
    if (hmi_ledger_reservation(ledger, at->start, at))
        return true;
    at->end = at->start;
    if (at->start % ledger->granularity == 0)
        at->end += hmi_extent_table_get(&ledger->views, at->start);
    return at->end > at->start && is_mapped(core, *at);
}

/* Returns whether it has come to the end. */
static bool go_on(progress *walk, hmi_core *core)
{
    unsigned steps;
    for (steps = 0; steps < HMI_FREE_SPACE_STEPS; steps++) {
        hmi_range at = {(UINT_PTR)walk->at, 0};
        MEMORY_BASIC_INFORMATION region;
        if (walk->at > core->info.highest_address)
            return true;
        if (!find_own(core, &at)) {
            if (!hmi_core_describe(core, UINTPTR_MAX, &at, &region) || at.end <= at.start)
                return true;
            if (region.State == MEM_FREE && region.RegionSize > walk->largest)
                walk->largest = region.RegionSize;
        }
        walk->at = at.end;
    }
    return false;
}

uint64_t hmi_free_space_read(hmi_free_space *space, hmi_core *core)
{
    hostmem_os *os = core->os;
    uint64_t word = atomic_load(&space->walk), now_ms = os->now_ms(os), bytes;
    UINT32 last_error = os->get_last_error(os);
    if (word || now_ms >= atomic_load(&space->next_ms)) {
        progress walk = unpack(word);
        bool is_done = go_on(&walk, core);
        if (atomic_compare_exchange_strong(&space->walk, &word, is_done ? 0 : pack(walk)) && is_done) {
            atomic_store(&space->bytes, units(walk.largest) << UNIT_SHIFT);
            atomic_store(&space->next_ms, now_ms + INTERVAL_MS);
        }
    }
    os->set_last_error(os, last_error);
    bytes = atomic_load(&space->bytes);
    return bytes ? bytes : unpack(atomic_load(&space->walk)).largest;
}
