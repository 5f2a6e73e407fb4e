/* See caller.h. Requests are eProcessCritical, so that they are admitted whatever other threads hold; the one that
 * waits is eTaskCritical. */
#include "caller.h"

#include <corerror.h>

/* How often the favourite call is made between two rounds. */
#define FAVOURED 5000

const char *const caller_names[CALLER_CALLS] = {
    [CALLER_QUERY_INTERFACE] = "QueryInterface",
    [CALLER_ADD_REF] = "AddRef",
    [CALLER_RELEASE] = "Release",
    [CALLER_CREATE_MALLOC] = "CreateMalloc",
    [CALLER_RESERVE] = "VirtualAlloc (reserve)",
    [CALLER_COMMIT] = "VirtualAlloc (commit)",
    [CALLER_DECOMMIT] = "VirtualFree (decommit)",
    [CALLER_RELEASE_PAGES] = "VirtualFree (release)",
    [CALLER_VIRTUAL_QUERY] = "VirtualQuery",
    [CALLER_PROTECT] = "VirtualProtect",
    [CALLER_MEMORY_LOAD] = "GetMemoryLoad",
    [CALLER_REGISTER_CALLBACK] = "RegisterMemoryNotificationCallback",
    [CALLER_NEEDS_SPACE] = "NeedsVirtualAddressSpace",
    [CALLER_ACQUIRED_SPACE] = "AcquiredVirtualAddressSpace",
    [CALLER_RELEASED_SPACE] = "ReleasedVirtualAddressSpace",
    [CALLER_MALLOC_QUERY_INTERFACE] = "IHostMalloc QueryInterface",
    [CALLER_MALLOC_ADD_REF] = "IHostMalloc AddRef",
    [CALLER_MALLOC_RELEASE] = "IHostMalloc Release",
    [CALLER_MALLOC_LAST_RELEASE] = "IHostMalloc Release (the last)",
    [CALLER_ALLOC] = "Alloc",
    [CALLER_DEBUG_ALLOC] = "DebugAlloc",
    [CALLER_FREE] = "Free",
    [CALLER_GET_STATS] = "hostmem_get_stats",
    [CALLER_SET_LIMIT] = "hostmem_set_limit",
    [CALLER_WAITING] = "a request that waits",
};

void caller_init(caller *self, hostmem *instance, IHostMemoryManager *manager, IHostMalloc *heap)
{
    *self = (caller){.instance = instance, .manager = manager, .heap = heap, .inside = CALLER_OUTSIDE};
    counting_callback_init(&self->callback);
}

static void enter(caller *self, caller_call call)
{
    atomic_store(&self->inside, (UINT32)call);
}

/* Ends a call, and checks that it has the expected result. */
static bool leave(caller *self, BOOL good, HRESULT hr)
{
    UINT32 call = atomic_load(&self->inside);
    atomic_store(&self->inside, (UINT32)CALLER_OUTSIDE);
    atomic_fetch_add_explicit(&self->done[call], 1, memory_order_relaxed);
    if (!good && !atomic_load(&self->fault)) {
        atomic_store(&self->fault_result, (UINT32)hr);
        atomic_store(&self->fault_in_new_heap, self->own_heap != NULL);
        atomic_store(&self->fault, caller_names[call]);
    }
    return good;
}

static bool ok(caller *self, HRESULT hr)
{
    return leave(self, hr == S_OK, hr);
}

/* ---- Objects ---- */

static void count_references(caller *self)
{
    void *same;
    enter(self, CALLER_QUERY_INTERFACE);
    ok(self, IHostMemoryManager_QueryInterface(self->manager, &IID_IHostMemoryManager, &same));
    enter(self, CALLER_ADD_REF);
    leave(self, IHostMemoryManager_AddRef(self->manager) > 2, 0);
    enter(self, CALLER_RELEASE);
    leave(self, IHostMemoryManager_Release(self->manager) > 1, 0);
    enter(self, CALLER_RELEASE);
    leave(self, IHostMemoryManager_Release(self->manager) > 0, 0);
    enter(self, CALLER_MALLOC_QUERY_INTERFACE);
    ok(self, IHostMalloc_QueryInterface(self->heap, &IID_IHostMalloc, &same));
    enter(self, CALLER_MALLOC_ADD_REF);
    leave(self, IHostMalloc_AddRef(self->heap) > 2, 0);
    enter(self, CALLER_MALLOC_RELEASE);
    leave(self, IHostMalloc_Release(self->heap) > 1, 0);
    enter(self, CALLER_MALLOC_RELEASE);
    leave(self, IHostMalloc_Release(self->heap) > 0, 0);
}

