/* For every address where a reservation or a view may begin: its length, or 0 if none begins there. Removing a length
 * is one atomic step; if several threads remove the same extent, exactly one gets its length. */
#ifndef HMI_BOOKS_EXTENT_TABLE_H
#define HMI_BOOKS_EXTENT_TABLE_H

#include <stdbool.h>

#include "books/sparse_array.h"

/* Most lengths take 16 bits, as a number of pages. A million extents take 2 MiB that way. */
typedef struct hmi_extent_table {
    hmi_sparse_array lengths; /* several 16-bit fields in each word */
    hmi_sparse_array others;  /* lengths in bytes that do not fit, one in each word */
    unsigned granule_shift;
    unsigned page_shift;
} hmi_extent_table;

/* granule: in bytes, a power of two; every extent begins at a multiple of it. Returns a Win32 error, 0 for success. The
 * table may be destroyed after a failure, too. */
UINT32 hmi_extent_table_init(hmi_extent_table *extents, hostmem_os *os, SIZE_T granule);

/* Precondition: nobody else uses the table. A zeroed struct may be passed. */
void hmi_extent_table_destroy(hmi_extent_table *extents);

/* Commits memory for the entry of start, so that setting it to this length cannot fail. False: there is no memory. */
bool hmi_extent_table_prepare(hmi_extent_table *extents, UINT_PTR start, SIZE_T length);

/* On 32-bit, reserves all address space that entries will ever need, which is little there. Does nothing on 64-bit.
 * False: there is not enough. */
bool hmi_extent_table_reserve_all(hmi_extent_table *extents);

/* Sets the length in bytes of the extent that begins in the granule of start, and returns the former length. If threads
 * do this to the same extent at the same time, each length that was set is returned to one of them, perhaps as part of
 * a sum. Precondition: prepared, unless length is 0. */
SIZE_T hmi_extent_table_exchange(hmi_extent_table *extents, UINT_PTR start, SIZE_T length);

/* The length in bytes of the extent that begins in the granule of start; 0: none begins there. */
SIZE_T hmi_extent_table_get(hmi_extent_table *extents, UINT_PTR start);

/* Prefetches the entry of start. */
void hmi_extent_table_fetch(hmi_extent_table *extents, UINT_PTR start);

/* Finds the first extent that begins at or after address. False: there is none. */
bool hmi_extent_table_next(hmi_extent_table *extents, UINT_PTR address, UINT_PTR *start, SIZE_T *length);

#endif
