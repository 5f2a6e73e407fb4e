/* A field is changed in one atomic step. A table of its own, and not part of the table of extents, because only modern
 * runtimes need it.
 *
 * Checked against ARM's memory model: the table is made before `ready` is released, and looked at after it was
 * acquired. Fields and heaps are sequentially consistent; the bytes of blocks are counters. */
#include "books/kinds.h"

#define FIELD_BITS 4u
#define FIELD_MASK (((hmi_word)1 << FIELD_BITS) - 1)
#define FIELDS (HMI_WORD_BITS / FIELD_BITS)

_Static_assert(HOSTMEM_KINDS <= 1 << FIELD_BITS, "a kind fits into a field");

UINT32 hmi_kinds_prepare(hmi_kinds *kinds, hostmem_os *os)
{
    hmi_os_info info;
    UINT32 error;
    if (hmi_kinds_are_known(kinds))
        return 0;
    os->get_info(os, &info);
    kinds->granule_shift = hmi_bits_lowest(info.granularity);
    error = hmi_sparse_array_init(&kinds->fields, os,
                                  ((uint64_t)info.highest_address >> kinds->granule_shift) / FIELDS + 1);
    if (error)
        kinds->fields = (hmi_sparse_array){0};
    else
        atomic_store_explicit(&kinds->ready, true, memory_order_release);
    return error;
}

void hmi_kinds_destroy(hmi_kinds *kinds)
{
    hmi_sparse_array_destroy(&kinds->fields);
}

static unsigned shift_at(uint64_t index)
{
    return (unsigned)(index % FIELDS) * FIELD_BITS;
}

UINT32 hmi_kinds_set(hmi_kinds *kinds, UINT_PTR start, UINT32 kind)
{
    uint64_t index;
    unsigned shift;
    hmi_cell *cell;
    hmi_word word;
    if (!hmi_kinds_are_known(kinds)) /* before the first look at what hmi_kinds_prepare makes */
        return HOSTMEM_KIND_OTHER;
    index = start >> kinds->granule_shift;
    shift = shift_at(index);
    cell = kind == HOSTMEM_KIND_OTHER ? hmi_sparse_array_peek(&kinds->fields, index / FIELDS)
                                      : hmi_sparse_array_touch(&kinds->fields, index / FIELDS);
    if (!cell)
        return HOSTMEM_KIND_OTHER;
    word = atomic_load(cell);
    while (!atomic_compare_exchange_weak(cell, &word, (word & ~(FIELD_MASK << shift)) | (hmi_word)kind << shift))
        continue;
    return (UINT32)(word >> shift & FIELD_MASK);
}

UINT32 hmi_kinds_get(hmi_kinds *kinds, UINT_PTR start)
{
    uint64_t index;
    hmi_cell *cell;
    if (!hmi_kinds_are_known(kinds))
        return HOSTMEM_KIND_OTHER;
    index = start >> kinds->granule_shift;
    cell = hmi_sparse_array_peek(&kinds->fields, index / FIELDS);
    return cell ? (UINT32)(atomic_load(cell) >> shift_at(index) & FIELD_MASK) : HOSTMEM_KIND_OTHER;
}

void hmi_kinds_add_heap(hmi_kinds *kinds, UINT_PTR id, UINT32 kind)
{
    unsigned i;
    for (i = 0; i < HMI_NAMED_HEAPS; i++) {
        UINT_PTR none = 0;
        if (!atomic_compare_exchange_strong(&kinds->heaps[i].id, &none, id))
            continue;
        atomic_store(&kinds->heaps[i].kind, kind);
        return;
    }
}

void hmi_kinds_remove_heap(hmi_kinds *kinds, UINT_PTR id)
{
    unsigned i;
    for (i = 0; hmi_kinds_are_known(kinds) && i < HMI_NAMED_HEAPS; i++) {
        if (atomic_load(&kinds->heaps[i].id) != id)
            continue;
        atomic_store(&kinds->heaps[i].kind, HOSTMEM_KIND_OTHER);
        atomic_store(&kinds->heaps[i].id, 0);
    }
}

UINT_PTR hmi_kinds_heap_at(hmi_kinds *kinds, unsigned index, UINT32 *kind)
{
    hmi_named_heap *heap = &kinds->heaps[index];
    UINT_PTR id = atomic_load(&heap->id);
    *kind = atomic_load(&heap->kind);
    return atomic_load(&heap->id) == id ? id : 0; /* if not, the kind may be that of another heap */
}

uint64_t hmi_kinds_counted(hmi_kinds *kinds, UINT32 kind)
{
    uint64_t bytes = 0;
    unsigned i;
    for (i = 0; i < HMI_KIND_SLOTS; i++)
        bytes += atomic_load_explicit(&kinds->block_bytes[i][kind], memory_order_relaxed);
    return (int64_t)bytes > 0 ? bytes : 0; /* while calls run, a block may be counted out before it was counted in */
}
