/* A fixed table: there are few reservations, and a lookup costs little compared with a commit. */
#include "coreclr/object_ranges.h"

#include <stdatomic.h>

/* Smaller reservations are not for objects; runtimes make test reservations with less. */
#define MIN_BYTES ((SIZE_T)4 << 20)

/* A reservation for objects is at least 1/MIN_PART of the largest: segments for large objects are a half or a quarter
 * of the others. Tables take less than a hundredth of what they describe. */
#define MIN_PART 16

#define BEING_FILLED 1u

static void raise(_Atomic SIZE_T *largest, SIZE_T size)
{
    SIZE_T now = atomic_load(largest);
    while (now < size && !atomic_compare_exchange_weak(largest, &now, size))
        continue;
}

static void raise_used(hmi_object_ranges *ranges, UINT32 used)
{
    UINT32 now = atomic_load(&ranges->used);
    while (now < used && !atomic_compare_exchange_weak(&ranges->used, &now, used))
        continue;
}

bool hmi_object_ranges_reserved(hmi_object_ranges *ranges, const void *base, SIZE_T size, DWORD type, DWORD protect)
{
    UINT32 i;
    if (size < MIN_BYTES || !(type & MEM_RESERVE) || (type & MEM_COMMIT) || protect != PAGE_READWRITE)
        return false;
    for (i = 0; i < HMI_OBJECT_RANGES; i++) {
        hmi_object_range *range = &ranges->ranges[i];
        UINT_PTR nobody = 0;
        if (!atomic_compare_exchange_strong(&range->start, &nobody, BEING_FILLED))
            continue;
        atomic_store(&range->end, (UINT_PTR)base + size);
        atomic_store(&range->start, (UINT_PTR)base);
        raise_used(ranges, i + 1);
        raise(&ranges->largest, size);
        return true;
    }
    return false;
}

void hmi_object_ranges_released(hmi_object_ranges *ranges, const void *base)
{
    UINT32 i, used = atomic_load(&ranges->used);
    for (i = 0; i < used; i++) {
        UINT_PTR start = (UINT_PTR)base;
        if (atomic_compare_exchange_strong(&ranges->ranges[i].start, &start, 0))
            return;
    }
}

/* Whether a range is in use now; a range that is being replaced is not. */
static bool read_reservation(hmi_object_ranges *ranges, UINT32 i, UINT_PTR *start, UINT_PTR *end)
{
    hmi_object_range *range = &ranges->ranges[i];
    *start = atomic_load(&range->start);
    *end = atomic_load(&range->end);
    return *start > BEING_FILLED && atomic_load(&range->start) == *start && *end > *start;
}

static bool is_large(hmi_object_ranges *ranges, SIZE_T size)
{
    return size >= atomic_load(&ranges->largest) / MIN_PART;
}

static bool read_range(hmi_object_ranges *ranges, UINT32 i, UINT_PTR *start, UINT_PTR *end)
{
    return read_reservation(ranges, i, start, end) && is_large(ranges, *end - *start);
}

bool hmi_object_ranges_contain(hmi_object_ranges *ranges, const void *address)
{
    UINT_PTR at = (UINT_PTR)address, start, end;
    UINT32 i, used = atomic_load(&ranges->used);
    for (i = 0; i < used; i++) {
        if (read_range(ranges, i, &start, &end) && at >= start && at < end)
            return true;
    }
    return false;
}

void hmi_object_ranges_visit(hmi_object_ranges *ranges, hmi_object_ranges_visitor *visitor, void *context)
{
    UINT_PTR start, end;
    UINT32 i, used = atomic_load(&ranges->used);
    for (i = 0; i < used; i++) {
        if (read_reservation(ranges, i, &start, &end))
            visitor(context, (const void *)start, end - start, is_large(ranges, end - start));
    }
}

UINT64 hmi_object_ranges_bytes(hmi_object_ranges *ranges)
{
    UINT64 bytes = 0;
    UINT_PTR start, end;
    UINT32 i, used = atomic_load(&ranges->used);
    for (i = 0; i < used; i++) {
        if (read_range(ranges, i, &start, &end))
            bytes += end - start;
    }
    return bytes;
}
