/* The operations on heaps. Unit: one block allocated and freed. */
#include "operations.h"

static UINT32 pair_raw(worker *self, UINT32 count)
{
    UINT32 failures = 0;
    while (count--) {
        void *block = HeapAlloc(self->heap, self->heap_options, self->sizes[count % BENCH_SIZES]);
        failures += !HeapFree(self->heap, self->heap_options, block);
    }
    return failures;
}

static UINT32 pair_managed(worker *self, UINT32 count)
{
    IHostMalloc *heap = self->malloc;
    UINT32 failures = 0;
    while (count--) {
        void *block;
        IHostMalloc_Alloc(heap, self->sizes[count % BENCH_SIZES], eAppDomainCritical, &block);
        failures += IHostMalloc_Free(heap, block) != S_OK || !block;
    }
    return failures;
}

static UINT32 debug_pair_managed(worker *self, UINT32 count)
{
    static char file[] = "jitinterface.cpp";
    IHostMalloc *heap = self->malloc;
    UINT32 failures = 0;
    while (count--) {
        void *block;
        IHostMalloc_DebugAlloc(heap, self->sizes[count % BENCH_SIZES], eAppDomainCritical, file,
                               100 + (int)(count % BENCH_SIZES), &block);
        failures += IHostMalloc_Free(heap, block) != S_OK || !block;
    }
    return failures;
}

/* Freed in the order of allocation, which is the worst for a stack of free blocks. */
static UINT32 hundred_raw(worker *self, UINT32 count)
{
    UINT32 failures = 0, i;
    for (; count >= BENCH_BLOCKS; count -= BENCH_BLOCKS) {
        for (i = 0; i < BENCH_BLOCKS; i++)
            self->blocks[i] = HeapAlloc(self->heap, self->heap_options, self->sizes[i % BENCH_SIZES]);
        for (i = 0; i < BENCH_BLOCKS; i++)
            failures += !HeapFree(self->heap, self->heap_options, self->blocks[i]);
    }
    return failures;
}

static UINT32 hundred_managed(worker *self, UINT32 count)
{
    IHostMalloc *heap = self->malloc;
    UINT32 failures = 0, i;
    for (; count >= BENCH_BLOCKS; count -= BENCH_BLOCKS) {
        for (i = 0; i < BENCH_BLOCKS; i++)
            IHostMalloc_Alloc(heap, self->sizes[i % BENCH_SIZES], eAppDomainCritical, &self->blocks[i]);
        for (i = 0; i < BENCH_BLOCKS; i++)
            failures += IHostMalloc_Free(heap, self->blocks[i]) != S_OK || !self->blocks[i];
    }
    return failures;
}

void operation_sizes(SIZE_T block_size, SIZE_T sizes[BENCH_SIZES])
{
    /* In the proportions of a runtime: mostly small blocks, some tables, now and then a buffer. */
    static const SIZE_T mixture[16] = {24, 64, 40, 16, 200, 32, 96, 1000, 48, 24, 120, 64, 400, 32, 80, 2500};
    UINT32 i;
    for (i = 0; i < BENCH_SIZES; i++)
        sizes[i] = block_size ? block_size : mixture[i % 16];
}

const operation heap_operations[] = {
    {"Alloc, Free 16 bytes", OPERATION_HEAP, pair_raw, pair_managed, 16, FALSE, FALSE, 1.40, 0, 1.10},
    {"Alloc, Free 64 bytes", OPERATION_HEAP, pair_raw, pair_managed, 64, FALSE, FALSE, 1.40, 0, 1.10},
    {"Alloc, Free 1000 bytes", OPERATION_HEAP, pair_raw, pair_managed, 1000, FALSE, FALSE, 1.40, 0, 1.10},
    {"Alloc, Free mixed sizes", OPERATION_HEAP, pair_raw, pair_managed, 0, FALSE, FALSE, 1.40, 0, 1.10},
    {"100 Alloc, 100 Free, 64 bytes", OPERATION_HEAP, hundred_raw, hundred_managed, 64, FALSE, FALSE, 1.40, 0, 1.10},
    {"100 Alloc, 100 Free, mixed sizes", OPERATION_HEAP, hundred_raw, hundred_managed, 0, FALSE, FALSE, 1.40, 0, 1.10},
    {"DebugAlloc, Free 64 bytes", OPERATION_HEAP, pair_raw, debug_pair_managed, 64, FALSE, FALSE, 0, 0, 0},
    {"Alloc, Free 64 bytes, heap for one thread", OPERATION_SINGLE, pair_raw, pair_managed, 64, FALSE, FALSE, 0, 0, 0},
};
const UINT32 heap_operation_count = sizeof heap_operations / sizeof heap_operations[0];
