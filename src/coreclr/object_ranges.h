/* The address space that the garbage collector has reserved for objects, guessed from its reservations. It reserves
 * with PAGE_READWRITE and commits later: either one large range of any size for regions, or segments, whose sizes are
 * multiples of some MiB. Its tables are reserved in the same way. They describe the whole span of the objects'
 * addresses, and are replaced by larger ones when it grows: they may become larger than a segment, and a segment for
 * a large array may be many times as large as others. So a reservation is for objects if its size is a segment's, or if
 * it is too large for a table of the objects' addresses so far. In a process with several runtimes, whose heaps may lie
 * far apart, a heap of regions may be taken for a table; it is then requested with the level of other pages. */
#ifndef HMI_CORECLR_OBJECT_RANGES_H
#define HMI_CORECLR_OBJECT_RANGES_H

#include <stdbool.h>
#include <stdint.h>
#include <windows.h>

/* With segments, each is a range; with regions there is one. Reservations beyond this number are not counted as
 * objects. */
#define HMI_OBJECT_RANGES 256

typedef struct hmi_object_range {
    _Atomic UINT_PTR start; /* 0: free; 1: being filled in */
    _Atomic UINT_PTR end;
} hmi_object_range;

typedef struct hmi_object_ranges {
    _Atomic UINT32 used; /* no range from here on was ever used */
    /* Of all ranges, also those that were released. 0: there was none. */
    _Atomic UINT_PTR lowest, highest;
    hmi_object_range ranges[HMI_OBJECT_RANGES];
} hmi_object_ranges;

/* Records a reservation that was made with this type and protection, if it is for objects. Returns whether it is. */
bool hmi_object_ranges_reserved(hmi_object_ranges *ranges, const void *base, SIZE_T size, DWORD type, DWORD protect);

/* The reservation at base was released; it need not be recorded. */
void hmi_object_ranges_released(hmi_object_ranges *ranges, const void *base);

/* Whether an address lies in a range for objects. */
bool hmi_object_ranges_contain(hmi_object_ranges *ranges, const void *address);

/* The total size of the ranges in bytes. */
UINT64 hmi_object_ranges_bytes(hmi_object_ranges *ranges);

#endif
