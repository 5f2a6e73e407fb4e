/* The operations on pages. */
#include "operations.h"

static char *committed_page(const worker *self, UINT32 i)
{
    return self->committed + (i % BENCH_COMMITTED_PAGES) * BENCH_PAGE;
}

static char *space_page(const worker *self, UINT32 i)
{
    return self->space + (i % self->space_pages) * BENCH_PAGE;
}

static UINT32 reserve_raw(worker *self, UINT32 count)
{
    UINT32 failures = 0;
    (void)self;
    while (count--) {
        void *region = VirtualAlloc(NULL, BENCH_GRANULE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
        failures += !VirtualFree(region, 0, MEM_RELEASE);
    }
    return failures;
}

static UINT32 reserve_managed(worker *self, UINT32 count)
{
    IHostMemoryManager *manager = self->manager;
    UINT32 failures = 0;
    while (count--) {
        void *region;
        IHostMemoryManager_VirtualAlloc(manager, NULL, BENCH_GRANULE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE,
                                        eAppDomainCritical, &region);
        failures += IHostMemoryManager_VirtualFree(manager, region, 0, MEM_RELEASE) != S_OK;
    }
    return failures;
}

static UINT32 commit_new_raw(worker *self, UINT32 count)
{
    UINT32 failures = 0, i;
    for (i = 0; i < count; i++)
        failures += !VirtualAlloc(space_page(self, i), BENCH_PAGE, MEM_COMMIT, PAGE_READWRITE);
    return failures;
}

static UINT32 commit_new_managed(worker *self, UINT32 count)
{
    IHostMemoryManager *manager = self->manager;
    UINT32 failures = 0, i;
    for (i = 0; i < count; i++) {
        void *page;
        failures += IHostMemoryManager_VirtualAlloc(manager, space_page(self, i), BENCH_PAGE, MEM_COMMIT,
                                                    PAGE_READWRITE, eAppDomainCritical, &page) != S_OK;
    }
    return failures;
}

static UINT32 commit_again_raw(worker *self, UINT32 count)
{
    UINT32 failures = 0;
    while (count--)
        failures += !VirtualAlloc(committed_page(self, count), BENCH_PAGE, MEM_COMMIT, PAGE_READWRITE);
    return failures;
}

static UINT32 commit_again_managed(worker *self, UINT32 count)
{
    IHostMemoryManager *manager = self->manager;
    UINT32 failures = 0;
    while (count--) {
        void *page;
        failures += IHostMemoryManager_VirtualAlloc(manager, committed_page(self, count), BENCH_PAGE, MEM_COMMIT,
                                                    PAGE_READWRITE, eAppDomainCritical, &page) != S_OK;
    }
    return failures;
}

static UINT32 decommit_raw(worker *self, UINT32 count)
{
    UINT32 failures = 0;
    while (count--) {
        char *page = space_page(self, count);
        failures += !VirtualAlloc(page, BENCH_PAGE, MEM_COMMIT, PAGE_READWRITE);
        failures += !VirtualFree(page, BENCH_PAGE, MEM_DECOMMIT);
    }
    return failures;
}

static UINT32 decommit_managed(worker *self, UINT32 count)
{
    IHostMemoryManager *manager = self->manager;
    UINT32 failures = 0;
    while (count--) {
        char *page = space_page(self, count);
        void *committed;
        failures += IHostMemoryManager_VirtualAlloc(manager, page, BENCH_PAGE, MEM_COMMIT, PAGE_READWRITE,
                                                    eAppDomainCritical, &committed) != S_OK;
        failures += IHostMemoryManager_VirtualFree(manager, page, BENCH_PAGE, MEM_DECOMMIT) != S_OK;
    }
    return failures;
}

static UINT32 protect_raw(worker *self, UINT32 count)
{
    UINT32 failures = 0;
    while (count--) {
        char *page = committed_page(self, count);
        DWORD old;
        failures += !VirtualProtect(page, BENCH_PAGE, PAGE_READONLY, &old);
        failures += !VirtualProtect(page, BENCH_PAGE, PAGE_READWRITE, &old);
    }
    return failures;
}

static UINT32 protect_managed(worker *self, UINT32 count)
{
    IHostMemoryManager *manager = self->manager;
    UINT32 failures = 0;
    while (count--) {
        char *page = committed_page(self, count);
        DWORD old;
        failures += IHostMemoryManager_VirtualProtect(manager, page, BENCH_PAGE, PAGE_READONLY, &old) != S_OK;
        failures += IHostMemoryManager_VirtualProtect(manager, page, BENCH_PAGE, PAGE_READWRITE, &old) != S_OK;
    }
    return failures;
}

static UINT32 query_raw(worker *self, UINT32 count)
{
    UINT32 failures = 0;
    while (count--) {
        MEMORY_BASIC_INFORMATION region;
        failures += !VirtualQuery(self->queried, &region, sizeof region);
    }
    return failures;
}

static UINT32 query_managed(worker *self, UINT32 count)
{
    IHostMemoryManager *manager = self->manager;
    UINT32 failures = 0;
    while (count--) {
        MEMORY_BASIC_INFORMATION region;
        SIZE_T written;
        failures += IHostMemoryManager_VirtualQuery(manager, self->queried, &region, sizeof region, &written) != S_OK;
    }
    return failures;
}

static UINT32 load_raw(worker *self, UINT32 count)
{
    UINT32 failures = 0;
    (void)self;
    while (count--) {
        MEMORYSTATUSEX status = {.dwLength = sizeof status};
        failures += !GlobalMemoryStatusEx(&status);
    }
    return failures;
}

static UINT32 load_managed(worker *self, UINT32 count)
{
    IHostMemoryManager *manager = self->manager;
    UINT32 failures = 0;
    while (count--) {
        SIZE_T available;
        DWORD load;
        failures += IHostMemoryManager_GetMemoryLoad(manager, &load, &available) != S_OK;
    }
    return failures;
}

const operation pages_operations[] = {
    {.name = "reserve+commit, release 64 KiB", .raw = reserve_raw, .managed = reserve_managed, .goal_more = 0.02},
    {.name = "commit 4 KiB, a new page",
     .raw = commit_new_raw,
     .managed = commit_new_managed,
     .fills_space = TRUE,
     .goal = 1.05},
    {.name = "commit 4 KiB, again",
     .raw = commit_again_raw,
     .managed = commit_again_managed,
     .on_regions = TRUE,
     .goal = 1.05},
    {.name = "commit, decommit 4 KiB",
     .raw = decommit_raw,
     .managed = decommit_managed,
     .on_regions = TRUE,
     .goal = 1.05},
    {.name = "protect read-only, read-write",
     .raw = protect_raw,
     .managed = protect_managed,
     .on_regions = TRUE,
     .goal = 1.05},
    {.name = "query", .raw = query_raw, .managed = query_managed, .goal_more = 0.02},
    {.name = "memory load", .raw = load_raw, .managed = load_managed},
};
const UINT32 pages_operation_count = sizeof pages_operations / sizeof pages_operations[0];
