/* A host that compiles the library as one of its own sources, and uses something from each public header. */
#define COBJMACROS
#include "hostmem.h"

#include <stdio.h>
#include <string.h>

#define LIMIT ((UINT64)1 << 20)

typedef struct sink {
    UINT64 bytes;
    char magic[8];
} sink;

static HRESULT keep(void *context, const void *data, SIZE_T bytes)
{
    sink *self = context;
    if (!self->bytes && bytes >= sizeof self->magic)
        memcpy(self->magic, data, sizeof self->magic);
    self->bytes += bytes;
    return S_OK;
}

static int complain(const char *what)
{
    fprintf(stderr, "host: %s\n", what);
    return 1;
}

int main(void)
{
    hostmem_config config = {.size = sizeof config, .limit_bytes = LIMIT};
    hostmem_stats stats = {.size = sizeof stats};
    sink written = {0};
    hostmem_trace_config trace = {.size = sizeof trace, .write = keep, .context = &written};
    hostmem *memory;
    IHostMemoryManager *manager;
    IHostMalloc *heap;
    IHostControl *control;
    void *page, *more, *block;

    if (FAILED(hostmem_create(&config, &memory)) || FAILED(hostmem_get_manager(memory, &manager)) ||
        FAILED(hostmem_get_control(memory, NULL, &control)))
        return complain("there is no manager");
    if (FAILED(hostmem_trace_start(memory, &trace)))
        return complain("there is no trace");
    if (FAILED(IHostMemoryManager_VirtualAlloc(manager, NULL, LIMIT / 2, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE,
                                               eTaskCritical, &page)))
        return complain("what the limit allows was refused");
    if (IHostMemoryManager_VirtualAlloc(manager, NULL, LIMIT, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, eTaskCritical,
                                        &more) != E_OUTOFMEMORY)
        return complain("the limit does not hold");
    if (FAILED(IHostMemoryManager_CreateMalloc(manager, MALLOC_THREADSAFE, &heap)) ||
        FAILED(IHostMalloc_Alloc(heap, 100, eTaskCritical, &block)))
        return complain("there is no block");
    if (FAILED(hostmem_get_stats(memory, &stats)) || stats.committed_bytes != LIMIT / 2 || stats.heap_blocks != 1)
        return complain("the figures are wrong");
    IHostMalloc_Free(heap, block);
    IHostMalloc_Release(heap);
    IHostMemoryManager_VirtualFree(manager, page, 0, MEM_RELEASE);
    if (FAILED(hostmem_trace_stop(memory)) || memcmp(written.magic, HOSTMEM_TRACE_MAGIC, sizeof written.magic) != 0)
        return complain("the file is not a trace");
    IHostControl_Release(control);
    IHostMemoryManager_Release(manager);
    if (hostmem_release(memory) != 0)
        return complain("something is left");
    puts("host: hostmem.c works");
    return 0;
}
