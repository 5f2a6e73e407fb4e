/* The least that an IHostMemoryManager can be: each method makes the one Win32 call that it stands for and turns the
 * result into an HRESULT. No books, no checks, no references. What it costs beside raw Win32 is the price of the
 * interface. */
#ifndef HOSTMEM_BENCH_PASSTHROUGH_H
#define HOSTMEM_BENCH_PASSTHROUGH_H

#include <hostmem/interfaces.h>

/* One for the process; it needs no Release. Its heaps go when they are released once. */
IHostMemoryManager *passthrough_manager(void);

#endif
