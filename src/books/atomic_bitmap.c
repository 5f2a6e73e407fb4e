/* A bitmap over a sparse array. Ranges are split into machine words, and these into pieces that lie on one page of the
 * array. Owns its array and nothing else. */
#include "books/atomic_bitmap.h"

UINT32 hmi_atomic_bitmap_init(hmi_atomic_bitmap *map, hostmem_os *os, SIZE_T granule)
{
    hmi_os_info info;
    os->get_info(os, &info);
    map->granule_shift = hmi_bits_lowest(granule);
    return hmi_sparse_array_init(&map->words, os,
                                 ((uint64_t)info.highest_address >> map->granule_shift) / HMI_WORD_BITS + 1);
}

void hmi_atomic_bitmap_destroy(hmi_atomic_bitmap *map)
{
    hmi_sparse_array_destroy(&map->words);
}

/* The numbers of a range's first and last bit. */
typedef struct bit_range {
    uint64_t first_bit;
    uint64_t last_bit;
} bit_range;

static bit_range bits_of(const hmi_atomic_bitmap *map, hmi_range range)
{
    return (bit_range){range.start >> map->granule_shift, (range.end - 1) >> map->granule_shift};
}

/* A mask of those bits of a range that lie in the word at index. */
static hmi_word mask_in_word(bit_range bits, uint64_t index)
{
    unsigned first = index == bits.first_bit / HMI_WORD_BITS ? (unsigned)(bits.first_bit % HMI_WORD_BITS) : 0;
    unsigned last = index == bits.last_bit / HMI_WORD_BITS ? (unsigned)(bits.last_bit % HMI_WORD_BITS)
                                                           : HMI_WORD_BITS - 1;
    return hmi_bits_mask(first, last - first + 1);
}

/* Changes or counts the masked bits of one word; returns the number that it counted. */
typedef SIZE_T word_action(hmi_cell *cell, hmi_word mask);

/* Applies an action to every word of a range that has memory. Words without memory have no bits set. */
static inline SIZE_T for_each_word(hmi_atomic_bitmap *map, hmi_range range, word_action *action)
{
    bit_range bits;
    uint64_t index, last;
    SIZE_T total = 0;
    if (range.start >= range.end)
        return 0;
    bits = bits_of(map, range);
    last = bits.last_bit / HMI_WORD_BITS;
    for (index = bits.first_bit / HMI_WORD_BITS; index <= last;) {
        hmi_cell *cell = hmi_sparse_array_peek(&map->words, index);
        uint64_t piece;
        if (!cell) {
            index = hmi_sparse_array_next(&map->words, index);
            if (index >= map->words.length)
                break;
            continue;
        }
        for (piece = hmi_sparse_array_run(&map->words, index); piece && index <= last; piece--, index++, cell++)
            total += action(cell, mask_in_word(bits, index));
    }
    return total;
}

bool hmi_atomic_bitmap_prepare_words(hmi_atomic_bitmap *map, hmi_range range)
{
    bit_range bits;
    if (range.start >= range.end)
        return true;
    bits = bits_of(map, range);
    return hmi_sparse_array_touch_all(&map->words, bits.first_bit / HMI_WORD_BITS, bits.last_bit / HMI_WORD_BITS);
}

SIZE_T hmi_atomic_bitmap_set_words(hmi_atomic_bitmap *map, hmi_range range)
{
    return for_each_word(map, range, hmi_atomic_bitmap_word_set);
}

SIZE_T hmi_atomic_bitmap_clear_words(hmi_atomic_bitmap *map, hmi_range range)
{
    return for_each_word(map, range, hmi_atomic_bitmap_word_clear);
}

SIZE_T hmi_atomic_bitmap_count_words(hmi_atomic_bitmap *map, hmi_range range)
{
    return for_each_word(map, range, hmi_atomic_bitmap_word_count);
}

bool hmi_atomic_bitmap_run(hmi_atomic_bitmap *map, hmi_range range, bool set, hmi_range *run)
{
    UINT_PTR granule = (UINT_PTR)1 << map->granule_shift, address = range.start;
    while (address < range.end && hmi_atomic_bitmap_test(map, address) != set)
        address += granule;
    run->start = address;
    while (address < range.end && hmi_atomic_bitmap_test(map, address) == set)
        address += granule;
    run->end = address;
    return run->start < run->end;
}

bool hmi_atomic_bitmap_next(hmi_atomic_bitmap *map, UINT_PTR address, UINT_PTR *found)
{
    UINT_PTR inside = address & (((UINT_PTR)1 << map->granule_shift) - 1);
    uint64_t bit = (uint64_t)(address >> map->granule_shift) + (inside != 0);
    uint64_t index;
    for (index = hmi_sparse_array_next(&map->words, bit / HMI_WORD_BITS); index < map->words.length;
         index = hmi_sparse_array_next(&map->words, index + 1)) {
        hmi_cell *cell = hmi_sparse_array_peek(&map->words, index);
        hmi_word word = cell ? atomic_load(cell) : 0;
        if (index == bit / HMI_WORD_BITS)
            word &= ~(hmi_word)0 << (bit % HMI_WORD_BITS);
        if (word) {
            *found = (UINT_PTR)((index * HMI_WORD_BITS + hmi_bits_lowest(word)) << map->granule_shift);
            return true;
        }
    }
    return false;
}
