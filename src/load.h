/* How full memory is, as the garbage collector should see it. */
#ifndef HOSTMEM_SRC_LOAD_H
#define HOSTMEM_SRC_LOAD_H

#include "budget.h"

typedef struct hostmem_load {
    UINT32 load_percent;    /* 0 to 100 */
    UINT64 available_bytes; /* what the CLR may still use */
} hostmem_load;

/* The fullest of physical memory, the limits of the job object and the budget; available is the smallest remainder.
 * Returns a Win32 error, 0 for success. Never blocks. */
UINT32 hostmem_load_now(hostmem_os *os, hostmem_budget *budget, hostmem_load *load);

#endif
