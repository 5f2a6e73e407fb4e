/* One heap for callers, over a private heap of the operating system. It knows every block it has handed out before it
 * reads anything, keeps each block's size and site, and charges the budget for what callers asked for. Holds no lock of
 * its own; a heap without MALLOC_THREADSAFE is used by one thread at a time. */
#ifndef HOSTMEM_SRC_HEAP_H
#define HOSTMEM_SRC_HEAP_H

#include "core.h"
#include "sites.h"

typedef struct hostmem_heap hostmem_heap;

/* type: MALLOC_THREADSAFE, MALLOC_EXECUTABLE. Returns a Win32 error, 0 for success. The heap keeps no reference on
 * core. */
UINT32 hostmem_heap_create(hostmem_core *core, DWORD type, hostmem_heap **out);

/* Frees the heap with every block still in it, and refunds them. Precondition: nobody else uses it. */
void hostmem_heap_destroy(hostmem_heap *heap);

/* Gives a block of at least size bytes, 0 included, aligned as Win32 heaps align. site: what to remember as its origin,
 * NULL for nothing; it must outlive the block. Results by the failure table; HOST_E_NOT_OWNER for the wrong thread
 * under HOSTMEM_CHECKED. On failure the thread's last error is set and *out is as it was. */
HRESULT hostmem_heap_alloc(hostmem_heap *heap, SIZE_T size, EMemoryCriticalLevel level, const hostmem_site *site,
                           void **out);

/* The same for DebugAlloc, which rules for faults tell from Alloc. */
HRESULT hostmem_heap_debug_alloc(hostmem_heap *heap, SIZE_T size, EMemoryCriticalLevel level, const hostmem_site *site,
                                 void **out);

/* Takes a block back. Anything that this heap has not handed out, or has back already, is refused untouched with
 * HOST_E_INVALIDOPERATION and the thread's last error set. */
HRESULT hostmem_heap_free(hostmem_heap *heap, void *block);

/* Calls visit for every live block in address order, with the record of its origin. Precondition: no block is freed
 * meanwhile. */
typedef void hostmem_heap_visitor(void *context, void *block, SIZE_T size, hostmem_record record);
void hostmem_heap_for_each_block(hostmem_heap *heap, hostmem_heap_visitor *visit, void *context);

#endif
