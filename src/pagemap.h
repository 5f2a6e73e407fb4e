/* A set of granules of the address space, one bit each. Ranges are given in bytes and must begin and end on a granule.
 * Every operation is atomic for each machine word of bits, and reports how many bits it changed: of two threads that set
 * the same bit exactly one is told so. Counters built on these figures are exact without a lock. */
#ifndef HOSTMEM_SRC_PAGEMAP_H
#define HOSTMEM_SRC_PAGEMAP_H

#include <stdbool.h>

#include "sparse.h"

typedef struct hostmem_pagemap {
    hostmem_sparse words;
    unsigned granule_shift;
} hostmem_pagemap;

/* A piece of address space. end is the first byte behind it. */
typedef struct hostmem_range {
    UINT_PTR start;
    UINT_PTR end;
} hostmem_range;

/* granule: in bytes, a power of two. Returns a Win32 error, 0 for success. */
UINT32 hostmem_pagemap_init(hostmem_pagemap *map, hostmem_os *os, SIZE_T granule);

/* Precondition: nobody else uses the map. A zeroed struct may be passed. */
void hostmem_pagemap_destroy(hostmem_pagemap *map);

/* Puts memory under the bits of a range, so that setting them cannot fail. False: there is none. */
bool hostmem_pagemap_prepare(hostmem_pagemap *map, hostmem_range range);

/* Sets the bits of a range; returns how many were clear. Precondition: the range was prepared. */
SIZE_T hostmem_pagemap_set(hostmem_pagemap *map, hostmem_range range);

/* Clears the bits of a range; returns how many were set. */
SIZE_T hostmem_pagemap_clear(hostmem_pagemap *map, hostmem_range range);

/* Returns how many bits of a range are set. */
SIZE_T hostmem_pagemap_count(hostmem_pagemap *map, hostmem_range range);

/* Whether the bit of the granule at address is set. */
bool hostmem_pagemap_test(hostmem_pagemap *map, UINT_PTR address);

/* The first run of granules in a range whose bits are all set, or all clear. False: there is none. Slow. */
bool hostmem_pagemap_run(hostmem_pagemap *map, hostmem_range range, bool set, hostmem_range *run);

/* The address of the first granule >= address whose bit is set. False: there is none. */
bool hostmem_pagemap_next(hostmem_pagemap *map, UINT_PTR address, UINT_PTR *found);

#endif
