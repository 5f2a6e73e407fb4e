/* A heap for callers, over a private heap of the operating system or a backend. It recognises every block that it has
 * handed out before it reads from it, keeps each block's size and origin, and charges the budget for the bytes that
 * callers request. It has no lock of its own, but the heap below has: Win32's heap locks unless it was created with
 * HEAP_NO_SERIALIZE. A heap without MALLOC_THREADSAFE is used by one thread at a time. */
#ifndef HMI_MEMORY_HEAP_H
#define HMI_MEMORY_HEAP_H

#include "core.h"
#include "books/records.h"
#include "books/sites.h"

typedef struct hmi_heap hmi_heap;

/* type: MALLOC_THREADSAFE, MALLOC_EXECUTABLE. Returns a Win32 error, 0 for success. The heap keeps no reference on
 * core. */
UINT32 hmi_heap_create(hmi_core *core, DWORD type, hmi_heap **out);

/* Says what the heap's blocks are for (HOSTMEM_KIND_BLOCKS and so on). Precondition: it has no blocks yet. */
void hmi_heap_set_kind(hmi_heap *heap, UINT32 kind);

/* Frees the heap with all blocks still in it, and refunds them. Precondition: nobody else uses it. */
void hmi_heap_destroy(hmi_heap *heap);

/* Allocates a block of at least size bytes (0 is allowed), aligned as Win32's heaps align. site: the block's origin,
 * NULL for none; it must outlive the block. Returns what the failure table says; HOST_E_NOT_OWNER for the wrong thread
 * under HOSTMEM_CHECKED. On failure the thread's last error is set and *out is unchanged. */
HRESULT hmi_heap_alloc(hmi_heap *heap, SIZE_T size, EMemoryCriticalLevel level, const hmi_site *site, void **out);

/* The same for DebugAlloc, which fault rules distinguish from Alloc. */
HRESULT hmi_heap_debug_alloc(hmi_heap *heap, SIZE_T size, EMemoryCriticalLevel level, const hmi_site *site, void **out);

/* Frees a block. A pointer that this heap has not handed out, or that was freed already, is refused with
 * HOST_E_INVALIDOPERATION and the thread's last error set; nothing is changed then. */
HRESULT hmi_heap_free(hmi_heap *heap, void *block);

/* Whether block was handed out by this heap and not freed since. hmi_heap_size writes the number of bytes that were
 * requested to *size, 0 if the result is false. Any thread may ask, also for a checked heap. */
bool hmi_heap_size(hmi_heap *heap, const void *block, SIZE_T *size);
bool hmi_heap_owns(hmi_heap *heap, const void *block);

/* Whether the heap has blocks that were not freed. */
bool hmi_heap_has_blocks(hmi_heap *heap);

/* Calls visit for every live block in address order, with the record of its origin. Precondition: no block is freed
 * during the call, except by visit. */
typedef void hmi_heap_visitor(void *context, void *block, SIZE_T size, hmi_record record);
void hmi_heap_for_each_block(hmi_heap *heap, hmi_heap_visitor *visit, void *context);

#endif
