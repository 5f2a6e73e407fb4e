/* Block heads and the bitmap of live blocks, for heaps of other managers. The bit of a block is cleared in one step
 * before the block is freed: if two threads free it, one is refused, and no pointer is read that is not a block. */
#include "coreclr/blocks.h"

#include <string.h>

#include <hostmem/hostmem.h>

/* As large as the alignment of blocks, so that the caller's part is aligned, too. */
typedef union block_head {
    SIZE_T size;
    char alignment[MEMORY_ALLOCATION_ALIGNMENT];
} block_head;

HRESULT hmi_blocks_init(hmi_blocks *blocks, hostmem_os *os, IHostMemoryManager *manager, DWORD malloc_type)
{
    void *own = NULL;
    HRESULT hr;
    *blocks = (hmi_blocks){0};
    hr = manager->lpVtbl->CreateMalloc(manager, malloc_type, &blocks->heap);
    if (hr != S_OK || !blocks->heap) {
        blocks->heap = NULL;
        return FAILED(hr) ? hr : E_UNEXPECTED;
    }
    if (blocks->heap->lpVtbl->QueryInterface(blocks->heap, &hmi_iid_sized_malloc, &own) == S_OK && own) {
        blocks->heap->lpVtbl->Release(blocks->heap); /* both interfaces are one object with one reference */
        blocks->own = own;
        return S_OK;
    }
    if (hmi_atomic_bitmap_init(&blocks->live, os, MEMORY_ALLOCATION_ALIGNMENT)) {
        blocks->heap->lpVtbl->Release(blocks->heap);
        blocks->heap = NULL;
        return E_OUTOFMEMORY;
    }
    return S_OK;
}

void hmi_blocks_destroy(hmi_blocks *blocks)
{
    UINT_PTR address = 0;
    if (!blocks->heap)
        return;
    if (!blocks->own) {
        /* The contract does not say that releasing a heap frees its blocks. */
        for (; hmi_atomic_bitmap_next(&blocks->live, address, &address); address += MEMORY_ALLOCATION_ALIGNMENT)
            hmi_blocks_free_with_head(blocks, (void *)address);
        hmi_atomic_bitmap_destroy(&blocks->live);
    }
    blocks->heap->lpVtbl->Release(blocks->heap);
    *blocks = (hmi_blocks){0};
}

static bool may_be_block(const void *block)
{
    return (UINT_PTR)block % MEMORY_ALLOCATION_ALIGNMENT == 0;
}

void *hmi_blocks_alloc_with_head(hmi_blocks *blocks, SIZE_T size, EMemoryCriticalLevel level)
{
    void *memory = NULL;
    block_head *head;
    if (size > SIZE_MAX - sizeof *head ||
        blocks->heap->lpVtbl->Alloc(blocks->heap, size + sizeof *head, level, &memory) != S_OK || !memory)
        return NULL;
    head = memory;
    if (!may_be_block(head + 1) || !hmi_atomic_bitmap_add(&blocks->live, (UINT_PTR)(head + 1))) {
        blocks->heap->lpVtbl->Free(blocks->heap, memory);
        return NULL;
    }
    head->size = size;
    return head + 1;
}

bool hmi_blocks_free_with_head(hmi_blocks *blocks, void *block)
{
    if (!may_be_block(block) || !hmi_atomic_bitmap_remove(&blocks->live, (UINT_PTR)block))
        return false;
    blocks->heap->lpVtbl->Free(blocks->heap, (block_head *)block - 1);
    return true;
}

bool hmi_blocks_size_with_head(hmi_blocks *blocks, const void *block, SIZE_T *size)
{
    bool live = may_be_block(block) && hmi_atomic_bitmap_test(&blocks->live, (UINT_PTR)block);
    *size = live ? ((const block_head *)block - 1)->size : 0;
    return live;
}

void *hmi_blocks_resize(hmi_blocks *blocks, void *block, SIZE_T old_size, SIZE_T size, EMemoryCriticalLevel level,
                        bool zero, const void *caller)
{
    SIZE_T kept = size < old_size ? size : old_size;
    void *moved = size == old_size ? block : hmi_blocks_alloc(blocks, size, level, caller);
    if (moved == block || (!moved && size < old_size))
        return block;
    if (!moved)
        return NULL;
    memcpy(moved, block, kept);
    if (zero)
        memset((char *)moved + kept, 0, size - kept);
    hmi_blocks_free(blocks, block);
    return moved;
}

bool hmi_blocks_any(hmi_blocks *blocks)
{
    UINT_PTR address;
    if (blocks->own)
        return blocks->own->vtbl->HasBlocks(blocks->own) == S_OK;
    return blocks->heap && hmi_atomic_bitmap_next(&blocks->live, 0, &address);
}
