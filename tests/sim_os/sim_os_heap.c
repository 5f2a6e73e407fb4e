/* Heaps of the simulated operating system: malloc, which sanitizers watch, and a record of every block. Real heaps
 * may crash on a bad pointer, so here one aborts the process. */
#include "sim_os_internal.h"

#include <stdlib.h>

/* Sanitizers end the process where malloc would return NULL, so larger requests are refused before. */
#define LARGEST_BLOCK (sizeof(void *) == 8 ? (SIZE_T)1 << 36 : (SIZE_T)1 << 30)

static sim_heap **find_heap(sim_heaps *heaps, const void *heap)
{
    sim_heap **link = &heaps->first;
    while (*link != NULL && *link != heap) {
        link = &(*link)->next;
    }
    if (*link == NULL) {
        sim_die("not a heap", heap);
    }
    return link;
}

UINT32 sim_heap_create(sim_heaps *heaps, UINT32 options, void **out)
{
    sim_heap *heap = calloc(1, sizeof *heap);
    if (heap == NULL) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    heap->options = options;
    heap->next = heaps->first;
    heaps->first = heap;
    heaps->heap_count++;
    *out = heap;
    return 0;
}

void sim_heap_destroy(sim_heaps *heaps, void *heap)
{
    sim_heap **link = find_heap(heaps, heap);
    sim_blocks others = {0};
    for (SIZE_T i = 0; i < heaps->blocks.capacity; i++) {
        const sim_block *block = &heaps->blocks.slots[i];
        if (block->address != NULL && block->owner == heap) {
            heaps->bytes -= block->size;
            free(block->address);
        } else if (block->address != NULL) {
            sim_blocks_add(&others, block->address, block->owner, block->size);
        }
    }
    sim_blocks_clear(&heaps->blocks);
    heaps->blocks = others;
    sim_heap *gone = *link;
    *link = gone->next;
    heaps->heap_count--;
    free(gone);
}

UINT32 sim_heap_alloc(sim_heaps *heaps, void *heap, SIZE_T size, void **out)
{
    find_heap(heaps, heap);
    void *block = size <= LARGEST_BLOCK ? malloc(hmi_os_block_size(size)) : NULL;
    if (block == NULL) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    sim_blocks_add(&heaps->blocks, block, heap, size);
    heaps->bytes += size;
    *out = block;
    return 0;
}

void sim_heap_free(sim_heaps *heaps, void *heap, void *block)
{
    find_heap(heaps, heap);
    const sim_block *found = sim_blocks_find(&heaps->blocks, block);
    if (found == NULL) {
        sim_die("heap_free of what is not a live block", block);
    }
    if (found->owner != heap) {
        sim_die("heap_free of another heap's block", block);
    }
    heaps->bytes -= found->size;
    sim_blocks_remove(&heaps->blocks, block);
    free(block);
}

void sim_heaps_clear(sim_heaps *heaps)
{
    while (heaps->first != NULL) {
        sim_heap_destroy(heaps, heaps->first);
    }
    sim_blocks_clear(&heaps->blocks);
}
