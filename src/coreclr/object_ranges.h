/* Where the collector keeps objects: the address space that it has reserved for them, found out from its reservations.
 * It reserves with PAGE_READWRITE and commits later. What is for objects is large; its tables are reserved in the same
 * way, but take about a hundredth. So every such reservation counts that is not much smaller than the largest. Any
 * thread may call anything at any time; nothing waits. */
#ifndef HMI_CORECLR_OBJECT_RANGES_H
#define HMI_CORECLR_OBJECT_RANGES_H

#include <stdbool.h>
#include <stdint.h>
#include <windows.h>

/* Of the collector with segments, each is a range; with regions there is one. What does not fit is not known as
 * objects'. */
#define HMI_OBJECT_RANGES 256

typedef struct hmi_object_range {
    _Atomic UINT_PTR start; /* 0: free; 1: being filled in */
    _Atomic UINT_PTR end;
} hmi_object_range;

typedef struct hmi_object_ranges {
    _Atomic UINT32 used; /* no range has been filled in from here on */
    _Atomic SIZE_T largest;
    hmi_object_range ranges[HMI_OBJECT_RANGES];
} hmi_object_ranges;

/* Takes note of a reservation that was made with this type and protection. */
void hmi_object_ranges_reserved(hmi_object_ranges *ranges, const void *base, SIZE_T size, DWORD type, DWORD protect);

/* The reservation that began at base has been released. */
void hmi_object_ranges_released(hmi_object_ranges *ranges, const void *base);

/* Whether objects lie at an address. */
bool hmi_object_ranges_contain(hmi_object_ranges *ranges, const void *address);

/* How many bytes all of them have. */
UINT64 hmi_object_ranges_bytes(hmi_object_ranges *ranges);

#endif
