/* See side.h. */
#include "side.h"

#include <stdio.h>
#include <stdlib.h>

#include "passthrough.h"

#define SPACE_PAGES (sizeof(void *) == 8 ? 1024u : 512u)
#define TRACE_BYTES ((UINT64)32 << 20)
#define LIMIT ((UINT64)1 << (sizeof(void *) == 8 ? 46 : 31))

static void insist(BOOL good, const side *self, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "bench: %s: %s failed (error %lu)\n", self->plan->name, what, (unsigned long)GetLastError());
    exit(1);
}

static char *take(side *self, void *address, SIZE_T size, DWORD type)
{
    void *region = NULL;
    if (self->manager)
        IHostMemoryManager_VirtualAlloc(self->manager, address, size, type, PAGE_READWRITE, eAppDomainCritical,
                                        &region);
    else
        region = VirtualAlloc(address, size, type, PAGE_READWRITE);
    insist(region != NULL, self, "VirtualAlloc");
    return region;
}

static void give_back(side *self, void *address, SIZE_T size, DWORD type)
{
    insist(self->manager ? IHostMemoryManager_VirtualFree(self->manager, address, size, type) == S_OK
                         : VirtualFree(address, size, type),
           self, "VirtualFree");
}

/* Pages that the kernel does not merge with a mapping that is measured. */
static void fence(const side *self, char *granule)
{
    insist(VirtualAlloc(granule, BENCH_GRANULE, MEM_COMMIT, PAGE_EXECUTE_READ) != NULL, self, "a fence");
}

/* Reserves a region with a fence on both sides, so that its neighbours, which differ between sides, do not affect
 * the cost of its pages. Made without the side's manager, except for the reservation. With an os of one's own there
 * is no kernel. commit: the pages are committed and written to at once. */
static char *take_apart(side *self, SIZE_T size, BOOL commit, const struct hostmem_os *os)
{
    char *region = take(self, NULL, size + 2 * BENCH_GRANULE, MEM_RESERVE) + BENCH_GRANULE;
    SIZE_T at;
    if (!os) {
        fence(self, region - BENCH_GRANULE);
        fence(self, region + size);
    }
    if (commit)
        take(self, region, size, MEM_COMMIT);
    for (at = 0; commit && !os && at < size; at += BENCH_PAGE)
        region[at] = 1;
    return region;
}

static void give_back_apart(side *self, char *region)
{
    give_back(self, region - BENCH_GRANULE, 0, MEM_RELEASE);
}

static HRESULT discard(void *context, const void *data, SIZE_T bytes)
{
    (void)context;
    (void)data;
    (void)bytes;
    return S_OK;
}

/* Dropping events is cheaper than writing them, so dropped events would make the figures wrong. */
static void start_trace(side *self)
{
    const hostmem_trace_config config = {.size = sizeof config, .write = discard, .buffer_bytes = TRACE_BYTES};
    const bench_build *build = self->plan->build;
    insist((build ? build->start_trace : hostmem_trace_start)(self->instance, &config) == S_OK, self,
           "hostmem_trace_start");
}

static void stop_trace(side *self)
{
    hostmem_trace_status status = {.size = sizeof status};
    const bench_build *build = self->plan->build;
    insist((build ? build->stop_trace : hostmem_trace_stop)(self->instance) == S_OK, self, "hostmem_trace_stop");
    insist((build ? build->get_trace_status : hostmem_trace_get_status)(self->instance, &status) == S_OK &&
               !status.dropped,
           self, "recording every event");
}

static void make_instance(side *self, struct hostmem_os *os)
{
    const hostmem_config config = {
        .size = sizeof config,
        .flags = self->plan->flags,
        .limit_bytes = self->plan->limited ? LIMIT : 0,
        .os = os,
    };
    const bench_build *build = self->plan->build;
    insist((build ? build->create : hostmem_create)(&config, &self->instance) == S_OK, self, "hostmem_create");
    insist((build ? build->get_manager : hostmem_get_manager)(self->instance, &self->manager) == S_OK, self,
           "hostmem_get_manager");
    if (self->plan->notified) {
        listening_callback_init(&self->callback, os ? os : hmi_os_win32());
        insist(IHostMemoryManager_RegisterMemoryNotificationCallback(self->manager, &self->callback.iface) == S_OK,
               self, "RegisterMemoryNotificationCallback");
    }
    if (self->plan->traced)
        start_trace(self);
}

