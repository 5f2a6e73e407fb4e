/* How full memory is, for the garbage collector. */
#ifndef HMI_BUDGET_MEMORY_LOAD_H
#define HMI_BUDGET_MEMORY_LOAD_H

#include "budget/budget.h"

typedef struct hmi_memory_load {
    UINT32 load_percent;    /* 0 to 100 */
    UINT64 available_bytes; /* bytes that the CLR may still use */
} hmi_memory_load;

/* Computes the load as the highest of physical memory, the job object's limits and the budget, and the available bytes
 * as the smallest remainder. Returns a Win32 error, 0 for success. Never blocks. */
UINT32 hmi_memory_load_now(hostmem_os *os, hostmem_budget *budget, hmi_memory_load *load);

#endif
