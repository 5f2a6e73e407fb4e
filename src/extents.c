/* The lengths of extents in a sparse array, one word for each granule of address space. No lock; extents.h says what is
 * atomic. */
#include "extents.h"

UINT32 hostmem_extents_init(hostmem_extents *extents, hostmem_os *os, SIZE_T granule)
{
    hostmem_os_info info;
    os->get_info(os, &info);
    extents->granule_shift = hostmem_bits_lowest(granule);
    return hostmem_sparse_init(&extents->lengths, os, ((uint64_t)info.highest_address >> extents->granule_shift) + 1);
}

void hostmem_extents_destroy(hostmem_extents *extents)
{
    hostmem_sparse_destroy(&extents->lengths);
}

bool hostmem_extents_prepare(hostmem_extents *extents, UINT_PTR start)
{
    return hostmem_sparse_touch(&extents->lengths, start >> extents->granule_shift) != NULL;
}

bool hostmem_extents_reserve_all(hostmem_extents *extents)
{
    uint64_t index;
    if (sizeof(void *) == 8)
        return true;
    for (index = 0; index < extents->lengths.length; index += HOSTMEM_SPARSE_LEAF_WORDS) {
        if (!hostmem_sparse_touch(&extents->lengths, index))
            return false;
    }
    return true;
}

SIZE_T hostmem_extents_exchange(hostmem_extents *extents, UINT_PTR start, SIZE_T length)
{
    hostmem_cell *cell = hostmem_sparse_peek(&extents->lengths, start >> extents->granule_shift);
    return cell ? atomic_exchange_explicit(cell, length, memory_order_acq_rel) : 0;
}

SIZE_T hostmem_extents_get(hostmem_extents *extents, UINT_PTR start)
{
    hostmem_cell *cell = hostmem_sparse_peek(&extents->lengths, start >> extents->granule_shift);
    return cell ? atomic_load_explicit(cell, memory_order_acquire) : 0;
}

bool hostmem_extents_next(hostmem_extents *extents, UINT_PTR address, UINT_PTR *start, SIZE_T *length)
{
    UINT_PTR inside = address & (((UINT_PTR)1 << extents->granule_shift) - 1);
    uint64_t index = (uint64_t)(address >> extents->granule_shift) + (inside != 0);
    for (index = hostmem_sparse_next(&extents->lengths, index); index < extents->lengths.length;
         index = hostmem_sparse_next(&extents->lengths, index + 1)) {
        hostmem_cell *cell = hostmem_sparse_peek(&extents->lengths, index);
        *length = cell ? atomic_load_explicit(cell, memory_order_acquire) : 0;
        if (*length) {
            *start = (UINT_PTR)(index << extents->granule_shift);
            return true;
        }
    }
    return false;
}
