/* See parts.h. For each layout a new instance; the result is its own memory afterwards, in tables and objects.
 * 64-bit only: smaller address spaces do not have room for these layouts. */
#include "parts.h"

#include <stdio.h>
#include <stdlib.h>

#include "empty_os.h"

#define MIB ((UINT64)1 << 20)
#define LAYOUT_LANE 6u

typedef struct layout {
    const char *name;
    UINT32 regions;
    UINT64 stride; /* distance between starts */
    UINT64 reserved;
    UINT64 committed;
} layout;

static const layout layouts[] = {
    {"nothing", 0, 0, 0, 0},
    {"one region of 4 GiB, committed", 1, 0, 4096 * MIB, 4096 * MIB},
    {"256 regions of 16 MiB, committed", 256, 16 * MIB, 16 * MIB, 16 * MIB},
    {"65536 regions of 64 KiB, committed", 65536, BENCH_GRANULE, BENCH_GRANULE, BENCH_GRANULE},
    {"a million regions of 64 KiB, a page of each committed", 1000000, BENCH_GRANULE, BENCH_GRANULE, BENCH_PAGE},
    /* Not realistic; it is the worst case for tables indexed by address. */
    {"1000 regions of 64 KiB, 1 GiB apart, committed", 1000, 1024 * MIB, BENCH_GRANULE, BENCH_GRANULE},
};

static const hostmem_config limited = {.size = sizeof limited, .limit_bytes = (UINT64)1 << 46};

static void insist(BOOL good)
{
    if (good)
        return;
    fprintf(stderr, "bench: metadata: a layout could not be made\n");
    exit(1);
}

static IHostMemoryManager *make(hostmem **instance)
{
    hostmem_config config = limited;
    IHostMemoryManager *manager;
    config.os = empty_os();
    insist(hostmem_create(&config, instance) == S_OK);
    insist(hostmem_get_manager(*instance, &manager) == S_OK);
    return manager;
}

static void add(bench *bench, const char *name, UINT64 managed, UINT64 own)
{
    double bytes = (double)own;
    results_add(bench->results, &(result_row){
                                    .part = PART_METADATA,
                                    .operation = name,
                                    .side = "limit",
                                    .variant = "",
                                    .value = {bytes, bytes, bytes},
                                    .base = (double)managed,
                                    .goal = (double)managed / 1000 + (double)MIB,
                                });
}

static void measure_layout(bench *bench, const layout *what)
{
    UINT64 before = empty_os_own_bytes(), own;
    char *start = (char *)empty_os_lane_start(LAYOUT_LANE);
    hostmem *instance;
    IHostMemoryManager *manager = make(&instance);
    UINT32 i;
    bench_progress("metadata", what->name, 0, "");
    for (i = 0; i < what->regions; i++) {
        char *place = start + (SIZE_T)(i * what->stride);
        void *made;
        insist(IHostMemoryManager_VirtualAlloc(manager, place, (SIZE_T)what->reserved, MEM_RESERVE, PAGE_READWRITE,
                                               eAppDomainCritical, &made) == S_OK &&
               IHostMemoryManager_VirtualAlloc(manager, place, (SIZE_T)what->committed, MEM_COMMIT, PAGE_READWRITE,
                                               eAppDomainCritical, &made) == S_OK);
    }
    own = empty_os_own_bytes() - before;
    for (i = 0; i < what->regions; i++)
        insist(IHostMemoryManager_VirtualFree(manager, start + (SIZE_T)(i * what->stride), 0, MEM_RELEASE) == S_OK);
    IHostMemoryManager_Release(manager);
    hostmem_release(instance);
    add(bench, what->name, what->regions * what->committed, own);
}

void measure_metadata(bench *bench)
{
    UINT32 i;
    if (sizeof(void *) == 4)
        return;
    for (i = 0; i < sizeof layouts / sizeof layouts[0]; i++)
        if (!bench->quick || layouts[i].regions <= 65536)
            measure_layout(bench, &layouts[i]);
}
