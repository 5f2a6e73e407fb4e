/* The twins' heaps. A block's first and last bytes are written after its allocation, and compared before it is
 * freed. */
#include <corerror.h>
#include <string.h>

#include "rules.h"
#include "twin.h"

#define EDGE 48u

static SIZE_T edge_of(const twin_block *block)
{
    return block->size < EDGE ? block->size : EDGE;
}

static void fill(UINT8 *bytes, const twin_block *block)
{
    SIZE_T edge = edge_of(block);
    memset(bytes, block->content, edge);
    memset(bytes + block->size - edge, block->content, edge);
}

static BOOL is_filled(const UINT8 *bytes, const twin_block *block)
{
    SIZE_T edge = edge_of(block), i;
    for (i = 0; i < edge; i++) {
        if (bytes[i] != block->content || bytes[block->size - 1 - i] != block->content)
            return FALSE;
    }
    return TRUE;
}

static BOOL executes(hostmem_os *os, const void *address)
{
    MEMORY_BASIC_INFORMATION region;
    SIZE_T written;
    return !os->virtual_query(os, address, &region, sizeof region, &written) &&
           (region.Protect & (PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE));
}

static BOOL heap_create(twin *t, const fuzz_op *op, const fuzz_rule *rule)
{
    twin_heap *heap = &t->heaps[op->heap];
    IHostMalloc *out = (IHostMalloc *)(UINT_PTR)TWIN_POISON;
    UINT32 options = (op->type & MALLOC_THREADSAFE ? 0u : (UINT32)HEAP_NO_SERIALIZE) |
                     (op->type & MALLOC_EXECUTABLE ? (UINT32)HEAP_CREATE_ENABLE_EXECUTE : 0u);
    if (heap->a && !rule)
        return TRUE;
    t->done = TRUE;
    twin_before(t);
    twin_after(t, IHostMemoryManager_CreateMalloc(t->manager, op->type, op->null_out ? NULL : &out));
    if (rule)
        return (op->null_out || !out || twin_fail(t, "CreateMalloc has left its out parameter as it was")) &&
               twin_expect(t, rule->hr, rule->error);
    t->twin_error = t->world->twin->heap_create(t->world->twin, options, &heap->b);
    if (!twin_expect_same(t, TRUE))
        return FALSE;
    heap->a = t->hr == S_OK ? out : NULL;
    return TRUE;
}

static BOOL heap_release(twin *t, twin_heap *heap)
{
    unsigned i;
    if (!heap->a)
        return TRUE;
    t->done = TRUE;
    for (i = 0; i < FUZZ_BLOCKS; i++) {
        if (heap->blocks[i].a) {
            t->sums.heap_bytes -= heap->blocks[i].size;
            t->sums.heap_blocks--;
        }
    }
    if (IHostMalloc_Release(heap->a))
        twin_fail(t, "the heap has references that nobody holds");
    t->world->twin->heap_destroy(t->world->twin, heap->b);
    *heap = (twin_heap){0};
    return !t->failed;
}

static BOOL block_alloc(twin *t, const fuzz_op *op, const fuzz_rule *rule)
{
    twin_heap *heap = &t->heaps[op->heap];
    twin_block *block = &heap->blocks[op->block];
    void *a = (void *)(UINT_PTR)TWIN_POISON, *b = NULL, **out = op->null_out ? NULL : &a;
    EMemoryCriticalLevel level = (EMemoryCriticalLevel)op->level;
    if (!heap->a || (block->a && !rule))
        return TRUE;
    t->done = TRUE;
    twin_before(t);
    if (op->choice & 1)
        twin_after(t, IHostMalloc_DebugAlloc(heap->a, op->size, level, (char *)"fuzz.c", (int)op->choice, out));
    else
        twin_after(t, IHostMalloc_Alloc(heap->a, op->size, level, out));
    if (out && t->hr != S_OK && a)
        return twin_fail(t, "a failed Alloc has left its out parameter at %p", a);
    if (rule)
        return twin_expect(t, rule->hr, rule->error);
    t->twin_error = t->world->twin->heap_alloc(t->world->twin, heap->b, op->size, &b);
    if (!twin_expect_same(t, TRUE) || t->hr != S_OK)
        return !t->failed;
    if (!a || (UINT_PTR)a % MEMORY_ALLOCATION_ALIGNMENT)
        return twin_fail(t, "Alloc has given %p", a);
    if (t->world->is_windows && op->choice < 32 && executes(t->world->under, a) != executes(t->world->under, b))
        return twin_fail(t, "only one of the blocks can be executed");
    *block = (twin_block){.a = a, .b = b, .size = op->size, .content = (UINT8)op->choice};
    fill(a, block);
    fill(b, block);
    t->sums.heap_bytes += op->size;
    t->sums.heap_blocks++;
    return TRUE;
}

