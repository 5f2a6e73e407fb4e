/* See free_space.h. One word has how far a walk has come and what it has found, so that whoever was suspended in the
 * middle of a part, while others went on, changes nothing when it goes on: its exchange fails. */
#include "report/free_space.h"

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

/* Returns whether it has come to the end. */
static bool go_on(progress *walk, hostmem_os *os, UINT_PTR highest_address)
{
    MEMORY_BASIC_INFORMATION region;
    SIZE_T written;
    unsigned queries;
    for (queries = 0; queries < HMI_FREE_SPACE_QUERIES; queries++) {
        uint64_t end;
        if (walk->at > highest_address ||
            os->virtual_query(os, (void *)(UINT_PTR)walk->at, &region, sizeof region, &written))
            return true;
        end = (uint64_t)(UINT_PTR)region.BaseAddress + region.RegionSize;
        if (region.State == MEM_FREE && region.RegionSize > walk->largest)
            walk->largest = region.RegionSize;
        if (end <= walk->at)
            return true;
        walk->at = end;
    }
    return false;
}

uint64_t hmi_free_space_read(hmi_free_space *space, hostmem_os *os, UINT_PTR highest_address)
{
    uint64_t word = atomic_load(&space->walk), now_ms = os->now_ms(os), bytes;
    UINT32 last_error = os->get_last_error(os);
    if (word || now_ms >= atomic_load(&space->next_ms)) {
        progress walk = unpack(word);
        bool is_done = go_on(&walk, os, highest_address);
        if (atomic_compare_exchange_strong(&space->walk, &word, is_done ? 0 : pack(walk)) && is_done) {
            atomic_store(&space->bytes, units(walk.largest) << UNIT_SHIFT);
            atomic_store(&space->next_ms, now_ms + INTERVAL_MS);
        }
    }
    os->set_last_error(os, last_error);
    bytes = atomic_load(&space->bytes);
    return bytes ? bytes : unpack(atomic_load(&space->walk)).largest;
}
