/* Blocks are in an array, in lists by hash value. All blocks of a heap are in a ring with an element that is not a
 * block and stays when they have gone, so a heap can be released without a search. See live_blocks.h. */
#include "live_blocks.h"

#include <stdlib.h>
#include <time.h>

enum { FIRST_ROOM = 1024, FIRST_SHIFT = 64 - 10 }; /* of a product, whose 10 highest bits are below FIRST_ROOM */

_Static_assert((LIVE_MAP_MOST & (LIVE_MAP_MOST - 1)) == 0, "a power of two, as all rooms");

/* ---- Hash values ---- */

/* Odd numbers that a file's author cannot know. */
static void choose_factors(live_blocks *blocks, const void *heap_memory)
{
    uint64_t seed = (uint64_t)time(NULL) ^ (uint64_t)clock() << 20 ^ (uint64_t)(uintptr_t)&seed << 32 ^
                    (uint64_t)(uintptr_t)heap_memory;

    for (int i = 0; i < 2; i++) {
        seed += 0x9e3779b97f4a7c15u;
        blocks->factors[i] = (seed ^ seed >> 31) * 0xbf58476d1ce4e5b9u | 1;
        seed ^= blocks->factors[i] >> 29;
    }
}

/* Of a page, the product with an odd number, of which the highest bits are used: two pages are near each other no more
 * often than by chance. Blocks of a page are, because they are mostly in use at the same time. */
static uint32_t *list_of(const live_blocks *blocks, uint64_t heap, uint64_t address)
{
    uint64_t of_heap = heap * blocks->factors[1];
    uint64_t page = address >> 12 ^ (of_heap >> 32 | of_heap << 32);
    uint32_t of_page = (uint32_t)(page * blocks->factors[0] >> blocks->shift);

    return &blocks->first[(of_page + (uint32_t)(address >> 4 & 0xff)) & (blocks->room - 1)];
}

/* ---- Room ---- */

/* Neither one that is not in use nor one that begins a ring. */
static bool is_block(const live_blocks *blocks, uint32_t at)
{
    return blocks->blocks[at].older && blocks->blocks[at].next != at;
}

/* Puts all blocks into the lists again. */
static void rehash(live_blocks *blocks, uint32_t used)
{
    for (uint32_t i = 0; i < blocks->room; i++)
        blocks->first[i] = 0;
    for (uint32_t at = 1; at < used; at++) {
        live_block *block = &blocks->blocks[at];
        uint32_t *list;
        if (!is_block(blocks, at))
            continue;
        list = list_of(blocks, block->entry.owner, block->entry.address);
        block->next = *list;
        *list = at;
    }
}

/* Doubles the room. */
static bool grow(live_blocks *blocks)
{
    uint32_t before = blocks->room, room = before ? 2 * before : FIRST_ROOM;
    live_block *larger = room <= LIVE_MAP_MOST ? realloc(blocks->blocks, room * sizeof(*larger)) : NULL;
    uint32_t *first;

    if (!larger)
        return false;
    blocks->blocks = larger;
    first = realloc(blocks->first, room * sizeof(*first));
    if (!first)
        return false;
    blocks->first = first;
    if (!before)
        choose_factors(blocks, larger);
    for (uint32_t at = room - 1; at >= before && at; at--) {
        larger[at].older = 0;
        larger[at].next = blocks->free;
        blocks->free = at;
    }
    blocks->room = room;
    blocks->shift = before ? blocks->shift - 1 : FIRST_SHIFT;
    rehash(blocks, before);
    return true;
}

static uint32_t take(live_blocks *blocks)
{
    uint32_t taken = blocks->free;

    blocks->free = blocks->blocks[taken].next;
    blocks->taken++;
    return taken;
}

static void put(live_blocks *blocks, uint32_t at)
{
    blocks->blocks[at].older = 0;
    blocks->blocks[at].next = blocks->free;
    blocks->free = at;
    blocks->taken--;
}

/* ---- Rings ---- */

static uint32_t find_ring(const live_blocks *blocks, uint64_t heap)
{
    const live_entry *known;

    if (blocks->recent_ring && blocks->recent_heap == heap)
        return blocks->recent_ring;
    known = live_map_find(&blocks->heaps, 0, heap);
    return known ? (uint32_t)known->value : 0;
}