static void make_heaps(side *self)
{
    UINT32 i;
    for (i = 0; i < 1 + 2 * BENCH_THREADS; i++) {
        BOOL single = i > BENCH_THREADS;
        if (self->manager)
            insist(IHostMemoryManager_CreateMalloc(self->manager, single ? 0 : MALLOC_THREADSAFE, &self->mallocs[i]) ==
                       S_OK,
                   self, "CreateMalloc");
        else
            insist((self->heaps[i] = HeapCreate(single ? HEAP_NO_SERIALIZE : 0, 0, 0)) != NULL, self, "HeapCreate");
    }
}

side *side_open(const side_plan *plan, struct hostmem_os *os, char *queried)
{
    side *self = calloc(1, sizeof *self);
    UINT32 i, place;
    if (!self)
        abort();
    self->plan = plan;
    if (plan->make == SIDE_PASSTHROUGH)
        self->manager = passthrough_manager();
    else if (plan->make == SIDE_HOSTMEM)
        make_instance(self, os);
    make_heaps(self);
    for (i = 0; i < BENCH_THREADS; i++) {
        for (place = 0; place < BENCH_PLACES; place++) {
            self->space[i][place] = take_apart(self, SPACE_PAGES * BENCH_PAGE, FALSE, os);
            self->committed[i][place] = take_apart(self, BENCH_COMMITTED_PAGES * BENCH_PAGE, TRUE, os);
        }
        self->workers[i].index = i;
        self->workers[i].manager = self->manager;
        self->workers[i].queried = queried;
    }
    if (os) {
        char *room = take(self, NULL, 2 * BENCH_THREADS * BENCH_GRANULE, MEM_RESERVE);
        give_back(self, room, 0, MEM_RELEASE);
        for (i = 0; i < 2 * BENCH_THREADS; i++)
            take(self, room + i * BENCH_GRANULE, BENCH_GRANULE, i % 2 ? MEM_RESERVE | MEM_COMMIT : MEM_RESERVE);
        self->neighbours = room;
    }
    return self;
}

void side_close(side *self)
{
    UINT32 i, place;
    for (i = 0; i < 1 + 2 * BENCH_THREADS; i++) {
        if (self->manager)
            IHostMalloc_Release(self->mallocs[i]);
        else
            HeapDestroy(self->heaps[i]);
    }
    for (i = 0; i < BENCH_THREADS; i++) {
        for (place = 0; place < BENCH_PLACES; place++) {
            give_back_apart(self, self->space[i][place]);
            give_back_apart(self, self->committed[i][place]);
        }
    }
    for (i = 0; self->neighbours && i < 2 * BENCH_THREADS; i++)
        give_back(self, self->neighbours + i * BENCH_GRANULE, 0, MEM_RELEASE);
    if (self->instance) {
        if (self->plan->traced)
            stop_trace(self);
        IHostMemoryManager_Release(self->manager);
        (self->plan->build ? self->plan->build->release : hostmem_release)(self->instance);
    }
    free(self);
}

void side_arrange(side *self, const operation *what, BOOL shared)
{
    UINT32 i;
    operation_sizes(what->block_size, self->sizes);
    self->turn = (self->turn + 1) % BENCH_PLACES;
    for (i = 0; i < BENCH_THREADS; i++) {
        worker *worker = &self->workers[i];
        UINT32 heap = what->kind == OPERATION_SINGLE ? 1 + BENCH_THREADS + i : shared ? 0 : 1 + i;
        worker->malloc = self->mallocs[heap];
        worker->heap = self->heaps[heap];
        worker->heap_options = what->kind == OPERATION_SINGLE ? HEAP_NO_SERIALIZE : 0;
        worker->sizes = self->sizes;
        worker->space = self->space[i][self->turn];
        worker->space_pages = SPACE_PAGES;
        worker->committed = self->committed[i][self->turn];
        if (shared && what->kind == OPERATION_PAGES) {
            worker->space = self->neighbours + 2 * i * BENCH_GRANULE;
            worker->space_pages = (UINT32)(BENCH_GRANULE / BENCH_PAGE);
            worker->committed = worker->space + BENCH_GRANULE;
        }
    }
}

void side_tidy(side *self, UINT32 threads)
{
    UINT32 i;
    for (i = 0; i < threads; i++)
        give_back(self, self->workers[i].space, self->workers[i].space_pages * BENCH_PAGE, MEM_DECOMMIT);
}
