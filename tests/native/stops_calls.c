/* See stops_calls.h. Calls put what they give into the holder; finish functions take it out again. Not here: functions
 * that only read and write texts (hostmem_parse_size, hostmem_fault_parse, hostmem_format_*), the trace reader, and
 * hostmem_coreclr_*, which need Windows. */
#define COBJMACROS
#include "stops_calls.h"

#include "memory/naming.h"
#include "step_os.h"

#include <corerror.h>
#include <string.h>

#define REGION (64 * KIB)
#define PART (32 * KIB)
#define BLOCK 200
#define LARGE_BLOCK (40 * KIB) /* more than a cache gets at a time */

static IHostMemoryManager *manager_of(const stops_holder *h)
{
    return h->world->manager;
}

static HRESULT good(bool is_good)
{
    return is_good ? S_OK : E_UNEXPECTED;
}

SIZE_T stops_large(const stops_holder *h)
{
    return h->world->way->bytes ? h->world->way->bytes : REGION;
}

/* ---- Pages ---- */

static HRESULT take_pages(stops_holder *h, SIZE_T bytes, DWORD type, DWORD protect, EMemoryCriticalLevel level)
{
    void *out = NULL;
    HRESULT hr = IHostMemoryManager_VirtualAlloc(manager_of(h), h->region, bytes, type, protect, level, &out);
    if (hr != S_OK)
        return hr;
    if (type & MEM_RESERVE) {
        h->region = out;
        h->region_bytes = bytes;
    }
    if ((type & MEM_COMMIT) && h->committed < bytes)
        h->committed = bytes;
    return S_OK;
}

static void with_reservation(stops_holder *h)
{
    take_pages(h, REGION, MEM_RESERVE, PAGE_NOACCESS, eTaskCritical);
}

static void with_pages(stops_holder *h)
{
    take_pages(h, REGION, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, eProcessCritical);
}

static void with_code(stops_holder *h)
{
    take_pages(h, REGION, MEM_RESERVE | MEM_COMMIT, PAGE_EXECUTE_READWRITE, eProcessCritical);
}

static void with_large(stops_holder *h)
{
    take_pages(h, stops_large(h), MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, eProcessCritical);
}

static HRESULT release(stops_holder *h)
{
    char *region = h->region;
    h->region = NULL;
    h->committed = 0;
    return IHostMemoryManager_VirtualFree(manager_of(h), region, 0, MEM_RELEASE);
}

static void drop_pages(stops_holder *h)
{
    if (h->region)
        release(h);
}

static HRESULT reserve(stops_holder *h)
{
    return take_pages(h, REGION, MEM_RESERVE, PAGE_NOACCESS, eTaskCritical);
}

static HRESULT reserve_and_commit(stops_holder *h)
{
    return take_pages(h, PART, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, eTaskCritical);
}

static HRESULT take_large(stops_holder *h)
{
    return take_pages(h, stops_large(h), MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, eTaskCritical);
}

static HRESULT take_large_urgently(stops_holder *h)
{
    return take_pages(h, stops_large(h), MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, eProcessCritical);
}

static HRESULT commit(stops_holder *h)
{
    return take_pages(h, PART, MEM_COMMIT, PAGE_READWRITE, eTaskCritical);
}

static HRESULT commit_code(stops_holder *h)
{
    return take_pages(h, PART, MEM_COMMIT, PAGE_EXECUTE_READWRITE, eTaskCritical);
}

static HRESULT reset(stops_holder *h)
{
    void *out;
    return IHostMemoryManager_VirtualAlloc(manager_of(h), h->region, PART, MEM_RESET, PAGE_READWRITE, eTaskCritical,
                                           &out);
}

static HRESULT commit_foreign(stops_holder *h)
{
    void *out;
    return IHostMemoryManager_VirtualAlloc(manager_of(h), (void *)(UINT_PTR)(16 * MIB), STEP_PAGE, MEM_COMMIT,
                                           PAGE_READWRITE, eTaskCritical, &out);
}

static HRESULT decommit(stops_holder *h)
{
    HRESULT hr = IHostMemoryManager_VirtualFree(manager_of(h), h->region, PART, MEM_DECOMMIT);
    if (hr == S_OK)
        h->committed = REGION - PART;
    return hr;
}

