/* A set of granules of the address space, one bit each. Ranges are in bytes and must begin and end at a granule. Each
 * operation is atomic for each machine word, and returns how many bits it changed: if two threads set the same bit, it
 * counts for exactly one of them. So counters that add up these results need no lock.
 *
 * Checked against ARM's memory model: every change of bits and every look at them is sequentially consistent.
 * relock_queue sets a bit and then reads a word of its own, while another thread writes that word and then looks for
 * bits; the books set bits and then read the overlap, while another call enters the overlap and then tests bits. With
 * acquire and release alone both could miss the other's step (LDAPR may be executed before an earlier STLR). */
#ifndef HMI_BOOKS_ATOMIC_BITMAP_H
#define HMI_BOOKS_ATOMIC_BITMAP_H

#include <stdbool.h>

#include "base/compiler.h"
#include "books/sparse_array.h"

typedef struct hmi_atomic_bitmap {
    hmi_sparse_array words;
    unsigned granule_shift;
    bool is_spread;
} hmi_atomic_bitmap;

/* In a spread map, groups of 16 bits (the pages of 64 KiB) that follow each other lie in different cache lines, so that
 * threads that change bits of neighbouring regions do not contend for one. Each block of groups is a matrix of 64
 * columns, one for each cache line of 4096 bytes, in which groups are numbered row by row and stored column by column.
 */
#define HMI_SPREAD_GROUP 16u
#define HMI_SPREAD_COLUMNS 64u
#define HMI_SPREAD_ROWS 32u
#define HMI_SPREAD_BLOCK ((uint64_t)HMI_SPREAD_GROUP * HMI_SPREAD_COLUMNS * HMI_SPREAD_ROWS) /* bits */

/* Where in the array a bit is. */
HMI_ALWAYS_INLINE uint64_t hmi_atomic_bitmap_place(const hmi_atomic_bitmap *map, uint64_t bit)
{
    uint64_t group = bit / HMI_SPREAD_GROUP, column = group % HMI_SPREAD_COLUMNS;
    uint64_t row = group / HMI_SPREAD_COLUMNS % HMI_SPREAD_ROWS;
    if (!map->is_spread)
        return bit;
    return (bit & ~(HMI_SPREAD_BLOCK - 1)) + (column * HMI_SPREAD_ROWS + row) * HMI_SPREAD_GROUP +
           bit % HMI_SPREAD_GROUP;
}

/* A range of addresses. end is the first byte behind it. */
typedef struct hmi_range {
    UINT_PTR start;
    UINT_PTR end;
} hmi_range;

/* granule: in bytes, a power of two. Returns a Win32 error, 0 for success. */
UINT32 hmi_atomic_bitmap_init(hmi_atomic_bitmap *map, hostmem_os *os, SIZE_T granule);

/* The same for a spread map. */
UINT32 hmi_atomic_bitmap_init_spread(hmi_atomic_bitmap *map, hostmem_os *os, SIZE_T granule);

/* Precondition: nobody else uses the map. A zeroed struct may be passed. */
void hmi_atomic_bitmap_destroy(hmi_atomic_bitmap *map);

/* Parts of hmi_atomic_bitmap_set, _clear and _count: for ranges that span several machine words. */
SIZE_T hmi_atomic_bitmap_set_words(hmi_atomic_bitmap *map, hmi_range range);
SIZE_T hmi_atomic_bitmap_clear_words(hmi_atomic_bitmap *map, hmi_range range);
SIZE_T hmi_atomic_bitmap_count_words(hmi_atomic_bitmap *map, hmi_range range);

/* The same for the bits of one word. Each returns how many bits it counted. Sequentially consistent, which overlap.h
 * needs. */
static inline SIZE_T hmi_atomic_bitmap_word_set(hmi_cell *cell, hmi_word mask)
{
    if ((atomic_load(cell) & mask) == mask)
        return 0;
    return hmi_bits_count(mask & ~atomic_fetch_or(cell, mask));
}

static inline SIZE_T hmi_atomic_bitmap_word_clear(hmi_cell *cell, hmi_word mask)
{
    if (!(atomic_load(cell) & mask))
        return 0;
    return hmi_bits_count(mask & atomic_fetch_and(cell, ~mask));
}

static inline SIZE_T hmi_atomic_bitmap_word_count(hmi_cell *cell, hmi_word mask)
{
    return hmi_bits_count(mask & atomic_load(cell));
}

/* Where the bits of a range are, if one word has all of them. cell is NULL if that word has no memory or if the bits
 * lie in several words. Lets a caller look up once a range that it uses several times. */
typedef struct hmi_atomic_bitmap_spot {
    hmi_cell *cell;
    hmi_word mask;
} hmi_atomic_bitmap_spot;

