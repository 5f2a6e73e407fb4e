/* A set of granules of the address space, one bit each. Ranges are given in bytes and must begin and end on a granule.
 * Every operation is atomic for each machine word of bits, and reports how many bits it changed: of two threads that
 * set the same bit exactly one is told so. Counters built on these figures are exact without a lock. */
#ifndef HOSTMEM_SRC_PAGEMAP_H
#define HOSTMEM_SRC_PAGEMAP_H

#include <stdbool.h>

#include "compiler.h"
#include "sparse.h"

typedef struct hostmem_pagemap {
    hostmem_sparse words;
    unsigned granule_shift;
} hostmem_pagemap;

/* A piece of address space. end is the first byte behind it. */
typedef struct hostmem_range {
    UINT_PTR start;
    UINT_PTR end;
} hostmem_range;

/* granule: in bytes, a power of two. Returns a Win32 error, 0 for success. */
UINT32 hostmem_pagemap_init(hostmem_pagemap *map, hostmem_os *os, SIZE_T granule);

/* Precondition: nobody else uses the map. A zeroed struct may be passed. */
void hostmem_pagemap_destroy(hostmem_pagemap *map);

/* The parts of the functions of the same names for ranges that do not lie in one machine word. */
SIZE_T hostmem_pagemap_set_words(hostmem_pagemap *map, hostmem_range range);
SIZE_T hostmem_pagemap_clear_words(hostmem_pagemap *map, hostmem_range range);
SIZE_T hostmem_pagemap_count_words(hostmem_pagemap *map, hostmem_range range);

/* What they do with the bits of one word; each returns how many it counts. */
static inline SIZE_T hostmem_pagemap_word_set(hostmem_cell *cell, hostmem_word mask)
{
    if ((atomic_load_explicit(cell, memory_order_relaxed) & mask) == mask)
        return 0;
    return hostmem_bits_count(mask & ~atomic_fetch_or_explicit(cell, mask, memory_order_acq_rel));
}

static inline SIZE_T hostmem_pagemap_word_clear(hostmem_cell *cell, hostmem_word mask)
{
    if (!(atomic_load_explicit(cell, memory_order_relaxed) & mask))
        return 0;
    return hostmem_bits_count(mask & atomic_fetch_and_explicit(cell, ~mask, memory_order_acq_rel));
}

static inline SIZE_T hostmem_pagemap_word_count(hostmem_cell *cell, hostmem_word mask)
{
    return hostmem_bits_count(mask & atomic_load_explicit(cell, memory_order_acquire));
}

/* The word that holds all bits of a range; cell is NULL where there is no memory under it, or more than one such word.
 * A range that several things are done to is looked up once. */
typedef struct hostmem_pagemap_spot {
    hostmem_cell *cell;
    hostmem_word mask;
} hostmem_pagemap_spot;

/* Whether the bits of a range lie in one word; if so, looks it up. */
HOSTMEM_IN_LINE bool hostmem_pagemap_find(hostmem_pagemap *map, hostmem_range range, hostmem_pagemap_spot *spot)
{
    UINT_PTR first = range.start >> map->granule_shift, last = (range.end - 1) >> map->granule_shift;
    spot->cell = NULL;
    if (last / HOSTMEM_WORD_BITS != first / HOSTMEM_WORD_BITS || last < first)
        return false;
    spot->cell = hostmem_sparse_peek(&map->words, first / HOSTMEM_WORD_BITS);
    spot->mask = hostmem_bits_mask((unsigned)(first % HOSTMEM_WORD_BITS), (unsigned)(last - first + 1));
    return true;
}

/* The rest of the next function. */
bool hostmem_pagemap_prepare_words(hostmem_pagemap *map, hostmem_range range);

/* Puts memory under the bits of a range, so that setting them cannot fail. False: there is none. */
static inline bool hostmem_pagemap_prepare(hostmem_pagemap *map, hostmem_range range)
{
    hostmem_pagemap_spot spot;
    hostmem_pagemap_find(map, range, &spot);
    return spot.cell || hostmem_pagemap_prepare_words(map, range);
}