static HRESULT free_foreign(stops_holder *h)
{
    HRESULT hr = IHostMemoryManager_VirtualFree(manager_of(h), (void *)(UINT_PTR)(16 * MIB), 0, MEM_RELEASE);
    return good(hr == HOST_E_INVALIDOPERATION || hr == E_INVALIDARG); /* the second: the system was asked */
}

/* Until a runtime is attached there are no names. */
static HRESULT name_pages(stops_holder *h)
{
    hmi_core *core = hmi_core_of(h->world->instance);
    hmi_naming_set(core, h->region, h->region_bytes, HOSTMEM_KIND_OBJECTS);
    return good(hmi_naming_forget(core, h->region) ==
                (h->world->way->named ? HOSTMEM_KIND_OBJECTS : HOSTMEM_KIND_OTHER));
}

static HRESULT query(stops_holder *h)
{
    MEMORY_BASIC_INFORMATION info;
    SIZE_T written;
    return IHostMemoryManager_VirtualQuery(manager_of(h), h->region, &info, sizeof info, &written);
}

static HRESULT protect(stops_holder *h)
{
    DWORD old;
    return IHostMemoryManager_VirtualProtect(manager_of(h), h->region, PART, PAGE_READONLY, &old);
}

static HRESULT protect_code(stops_holder *h)
{
    DWORD old;
    return IHostMemoryManager_VirtualProtect(manager_of(h), h->region, PART, PAGE_EXECUTE_READ, &old);
}

/* ---- News and questions ---- */

static HRESULT get_load(stops_holder *h)
{
    SIZE_T available;
    DWORD load;
    return IHostMemoryManager_GetMemoryLoad(manager_of(h), &load, &available);
}

static HRESULT register_callback(stops_holder *h)
{
    return IHostMemoryManager_RegisterMemoryNotificationCallback(manager_of(h), &h->callback.iface);
}

static void register_former(stops_holder *h)
{
    stops_world *world = h->world;
    IHostMemoryManager_RegisterMemoryNotificationCallback(world->manager,
                                                          world->way->callback ? &world->callback.iface : NULL);
}

static HRESULT unregister_callback(stops_holder *h)
{
    return IHostMemoryManager_RegisterMemoryNotificationCallback(manager_of(h), NULL);
}

static HRESULT need_space(stops_holder *h)
{
    HRESULT hr = IHostMemoryManager_NeedsVirtualAddressSpace(manager_of(h), NULL, STEP_PAGE);
    return good(hr == S_OK || hr == E_OUTOFMEMORY); /* there may be nothing to give */
}

static HRESULT acquire_view(stops_holder *h)
{
    h->is_viewed = true;
    return IHostMemoryManager_AcquiredVirtualAddressSpace(manager_of(h), h->region, STEP_PAGE);
}

static HRESULT release_view(stops_holder *h)
{
    h->is_viewed = false;
    return IHostMemoryManager_ReleasedVirtualAddressSpace(manager_of(h), h->region);
}

static void with_view(stops_holder *h)
{
    with_reservation(h);
    acquire_view(h);
}

static void drop_view(stops_holder *h)
{
    if (h->is_viewed)
        release_view(h);
    drop_pages(h);
}

/* ---- Blocks ---- */

static HRESULT take_block(stops_holder *h, SIZE_T bytes, EMemoryCriticalLevel level)
{
    void *out = NULL;
    HRESULT hr = IHostMalloc_Alloc(h->world->heap, bytes, level, &out);
    h->block = out;
    h->block_bytes = bytes;
    return hr;
}

static HRESULT alloc(stops_holder *h)
{
    return take_block(h, BLOCK, eTaskCritical);
}

static HRESULT alloc_urgently(stops_holder *h)
{
    return take_block(h, BLOCK, eProcessCritical);
}

static HRESULT alloc_large(stops_holder *h)
{
    return take_block(h, LARGE_BLOCK, eTaskCritical);
}

static HRESULT debug_alloc(stops_holder *h)
{
    char file[] = "stops_calls.cpp";
    void *out = NULL;
    HRESULT hr = IHostMalloc_DebugAlloc(h->world->heap, BLOCK, eTaskCritical, file, 7, &out);
    h->block = out;
    h->block_bytes = BLOCK;
    return hr;
}

