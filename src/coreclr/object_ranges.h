/* The address space that the garbage collector has reserved for objects, guessed from its reservations. It reserves
 * with PAGE_READWRITE and commits later. Reservations for objects are large; its tables are reserved in the same way,
 * but take about a hundredth. So every such reservation counts that is not much smaller than the largest one. */
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
    _Atomic SIZE_T largest;
    hmi_object_range ranges[HMI_OBJECT_RANGES];
} hmi_object_ranges;

/* Records a reservation that was made with this type and protection. True: it may be for objects, and others may be no
 * longer. */
bool hmi_object_ranges_reserved(hmi_object_ranges *ranges, const void *base, SIZE_T size, DWORD type, DWORD protect);

/* The reservation at base was released. */
void hmi_object_ranges_released(hmi_object_ranges *ranges, const void *base);

/* Whether an address lies in a range for objects. */
bool hmi_object_ranges_contain(hmi_object_ranges *ranges, const void *address);

/* Visits the recorded reservations, with whether they count as ranges for objects now. */
typedef void hmi_object_ranges_visitor(void *context, const void *base, SIZE_T size, bool is_for_objects);
void hmi_object_ranges_visit(hmi_object_ranges *ranges, hmi_object_ranges_visitor *visitor, void *context);

/* The total size of the ranges in bytes. */
UINT64 hmi_object_ranges_bytes(hmi_object_ranges *ranges);

#endif
