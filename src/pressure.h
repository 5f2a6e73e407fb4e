/* How full memory is, as the garbage collector should see it. */
#ifndef HOSTMEM_SRC_PRESSURE_H
#define HOSTMEM_SRC_PRESSURE_H

#include "core.h"

typedef struct hostmem_load {
    UINT32 load_percent;    /* 0 to 100 */
    UINT64 available_bytes; /* what the CLR may still use */
} hostmem_load;

/* The fuller of physical memory and the budget. Returns a Win32 error, 0 for success. Never blocks. */
UINT32 hostmem_pressure_load(hostmem_core *core, hostmem_load *load);

#endif
