/* Lengths in sparse arrays. A short one is a number of pages in its field of a word; a field that says OTHER leaves it
 * to a word of its own in the other array, which is written before the field and cleared after it. What a thread takes
 * out of either it accounts for, so sums over what was set and what was returned are exact however threads meet. No
 * lock. */
#include "extents.h"

#define FIELD_BITS 16u
#define FIELD_MASK (((hostmem_word)1 << FIELD_BITS) - 1)
#define FIELDS (HOSTMEM_WORD_BITS / FIELD_BITS)

/* In a field: the length is in the other array. */
#define OTHER FIELD_MASK

UINT32 hostmem_extents_init(hostmem_extents *extents, hostmem_os *os, SIZE_T granule)
{
    hostmem_os_info info;
    uint64_t granules;
    UINT32 error;
    os->get_info(os, &info);
    extents->granule_shift = hostmem_bits_lowest(granule);
    extents->page_shift = hostmem_bits_lowest(info.page_size);
    granules = ((uint64_t)info.highest_address >> extents->granule_shift) + 1;
    error = hostmem_sparse_init(&extents->lengths, os, (granules + FIELDS - 1) / FIELDS);
    return error ? error : hostmem_sparse_init(&extents->others, os, granules);
}

void hostmem_extents_destroy(hostmem_extents *extents)
{
    hostmem_sparse_destroy(&extents->others);
    hostmem_sparse_destroy(&extents->lengths);
}

/* What a field says of a length. */
static hostmem_word field_for(const hostmem_extents *extents, SIZE_T length)
{
    SIZE_T pages = length >> extents->page_shift;
    return pages < OTHER && pages << extents->page_shift == length ? pages : OTHER;
}

static SIZE_T length_in(const hostmem_extents *extents, hostmem_word field)
{
    return (SIZE_T)field << extents->page_shift;
}

static unsigned shift_at(uint64_t index)
{
    return (unsigned)(index % FIELDS) * FIELD_BITS;
}

static hostmem_word exchange_field(hostmem_cell *cell, unsigned shift, hostmem_word field)
{
    hostmem_word word = atomic_load_explicit(cell, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(cell, &word, (word & ~(FIELD_MASK << shift)) | field << shift,
                                                  memory_order_acq_rel, memory_order_relaxed))
        continue;
    return word >> shift & FIELD_MASK;
}

/* One of the other lengths. Where no memory is there is none. */
static SIZE_T exchange_other(hostmem_extents *extents, uint64_t index, SIZE_T length)
{
    hostmem_cell *cell = hostmem_sparse_peek(&extents->others, index);
    return cell ? atomic_exchange_explicit(cell, length, memory_order_acq_rel) : 0;
}

static SIZE_T other_at(hostmem_extents *extents, uint64_t index)
{
    hostmem_cell *cell = hostmem_sparse_peek(&extents->others, index);
    return cell ? atomic_load_explicit(cell, memory_order_acquire) : 0;
}

bool hostmem_extents_prepare(hostmem_extents *extents, UINT_PTR start, SIZE_T length)
{
    uint64_t index = start >> extents->granule_shift;
    return hostmem_sparse_touch(&extents->lengths, index / FIELDS) &&
           (field_for(extents, length) != OTHER || hostmem_sparse_touch(&extents->others, index));
}

static bool touch_every_leaf(hostmem_sparse *sparse)
{
    uint64_t index;
    for (index = 0; index < sparse->length; index += HOSTMEM_SPARSE_LEAF_WORDS) {
        if (!hostmem_sparse_touch(sparse, index))
            return false;
    }
    return true;
}

bool hostmem_extents_reserve_all(hostmem_extents *extents)
{
    return sizeof(void *) == 8 || (touch_every_leaf(&extents->lengths) && touch_every_leaf(&extents->others));
}

SIZE_T hostmem_extents_exchange(hostmem_extents *extents, UINT_PTR start, SIZE_T length)
{
    uint64_t index = start >> extents->granule_shift;
    hostmem_cell *cell = hostmem_sparse_peek(&extents->lengths, index / FIELDS);
    hostmem_word field = field_for(extents, length), former;
    SIZE_T taken = 0;
    if (!cell)
        return 0;
    if (field == OTHER)
        taken = exchange_other(extents, index, length);
    former = exchange_field(cell, shift_at(index), field);
    if (former != OTHER)
        return taken + length_in(extents, former);
    return field == OTHER ? taken : exchange_other(extents, index, 0);
}

/* The length that a field of the word means. */
static SIZE_T length_at(hostmem_extents *extents, hostmem_word word, uint64_t index)
{
    hostmem_word field = word >> shift_at(index) & FIELD_MASK;
    return field == OTHER ? other_at(extents, index) : length_in(extents, field);
}

SIZE_T hostmem_extents_get(hostmem_extents *extents, UINT_PTR start)
{
    uint64_t index = start >> extents->granule_shift;
    hostmem_cell *cell = hostmem_sparse_peek(&extents->lengths, index / FIELDS);
    return cell ? length_at(extents, atomic_load_explicit(cell, memory_order_acquire), index) : 0;
}

void hostmem_extents_fetch(hostmem_extents *extents, UINT_PTR start)
{
    hostmem_sparse_fetch(&extents->lengths, (start >> extents->granule_shift) / FIELDS);
}

/* The first extent of one word, at index or behind. */
static bool next_in_word(hostmem_extents *extents, uint64_t index, uint64_t *found, SIZE_T *length)
{
    uint64_t end = (index / FIELDS + 1) * FIELDS;
    hostmem_cell *cell = hostmem_sparse_peek(&extents->lengths, index / FIELDS);
    hostmem_word word = cell ? atomic_load_explicit(cell, memory_order_acquire) : 0;
    for (; word && index < end; index++) {
        *length = length_at(extents, word, index);
        if (*length) {
            *found = index;
            return true;
        }
    }
    return false;
}

bool hostmem_extents_next(hostmem_extents *extents, UINT_PTR address, UINT_PTR *start, SIZE_T *length)
{
    UINT_PTR inside = address & (((UINT_PTR)1 << extents->granule_shift) - 1);
    uint64_t index = (uint64_t)(address >> extents->granule_shift) + (inside != 0), word, found;
    for (word = hostmem_sparse_next(&extents->lengths, index / FIELDS); word < extents->lengths.length;
         word = hostmem_sparse_next(&extents->lengths, word + 1)) {
        if (word > index / FIELDS)
            index = word * FIELDS;
        if (next_in_word(extents, index, &found, length)) {
            *start = (UINT_PTR)(found << extents->granule_shift);
            return true;
        }
    }
    return false;
}
