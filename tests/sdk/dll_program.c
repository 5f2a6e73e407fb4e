/* A program that uses hostmem.dll as its users do, without a test library: a limit, threads, figures, double frees.
 * Prints the mistakes and returns their number. For systems where CMocka does not run (tests/arm64.sh). */
#define COBJMACROS
#include <hostmem/hostmem.h>

#include <corerror.h>
#include <stdio.h>

enum { THREADS = 4, BLOCKS = 20000, AT_ONCE = 64, LIMIT = 16 << 20 };

static volatile LONG wrong;

static void expect(int holds, const char *what)
{
    if (!holds) {
        InterlockedIncrement(&wrong);
        printf("wrong: %s\n", what);
    }
}

static DWORD WINAPI use_heap(void *context)
{
    IHostMalloc *heap = context;
    void *blocks[AT_ONCE] = {0};
    unsigned i;
    for (i = 0; i < BLOCKS; i++) {
        void **at = &blocks[i * 7 % AT_ONCE];
        if (*at && IHostMalloc_Free(heap, *at) != S_OK)
            InterlockedIncrement(&wrong);
        if (IHostMalloc_Alloc(heap, 1 + i % 500, eTaskCritical, at) != S_OK)
            InterlockedIncrement(&wrong);
        else
            *(volatile char *)*at = 1;
    }
    for (i = 0; i < AT_ONCE; i++) {
        if (blocks[i] && IHostMalloc_Free(heap, blocks[i]) != S_OK)
            InterlockedIncrement(&wrong);
    }
    return 0;
}

static void use_heap_on_threads(IHostMalloc *heap)
{
    HANDLE threads[THREADS];
    unsigned i;
    for (i = 0; i < THREADS; i++)
        threads[i] = CreateThread(NULL, 0, use_heap, heap, 0, NULL);
    expect(WaitForMultipleObjects(THREADS, threads, TRUE, INFINITE) == WAIT_OBJECT_0, "the threads have ended");
    for (i = 0; i < THREADS; i++)
        CloseHandle(threads[i]);
}

static void use_pages(IHostMemoryManager *manager, hostmem *memory)
{
    hostmem_stats stats = {.size = sizeof(stats)};
    void *pages, *more;
    expect(IHostMemoryManager_VirtualAlloc(manager, NULL, LIMIT / 2, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE,
                                           eTaskCritical, &pages) == S_OK,
           "half of the limit is committed");
    expect(IHostMemoryManager_VirtualAlloc(manager, NULL, LIMIT, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE,
                                           eTaskCritical, &more) == E_OUTOFMEMORY,
           "more than the limit is refused");
    hostmem_get_stats(memory, &stats);
    expect(stats.committed_bytes == LIMIT / 2 && stats.refused[eTaskCritical] == 1, "the figures say so");
    expect(IHostMemoryManager_VirtualFree(manager, pages, 0, MEM_RELEASE) == S_OK, "pages are released");
    expect(IHostMemoryManager_VirtualFree(manager, pages, 0, MEM_RELEASE) == HOST_E_INVALIDOPERATION,
           "a second release is refused");
}

int main(void)
{
    hostmem_config config = {.size = sizeof(config), .limit_bytes = LIMIT};
    hostmem_stats stats = {.size = sizeof(stats)};
    IHostMemoryManager *manager;
    IHostMalloc *heap;
    hostmem *memory;
    void *block;

    if (hostmem_version() != HOSTMEM_VERSION || hostmem_create(&config, &memory) != S_OK ||
        hostmem_get_manager(memory, &manager) != S_OK ||
        IHostMemoryManager_CreateMalloc(manager, MALLOC_THREADSAFE, &heap) != S_OK) {
        printf("there is no instance\n");
        return 100;
    }
    use_pages(manager, memory);
    use_heap_on_threads(heap);
    expect(IHostMalloc_Alloc(heap, 100, eTaskCritical, &block) == S_OK, "a block is allocated");
    expect(IHostMalloc_Free(heap, block) == S_OK, "it is freed");
    expect(IHostMalloc_Free(heap, block) == HOST_E_INVALIDOPERATION, "it is not freed twice");
    hostmem_get_stats(memory, &stats);
    expect(stats.heap_blocks == 0 && stats.used_bytes == 0 && stats.reserved_bytes == 0, "nothing is left");
    IHostMalloc_Release(heap);
    IHostMemoryManager_Release(manager);
    expect(hostmem_release(memory) == 0, "the instance has no references");
    printf("%ld wrong\n", wrong);
    return (int)wrong;
}