static HRESULT free_block(stops_holder *h)
{
    void *block = h->block;
    h->block = NULL;
    return IHostMalloc_Free(h->world->heap, block);
}

static void drop_block(stops_holder *h)
{
    if (h->block)
        free_block(h);
}

static void with_block(stops_holder *h)
{
    take_block(h, BLOCK, eProcessCritical);
}

static void with_large_block(stops_holder *h)
{
    take_block(h, LARGE_BLOCK, eProcessCritical);
}

static void with_debug_block(stops_holder *h)
{
    char file[] = "stops_calls.cpp";
    void *out = NULL;
    IHostMalloc_DebugAlloc(h->world->heap, BLOCK, eProcessCritical, file, 8, &out);
    h->block = out;
    h->block_bytes = BLOCK;
}

static HRESULT free_foreign_block(stops_holder *h)
{
    return IHostMalloc_Free(h->world->heap, h);
}

/* ---- Objects ---- */

static HRESULT query_interface(stops_holder *h)
{
    void *out = NULL;
    HRESULT hr = IHostMemoryManager_QueryInterface(manager_of(h), &IID_IHostMemoryManager, &out);
    h->manager = out;
    return hr;
}

static HRESULT add_ref(stops_holder *h)
{
    h->manager = manager_of(h);
    return good(IHostMemoryManager_AddRef(manager_of(h)) > 1);
}

static HRESULT drop_manager(stops_holder *h)
{
    h->manager = NULL;
    return good(IHostMemoryManager_Release(manager_of(h)) > 0);
}

static void give_manager(stops_holder *h)
{
    if (h->manager)
        drop_manager(h);
}

static void with_manager(stops_holder *h)
{
    add_ref(h);
}

static HRESULT get_manager(stops_holder *h)
{
    return hostmem_get_manager(h->world->instance, &h->manager);
}

static HRESULT get_host_manager(stops_holder *h)
{
    void *out = NULL;
    HRESULT hr = IHostControl_GetHostManager(h->world->control, &IID_IHostMemoryManager, &out);
    h->manager = out;
    return hr;
}

static HRESULT set_app_domain_manager(stops_holder *h)
{
    return IHostControl_SetAppDomainManager(h->world->control, 1, NULL);
}

static HRESULT count_heap_references(stops_holder *h)
{
    void *same;
    IHostMalloc *heap = h->world->heap;
    HRESULT hr = IHostMalloc_QueryInterface(heap, &IID_IHostMalloc, &same);
    IHostMalloc_AddRef(heap);
    IHostMalloc_Release(heap);
    return hr == S_OK ? good(IHostMalloc_Release(heap) > 0) : hr;
}

static HRESULT create_malloc(stops_holder *h)
{
    return IHostMemoryManager_CreateMalloc(manager_of(h), MALLOC_THREADSAFE, &h->heap);
}

static void with_heap(stops_holder *h)
{
    void *ignored;
    if (create_malloc(h) == S_OK)
        IHostMalloc_Alloc(h->heap, BLOCK, eProcessCritical, &ignored);
}

static HRESULT drop_heap(stops_holder *h)
{
    IHostMalloc *heap = h->heap;
    h->heap = NULL;
    return good(!heap || IHostMalloc_Release(heap) == 0);
}

static void give_heap(stops_holder *h)
{
    if (h->heap)
        drop_heap(h);
}

static HRESULT get_control(stops_holder *h)
{
    return hostmem_get_control(h->world->instance, NULL, &h->control);
}

static void with_control(stops_holder *h)
{
    get_control(h);
}

static HRESULT drop_control(stops_holder *h)
{
    IHostControl *control = h->control;
    h->control = NULL;
    return good(IHostControl_Release(control) == 0);
}

static void give_control(stops_holder *h)
{
    if (h->control)
        drop_control(h);
}

/* ---- What a host calls ---- */

static HRESULT get_stats(stops_holder *h)
{
    hostmem_stats stats = {.size = sizeof stats};
    return hostmem_get_stats(h->world->instance, &stats);
}

static HRESULT get_use(stops_holder *h)
{
    UINT64 use;
    return hostmem_budget_get_use(h->world->budget, &use);
}

