/* One heap for callers, over a private heap of the operating system. It knows every block it has handed out before it
 * reads anything, keeps each block's size and site, and charges the budget for what callers asked for. Holds no lock of
 * its own; a heap without MALLOC_THREADSAFE is used by one thread at a time. */
#ifndef HMI_MEMORY_HEAP_H
#define HMI_MEMORY_HEAP_H

#include "core.h"
#include "books/records.h"
#include "books/sites.h"

typedef struct hmi_heap hmi_heap;

/* type: MALLOC_THREADSAFE, MALLOC_EXECUTABLE. Returns a Win32 error, 0 for success. The heap keeps no reference on
 * core. */
UINT32 hmi_heap_create(hmi_core *core, DWORD type, hmi_heap **out);

/* Frees the heap with every block still in it, and refunds them. Precondition: nobody else uses it. */
void hmi_heap_destroy(hmi_heap *heap);

/* Gives a block of at least size bytes, 0 included, aligned as Win32 heaps align. site: what to remember as its origin,
 * NULL for nothing; it must outlive the block. Results by the failure table; HOST_E_NOT_OWNER for the wrong thread
 * under HOSTMEM_CHECKED. On failure the thread's last error is set and *out is as it was. */
HRESULT hmi_heap_alloc(hmi_heap *heap, SIZE_T size, EMemoryCriticalLevel level, const hmi_site *site, void **out);

/* The same for DebugAlloc, which rules for faults tell from Alloc. */
HRESULT hmi_heap_debug_alloc(hmi_heap *heap, SIZE_T size, EMemoryCriticalLevel level, const hmi_site *site, void **out);

/* Takes a block back. Anything that this heap has not handed out, or has back already, is refused untouched with
 * HOST_E_INVALIDOPERATION and the thread's last error set. */
HRESULT hmi_heap_free(hmi_heap *heap, void *block);

/* Whether a block is one that this heap has handed out and does not have back. If so, size receives what was asked for.
 * A checked heap may be asked by any thread. */
bool hmi_heap_size(hmi_heap *heap, const void *block, SIZE_T *size);
bool hmi_heap_owns(hmi_heap *heap, const void *block);

/* Whether there are blocks that it does not have back. */
bool hmi_heap_has_blocks(hmi_heap *heap);

/* Calls visit for every live block in address order, with the record of its origin. Precondition: no block is freed
 * meanwhile. */
typedef void hmi_heap_visitor(void *context, void *block, SIZE_T size, hmi_record record);
void hmi_heap_for_each_block(hmi_heap *heap, hmi_heap_visitor *visit, void *context);

#endif
