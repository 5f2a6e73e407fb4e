/* A bitmap over a sparse array. Ranges are split into machine words, and these into pieces that lie on one page of the
 * array. Owns its array and nothing else. */
#include "books/atomic_bitmap.h"

/* A block is all that lies on a page of 4096 bytes, and pages are not smaller. So a page has the same bits in a spread
 * map as in any other. */
_Static_assert(HMI_SPREAD_BLOCK == (uint64_t)4096 * CHAR_BIT, "a block of a spread map is 4096 bytes");
#define WORDS_OF_BLOCK ((unsigned)(HMI_SPREAD_BLOCK / HMI_WORD_BITS))
#define WORDS_OF_COLUMN (WORDS_OF_BLOCK / HMI_SPREAD_COLUMNS)
#define ROWS_OF_WORD (HMI_WORD_BITS / HMI_SPREAD_GROUP)

static UINT32 init(hmi_atomic_bitmap *map, hostmem_os *os, SIZE_T granule, bool is_spread)
{
    uint64_t together = is_spread ? WORDS_OF_BLOCK : 1, last_word;
    hmi_os_info info;
    os->get_info(os, &info);
    map->granule_shift = hmi_bits_lowest(granule);
    map->is_spread = is_spread;
    last_word = ((uint64_t)info.highest_address >> map->granule_shift) / HMI_WORD_BITS;
    return hmi_sparse_array_init(&map->words, os, (last_word / together + 1) * together);
}

UINT32 hmi_atomic_bitmap_init(hmi_atomic_bitmap *map, hostmem_os *os, SIZE_T granule)
{
    return init(map, os, granule, false);
}

UINT32 hmi_atomic_bitmap_init_spread(hmi_atomic_bitmap *map, hostmem_os *os, SIZE_T granule)
{
    return init(map, os, granule, true);
}

void hmi_atomic_bitmap_destroy(hmi_atomic_bitmap *map)
{
    hmi_sparse_array_destroy(&map->words);
}

/* Changes or counts the masked bits of one word; returns the number that it counted. */
typedef SIZE_T word_action(hmi_cell *cell, hmi_word mask);

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

/* A mask of those of a word's rows that lie between two. */
static inline hmi_word mask_of_rows(unsigned first_of_word, unsigned first, unsigned last)
{
    unsigned from = first > first_of_word ? first - first_of_word : 0;
    unsigned to = last < first_of_word + ROWS_OF_WORD ? last - first_of_word : ROWS_OF_WORD - 1;
    return hmi_bits_mask(from * HMI_SPREAD_GROUP, (to - from + 1) * HMI_SPREAD_GROUP);
}

/* Applies an action to whole groups of one block, at least a row of them; first and last: their numbers in it. Each
 * word that has any of them is used once. */
static inline SIZE_T for_groups(hmi_cell *block, unsigned first, unsigned last, word_action *action)
{
    unsigned column, word;
    SIZE_T total = 0;
    for (column = 0; column < HMI_SPREAD_COLUMNS; column++) {
        unsigned first_row = first / HMI_SPREAD_COLUMNS + (column < first % HMI_SPREAD_COLUMNS);
        unsigned end_row = last / HMI_SPREAD_COLUMNS + (column <= last % HMI_SPREAD_COLUMNS);
        if (first_row >= end_row)
            continue;
        for (word = first_row / ROWS_OF_WORD; word <= (end_row - 1) / ROWS_OF_WORD; word++)
            total += action(&block[column * WORDS_OF_COLUMN + word],
                            mask_of_rows(word * ROWS_OF_WORD, first_row, end_row - 1));
    }
    return total;
}

/* The same for some bits of one group. */
static inline SIZE_T for_bits(const hmi_atomic_bitmap *map, hmi_cell *block, bit_range bits, word_action *action)
{
    uint64_t place = hmi_atomic_bitmap_place(map, bits.first_bit) % HMI_SPREAD_BLOCK;
    return action(&block[place / HMI_WORD_BITS],
                  hmi_bits_mask((unsigned)(place % HMI_WORD_BITS), (unsigned)(bits.last_bit - bits.first_bit + 1)));
}

/* The same for bits of one block. */
static inline SIZE_T for_bits_of_block(const hmi_atomic_bitmap *map, hmi_cell *block, bit_range bits,
                                       word_action *action)
{
    uint64_t begin = bits.first_bit % HMI_SPREAD_GROUP, end = (bits.last_bit + 1) % HMI_SPREAD_GROUP;
    SIZE_T total = 0;
    if (bits.last_bit - bits.first_bit < (uint64_t)(HMI_SPREAD_COLUMNS + 2) * HMI_SPREAD_GROUP) {
        for (; bits.first_bit <= bits.last_bit; bits.first_bit = end + 1) {
            end = bits.first_bit | (HMI_SPREAD_GROUP - 1);
            end = end < bits.last_bit ? end : bits.last_bit;
            total += for_bits(map, block, (bit_range){bits.first_bit, end}, action);
        }
        return total;
    }
    if (begin) {
        uint64_t next = bits.first_bit + (HMI_SPREAD_GROUP - begin);
        total += for_bits(map, block, (bit_range){bits.first_bit, next - 1}, action);
        bits.first_bit = next;
    }
    if (end) {
        total += for_bits(map, block, (bit_range){bits.last_bit - (end - 1), bits.last_bit}, action);
        bits.last_bit -= end;
    }
    total += for_groups(block, (unsigned)(bits.first_bit % HMI_SPREAD_BLOCK / HMI_SPREAD_GROUP),
                        (unsigned)(bits.last_bit % HMI_SPREAD_BLOCK / HMI_SPREAD_GROUP), action);
    return total;
}

/* for_each_word for a spread map. */
static inline SIZE_T for_each_block(hmi_atomic_bitmap *map, hmi_range range, word_action *action)
{
    bit_range bits = bits_of(map, range);
    uint64_t block = bits.first_bit / HMI_SPREAD_BLOCK, last = bits.last_bit / HMI_SPREAD_BLOCK;
    SIZE_T total = 0;
    while (block <= last) {
        hmi_cell *words = hmi_sparse_array_peek(&map->words, block * WORDS_OF_BLOCK);
        uint64_t first_bit = block * HMI_SPREAD_BLOCK, last_bit = first_bit + HMI_SPREAD_BLOCK - 1;
        if (words)
            total += for_bits_of_block(map, words,
                                       (bit_range){first_bit > bits.first_bit ? first_bit : bits.first_bit,
                                                   last_bit < bits.last_bit ? last_bit : bits.last_bit},
                                       action);
        block = words ? block + 1 : hmi_sparse_array_next(&map->words, (block + 1) * WORDS_OF_BLOCK) / WORDS_OF_BLOCK;
        if (block * WORDS_OF_BLOCK >= map->words.length)
            break;
    }
    return total;
}

/* Applies an action to every word of a range that has memory. Words without memory have no bits set. */
static inline SIZE_T for_each_word(hmi_atomic_bitmap *map, hmi_range range, word_action *action)
{
    bit_range bits;
    uint64_t index, last;
    SIZE_T total = 0;
    if (range.start >= range.end)
        return 0;
    if (map->is_spread)
        return for_each_block(map, range, action);
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
