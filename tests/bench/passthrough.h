/* The simplest possible IHostMemoryManager: each method makes the corresponding Win32 call and converts the result
 * to an HRESULT. No accounting, no checks, no reference counts. Its cost compared with raw Win32 is the cost of the
 * interface. */
#ifndef HOSTMEM_BENCH_PASSTHROUGH_H
#define HOSTMEM_BENCH_PASSTHROUGH_H

#include <hostmem/interfaces.h>

/* One for the process, which needs no Release. A heap is destroyed by its first Release. */
IHostMemoryManager *passthrough_manager(void);

#endif