static BOOL block_free(twin *t, const fuzz_op *op)
{
    twin_heap *heap = &t->heaps[op->heap];
    twin_block *block = &heap->blocks[op->block];
    if (!heap->a)
        return TRUE;
    t->done = TRUE;
    if (block->a && !(is_filled(block->a, block) && is_filled(block->b, block)))
        return twin_fail(t, "a block of %llu bytes has changed", (unsigned long long)block->size);
    twin_before(t);
    twin_after(t, IHostMalloc_Free(heap->a, block->a)); /* NULL, too */
    t->twin_error = block->b ? t->world->twin->heap_free(t->world->twin, heap->b, block->b) : 0;
    if (!twin_expect_same(t, FALSE))
        return FALSE;
    if (block->a) {
        t->sums.heap_bytes -= block->size;
        t->sums.heap_blocks--;
        *block = (twin_block){.stale = block->a};
    }
    return TRUE;
}

static BOOL is_live(const twin_heap *heap, const void *address)
{
    unsigned i;
    for (i = 0; i < FUZZ_BLOCKS; i++) {
        if (heap->blocks[i].a == address)
            return TRUE;
    }
    return FALSE;
}

static BOOL block_bad_free(twin *t, const fuzz_op *op, const fuzz_rule *rule)
{
    twin_heap *heap = &t->heaps[op->heap];
    const twin_block *block = &heap->blocks[op->block];
    const twin_block *other = &t->heaps[(op->heap + 1) % FUZZ_HEAPS].blocks[op->block];
    void *candidates[FUZZ_BAD_BLOCKS] = {
        [FUZZ_STALE] = block->stale,
        [FUZZ_INTERIOR] = block->a ? block->a + 1 + op->choice : NULL,
        [FUZZ_OTHER_HEAP] = other->a,
        [FUZZ_NO_BLOCK] = op->choice & 1 ? (void *)t->heaps : (void *)(t->windows[0].a + op->choice * 16u),
    };
    void *address = candidates[op->type];
    if (!heap->a || !address || is_live(heap, address)) /* a freed address may have been allocated again */
        return TRUE;
    t->done = TRUE;
    twin_before(t);
    twin_after(t, IHostMalloc_Free(heap->a, address));
    return twin_expect(t, rule->hr, rule->error);
}

BOOL twin_heap_step(twin *t, const fuzz_op *op)
{
    const fuzz_rule *rule = fuzz_rule_for(t, op);
    t->rule = rule ? rule->name : NULL;
    switch (op->kind) {
    case FUZZ_HEAP_CREATE:
        return heap_create(t, op, rule);
    case FUZZ_HEAP_RELEASE:
        return heap_release(t, &t->heaps[op->heap]);
    case FUZZ_BLOCK_ALLOC:
        return block_alloc(t, op, rule);
    case FUZZ_BLOCK_FREE:
        return block_free(t, op);
    default:
        return block_bad_free(t, op, rule);
    }
}

BOOL twin_heaps_end(twin *t)
{
    unsigned i;
    for (i = 0; i < FUZZ_HEAPS; i++)
        heap_release(t, &t->heaps[i]);
    return !t->failed;
}