/* Does it to a range: in line where the range lies in one machine word, as most do. */
static inline SIZE_T hostmem_pagemap_do(hostmem_pagemap *map, hostmem_range range,
                                        SIZE_T (*word_action)(hostmem_cell *cell, hostmem_word mask),
                                        SIZE_T (*words_action)(hostmem_pagemap *map, hostmem_range range))
{
    hostmem_pagemap_spot spot;
    if (!hostmem_pagemap_find(map, range, &spot))
        return words_action(map, range);
    return spot.cell ? word_action(spot.cell, spot.mask) : 0;
}

/* Sets the bits of a range; returns how many were clear. Precondition: the range was prepared. */
static inline SIZE_T hostmem_pagemap_set(hostmem_pagemap *map, hostmem_range range)
{
    return hostmem_pagemap_do(map, range, hostmem_pagemap_word_set, hostmem_pagemap_set_words);
}

/* Clears the bits of a range; returns how many were set. */
static inline SIZE_T hostmem_pagemap_clear(hostmem_pagemap *map, hostmem_range range)
{
    return hostmem_pagemap_do(map, range, hostmem_pagemap_word_clear, hostmem_pagemap_clear_words);
}

/* Returns how many bits of a range are set. */
static inline SIZE_T hostmem_pagemap_count(hostmem_pagemap *map, hostmem_range range)
{
    return hostmem_pagemap_do(map, range, hostmem_pagemap_word_count, hostmem_pagemap_count_words);
}

/* One granule: puts memory under its bit and sets it; false if there is none. */
static inline bool hostmem_pagemap_add(hostmem_pagemap *map, UINT_PTR address)
{
    uint64_t bit = address >> map->granule_shift;
    hostmem_cell *cell = hostmem_sparse_touch(&map->words, bit / HOSTMEM_WORD_BITS);
    if (cell)
        atomic_fetch_or_explicit(cell, (hostmem_word)1 << (bit % HOSTMEM_WORD_BITS), memory_order_acq_rel);
    return cell != NULL;
}

/* One granule: clears its bit, and says whether it was set. */
static inline bool hostmem_pagemap_remove(hostmem_pagemap *map, UINT_PTR address)
{
    uint64_t bit = address >> map->granule_shift;
    hostmem_cell *cell = hostmem_sparse_peek(&map->words, bit / HOSTMEM_WORD_BITS);
    hostmem_word mask = (hostmem_word)1 << (bit % HOSTMEM_WORD_BITS);
    return cell && (atomic_fetch_and_explicit(cell, ~mask, memory_order_acq_rel) & mask);
}

/* Whether the bit of the granule at address is set. */
static inline bool hostmem_pagemap_test(hostmem_pagemap *map, UINT_PTR address)
{
    uint64_t bit = address >> map->granule_shift;
    hostmem_cell *cell = hostmem_sparse_peek(&map->words, bit / HOSTMEM_WORD_BITS);
    return cell && (atomic_load_explicit(cell, memory_order_acquire) >> (bit % HOSTMEM_WORD_BITS)) & 1;
}

/* Has the processor fetch the bit of the granule at address. */
static inline void hostmem_pagemap_fetch(hostmem_pagemap *map, UINT_PTR address)
{
    hostmem_sparse_fetch(&map->words, (address >> map->granule_shift) / HOSTMEM_WORD_BITS);
}

/* The first run of granules in a range whose bits are all set, or all clear. False: there is none. Slow. */
bool hostmem_pagemap_run(hostmem_pagemap *map, hostmem_range range, bool set, hostmem_range *run);

/* The address of the first granule >= address whose bit is set. False: there is none. */
bool hostmem_pagemap_next(hostmem_pagemap *map, UINT_PTR address, UINT_PTR *found);

#endif