static void make_and_drop_a_heap(caller *self)
{
    IHostMalloc *heap = NULL;
    void *ignored;
    enter(self, CALLER_CREATE_MALLOC);
    if (!ok(self, IHostMemoryManager_CreateMalloc(self->manager, MALLOC_THREADSAFE, &heap)))
        return;
    self->own_heap = heap;
    enter(self, CALLER_ALLOC);
    ok(self, IHostMalloc_Alloc(heap, CALLER_BLOCK_BYTES, eProcessCritical, &ignored));
    self->own_heap = NULL;
    enter(self, CALLER_MALLOC_LAST_RELEASE); /* with the block still allocated */
    leave(self, IHostMalloc_Release(heap) == 0, 0);
}

/* ---- Memory ---- */

static void take_pages(caller *self)
{
    void *out = NULL;
    DWORD old = 0;
    enter(self, CALLER_RESERVE);
    if (!ok(self, IHostMemoryManager_VirtualAlloc(self->manager, NULL, CALLER_REGION_BYTES, MEM_RESERVE, PAGE_NOACCESS,
                                                  eProcessCritical, &out)))
        return;
    self->region = out;
    enter(self, CALLER_COMMIT);
    ok(self, IHostMemoryManager_VirtualAlloc(self->manager, self->region, CALLER_REGION_BYTES / 2, MEM_COMMIT,
                                             PAGE_EXECUTE_READWRITE, eProcessCritical, &out));
    enter(self, CALLER_PROTECT);
    ok(self,
       IHostMemoryManager_VirtualProtect(self->manager, self->region, CALLER_REGION_BYTES / 4, PAGE_READONLY, &old));
}

static void take_blocks(caller *self)
{
    char file[] = "caller.cpp";
    void *out = NULL;
    enter(self, CALLER_ALLOC);
    if (ok(self, IHostMalloc_Alloc(self->heap, CALLER_BLOCK_BYTES, eProcessCritical, &out)))
        self->block = out;
    enter(self, CALLER_DEBUG_ALLOC);
    if (ok(self, IHostMalloc_DebugAlloc(self->heap, CALLER_BLOCK_BYTES, eProcessCritical, file, 7, &out)))
        self->debug_block = out;
}

static void free_pages(caller *self)
{
    char *region = self->region;
    if (!region)
        return;
    enter(self, CALLER_DECOMMIT);
    ok(self, IHostMemoryManager_VirtualFree(self->manager, region, 3 * CALLER_PAGE, MEM_DECOMMIT));
    self->region = NULL;
    enter(self, CALLER_RELEASE_PAGES);
    ok(self, IHostMemoryManager_VirtualFree(self->manager, region, 0, MEM_RELEASE));
}

static void free_block(caller *self, void **block)
{
    void *freed = *block;
    *block = NULL;
    enter(self, CALLER_FREE);
    ok(self, IHostMalloc_Free(self->heap, freed));
}

void caller_take(caller *self)
{
    take_pages(self);
    take_blocks(self);
}

void caller_give_back(caller *self)
{
    free_pages(self);
    free_block(self, &self->block);
    free_block(self, &self->debug_block);
}

/* ---- Queries and reports ---- */

static void query(caller *self)
{
    MEMORY_BASIC_INFORMATION info;
    SIZE_T written;
    enter(self, CALLER_VIRTUAL_QUERY);
    ok(self, IHostMemoryManager_VirtualQuery(self->manager, self->region, &info, sizeof info, &written));
}

static void get_load(caller *self)
{
    SIZE_T available;
    DWORD load;
    enter(self, CALLER_MEMORY_LOAD);
    ok(self, IHostMemoryManager_GetMemoryLoad(self->manager, &load, &available));
}

static void get_stats(caller *self)
{
    hostmem_stats stats = {.size = sizeof stats};
    enter(self, CALLER_GET_STATS);
    ok(self, hostmem_get_stats(self->instance, &stats));
}

static void set_limit(caller *self)
{
    enter(self, CALLER_SET_LIMIT);
    ok(self, hostmem_set_limit(self->instance, self->limit));
}

void caller_ask(caller *self)
{
    query(self);
    get_load(self);
    get_stats(self);
    set_limit(self);
}

/* The views do not exist; their addresses are no other caller's. */
static void tell_of_views(caller *self)
{
    HRESULT hr;
    enter(self, CALLER_NEEDS_SPACE); /* there may be nothing to give back */
    hr = IHostMemoryManager_NeedsVirtualAddressSpace(self->manager, NULL, CALLER_VIEW_BYTES);
    leave(self, hr == S_OK || hr == E_OUTOFMEMORY, hr);
    if (!self->region)
        return;
    enter(self, CALLER_ACQUIRED_SPACE);
    ok(self, IHostMemoryManager_AcquiredVirtualAddressSpace(self->manager, self->region, CALLER_VIEW_BYTES));
    enter(self, CALLER_RELEASED_SPACE);
    ok(self, IHostMemoryManager_ReleasedVirtualAddressSpace(self->manager, self->region));
}

static void register_callback(caller *self)
{
    HRESULT hr;
    enter(self, CALLER_REGISTER_CALLBACK);
    hr = IHostMemoryManager_RegisterMemoryNotificationCallback(self->manager, &self->callback.iface);
    leave(self, hr == S_OK || (hr == HOST_E_ABANDONED && self->may_be_shut_down), hr);
}