static HRESULT set_limit(stops_holder *h)
{
    return hostmem_set_limit(h->world->instance, h->world->way->limit);
}

static HRESULT lower_limit(stops_holder *h)
{
    return hostmem_set_limit(h->world->instance, 8 * MIB);
}

static void reset_limit(stops_holder *h)
{
    set_limit(h);
}

static HRESULT configure(stops_holder *h)
{
    const stops_way *way = h->world->way;
    const hostmem_budget_config policy = {.size = sizeof policy,
                                          .limit_bytes = way->limit,
                                          .wait_ms = {way->wait_ms},
                                          .low_percent = way->low_percent ? way->low_percent : 99};
    return hostmem_budget_configure(h->world->budget, &policy);
}

static HRESULT close_instance(stops_holder *h)
{
    return hostmem_set_clr_state(h->world->instance, HOSTMEM_CLR_NOT_AVAILABLE);
}

static HRESULT open_instance(stops_holder *h)
{
    return hostmem_set_clr_state(h->world->instance, HOSTMEM_CLR_AVAILABLE);
}

static void reopen_instance(stops_holder *h)
{
    open_instance(h);
}

static HRESULT set_faults(stops_holder *h)
{
    const hostmem_fault_rule rule = {.size = sizeof rule, .min_bytes = 1000 * MIB};
    return hostmem_fault_set(h->world->instance, &rule, 1);
}

static HRESULT count_faults(stops_holder *h)
{
    hostmem_fault_count count;
    UINT32 rules;
    return hostmem_fault_get_counts(h->world->instance, &count, 1, &rules);
}

static BOOL visit_region(void *context, const hostmem_region *region)
{
    (void)context;
    return region->bytes != 0;
}

static HRESULT visit_regions(stops_holder *h)
{
    return hostmem_for_each_region(h->world->instance, visit_region, h);
}

static HRESULT get_audit(stops_holder *h)
{
    hostmem_audit audit = {.size = sizeof audit};
    return hostmem_get_audit(h->world->instance, &audit);
}

static BOOL visit_origin(void *context, const hostmem_origin *origin)
{
    (void)context;
    (void)origin;
    return TRUE;
}

static HRESULT visit_origins(stops_holder *h)
{
    return hostmem_for_each_origin(h->world->instance, visit_origin, h);
}

static HRESULT create_baseline(stops_holder *h)
{
    return hostmem_baseline_create(h->world->instance, &h->baseline);
}

static void with_baseline(stops_holder *h)
{
    create_baseline(h);
}

static BOOL visit_growth(void *context, const hostmem_growth *growth)
{
    (void)context;
    (void)growth;
    return TRUE;
}

static HRESULT visit_growths(stops_holder *h)
{
    return hostmem_baseline_for_each_growth(h->baseline, visit_growth, h);
}

static HRESULT check_config(stops_holder *h)
{
    const hostmem_config config = {.size = sizeof(config), .os = step_os_functions(), .flags = HOSTMEM_ENVIRONMENT};
    char text[128];
    (void)h;
    return hostmem_config_error(&config, text, sizeof(text));
}

static HRESULT explain_trace(stops_holder *h)
{
    char text[128];
    return hostmem_trace_error(h->world->instance, text, sizeof(text));
}

static HRESULT get_baseline_stats(stops_holder *h)
{
    hostmem_stats stats = {.size = sizeof(stats)};
    return hostmem_baseline_get_stats(h->baseline, &stats);
}

static HRESULT drop_baseline(stops_holder *h)
{
    hostmem_baseline *baseline = h->baseline;
    h->baseline = NULL;
    hostmem_baseline_release(baseline);
    return S_OK;
}

static void give_baseline(stops_holder *h)
{
    if (h->baseline)
        drop_baseline(h);
}

static void write_line(void *context, const char *line)
{
    (void)context;
    (void)line;
}

static HRESULT report_leaks(stops_holder *h)
{
    return hostmem_report_leaks(h->world->instance, write_line, h);
}

static HRESULT get_trace_status(stops_holder *h)
{
    hostmem_trace_status status = {.size = sizeof status};
    return hostmem_trace_get_status(h->world->instance, &status);
}

