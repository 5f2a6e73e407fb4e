/* Heaps that governed modules create with HeapCreate. Windows' own heap exists behind the handle but stays empty; the
 * blocks come from a heap of the manager. */
#ifndef HMI_CORECLR_PRIVATE_HEAPS_H
#define HMI_CORECLR_PRIVATE_HEAPS_H

#include "coreclr/blocks.h"

/* More heaps than this are left to Windows. */
#define HMI_PRIVATE_HEAPS 64

typedef struct hmi_private_heaps {
    _Atomic uint32_t used; /* no entry from here on was ever used */
    struct {
        _Atomic(HANDLE) handle; /* NULL: free */
        hmi_blocks *_Atomic blocks;
    } heaps[HMI_PRIVATE_HEAPS];
} hmi_private_heaps;

/* Adds a heap, which owns blocks from then on. False: there is no room; nothing was done. */
bool hmi_private_heaps_add(hmi_private_heaps *heaps, HANDLE handle, hmi_blocks *blocks);

/* The blocks of a heap; NULL: the heap is not in the table. */
hmi_blocks *hmi_private_heaps_find(hmi_private_heaps *heaps, HANDLE handle);

/* The same, and removes the heap. */
hmi_blocks *hmi_private_heaps_take(hmi_private_heaps *heaps, HANDLE handle);

/* Whether there are any. */
bool hmi_private_heaps_any(hmi_private_heaps *heaps);

#endif