void caller_round(caller *self)
{
    count_references(self);
    make_and_drop_a_heap(self);
    caller_take(self);
    caller_ask(self);
    tell_of_views(self);
    register_callback(self);
    caller_give_back(self);
}

/* The function that makes each call, and the calls that precede it. */
typedef void part(caller *self);

static void use_pages(caller *self)
{
    take_pages(self);
    free_pages(self);
}

static void use_blocks(caller *self)
{
    take_blocks(self);
    free_block(self, &self->block);
    free_block(self, &self->debug_block);
}

/* The CLR may also report the release of a view that was never announced. */
static void release_a_view(caller *self)
{
    enter(self, CALLER_RELEASED_SPACE);
    ok(self, IHostMemoryManager_ReleasedVirtualAddressSpace(self->manager, self));
}

static void use_views(caller *self)
{
    take_pages(self);
    tell_of_views(self);
    tell_of_views(self);
    free_pages(self);
}

static part *const parts[CALLER_CALLS] = {
    [CALLER_QUERY_INTERFACE] = count_references,
    [CALLER_ADD_REF] = count_references,
    [CALLER_RELEASE] = count_references,
    [CALLER_CREATE_MALLOC] = make_and_drop_a_heap,
    [CALLER_RESERVE] = use_pages,
    [CALLER_COMMIT] = use_pages,
    [CALLER_DECOMMIT] = use_pages,
    [CALLER_RELEASE_PAGES] = use_pages,
    [CALLER_VIRTUAL_QUERY] = query,
    [CALLER_PROTECT] = use_pages,
    [CALLER_MEMORY_LOAD] = get_load,
    [CALLER_REGISTER_CALLBACK] = register_callback,
    [CALLER_NEEDS_SPACE] = use_views,
    [CALLER_ACQUIRED_SPACE] = use_views,
    [CALLER_RELEASED_SPACE] = release_a_view,
    [CALLER_MALLOC_QUERY_INTERFACE] = count_references,
    [CALLER_MALLOC_ADD_REF] = count_references,
    [CALLER_MALLOC_RELEASE] = count_references,
    [CALLER_MALLOC_LAST_RELEASE] = make_and_drop_a_heap,
    [CALLER_ALLOC] = use_blocks,
    [CALLER_DEBUG_ALLOC] = use_blocks,
    [CALLER_FREE] = use_blocks,
    [CALLER_GET_STATS] = get_stats,
    [CALLER_SET_LIMIT] = set_limit,
    [CALLER_WAITING] = caller_wait,
};

void caller_wait(caller *self)
{
    void *out = NULL;
    HRESULT hr;
    enter(self, CALLER_WAITING);
    hr = IHostMemoryManager_VirtualAlloc(self->manager, NULL, self->wish_bytes, MEM_COMMIT, PAGE_READWRITE,
                                         eTaskCritical, &out);
    leave(self, hr == S_OK || hr == HOST_E_TIMEOUT || (hr == HOST_E_ABANDONED && self->may_be_shut_down), hr);
    if (!out)
        return;
    self->region = out;
    self->region = NULL;
    enter(self, CALLER_RELEASE_PAGES);
    ok(self, IHostMemoryManager_VirtualFree(self->manager, out, 0, MEM_RELEASE));
}

void caller_go_round(void *context)
{
    caller *self = context;
    while (!atomic_load(&self->stop)) {
        UINT32 i, favourite = atomic_load(&self->favourite);
        if (atomic_load(&self->fault))
            continue;
        caller_round(self);
        for (i = 0; i < FAVOURED && favourite == atomic_load(&self->favourite) && !atomic_load(&self->stop); i++)
            parts[favourite](self);
    }
}

void caller_go_waiting(void *context)
{
    caller *self = context;
    while (!atomic_load(&self->stop)) {
        if (!atomic_load(&self->fault))
            caller_wait(self);
    }
}

UINT32 caller_total(const caller *self)
{
    UINT32 total = 0;
    unsigned call;
    for (call = 0; call < CALLER_CALLS; call++)
        total += atomic_load_explicit(&self->done[call], memory_order_relaxed);
    return total;
}

/* ---- Callers whose thread was ended ---- */

static bool freed_or_half_freed(HRESULT hr)
{
    return hr == S_OK || hr == HOST_E_INVALIDOPERATION;
}

bool caller_bury(caller *self)
{
    bool good = true;
    if (self->region)
        good = freed_or_half_freed(IHostMemoryManager_VirtualFree(self->manager, self->region, 0, MEM_RELEASE));
    good = good && freed_or_half_freed(IHostMalloc_Free(self->heap, self->block));
    good = good && freed_or_half_freed(IHostMalloc_Free(self->heap, self->debug_block));
    if (self->own_heap)
        good = good && IHostMalloc_Release(self->own_heap) == 0;
    self->region = NULL;
    self->block = self->debug_block = NULL;
    self->own_heap = NULL;
    return good;
}
