/* Where a heap's blocks come from if not from a heap of the operating system. A backend is one for the process: its
 * blocks belong to no heap, which has to know its own. Every block lies at a multiple of MEMORY_ALLOCATION_ALIGNMENT,
 * may be given back by any thread, and is never executable. Any thread may call at any time, at process detach too. */
#ifndef HMI_OS_HEAP_BACKEND_H
#define HMI_OS_HEAP_BACKEND_H

#include "os/os.h"

typedef struct hmi_heap_backend {
    /* Both leave the thread's last error alone. alloc gives NULL if there is no memory; size is at least 1. */
    void *(*alloc)(hostmem_os *os, SIZE_T size);
    void (*free)(hostmem_os *os, void *block);
} hmi_heap_backend;

/* mimalloc; NULL in a library that was built without it. */
#if defined(HOSTMEM_WITH_MIMALLOC)
const hmi_heap_backend *hmi_heap_mimalloc(void);
#else
static inline const hmi_heap_backend *hmi_heap_mimalloc(void)
{
    return NULL;
}
#endif

#endif