/* Whether one word has all bits of a range (in a spread map: one group); if so, looks it up. */
HMI_ALWAYS_INLINE bool hmi_atomic_bitmap_find(hmi_atomic_bitmap *map, hmi_range range, hmi_atomic_bitmap_spot *spot)
{
    UINT_PTR first = range.start >> map->granule_shift, last = (range.end - 1) >> map->granule_shift;
    UINT_PTR together = map->is_spread ? HMI_SPREAD_GROUP : HMI_WORD_BITS;
    uint64_t place = hmi_atomic_bitmap_place(map, first);
    spot->cell = NULL;
    if (last / together != first / together || last < first)
        return false;
    spot->cell = hmi_sparse_array_peek(&map->words, place / HMI_WORD_BITS);
    spot->mask = hmi_bits_mask((unsigned)(place % HMI_WORD_BITS), (unsigned)(last - first + 1));
    return true;
}

/* Part of the next function. */
bool hmi_atomic_bitmap_prepare_words(hmi_atomic_bitmap *map, hmi_range range);

/* Commits memory for the bits of a range, so that setting them cannot fail. False: there is no memory. */
static inline bool hmi_atomic_bitmap_prepare(hmi_atomic_bitmap *map, hmi_range range)
{
    hmi_atomic_bitmap_spot spot;
    hmi_atomic_bitmap_find(map, range, &spot);
    return spot.cell || hmi_atomic_bitmap_prepare_words(map, range);
}

/* Applies word_action or words_action to a range. Inline for ranges within one machine word, as most are. */
HMI_ALWAYS_INLINE SIZE_T hmi_atomic_bitmap_do(hmi_atomic_bitmap *map, hmi_range range,
                                              SIZE_T (*word_action)(hmi_cell *cell, hmi_word mask),
                                              SIZE_T (*words_action)(hmi_atomic_bitmap *map, hmi_range range))
{
    hmi_atomic_bitmap_spot spot;
    if (!hmi_atomic_bitmap_find(map, range, &spot))
        return words_action(map, range);
    return spot.cell ? word_action(spot.cell, spot.mask) : 0;
}

/* Sets the bits of a range; returns how many were clear. Precondition: the range was prepared. */
static inline SIZE_T hmi_atomic_bitmap_set(hmi_atomic_bitmap *map, hmi_range range)
{
    return hmi_atomic_bitmap_do(map, range, hmi_atomic_bitmap_word_set, hmi_atomic_bitmap_set_words);
}

/* Clears the bits of a range; returns how many were set. */
static inline SIZE_T hmi_atomic_bitmap_clear(hmi_atomic_bitmap *map, hmi_range range)
{
    return hmi_atomic_bitmap_do(map, range, hmi_atomic_bitmap_word_clear, hmi_atomic_bitmap_clear_words);
}

/* Returns how many bits of a range are set. */
static inline SIZE_T hmi_atomic_bitmap_count(hmi_atomic_bitmap *map, hmi_range range)
{
    return hmi_atomic_bitmap_do(map, range, hmi_atomic_bitmap_word_count, hmi_atomic_bitmap_count_words);
}

/* Sets the bit of one granule, with memory committed first. False: there is no memory. */
static inline bool hmi_atomic_bitmap_add(hmi_atomic_bitmap *map, UINT_PTR address)
{
    uint64_t bit = hmi_atomic_bitmap_place(map, address >> map->granule_shift);
    hmi_cell *cell = hmi_sparse_array_touch(&map->words, bit / HMI_WORD_BITS);
    if (cell)
        atomic_fetch_or(cell, (hmi_word)1 << (bit % HMI_WORD_BITS));
    return cell != NULL;
}

/* Clears the bit of one granule, and returns whether it was set. */
static inline bool hmi_atomic_bitmap_remove(hmi_atomic_bitmap *map, UINT_PTR address)
{
    uint64_t bit = hmi_atomic_bitmap_place(map, address >> map->granule_shift);
    hmi_cell *cell = hmi_sparse_array_peek(&map->words, bit / HMI_WORD_BITS);
    hmi_word mask = (hmi_word)1 << (bit % HMI_WORD_BITS);
    return cell && (atomic_fetch_and(cell, ~mask) & mask);
}

/* Whether the bit of the granule at address is set. */
static inline bool hmi_atomic_bitmap_test(hmi_atomic_bitmap *map, UINT_PTR address)
{
    uint64_t bit = hmi_atomic_bitmap_place(map, address >> map->granule_shift);
    hmi_cell *cell = hmi_sparse_array_peek(&map->words, bit / HMI_WORD_BITS);
    return cell && (atomic_load(cell) >> (bit % HMI_WORD_BITS)) & 1;
}

/* Prefetches the bit of the granule at address. */
static inline void hmi_atomic_bitmap_fetch(hmi_atomic_bitmap *map, UINT_PTR address)
{
    hmi_sparse_array_fetch(&map->words, hmi_atomic_bitmap_place(map, address >> map->granule_shift) / HMI_WORD_BITS);
}

/* Finds the first run of granules in a range whose bits are all set (set) or all clear. False: there is none. Tests bit
 * by bit, so it is slow. */
bool hmi_atomic_bitmap_run(hmi_atomic_bitmap *map, hmi_range range, bool set, hmi_range *run);

/* Finds the first granule at or after address whose bit is set. False: there is none. Precondition: the map is not
 * spread. */
bool hmi_atomic_bitmap_next(hmi_atomic_bitmap *map, UINT_PTR address, UINT_PTR *found);

#endif
