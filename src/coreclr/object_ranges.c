/* A fixed table: there are few reservations, and a lookup costs little compared with a commit. */
#include "coreclr/object_ranges.h"

#include <stdatomic.h>

/* A runtime reserves 4 MiB for literals, and less to test what Windows can do. Smaller segments are not recognised. */
#define MAX_OTHER_BYTES ((SIZE_T)4 << 20)

/* The sizes of segments are multiples of this. Tables are sized by the span that they describe, so theirs are not. */
#define SEGMENT_UNIT ((SIZE_T)4 << 20)

/* The size of a heap of regions may be any, but a table takes less than 1/MIN_PART of the span of the heap: 1/56 when
 * it was measured, with up to twice the span. */
#define MIN_PART 16

#define BEING_FILLED 1u

static void include(hmi_object_ranges *ranges, UINT_PTR start, UINT_PTR end)
{
    UINT_PTR now = atomic_load(&ranges->lowest);
    while ((!now || start < now) && !atomic_compare_exchange_weak(&ranges->lowest, &now, start))
        continue;
    now = atomic_load(&ranges->highest);
    while (now < end && !atomic_compare_exchange_weak(&ranges->highest, &now, end))
        continue;
}

static void raise_used(hmi_object_ranges *ranges, UINT32 used)
{
    UINT32 now = atomic_load(&ranges->used);
    while (now < used && !atomic_compare_exchange_weak(&ranges->used, &now, used))
        continue;
}

static bool is_for_objects(hmi_object_ranges *ranges, SIZE_T size)
{
    SIZE_T span = atomic_load(&ranges->highest) - atomic_load(&ranges->lowest);
    return size > MAX_OTHER_BYTES && (size % SEGMENT_UNIT == 0 || size > span / MIN_PART);
}

bool hmi_object_ranges_reserved(hmi_object_ranges *ranges, const void *base, SIZE_T size, DWORD type, DWORD protect)
{
    UINT_PTR start = (UINT_PTR)base, end = start + size;
    UINT32 i;
    if (!(type & MEM_RESERVE) || (type & MEM_COMMIT) || protect != PAGE_READWRITE || !is_for_objects(ranges, size))
        return false;
    for (i = 0; i < HMI_OBJECT_RANGES; i++) {
        hmi_object_range *range = &ranges->ranges[i];
        UINT_PTR nobody = 0;
        if (!atomic_compare_exchange_strong(&range->start, &nobody, BEING_FILLED))
            continue;
        atomic_store(&range->end, end);
        atomic_store(&range->start, start);
        raise_used(ranges, i + 1);
        include(ranges, start, end);
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
static bool read_range(hmi_object_ranges *ranges, UINT32 i, UINT_PTR *start, UINT_PTR *end)
{
    hmi_object_range *range = &ranges->ranges[i];
    *start = atomic_load(&range->start);
    *end = atomic_load(&range->end);
    return *start > BEING_FILLED && atomic_load(&range->start) == *start && *end > *start;
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