static HRESULT discard(void *context, const void *data, SIZE_T bytes)
{
    (void)context;
    (void)data;
    (void)bytes;
    return S_OK;
}

static HRESULT start_trace(stops_holder *h)
{
    const hostmem_trace_config config = {
        .size = sizeof config, .write = discard, .context = h, .buffer_bytes = 64 * KIB};
    return hostmem_trace_start(h->world->instance, &config);
}

static HRESULT start_trace_file(stops_holder *h)
{
    const hostmem_trace_config config = {.size = sizeof config, .path = "%p.trace", .buffer_bytes = 64 * KIB};
    return hostmem_trace_start(h->world->instance, &config);
}

static void with_trace(stops_holder *h)
{
    start_trace(h);
    step_os_settle();
}

static HRESULT stop_trace(stops_holder *h)
{
    return hostmem_trace_stop(h->world->instance);
}

static void end_trace(stops_holder *h)
{
    if (!h->world->way->trace)
        stop_trace(h);
}

/* ---- Whole budgets and instances ---- */

static HRESULT create_budget(stops_holder *h)
{
    return hostmem_budget_create(NULL, step_os_functions(), &h->budget);
}

static void with_budget(stops_holder *h)
{
    create_budget(h);
}

static HRESULT drop_budget(stops_holder *h)
{
    hostmem_budget *budget = h->budget;
    h->budget = NULL;
    return good(hostmem_budget_release(budget) == 0);
}

static void give_budget(stops_holder *h)
{
    if (h->budget)
        drop_budget(h);
}

static HRESULT create_instance(stops_holder *h)
{
    const hostmem_config config = {
        .size = sizeof config, .os = step_os_functions(), .budget = h->world->budget, .flags = HOSTMEM_ENVIRONMENT};
    return hostmem_create(&config, &h->instance);
}

/* One with quota in its caches and a callback. */
static void with_instance(stops_holder *h)
{
    IHostMemoryManager *manager;
    void *pages;
    create_instance(h);
    hostmem_get_manager(h->instance, &manager);
    if (IHostMemoryManager_VirtualAlloc(manager, NULL, STEP_PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE,
                                        eProcessCritical, &pages) == S_OK)
        IHostMemoryManager_VirtualFree(manager, pages, 0, MEM_RELEASE);
    IHostMemoryManager_Release(manager);
}

static HRESULT shut_instance_down(stops_holder *h)
{
    hostmem_shutdown(h->instance);
    return S_OK;
}

static HRESULT drop_instance(stops_holder *h)
{
    hostmem *instance = h->instance;
    h->instance = NULL;
    return good(hostmem_release(instance) == 0);
}

static void give_instance(stops_holder *h)
{
    if (h->instance)
        drop_instance(h);
}

/* ---- The table ---- */

