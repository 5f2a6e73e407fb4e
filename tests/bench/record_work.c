/* See parts.h. A few hundred calls of each kind that work.c takes, by two threads. */
#include "parts.h"

#include "sim_thread.h"

#define PAIRS 200u

typedef struct recording {
    IHostMemoryManager *manager;
    IHostMalloc *heap;
    void *blocks[PAIRS]; /* made by one thread, freed by the other */
    bool good;
} recording;

static void free_blocks(void *context)
{
    recording *self = context;
    UINT32 i;
    for (i = 0; i < PAIRS; i++)
        self->good = IHostMalloc_Free(self->heap, self->blocks[i]) == S_OK && self->good;
}

static bool use_pages(IHostMemoryManager *manager)
{
    MEMORY_BASIC_INFORMATION region;
    SIZE_T size;
    DWORD old;
    void *base, *out;
    return IHostMemoryManager_VirtualAlloc(manager, NULL, BENCH_GRANULE, MEM_RESERVE, PAGE_READWRITE,
                                           eAppDomainCritical, &base) == S_OK &&
           IHostMemoryManager_VirtualAlloc(manager, (char *)base + BENCH_PAGE, BENCH_PAGE, MEM_COMMIT, PAGE_READWRITE,
                                           eAppDomainCritical, &out) == S_OK &&
           IHostMemoryManager_VirtualProtect(manager, out, BENCH_PAGE, PAGE_READONLY, &old) == S_OK &&
           IHostMemoryManager_VirtualQuery(manager, out, &region, sizeof region, &size) == S_OK &&
           IHostMemoryManager_GetMemoryLoad(manager, &old, &size) == S_OK &&
           IHostMemoryManager_VirtualFree(manager, out, BENCH_PAGE, MEM_DECOMMIT) == S_OK &&
           IHostMemoryManager_VirtualFree(manager, base, 0, MEM_RELEASE) == S_OK;
}

bool record_work(const char *path)
{
    const hostmem_trace_config config = {.size = sizeof config, .path = path};
    recording self = {.good = true};
    hostmem *instance;
    UINT32 i;
    if (hostmem_create(NULL, &instance) != S_OK || hostmem_get_manager(instance, &self.manager) != S_OK ||
        hostmem_trace_start(instance, &config) != S_OK ||
        IHostMemoryManager_CreateMalloc(self.manager, MALLOC_THREADSAFE, &self.heap) != S_OK)
        return false;
    for (i = 0; i < PAIRS; i++) {
        self.good = IHostMalloc_Alloc(self.heap, 16 * i, eAppDomainCritical, &self.blocks[i]) == S_OK && self.good;
        self.good = use_pages(self.manager) && self.good;
    }
    sim_thread_join(sim_thread_start(free_blocks, &self));
    IHostMalloc_Release(self.heap);
    self.good = hostmem_trace_stop(instance) == S_OK && self.good;
    IHostMemoryManager_Release(self.manager);
    hostmem_release(instance);
    return self.good;
}