/* The ring of a heap, which is made if there is none; 0: out of memory. */
static uint32_t ring_of(live_blocks *blocks, uint64_t heap)
{
    uint32_t ring = find_ring(blocks, heap);

    if (!ring) {
        if (!live_map_put(&blocks->heaps, &(live_entry){.address = heap, .value = blocks->free}))
            return 0;
        ring = take(blocks);
        blocks->blocks[ring].next = blocks->blocks[ring].newer = blocks->blocks[ring].older = ring;
    }
    blocks->recent_heap = heap;
    blocks->recent_ring = ring;
    return ring;
}

static void enter_ring(live_blocks *blocks, uint32_t ring, uint32_t at)
{
    live_block *all = blocks->blocks;

    all[at].newer = ring;
    all[at].older = all[ring].older;
    all[all[at].older].newer = at;
    all[ring].older = at;
}

static void leave_ring(live_blocks *blocks, uint32_t at)
{
    live_block *all = blocks->blocks;

    all[all[at].newer].older = all[at].older;
    all[all[at].older].newer = all[at].newer;
}

/* ---- Blocks ---- */

/* Where the index of a block stands; if there is no such block, where it would. Precondition: there is room. */
static uint32_t *place_of(const live_blocks *blocks, uint64_t heap, uint64_t address)
{
    uint32_t *place = list_of(blocks, heap, address);

    while (*place && (blocks->blocks[*place].entry.address != address || blocks->blocks[*place].entry.owner != heap))
        place = &blocks->blocks[*place].next;
    return place;
}

const live_entry *live_blocks_find(const live_blocks *blocks, uint64_t heap, uint64_t address)
{
    uint32_t at = blocks->room ? *place_of(blocks, heap, address) : 0;

    return at ? &blocks->blocks[at].entry : NULL;
}

live_added live_blocks_add(live_blocks *blocks, const live_entry *block, live_entry *before)
{
    uint32_t *place = blocks->room ? place_of(blocks, block->owner, block->address) : NULL, ring, at;

    if (place && *place) {
        at = *place;
        *before = blocks->blocks[at].entry;
        blocks->blocks[at].entry = *block;
        leave_ring(blocks, at);
        enter_ring(blocks, ring_of(blocks, block->owner), at); /* as the newest; the heap has a ring */
        return LIVE_REPLACED;
    }
    /* A ring and a block; index 0 is not used. */
    if (blocks->taken + 3 > blocks->room) {
        if (!grow(blocks))
            return LIVE_NO_ROOM;
        place = place_of(blocks, block->owner, block->address);
    }
    ring = ring_of(blocks, block->owner);
    if (!ring)
        return LIVE_NO_ROOM;
    at = take(blocks);
    blocks->blocks[at].entry = *block;
    blocks->blocks[at].next = 0;
    *place = at;
    enter_ring(blocks, ring, at);
    blocks->count++;
    return LIVE_ADDED;
}

static void remove_at(live_blocks *blocks, uint32_t *place, live_entry *removed)
{
    uint32_t at = *place;

    if (removed)
        *removed = blocks->blocks[at].entry;
    *place = blocks->blocks[at].next;
    leave_ring(blocks, at);
    put(blocks, at);
    blocks->count--;
}

bool live_blocks_remove(live_blocks *blocks, uint64_t heap, uint64_t address, live_entry *removed)
{
    uint32_t *place = blocks->room ? place_of(blocks, heap, address) : NULL;

    if (!place || !*place)
        return false;
    remove_at(blocks, place, removed);
    return true;
}

bool live_blocks_release(live_blocks *blocks, uint64_t heap, live_entry *removed)
{
    uint32_t ring = find_ring(blocks, heap);
    const live_block *oldest = ring ? &blocks->blocks[blocks->blocks[ring].newer] : NULL;

    if (!ring)
        return false;
    if (blocks->blocks[ring].newer != ring) {
        remove_at(blocks, place_of(blocks, heap, oldest->entry.address), removed);
        return true;
    }
    live_map_remove(&blocks->heaps, 0, heap, NULL);
    put(blocks, ring);
    blocks->recent_ring = 0;
    return false;
}

void live_blocks_free(live_blocks *blocks)
{
    free(blocks->blocks);
    free(blocks->first);
    live_map_free(&blocks->heaps);
    *blocks = (live_blocks){0};
}
