/* For every place where a reservation or a view may begin: how long it is, or 0 where none begins. Taking a length out
 * is one atomic step, so of several threads that remove the same extent exactly one gets it. */
#ifndef HMI_BOOKS_EXTENT_TABLE_H
#define HMI_BOOKS_EXTENT_TABLE_H

#include <stdbool.h>

#include "books/sparse_array.h"

/* Most lengths are a number of pages that 16 bits hold, so that those of a million extents are 2 MiB. */
typedef struct hmi_extent_table {
    hmi_sparse_array lengths; /* several in a word */
    hmi_sparse_array others;  /* those that 16 bits do not hold, in bytes, one in a word */
    unsigned granule_shift;
    unsigned page_shift;
} hmi_extent_table;

/* granule: in bytes, a power of two; extents begin on it. Returns a Win32 error, 0 for success; after a failure, too,
 * the extents may be destroyed. */
UINT32 hmi_extent_table_init(hmi_extent_table *extents, hostmem_os *os, SIZE_T granule);

/* Precondition: nobody else uses the extents. A zeroed struct may be passed. */
void hmi_extent_table_destroy(hmi_extent_table *extents);

/* Puts memory under the entry of a start, so that setting it to this length cannot fail. False: there is none. */
bool hmi_extent_table_prepare(hmi_extent_table *extents, UINT_PTR start, SIZE_T length);

/* Takes all the address space that entries will ever need, where that is little: on 32-bit. False: there is not
 * enough. */
bool hmi_extent_table_reserve_all(hmi_extent_table *extents);

/* Sets the length in bytes of the extent that begins in the granule of start, and returns the former one. Of threads
 * that do this to the same extent at the same time, each length that was ever set is returned to one, alone or in a
 * sum.
 * Precondition: prepared, unless length is 0. */
SIZE_T hmi_extent_table_exchange(hmi_extent_table *extents, UINT_PTR start, SIZE_T length);

/* The length in bytes of the extent that begins in the granule of start. */
SIZE_T hmi_extent_table_get(hmi_extent_table *extents, UINT_PTR start);

/* Has the processor fetch the entry of a start. */
void hmi_extent_table_fetch(hmi_extent_table *extents, UINT_PTR start);

/* The first extent that begins at or after address. False: there is none. */
bool hmi_extent_table_next(hmi_extent_table *extents, UINT_PTR address, UINT_PTR *start, SIZE_T *length);

#endif
