/* Blocks of a heap of any manager whose owner and size can be told, which IHostMalloc does not do. Where the heap is the
 * library's own, it is asked (com/sized_malloc.h), and a block has no head but the one that it has anyway. A heap of
 * somebody else's tells nothing: its blocks get a head with their size, and a bit in a map of live blocks. Any thread may
 * call anything at any time; nothing here waits. */
#ifndef HMI_CORECLR_BLOCKS_H
#define HMI_CORECLR_BLOCKS_H

#include "base/compiler.h"
#include "books/atomic_bitmap.h"
#include "com/sized_malloc.h"

typedef struct hmi_blocks {
    IHostMalloc *heap;
    hmi_sized_malloc *own;  /* the same heap, where it is the library's own; otherwise NULL */
    hmi_atomic_bitmap live; /* where it is not: one bit for each address that a block may begin at */
} hmi_blocks;

/* Makes a heap. os: for the map of live blocks. Returns S_OK, or what CreateMalloc said. */
HRESULT hmi_blocks_init(hmi_blocks *blocks, hostmem_os *os, IHostMemoryManager *manager, DWORD malloc_type);

/* Gives the heap back, and with it the blocks that are left. A zeroed struct may be passed.
 * Precondition: nobody else uses the blocks. */
void hmi_blocks_destroy(hmi_blocks *blocks);

/* The parts of the functions below for heaps of others. */
void *hmi_blocks_alloc_with_head(hmi_blocks *blocks, SIZE_T size, EMemoryCriticalLevel level);
bool hmi_blocks_free_with_head(hmi_blocks *blocks, void *block);
bool hmi_blocks_size_with_head(hmi_blocks *blocks, const void *block, SIZE_T *size);

/* A block of size bytes, not cleared; NULL if the manager refuses it. */
HMI_ALWAYS_INLINE void *hmi_blocks_alloc(hmi_blocks *blocks, SIZE_T size, EMemoryCriticalLevel level)
{
    void *block;
    if (!blocks->own)
        return hmi_blocks_alloc_with_head(blocks, size, level);
    return blocks->heap->lpVtbl->Alloc(blocks->heap, size, level, &block) == S_OK ? block : NULL;
}

/* Frees a block of this heap. False: it is none; nothing has happened. */
HMI_ALWAYS_INLINE bool hmi_blocks_free(hmi_blocks *blocks, void *block)
{
    if (!blocks->own)
        return hmi_blocks_free_with_head(blocks, block);
    return blocks->own->vtbl->FreeOwn(blocks->own, block) == S_OK;
}

/* The size that a block of this heap was asked for with. False: it is none. */
static inline bool hmi_blocks_size(hmi_blocks *blocks, const void *block, SIZE_T *size)
{
    if (!blocks->own)
        return hmi_blocks_size_with_head(blocks, block, size);
    return blocks->own->vtbl->GetSize(blocks->own, block, size) == S_OK;
}

/* Gives a block of this heap another size: one that becomes smaller stays where it is if the manager has no other, and
 * then keeps its size. zero: bytes behind the former ones are cleared. NULL: refused; the block is as before.
 * old_size: its size, as hmi_blocks_size has it. */
void *hmi_blocks_resize(hmi_blocks *blocks, void *block, SIZE_T old_size, SIZE_T size, EMemoryCriticalLevel level,
                        bool zero);

/* Whether there are blocks that have not been freed. */
bool hmi_blocks_any(hmi_blocks *blocks);

#endif
