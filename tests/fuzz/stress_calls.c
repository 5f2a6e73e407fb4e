/* The calls to the library. Each checks its own out parameters; stress.c checks the figures and what applies to all
 * calls. */
#include <corerror.h>
#include <string.h>

#include "stress_state.h"

static UINT_PTR *loose_of(stress *s, const fuzz_op *op)
{
    return &s->loose[op->slot];
}

UINT_PTR stress_address(stress *s, const fuzz_op *op)
{
    if (op->area == FUZZ_NOWHERE)
        return op->offset;
    if (op->area == FUZZ_IN_ZONE)
        return s->zone + op->offset;
    return *loose_of(s, op) ? *loose_of(s, op) + op->offset % s->loose_bytes[op->slot] : 0;
}

static void do_alloc(stress *s, const fuzz_op *op)
{
    UINT_PTR address = stress_address(s, op);
    void *out = (void *)(UINT_PTR)STRESS_POISON;
    if (!address && op->area == FUZZ_NOWHERE)
        return;
    stress_before_call(s);
    stress_after_call(s, IHostMemoryManager_VirtualAlloc(s->manager, (void *)address, op->size, op->type, op->protect,
                                                         (EMemoryCriticalLevel)op->level, op->null_out ? NULL : &out));
    if (s->hr != S_OK && !op->null_out && out)
        stress_fail(s, "the out parameter is left at %p", out);
    if (s->hr == S_OK && !address) {
        s->loose_bytes[op->slot] = op->size;
        *loose_of(s, op) = (UINT_PTR)out;
    }
}

static void do_free(stress *s, const fuzz_op *op)
{
    UINT_PTR address = stress_address(s, op);
    stress_before_call(s);
    stress_after_call(s, IHostMemoryManager_VirtualFree(s->manager, (void *)address, op->size, op->type));
    if (s->hr == S_OK && op->type == MEM_RELEASE && op->area == FUZZ_LOOSE &&
        address / 65536 == *loose_of(s, op) / 65536)
        *loose_of(s, op) = 0;
}

static void do_protect(stress *s, const fuzz_op *op)
{
    DWORD old = STRESS_POISON;
    stress_before_call(s);
    stress_after_call(s, IHostMemoryManager_VirtualProtect(s->manager, (void *)stress_address(s, op), op->size,
                                                           op->protect, op->null_out ? NULL : &old));
    if (s->hr != S_OK && !op->null_out && old)
        stress_fail(s, "the old protection is left at %#lx", (unsigned long)old);
}

static void do_query(stress *s, const fuzz_op *op)
{
    MEMORY_BASIC_INFORMATION region;
    SIZE_T written = STRESS_POISON;
    stress_before_call(s);
    stress_after_call(s, IHostMemoryManager_VirtualQuery(s->manager, (void *)stress_address(s, op), &region,
                                                         sizeof region, op->null_out ? NULL : &written));
    if (s->hr != S_OK && !op->null_out && written)
        stress_fail(s, "the length is left at %llu", (unsigned long long)written);
}

static void do_foreign(stress *s, const fuzz_op *op)
{
    if (op->area != FUZZ_IN_ZONE)
        return;
    s->done = TRUE;
    sim_os_add_foreign(s->sim, (void *)(s->zone + op->offset), 1 + op->choice * 512u, op->choice & 1, PAGE_READWRITE);
}

static void heap_create(stress *s, const fuzz_op *op)
{
    IHostMalloc *out = (IHostMalloc *)(UINT_PTR)STRESS_POISON;
    if (s->heaps[op->heap])
        return;
    stress_before_call(s);
    stress_after_call(s, IHostMemoryManager_CreateMalloc(s->manager, op->type, op->null_out ? NULL : &out));
    if (s->hr != S_OK && !op->null_out && out)
        stress_fail(s, "the out parameter is left at %p", (void *)out);
    s->heaps[op->heap] = s->hr == S_OK ? out : NULL;
}

void stress_heap_release(stress *s, unsigned heap)
{
    if (!s->heaps[heap])
        return;
    s->done = TRUE;
    if (IHostMalloc_Release(s->heaps[heap]))
        stress_fail(s, "a heap has references that nobody holds");
    s->heaps[heap] = NULL;
    memset(s->blocks[heap], 0, sizeof s->blocks[heap]);
}

static void block_alloc(stress *s, const fuzz_op *op)
{
    IHostMalloc *heap = s->heaps[op->heap];
    void **block = &s->blocks[op->heap][op->block], *out = (void *)(UINT_PTR)STRESS_POISON;
    void **where = op->null_out ? NULL : &out;
    EMemoryCriticalLevel level = (EMemoryCriticalLevel)op->level;
    static char file[] = "stress.c";
    if (!heap || *block)
        return;
    stress_before_call(s);
    stress_after_call(s, op->choice & 1 ? IHostMalloc_DebugAlloc(heap, op->size, level, file, (int)op->choice, where)
                                        : IHostMalloc_Alloc(heap, op->size, level, where));
    if (s->hr != S_OK && where && out)
        stress_fail(s, "the out parameter is left at %p", out);
    if (s->hr == S_OK) {
        memset(out, (int)op->choice, op->size);
        *block = out;
        s->sizes[op->heap][op->block] = op->size;
    }
}

static void block_free(stress *s, const fuzz_op *op)
{
    void **block = &s->blocks[op->heap][op->block];
    if (!s->heaps[op->heap])
        return;
    stress_before_call(s);
    stress_after_call(s, IHostMalloc_Free(s->heaps[op->heap], *block));
    if (s->hr == S_OK)
        *block = NULL;
}

static void block_bad_free(stress *s, const fuzz_op *op)
{
    unsigned other = (op->heap + 1) % FUZZ_HEAPS;
    char *own = s->blocks[op->heap][op->block];
    void *address = op->type == FUZZ_OTHER_HEAP        ? s->blocks[other][op->block]
                    : op->type == FUZZ_INTERIOR && own ? own + 1 + op->choice
                                                       : (void *)(s->zone + op->choice);
    unsigned i;
    for (i = 0; i < FUZZ_BLOCKS; i++) {
        if (address == s->blocks[op->heap][i])
            return; /* NULL, too */
    }
    if (!s->heaps[op->heap])
        return;
    stress_before_call(s);
    stress_after_call(s, IHostMalloc_Free(s->heaps[op->heap], address));
    if (s->hr != HOST_E_INVALIDOPERATION)
        stress_fail(s, "%#lx for the free of what is no block", (unsigned long)(UINT32)s->hr);
}

void stress_call(stress *s, const fuzz_op *op)
{
    switch (op->kind) {
    case FUZZ_ALLOC:
        do_alloc(s, op);
        break;
    case FUZZ_FREE:
        do_free(s, op);
        break;
    case FUZZ_PROTECT:
        do_protect(s, op);
        break;
    case FUZZ_QUERY:
        do_query(s, op);
        break;
    case FUZZ_FOREIGN:
        do_foreign(s, op);
        break;
    case FUZZ_HEAP_CREATE:
        heap_create(s, op);
        break;
    case FUZZ_HEAP_RELEASE:
        stress_heap_release(s, op->heap);
        break;
    case FUZZ_BLOCK_ALLOC:
        block_alloc(s, op);
        break;
    case FUZZ_BLOCK_FREE:
        block_free(s, op);
        break;
    case FUZZ_BLOCK_BAD_FREE:
        block_bad_free(s, op);
        break;
    default:
        break;
    }
}
