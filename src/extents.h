/* For every place where a reservation or a view may begin: how long it is, or 0 where none begins. Taking a length out
 * is one atomic step, so of several threads that remove the same extent exactly one gets it. */
#ifndef HOSTMEM_SRC_EXTENTS_H
#define HOSTMEM_SRC_EXTENTS_H

#include <stdbool.h>

#include "sparse.h"

/* Most lengths are a number of pages that 16 bits hold, so that those of a million extents are 2 MiB. */
typedef struct hostmem_extents {
    hostmem_sparse lengths; /* several in a word */
    hostmem_sparse others;  /* those that 16 bits do not hold, in bytes, one in a word */
    unsigned granule_shift;
    unsigned page_shift;
} hostmem_extents;

/* granule: in bytes, a power of two; extents begin on it. Returns a Win32 error, 0 for success; after a failure, too,
 * the extents may be destroyed. */
UINT32 hostmem_extents_init(hostmem_extents *extents, hostmem_os *os, SIZE_T granule);

/* Precondition: nobody else uses the extents. A zeroed struct may be passed. */
void hostmem_extents_destroy(hostmem_extents *extents);

/* Puts memory under the entry of a start, so that setting it to this length cannot fail. False: there is none. */
bool hostmem_extents_prepare(hostmem_extents *extents, UINT_PTR start, SIZE_T length);

/* Takes all the address space that entries will ever need, where that is little: on 32-bit. False: there is not
 * enough. */
bool hostmem_extents_reserve_all(hostmem_extents *extents);

/* Sets the length in bytes of the extent that begins in the granule of start, and returns the former one. Of threads
 * that do this to the same extent at the same time, each length that was ever set is returned to one, alone or in a
 * sum.
 * Precondition: prepared, unless length is 0. */
SIZE_T hostmem_extents_exchange(hostmem_extents *extents, UINT_PTR start, SIZE_T length);

/* The length in bytes of the extent that begins in the granule of start. */
SIZE_T hostmem_extents_get(hostmem_extents *extents, UINT_PTR start);

/* Has the processor fetch the entry of a start. */
void hostmem_extents_fetch(hostmem_extents *extents, UINT_PTR start);

/* The first extent that begins at or after address. False: there is none. */
bool hostmem_extents_next(hostmem_extents *extents, UINT_PTR address, UINT_PTR *start, SIZE_T *length);

#endif
