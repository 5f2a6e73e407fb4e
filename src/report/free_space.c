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

/* The length of the reservation or view that begins at address; 0: none of the instance does. */
static SIZE_T length_in_books(hmi_ledger *ledger, UINT_PTR address)
{
    SIZE_T length;
    if (address % ledger->granularity)
        return 0;
    length = hmi_extent_table_get(&ledger->reservations, address);
    return length ? length : hmi_extent_table_get(&ledger->views, address);
}

/* The length of what is at address, for which others are asked only if it is not in the books; 0: nothing is there any
 * more. *free_bytes: receives how much of that is free. */
static SIZE_T length_at(hmi_core *core, UINT_PTR address, uint64_t *free_bytes)
{
    MEMORY_BASIC_INFORMATION region;
    SIZE_T length = length_in_books(&core->ledger, address), written;
    *free_bytes = 0;
    if (length)
        return length;
    if (core->os->virtual_query(core->os, (void *)address, &region, sizeof region, &written))
        return 0;
    if (region.State == MEM_FREE)
        *free_bytes = region.RegionSize;
    return (UINT_PTR)region.BaseAddress + region.RegionSize - address;
}

/* Returns whether it has come to the end. */
static bool go_on(progress *walk, hmi_core *core)
{
    unsigned steps;
    for (steps = 0; steps < HMI_FREE_SPACE_STEPS; steps++) {
        uint64_t free_bytes;
        SIZE_T length = walk->at > core->info.highest_address ? 0 : length_at(core, (UINT_PTR)walk->at, &free_bytes);
        if (!length)
            return true;
        if (free_bytes > walk->largest)
            walk->largest = free_bytes;
        walk->at += length;
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
