/* The bitmap over a sparse array: ranges are cut into machine words, and words into the pieces that lie on one page of
 * the array. It owns its array and nothing else; there is no lock (pagemap.h says what is atomic). */
#include "pagemap.h"

UINT32 hostmem_pagemap_init(hostmem_pagemap *map, hostmem_os *os, SIZE_T granule)
{
    hostmem_os_info info;
    os->get_info(os, &info);
    map->granule_shift = hostmem_bits_lowest(granule);
    return hostmem_sparse_init(&map->words, os,
                               ((uint64_t)info.highest_address >> map->granule_shift) / HOSTMEM_WORD_BITS + 1);
}

void hostmem_pagemap_destroy(hostmem_pagemap *map)
{
    hostmem_sparse_destroy(&map->words);
}

/* A range as bits, and the words that hold them. */
typedef struct bit_range {
    uint64_t first_bit;
    uint64_t last_bit;
} bit_range;

static bit_range bits_of(const hostmem_pagemap *map, hostmem_range range)
{
    return (bit_range){range.start >> map->granule_shift, (range.end - 1) >> map->granule_shift};
}

/* The bits of a range that lie in the word at index. */
static hostmem_word mask_in_word(bit_range bits, uint64_t index)
{
    unsigned first = index == bits.first_bit / HOSTMEM_WORD_BITS ? (unsigned)(bits.first_bit % HOSTMEM_WORD_BITS) : 0;
    unsigned last = index == bits.last_bit / HOSTMEM_WORD_BITS ? (unsigned)(bits.last_bit % HOSTMEM_WORD_BITS)
                                                               : HOSTMEM_WORD_BITS - 1;
    return hostmem_bits_mask(first, last - first + 1);
}

/* What to do with the masked bits of one word; returns how many it counts. */
typedef SIZE_T word_action(hostmem_cell *cell, hostmem_word mask);

/* Applies an action to every word of a range that has memory under it; the others hold no bits. */
static inline SIZE_T for_each_word(hostmem_pagemap *map, hostmem_range range, word_action *action)
{
    bit_range bits;
    uint64_t index, last;
    SIZE_T total = 0;
    if (range.start >= range.end)
        return 0;
    bits = bits_of(map, range);
    last = bits.last_bit / HOSTMEM_WORD_BITS;
    for (index = bits.first_bit / HOSTMEM_WORD_BITS; index <= last;) {
        hostmem_cell *cell = hostmem_sparse_peek(&map->words, index);
        uint64_t piece;
        if (!cell) {
            index = hostmem_sparse_next(&map->words, index);
            if (index >= map->words.length)
                break;
            continue;
        }
        for (piece = hostmem_sparse_run(&map->words, index); piece && index <= last; piece--, index++, cell++)
            total += action(cell, mask_in_word(bits, index));
    }
    return total;
}

bool hostmem_pagemap_prepare_words(hostmem_pagemap *map, hostmem_range range)
{
    bit_range bits;
    if (range.start >= range.end)
        return true;
    bits = bits_of(map, range);
    return hostmem_sparse_touch_all(&map->words, bits.first_bit / HOSTMEM_WORD_BITS, bits.last_bit / HOSTMEM_WORD_BITS);
}

SIZE_T hostmem_pagemap_set_words(hostmem_pagemap *map, hostmem_range range)
{
    return for_each_word(map, range, hostmem_pagemap_word_set);
}

SIZE_T hostmem_pagemap_clear_words(hostmem_pagemap *map, hostmem_range range)
{
    return for_each_word(map, range, hostmem_pagemap_word_clear);
}

SIZE_T hostmem_pagemap_count_words(hostmem_pagemap *map, hostmem_range range)
{
    return for_each_word(map, range, hostmem_pagemap_word_count);
}

bool hostmem_pagemap_run(hostmem_pagemap *map, hostmem_range range, bool set, hostmem_range *run)
{
    UINT_PTR granule = (UINT_PTR)1 << map->granule_shift, address = range.start;
    while (address < range.end && hostmem_pagemap_test(map, address) != set)
        address += granule;
    run->start = address;
    while (address < range.end && hostmem_pagemap_test(map, address) == set)
        address += granule;
    run->end = address;
    return run->start < run->end;
}

bool hostmem_pagemap_next(hostmem_pagemap *map, UINT_PTR address, UINT_PTR *found)
{
    UINT_PTR inside = address & (((UINT_PTR)1 << map->granule_shift) - 1);
    uint64_t bit = (uint64_t)(address >> map->granule_shift) + (inside != 0);
    uint64_t index;
    for (index = hostmem_sparse_next(&map->words, bit / HOSTMEM_WORD_BITS); index < map->words.length;
         index = hostmem_sparse_next(&map->words, index + 1)) {
        hostmem_cell *cell = hostmem_sparse_peek(&map->words, index);
        hostmem_word word = cell ? atomic_load_explicit(cell, memory_order_acquire) : 0;
        if (index == bit / HOSTMEM_WORD_BITS)
            word &= ~(hostmem_word)0 << (bit % HOSTMEM_WORD_BITS);
        if (word) {
            *found = (UINT_PTR)((index * HOSTMEM_WORD_BITS + hostmem_bits_lowest(word)) << map->granule_shift);
            return true;
        }
    }
    return false;
}
