/* Blocks of a heap of any manager, with their owner and size, which IHostMalloc does not tell. The library's own heaps
 * tell it by com/sized_malloc.h, and their blocks need no further head. Blocks of other managers' heaps get a head with
 * their size, and a bit in a bitmap of live blocks. */
#ifndef HMI_CORECLR_BLOCKS_H
#define HMI_CORECLR_BLOCKS_H

#include "base/compiler.h"
#include "books/atomic_bitmap.h"
#include "com/sized_malloc.h"

typedef struct hmi_blocks {
    IHostMalloc *heap;
    hmi_sized_malloc *own;  /* the same heap if it is the library's own; otherwise NULL */
    hmi_atomic_bitmap live; /* for other heaps: one bit for each address at which a block may begin */
} hmi_blocks;

/* Creates a heap. os: for the bitmap of live blocks. Returns S_OK, or the result of CreateMalloc. */
HRESULT hmi_blocks_init(hmi_blocks *blocks, hostmem_os *os, IHostMemoryManager *manager, DWORD malloc_type);

/* Says what the blocks are for (HOSTMEM_KIND_BLOCKS and so on); other managers' heaps cannot be told. */
static inline void hmi_blocks_set_kind(hmi_blocks *blocks, UINT32 kind)
{
    if (blocks->own)
        blocks->own->vtbl->SetKind(blocks->own, kind);
}

/* Frees the blocks that are left, and releases the heap. A zeroed struct may be passed. Precondition: nobody else uses
 * the blocks. */
void hmi_blocks_destroy(hmi_blocks *blocks);

/* Parts of the functions below: for heaps of other managers. */
void *hmi_blocks_alloc_with_head(hmi_blocks *blocks, SIZE_T size, EMemoryCriticalLevel level);
bool hmi_blocks_free_with_head(hmi_blocks *blocks, void *block);
bool hmi_blocks_size_with_head(hmi_blocks *blocks, const void *block, SIZE_T *size);

/* Allocates a block of size bytes, not cleared; NULL if the manager refuses it. caller: where the replacing function
 * returns to; a sampled stack begins there. */
HMI_ALWAYS_INLINE void *hmi_blocks_alloc(hmi_blocks *blocks, SIZE_T size, EMemoryCriticalLevel level,
                                         const void *caller)
{
    void *block;
    if (!blocks->own)
        return hmi_blocks_alloc_with_head(blocks, size, level);
    return blocks->own->vtbl->AllocFor(blocks->own, caller, size, level, &block) == S_OK ? block : NULL;
}

/* Frees a block of this heap. False: it is not one; nothing was done. */
HMI_ALWAYS_INLINE bool hmi_blocks_free(hmi_blocks *blocks, void *block)
{
    if (!blocks->own)
        return hmi_blocks_free_with_head(blocks, block);
    return blocks->own->vtbl->FreeOwn(blocks->own, block) == S_OK;
}

/* The size that was requested for a block of this heap. False: it is not one. */
static inline bool hmi_blocks_size(hmi_blocks *blocks, const void *block, SIZE_T *size)
{
    if (!blocks->own)
        return hmi_blocks_size_with_head(blocks, block, size);
    return blocks->own->vtbl->GetSize(blocks->own, block, size) == S_OK;
}

/* Changes the size of a block of this heap. If it should become smaller and the manager refuses another block, it stays
 * where it is and keeps its size. zero: clears the added bytes. NULL: refused; the block is unchanged. old_size: from
 * hmi_blocks_size. caller: as in hmi_blocks_alloc. */
void *hmi_blocks_resize(hmi_blocks *blocks, void *block, SIZE_T old_size, SIZE_T size, EMemoryCriticalLevel level,
                        bool zero, const void *caller);

/* Whether there are blocks that were not freed. */
bool hmi_blocks_any(hmi_blocks *blocks);

#endif
