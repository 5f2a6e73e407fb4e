/* Lengths in two sparse arrays. A length that is a number of pages below 65,535 is in a 16-bit field of the first
 * array. For any other length the field is set to OTHER and keeps that value: from then on all lengths of extents that
 * begin there are in a word of the second array, so that one atomic step replaces one. The exchange that sets a field
 * to OTHER returns the length that was in the field; the second array has none at that time. Each length that was set
 * is returned by exactly one exchange, so sums over what was set and what was returned are right whatever the order of
 * threads is.
 *
 * Checked against ARM's memory model: the sums need only that each exchange is atomic. A reader that finds OTHER may
 * find 0 in the second array before the new length is written. Everything is sequentially consistent nevertheless: the
 * books exchange a length and then read the overlap, while another call enters the overlap and then reads lengths. */
#include "books/extent_table.h"

#define FIELD_BITS 16u
#define FIELD_MASK (((hmi_word)1 << FIELD_BITS) - 1)
#define FIELDS (HMI_WORD_BITS / FIELD_BITS)

/* Value of a field: the length is in the second array. */
#define OTHER FIELD_MASK

UINT32 hmi_extent_table_init(hmi_extent_table *extents, hostmem_os *os, SIZE_T granule)
{
    hmi_os_info info;
    uint64_t granules;
    UINT32 error;
    os->get_info(os, &info);
    extents->granule_shift = hmi_bits_lowest(granule);
    extents->page_shift = hmi_bits_lowest(info.page_size);
    granules = ((uint64_t)info.highest_address >> extents->granule_shift) + 1;
    error = hmi_sparse_array_init(&extents->lengths, os, (granules + FIELDS - 1) / FIELDS);
    return error ? error : hmi_sparse_array_init(&extents->others, os, granules);
}

void hmi_extent_table_destroy(hmi_extent_table *extents)
{
    hmi_sparse_array_destroy(&extents->others);
    hmi_sparse_array_destroy(&extents->lengths);
}

/* The value of the field for a length in bytes. */
static hmi_word field_for(const hmi_extent_table *extents, SIZE_T length)
{
    SIZE_T pages = length >> extents->page_shift;
    return pages < OTHER && pages << extents->page_shift == length ? pages : OTHER;
}

static SIZE_T length_in(const hmi_extent_table *extents, hmi_word field)
{
    return (SIZE_T)field << extents->page_shift;
}

static unsigned shift_at(uint64_t index)
{
    return (unsigned)(index % FIELDS) * FIELD_BITS;
}

/* Exchanges a length in the second array. Without memory there the length is 0. */
static SIZE_T exchange_other(hmi_extent_table *extents, uint64_t index, SIZE_T length)
{
    hmi_cell *cell = hmi_sparse_array_peek(&extents->others, index);
    return cell ? atomic_exchange(cell, length) : 0;
}

static SIZE_T other_at(hmi_extent_table *extents, uint64_t index)
{
    hmi_cell *cell = hmi_sparse_array_peek(&extents->others, index);
    return cell ? atomic_load(cell) : 0;
}

bool hmi_extent_table_prepare(hmi_extent_table *extents, UINT_PTR start, SIZE_T length)
{
    uint64_t index = start >> extents->granule_shift;
    return hmi_sparse_array_touch(&extents->lengths, index / FIELDS) &&
           (field_for(extents, length) != OTHER || hmi_sparse_array_touch(&extents->others, index));
}

static bool touch_every_leaf(hmi_sparse_array *sparse)
{
    uint64_t index;
    for (index = 0; index < sparse->length; index += HMI_SPARSE_ARRAY_LEAF_WORDS) {
        if (!hmi_sparse_array_touch(sparse, index))
            return false;
    }
    return true;
}

bool hmi_extent_table_reserve_all(hmi_extent_table *extents)
{
    return sizeof(void *) == 8 || (touch_every_leaf(&extents->lengths) && touch_every_leaf(&extents->others));
}

SIZE_T hmi_extent_table_exchange(hmi_extent_table *extents, UINT_PTR start, SIZE_T length)
{
    uint64_t index = start >> extents->granule_shift;
    hmi_cell *cell = hmi_sparse_array_peek(&extents->lengths, index / FIELDS);
    hmi_word field = field_for(extents, length), word, former;
    unsigned shift = shift_at(index);
    if (!cell)
        return 0;
    word = atomic_load(cell);
    do {
        former = word >> shift & FIELD_MASK;
        if (former == OTHER)
            return exchange_other(extents, index, length);
    } while (!atomic_compare_exchange_weak(cell, &word, (word & ~(FIELD_MASK << shift)) | field << shift));
    return length_in(extents, former) + (field == OTHER ? exchange_other(extents, index, length) : 0);
}

/* The length of the extent at index; word: from the first array. */
static SIZE_T length_at(hmi_extent_table *extents, hmi_word word, uint64_t index)
{
    hmi_word field = word >> shift_at(index) & FIELD_MASK;
    return field == OTHER ? other_at(extents, index) : length_in(extents, field);
}

SIZE_T hmi_extent_table_get(hmi_extent_table *extents, UINT_PTR start)
{
    uint64_t index = start >> extents->granule_shift;
    hmi_cell *cell = hmi_sparse_array_peek(&extents->lengths, index / FIELDS);
    return cell ? length_at(extents, atomic_load(cell), index) : 0;
}

void hmi_extent_table_fetch(hmi_extent_table *extents, UINT_PTR start)
{
    hmi_sparse_array_fetch(&extents->lengths, (start >> extents->granule_shift) / FIELDS);
}

/* Finds the first extent at or after index whose field is in the same word. */
static bool next_in_word(hmi_extent_table *extents, uint64_t index, uint64_t *found, SIZE_T *length)
{
    uint64_t end = (index / FIELDS + 1) * FIELDS;
    hmi_cell *cell = hmi_sparse_array_peek(&extents->lengths, index / FIELDS);
    hmi_word word = cell ? atomic_load(cell) : 0;
    for (; word && index < end; index++) {
        *length = length_at(extents, word, index);
        if (*length) {
            *found = index;
            return true;
        }
    }
    return false;
}

bool hmi_extent_table_next(hmi_extent_table *extents, UINT_PTR address, UINT_PTR *start, SIZE_T *length)
{
    UINT_PTR inside = address & (((UINT_PTR)1 << extents->granule_shift) - 1);
    uint64_t index = (uint64_t)(address >> extents->granule_shift) + (inside != 0), word, found;
    for (word = hmi_sparse_array_next(&extents->lengths, index / FIELDS); word < extents->lengths.length;
         word = hmi_sparse_array_next(&extents->lengths, word + 1)) {
        if (word > index / FIELDS)
            index = word * FIELDS;
        if (next_in_word(extents, index, &found, length)) {
            *start = (UINT_PTR)(found << extents->granule_shift);
            return true;
        }
    }
    return false;
}