const stops_call stops_calls[] = {
    {.name = "QueryInterface", .make = query_interface, .finish = give_manager},
    {.name = "AddRef", .make = add_ref, .finish = give_manager},
    {.name = "Release", .make = drop_manager, .prepare = with_manager, .finish = give_manager},
    {.name = "hostmem_get_manager", .make = get_manager, .finish = give_manager},
    {.name = "GetHostManager", .make = get_host_manager, .finish = give_manager},
    {.name = "SetAppDomainManager", .make = set_app_domain_manager},
    {.name = "hostmem_get_control", .make = get_control, .finish = give_control},
    {.name = "IHostControl Release (the last)", .make = drop_control, .prepare = with_control, .finish = give_control},
    {.name = "IHostMalloc QueryInterface, AddRef, Release", .make = count_heap_references},
    {.name = "CreateMalloc", .make = create_malloc, .finish = give_heap},
    {.name = "IHostMalloc Release (the last)",
     .make = drop_heap,
     .prepare = with_heap,
     .finish = give_heap,
     .frees = BLOCK},
    {.name = "VirtualAlloc (reserve)", .make = reserve, .finish = drop_pages, .moves = REGION},
    {.name = "VirtualAlloc (reserve and commit)",
     .make = reserve_and_commit,
     .finish = drop_pages,
     .promise = STOPS_MEMORY,
     .takes = PART},
    {.name = "VirtualAlloc (large)", .make = take_large, .finish = drop_pages, .promise = STOPS_MEMORY, .large = true},
    {.name = "VirtualAlloc (large, process)", .make = take_large_urgently, .finish = drop_pages, .large = true},
    {.name = "VirtualAlloc (commit)",
     .make = commit,
     .prepare = with_reservation,
     .finish = drop_pages,
     .promise = STOPS_MEMORY,
     .takes = PART},
    {.name = "VirtualAlloc (commit code)",
     .make = commit_code,
     .prepare = with_reservation,
     .finish = drop_pages,
     .promise = STOPS_MEMORY,
     .takes = PART},
    {.name = "VirtualAlloc (commit again)", .make = commit, .prepare = with_code, .finish = drop_pages, .moves = PART},
    {.name = "VirtualAlloc (reset)", .make = reset, .prepare = with_pages, .finish = drop_pages},
    {.name = "VirtualAlloc (foreign)", .make = commit_foreign, .promise = STOPS_FAILS, .failure = E_OUTOFMEMORY},
    {.name = "VirtualFree (decommit)", .make = decommit, .prepare = with_code, .finish = drop_pages, .frees = PART},
    {.name = "VirtualFree (release)", .make = release, .prepare = with_code, .finish = drop_pages, .frees = REGION},
    {.name = "VirtualFree (release, large)",
     .make = release,
     .prepare = with_large,
     .finish = drop_pages,
     .large = true},
    {.name = "VirtualFree (foreign)", .make = free_foreign},
    {.name = "naming memory", .make = name_pages, .prepare = with_pages, .finish = drop_pages},
    {.name = "VirtualQuery", .make = query, .prepare = with_pages, .finish = drop_pages},
    {.name = "VirtualProtect", .make = protect, .prepare = with_code, .finish = drop_pages, .moves = PART},
    {.name = "VirtualProtect (code)", .make = protect_code, .prepare = with_pages, .finish = drop_pages, .moves = PART},
    {.name = "GetMemoryLoad", .make = get_load},
    {.name = "RegisterMemoryNotificationCallback",
     .make = register_callback,
     .registers = true,
     .finish = register_former,
     .repair = register_former},
    {.name = "RegisterMemoryNotificationCallback (NULL)",
     .make = unregister_callback,
     .unregisters = true,
     .finish = register_former,
     .repair = register_former},
    {.name = "NeedsVirtualAddressSpace", .make = need_space, .moves = STOPS_ADDRESS_RESERVE + STEP_PAGE},
    {.name = "AcquiredVirtualAddressSpace",
     .make = acquire_view,
     .prepare = with_reservation,
     .finish = drop_view,
     .moves = STOPS_ADDRESS_RESERVE},
    {.name = "ReleasedVirtualAddressSpace",
     .make = release_view,
     .prepare = with_view,
     .finish = drop_view,
     .moves = STOPS_ADDRESS_RESERVE},
    {.name = "Alloc", .make = alloc, .finish = drop_block, .promise = STOPS_MEMORY, .takes = BLOCK},
    {.name = "Alloc (process)", .make = alloc_urgently, .finish = drop_block, .takes = BLOCK},
    {.name = "Alloc (large)", .make = alloc_large, .finish = drop_block, .promise = STOPS_MEMORY, .takes = LARGE_BLOCK},
    {.name = "DebugAlloc", .make = debug_alloc, .finish = drop_block, .promise = STOPS_MEMORY, .takes = BLOCK},
    {.name = "Free", .make = free_block, .prepare = with_block, .finish = drop_block, .frees = BLOCK},
    {.name = "Free (large)",
     .make = free_block,
     .prepare = with_large_block,
     .finish = drop_block,
     .frees = LARGE_BLOCK},
    {.name = "Free (of DebugAlloc)",
     .make = free_block,
     .prepare = with_debug_block,
     .finish = drop_block,
     .frees = BLOCK},
    {.name = "Free (foreign)", .make = free_foreign_block, .promise = STOPS_FAILS, .failure = HOST_E_INVALIDOPERATION},
    {.name = "hostmem_get_stats", .make = get_stats},
    {.name = "hostmem_budget_get_use", .make = get_use},
    {.name = "hostmem_set_limit", .make = set_limit},
    {.name = "hostmem_set_limit (lower)",
     .make = lower_limit,
     .finish = reset_limit,
     .disturbs = true,
     .flushes = true,
     .repair = reset_limit},
    {.name = "hostmem_budget_configure", .make = configure},
    {.name = "hostmem_set_clr_state (unavailable)",
     .make = close_instance,
     .finish = reopen_instance,
     .disturbs = true,
     .repair = reopen_instance},
    {.name = "hostmem_set_clr_state (available)", .make = open_instance},
    {.name = "hostmem_fault_set", .make = set_faults},
    {.name = "hostmem_fault_get_counts", .make = count_faults},
    {.name = "hostmem_for_each_region", .make = visit_regions, .prepare = with_code, .finish = drop_pages},
    {.name = "hostmem_get_audit", .make = get_audit, .prepare = with_code, .finish = drop_pages},
    {.name = "hostmem_for_each_origin", .make = visit_origins, .prepare = with_debug_block, .finish = drop_block},
    {.name = "hostmem_baseline_create", .make = create_baseline, .finish = give_baseline},
    {.name = "hostmem_baseline_for_each_growth",
     .make = visit_growths,
     .prepare = with_baseline,
     .finish = give_baseline},
    {.name = "hostmem_baseline_get_stats",
     .make = get_baseline_stats,
     .prepare = with_baseline,
     .finish = give_baseline},
    {.name = "hostmem_baseline_release", .make = drop_baseline, .prepare = with_baseline, .finish = give_baseline},
    {.name = "hostmem_report_leaks", .make = report_leaks, .prepare = with_debug_block, .finish = drop_block},
    {.name = "hostmem_trace_get_status", .make = get_trace_status},
    {.name = "hostmem_config_error", .make = check_config},
    {.name = "hostmem_trace_error", .make = explain_trace},
    {.name = "hostmem_trace_start",
     .make = start_trace,
     .finish = end_trace,
     .promise = STOPS_CHANGES,
     .failure = HOST_E_INVALIDOPERATION,
     .ends_trace = true,
     .repair = end_trace},
    {.name = "hostmem_trace_start (file)",
     .make = start_trace_file,
     .finish = end_trace,
     .promise = STOPS_CHANGES,
     .failure = HOST_E_INVALIDOPERATION,
     .ends_trace = true,
     .repair = end_trace},
    {.name = "hostmem_trace_stop",
     .make = stop_trace,
     .prepare = with_trace,
     .finish = end_trace,
     .promise = STOPS_CHANGES,
     .failure = HOST_E_INVALIDOPERATION,
     .ends_trace = true,
     .repair = end_trace},
    {.name = "hostmem_budget_create", .make = create_budget, .finish = give_budget},
    {.name = "hostmem_budget_release (the last)", .make = drop_budget, .prepare = with_budget, .finish = give_budget},
    {.name = "hostmem_create", .make = create_instance, .finish = give_instance},
    {.name = "hostmem_shutdown", .make = shut_instance_down, .prepare = with_instance, .finish = give_instance},
    {.name = "hostmem_release",
     .make = drop_instance,
     .flushes = true,
     .prepare = with_instance,
     .finish = give_instance},
};

const unsigned stops_call_count = sizeof stops_calls / sizeof *stops_calls;

/* A large call that begins with memory frees it, the other one takes it. */
SIZE_T stops_call_takes(const stops_call *call, const stops_way *way)
{
    return !call->large ? call->takes : call->prepare ? 0 : way->bytes ? way->bytes : REGION;
}

SIZE_T stops_call_frees(const stops_call *call, const stops_way *way)
{
    return !call->large ? call->frees : !call->prepare ? 0 : way->bytes ? way->bytes : REGION;
}

SIZE_T stops_call_moves(const stops_call *call, const stops_way *way)
{
    return call->moves + stops_call_takes(call, way) + stops_call_frees(call, way);
}

/* ---- The dead ---- */

static bool freed_or_half_freed(HRESULT hr)
{
    return hr == S_OK || hr == HOST_E_INVALIDOPERATION;
}

bool stops_bury(stops_holder *h)
{
    bool is_good = true;
    if (h->region)
        is_good = freed_or_half_freed(release(h));
    if (h->block)
        is_good = is_good && freed_or_half_freed(free_block(h));
    h->committed = 0;
    return is_good;
}
