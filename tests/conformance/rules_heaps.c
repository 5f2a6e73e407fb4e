/* Rules: heaps of all kinds, and Free of blocks that are not the heap's. */
#include "check.h"
#include "code.h"

static HRESULT try_free(IHostMalloc *heap, void *block)
{
    check_doing("Free that must be refused");
    return IHostMalloc_Free(heap, block);
}

static void free_of_foreign_blocks(subject *subject)
{
    static char image[256];
    IHostMalloc *heap = subject->heap;
    char *pages = foreign_pages(GRANULE), *block = HeapAlloc(GetProcessHeap(), 0, 100);
    char *released = foreign_pages(GRANULE);
    char stack[256];
    expect(block != NULL, "the test could not allocate a block");
    VirtualFree(released, 0, MEM_RELEASE);
    memset(pages, 0x66, GRANULE);
    memset(block, 0x66, 100);
    expect_hr("Free of a block of the process heap", try_free(heap, block), HOST_E_INVALIDOPERATION);
    expect_hr("Free of memory from the system", try_free(heap, pages), HOST_E_INVALIDOPERATION);
    expect_hr("Free of memory from the system", try_free(heap, pages + 128), HOST_E_INVALIDOPERATION);
    expect_hr("Free of the stack", try_free(heap, stack + 128 - (UINT_PTR)stack % 16), HOST_E_INVALIDOPERATION);
    expect_hr("Free of the image", try_free(heap, image + 128 - (UINT_PTR)image % 16), HOST_E_INVALIDOPERATION);
    expect_hr("Free of an address without memory", try_free(heap, released + 64), HOST_E_INVALIDOPERATION);
    expect_hr("Free of an address that no memory can have", try_free(heap, (void *)(UINT_PTR)16),
              HOST_E_INVALIDOPERATION);
    expect_hr("Free of an address that is not aligned", try_free(heap, (void *)(UINT_PTR)-1), HOST_E_INVALIDOPERATION);
    expect_bytes(pages, GRANULE, 0x66, "memory from the system");
    expect_bytes(block, 100, 0x66, "a block of the process heap");
    expect(HeapFree(GetProcessHeap(), 0, block), "a block of the process heap is freed already");
}

static void free_of_interior(subject *subject)
{
    static const SIZE_T sizes[] = {100, 3000, 2000000};
    unsigned i;
    for (i = 0; i < 3; i++) {
        char *block = take_block(subject->heap, sizes[i]);
        memset(block, 0x66, sizes[i]);
        expect_hr("Free of the middle of a block", try_free(subject->heap, block + 32), HOST_E_INVALIDOPERATION);
        expect_hr("Free of a block's second byte", try_free(subject->heap, block + 1), HOST_E_INVALIDOPERATION);
        expect_bytes(block, sizes[i], 0x66, "a block that was to be freed in the middle");
        give_block(subject->heap, block);
    }
}

static void double_free(subject *subject)
{
    static const SIZE_T sizes[] = {16, 3000, 2000000}; /* the largest is unmapped by its first Free */
    unsigned i;
    for (i = 0; i < 3; i++) {
        char *block = take_block(subject->heap, sizes[i]);
        give_block(subject->heap, block);
        expect_hr("Free of a freed block", try_free(subject->heap, block), HOST_E_INVALIDOPERATION);
        expect_hr("Free of a freed block", try_free(subject->heap, block), HOST_E_INVALIDOPERATION);
    }
    give_block(subject->heap, take_block(subject->heap, 16));
}

static void free_in_another_heap(subject *subject)
{
    IHostMalloc *other = make_heap(subject, MALLOC_THREADSAFE);
    char *block = take_block(subject->heap, 100);
    memset(block, 0x66, 100);
    expect_hr("Free of another heap's block", try_free(other, block), HOST_E_INVALIDOPERATION);
    expect_bytes(block, 100, 0x66, "a block that another heap was to free");
    give_block(subject->heap, block);
}

static void every_kind_of_heap(subject *subject)
{
    DWORD type;
    for (type = 0; type <= (MALLOC_THREADSAFE | MALLOC_EXECUTABLE); type++) {
        IHostMalloc *heap = make_heap(subject, type);
        char *small_block = take_block(heap, 10), *large_block = take_block(heap, 1000000);
        memset(small_block, 1, 10);
        memset(large_block, 1, 1000000);
        give_block(heap, small_block);
        give_block(heap, large_block);
        IHostMalloc_Release(heap);
    }
}

