/* Heaps that governed modules make by HeapCreate: Windows' own heap stays, empty, behind its handle, and the blocks come
 * from a heap of the manager's. Any thread may call anything at any time; nothing waits. */
#ifndef HMI_CORECLR_PRIVATE_HEAPS_H
#define HMI_CORECLR_PRIVATE_HEAPS_H

#include "coreclr/blocks.h"

/* What is beyond is Windows' own. */
#define HMI_PRIVATE_HEAPS 64

typedef struct hmi_private_heaps {
    _Atomic uint32_t used; /* no entry has been filled in from here on */
    struct {
        _Atomic(HANDLE) handle; /* NULL: free */
        hmi_blocks *_Atomic blocks;
    } heaps[HMI_PRIVATE_HEAPS];
} hmi_private_heaps;

/* False: there is no room; nothing has happened. Otherwise blocks belong to the heap with that handle. */
bool hmi_private_heaps_add(hmi_private_heaps *heaps, HANDLE handle, hmi_blocks *blocks);

/* The blocks of a heap; NULL if it is none of these. */
hmi_blocks *hmi_private_heaps_find(hmi_private_heaps *heaps, HANDLE handle);

/* The same, and takes the heap out. */
hmi_blocks *hmi_private_heaps_take(hmi_private_heaps *heaps, HANDLE handle);

/* Whether there are any. */
bool hmi_private_heaps_any(hmi_private_heaps *heaps);

#endif
