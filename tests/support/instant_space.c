/* See instant_space.h: first fit, beginning where the last search found nothing free before. A search may miss
 * space that other threads free behind it, or find units claimed that they free later: it is repeated several times
 * before it reports that there is none. */
#include "instant_space.h"

#include <stdlib.h>

bool instant_space_init(instant_space *space, uint32_t count)
{
    space->count = count;
    space->unit = calloc(count, sizeof *space->unit);
    space->runs = calloc(count, sizeof *space->runs);
    return space->unit && space->runs;
}

void instant_space_destroy(instant_space *space)
{
    free((void *)space->unit);
    free(space->runs);
}

/* Frees units whose claim was of no use. */
static void unclaim(instant_space *space, uint32_t first, uint32_t end)
{
    while (end-- > first)
        atomic_store_explicit(&space->unit[end], 0, memory_order_release);
}

/* How many units from first on could be claimed. If fewer than requested, none is kept. */
static uint32_t claim(instant_space *space, uint32_t first, uint32_t units)
{
    uint32_t i;
    for (i = 0; i < units; i++) {
        uint32_t none = 0;
        if (atomic_load_explicit(&space->unit[first + i], memory_order_relaxed) ||
            !atomic_compare_exchange_strong(&space->unit[first + i], &none, INSTANT_CLAIMED)) {
            unclaim(space, first, first + i);
            return i;
        }
    }
    return units;
}

static uint32_t claim_somewhere(instant_space *space, uint32_t from, uint32_t to, uint32_t units)
{
    while (from < to && units <= space->count - from) {
        uint32_t claimed = claim(space, from, units);
        if (claimed == units)
            return from;
        from += claimed + 1;
    }
    return INSTANT_NONE;
}

#define SEARCHES 100

static uint32_t search(instant_space *space, uint32_t units)
{
    uint32_t first = INSTANT_NONE, searches;
    for (searches = 0; first == INSTANT_NONE && searches < SEARCHES; searches++) {
        uint32_t hint = atomic_load(&space->hint);
        first = claim_somewhere(space, hint, space->count, units);
        if (first == INSTANT_NONE)
            first = claim_somewhere(space, 0, hint, units);
        if (first != INSTANT_NONE && first == hint)
            atomic_store(&space->hint, (first + units) % space->count);
    }
    return first;
}

uint32_t instant_space_take(instant_space *space, uint32_t first, uint32_t units, uint32_t kind, uint32_t note,
                            size_t bytes)
{
    instant_run *run;
    uint32_t i, used;
    if (!units || units > space->count)
        return INSTANT_NONE;
    if (first != INSTANT_NONE) {
        if (units > space->count - first || claim(space, first, units) != units)
            return INSTANT_NONE;
    } else {
        first = search(space, units);
        if (first == INSTANT_NONE) {
            atomic_fetch_add(&space->refused, 1);
            return INSTANT_NONE;
        }
    }
    used = atomic_load(&space->used);
    while (used < first + units && !atomic_compare_exchange_weak(&space->used, &used, first + units))
        continue;
    run = &space->runs[first];
    atomic_store(&run->note, note);
    atomic_store(&run->units, units);
    atomic_store(&run->bytes, bytes);
    atomic_store(&run->kind, kind);
    for (i = 0; i < units; i++)
        atomic_store_explicit(&space->unit[first + i], first + 1, memory_order_release);
    return first;
}

instant_run *instant_space_find(instant_space *space, uint32_t unit, uint32_t *first)
{
    uint32_t owner = unit < space->count ? atomic_load(&space->unit[unit]) : 0;
    if (!owner || owner == INSTANT_CLAIMED || !atomic_load(&space->runs[owner - 1].kind))
        return NULL;
    *first = owner - 1;
    return &space->runs[owner - 1];
}

bool instant_space_end(instant_space *space, uint32_t first, uint32_t kind)
{
    return first < space->count && atomic_compare_exchange_strong(&space->runs[first].kind, &kind, 0);
}

void instant_space_give_back(instant_space *space, uint32_t first)
{
    unclaim(space, first, first + atomic_load(&space->runs[first].units));
    if (first < atomic_load(&space->hint))
        atomic_store(&space->hint, first);
}