static void executable_heap(subject *subject)
{
    static const DWORD executable = PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;
    static const SIZE_T sizes[] = {64, 5000, 2000000};
    unsigned i;
    for (i = 0; i < 6; i++) {
        DWORD type = i % 2 ? MALLOC_EXECUTABLE : MALLOC_EXECUTABLE | MALLOC_THREADSAFE;
        char *block = take_block(make_heap(subject, type), sizes[i / 2]);
        expect((region_at(block).Protect & executable) != 0,
               "a block of %lu bytes in an executable heap has protection 0x%lx", (unsigned long)sizes[i / 2],
               (unsigned long)region_at(block).Protect);
        check_doing("code in a block of an executable heap");
        run_code(block);
    }
}

/* ---- Many threads in one heap ---- */

#define THREADS 4
#define HELD 32

typedef struct worker {
    IHostMalloc *heap;
    unsigned number;
} worker;

static DWORD WINAPI work(void *context)
{
    worker *self = context;
    char *blocks[HELD] = {NULL};
    SIZE_T sizes[HELD] = {0};
    DWORD begin = GetTickCount();
    unsigned random = self->number + 1;
    while (GetTickCount() - begin < RACE_MS) {
        unsigned slot;
        random = random * 1664525u + 1013904223u;
        slot = (random >> 16) % HELD;
        if (blocks[slot]) {
            char mark = (char)(self->number * HELD + slot);
            expect(blocks[slot][0] == mark && blocks[slot][sizes[slot] - 1] == mark,
                   "a block of %lu bytes was overwritten", (unsigned long)sizes[slot]);
            expect_hr("Free on four threads", IHostMalloc_Free(self->heap, blocks[slot]), S_OK);
        }
        sizes[slot] = 1 + (random >> 8) % 300;
        expect_hr("Alloc on four threads",
                  IHostMalloc_Alloc(self->heap, sizes[slot], eTaskCritical, (void **)&blocks[slot]), S_OK);
        memset(blocks[slot], (char)(self->number * HELD + slot), sizes[slot]);
    }
    return 0;
}

static void thread_safe_heap(subject *subject)
{
    worker workers[THREADS];
    unsigned i;
    for (i = 0; i < THREADS; i++)
        workers[i] = (worker){subject->heap, i};
    check_doing("Alloc and Free on four threads");
    run_threads(THREADS, work, workers, sizeof *workers);
}

/* ---- After a failure ---- */

static DWORD WINAPI use_heap(void *context)
{
    IHostMalloc *heap = context;
    void *block = NULL;
    expect_hr("Alloc on another thread", IHostMalloc_Alloc(heap, 50, eTaskCritical, &block), S_OK);
    expect_hr("Free on another thread", IHostMalloc_Free(heap, block), S_OK);
    return 0;
}

static void failed_alloc_holds_nothing(subject *subject)
{
    void *block = POISON;
    check_doing("Alloc of more than is available");
    expect_failure("Alloc of more than is available",
                   IHostMalloc_Alloc(subject->heap, refused_size(), eTaskCritical, &block));
    give_block(subject->heap, take_block(subject->heap, 50)); /* as the stress log does */
    expect_thread(use_heap, subject->heap, "Alloc on another thread after one has failed on this");
}

const rule heap_rules[] = {
    {"free_of_foreign_blocks", "3", "Free of foreign memory: HOST_E_INVALIDOPERATION, untouched",
     free_of_foreign_blocks},
    {"free_of_interior", "3", "Free of the middle of a block: HOST_E_INVALIDOPERATION, untouched", free_of_interior},
    {"double_free", "3", "Free of a freed block: HOST_E_INVALIDOPERATION", double_free},
    {"free_in_another_heap", "3", "Free of another heap's block: HOST_E_INVALIDOPERATION", free_in_another_heap},
    {"every_kind_of_heap", "1", "CreateMalloc makes heaps of every MALLOC_TYPE", every_kind_of_heap},
    {"executable_heap", "1", "blocks of a MALLOC_EXECUTABLE heap can be executed", executable_heap},
    {"thread_safe_heap", "1", "several threads can use a MALLOC_THREADSAFE heap at once", thread_safe_heap},
    {"failed_alloc_holds_nothing", "3", "a failed Alloc does not block other calls", failed_alloc_holds_nothing},
    {0},
};
