/* An entry is taken by setting its blocks and published by setting its handle; removing it does this in the opposite
 * order.
 *
 * Checked against ARM's memory model: changes are sequentially consistent; a thread that looks for a handle acquires
 * the number of entries and the handle, and so sees the blocks that were set before. */
#include "coreclr/private_heaps.h"

#include <stdatomic.h>

bool hmi_private_heaps_add(hmi_private_heaps *heaps, HANDLE handle, hmi_blocks *blocks)
{
    uint32_t i, used = atomic_load(&heaps->used);
    for (i = 0; i < HMI_PRIVATE_HEAPS; i++) {
        hmi_blocks *nobody = NULL;
        if (!atomic_compare_exchange_strong(&heaps->heaps[i].blocks, &nobody, blocks))
            continue;
        atomic_store(&heaps->heaps[i].handle, handle);
        while (used < i + 1 && !atomic_compare_exchange_weak(&heaps->used, &used, i + 1))
            continue;
        return true;
    }
    return false;
}

static bool find(hmi_private_heaps *heaps, HANDLE handle, uint32_t *index)
{
    uint32_t i, used = atomic_load_explicit(&heaps->used, memory_order_acquire);
    for (i = 0; i < used; i++) {
        if (atomic_load_explicit(&heaps->heaps[i].handle, memory_order_acquire) == handle) {
            *index = i;
            return true;
        }
    }
    return false;
}

hmi_blocks *hmi_private_heaps_find(hmi_private_heaps *heaps, HANDLE handle)
{
    uint32_t i;
    return handle && find(heaps, handle, &i) ? atomic_load(&heaps->heaps[i].blocks) : NULL;
}

hmi_blocks *hmi_private_heaps_take(hmi_private_heaps *heaps, HANDLE handle)
{
    HANDLE held = handle;
    uint32_t i;
    if (!handle || !find(heaps, handle, &i) ||
        !atomic_compare_exchange_strong(&heaps->heaps[i].handle, &held, (HANDLE)NULL))
        return NULL;
    return atomic_exchange(&heaps->heaps[i].blocks, (hmi_blocks *)NULL);
}

bool hmi_private_heaps_any(hmi_private_heaps *heaps)
{
    uint32_t i, used = atomic_load(&heaps->used);
    for (i = 0; i < used; i++) {
        if (atomic_load(&heaps->heaps[i].handle))
            return true;
    }
    return false;
}
