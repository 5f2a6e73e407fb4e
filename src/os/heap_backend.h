/* A source of heap blocks other than the system's heaps. There is one backend for the process, and it does not know
 * which heap a block belongs to; heaps keep track of that themselves. Blocks are aligned to
 * MEMORY_ALLOCATION_ALIGNMENT, begin at least HMI_OS_BLOCK_DISTANCE apart, may be freed by any thread, and are never
 * executable. Any thread may call at any time, also at process detach. */
#ifndef HMI_OS_HEAP_BACKEND_H
#define HMI_OS_HEAP_BACKEND_H

#include "os/os.h"

typedef struct hmi_heap_backend {
    /* Neither changes the thread's last error. alloc returns NULL if there is no memory; size is at least 1. */
    void *(*alloc)(hostmem_os *os, SIZE_T size);
    void (*free)(hostmem_os *os, void *block);
} hmi_heap_backend;

/* The mimalloc backend; NULL if the library was built without it. */
#if defined(HOSTMEM_WITH_MIMALLOC)
const hmi_heap_backend *hmi_heap_mimalloc(void);
#else
static inline const hmi_heap_backend *hmi_heap_mimalloc(void)
{
    return NULL;
}
#endif

#endif
