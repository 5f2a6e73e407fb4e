/* What memory is for, as far as the runtime's functions in coreclr/ know it: a kind (HOSTMEM_KIND_OBJECTS and so on)
 * for each reservation, view and heap that was named. No memory is used before the first is. */
#ifndef HMI_BOOKS_KINDS_H
#define HMI_BOOKS_KINDS_H

#include <hostmem/hostmem.h>

#include "base/thread_slot.h"
#include "books/sparse_array.h"

/* Number of slots for the bytes of blocks, so that threads seldom share a cache line; a power of two. */
#define HMI_KIND_SLOTS 16

/* Number of named heaps that are remembered for traces that start later. */
#define HMI_NAMED_HEAPS 64

typedef struct hmi_named_heap {
    _Atomic(UINT_PTR) id; /* 0: none */
    _Atomic UINT32 kind;
} hmi_named_heap;

typedef struct hmi_kinds {
    hmi_sparse_array fields; /* four bits for each granule that an extent may begin in */
    unsigned granule_shift;
    _Atomic bool ready;
    _Atomic uint64_t block_bytes[HMI_KIND_SLOTS][HOSTMEM_KINDS]; /* of named heaps; a slot may be below 0 */
    hmi_named_heap heaps[HMI_NAMED_HEAPS];
} hmi_kinds;

/* Makes it possible to name memory. Returns a Win32 error, 0 for success, also if it was possible already. One thread
 * at a time. Precondition: zeroed before the first call. */
UINT32 hmi_kinds_prepare(hmi_kinds *kinds, hostmem_os *os);

/* Precondition: nobody else uses it. A zeroed struct may be passed. */
void hmi_kinds_destroy(hmi_kinds *kinds);

/* Whether memory may have been named. */
static inline bool hmi_kinds_are_known(hmi_kinds *kinds)
{
    return atomic_load_explicit(&kinds->ready, memory_order_acquire);
}

/* Names the reservation or view that begins in the granule of start; HOSTMEM_KIND_OTHER takes its name away. Returns
 * the former kind. Without memory for it, or if it was not prepared, nothing changes. */
UINT32 hmi_kinds_set(hmi_kinds *kinds, UINT_PTR start, UINT32 kind);

/* The kind of the reservation or view that begins in the granule of start. */
UINT32 hmi_kinds_get(hmi_kinds *kinds, UINT_PTR start);

/* Remember and forget the kind of a heap. Heaps beyond HMI_NAMED_HEAPS are not remembered. */
void hmi_kinds_add_heap(hmi_kinds *kinds, UINT_PTR id, UINT32 kind);
void hmi_kinds_remove_heap(hmi_kinds *kinds, UINT_PTR id);

/* The heap remembered at index, and its kind. Returns 0 if there is none, or if it is being replaced. */
UINT_PTR hmi_kinds_heap_at(hmi_kinds *kinds, unsigned index, UINT32 *kind);

/* Counts a block of a named heap: bytes more, or, as a two's complement, fewer. */
static inline void hmi_kinds_count(hmi_kinds *kinds, UINT32 kind, uint64_t bytes)
{
    atomic_fetch_add_explicit(&kinds->block_bytes[hmi_thread_slot(HMI_KIND_SLOTS)][kind], bytes, memory_order_relaxed);
}

/* The bytes of blocks of a kind that were counted. Exact while no call is running. */
uint64_t hmi_kinds_counted(hmi_kinds *kinds, UINT32 kind);

#endif
