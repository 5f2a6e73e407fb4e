/* What a trace contains for every call made while it runs, field by field. */
#include <string.h>

#include "listening_callback.h"
#include "sim_thread.h"
#include "trace_check.h"

#include "com/sized_malloc.h"
#include "core_state.h"
#include "memory/naming.h"

static void virtual_calls_have_their_arguments_and_results(void **state)
{
    host_fixture *f = *state;
    MEMORY_BASIC_INFORMATION region;
    trace_content content;
    SIZE_T written;
    DWORD old;
    char *memory;
    trace_check_start(f->instance, TRACE_PATH);
    memory = host_fixture_alloc(f, NULL, 3 * FIXTURE_GRANULE, MEM_RESERVE, PAGE_READWRITE);
    host_fixture_alloc(f, memory + FIXTURE_PAGE, 2 * FIXTURE_PAGE, MEM_COMMIT, PAGE_EXECUTE_READ);
    expect_success(f, IHostMemoryManager_VirtualQuery(f->manager, memory, &region, sizeof region, &written));
    expect_success(f, IHostMemoryManager_VirtualProtect(f->manager, memory + FIXTURE_PAGE, 7, PAGE_READONLY, &old));
    expect_success(f, IHostMemoryManager_VirtualFree(f->manager, memory, FIXTURE_PAGE, MEM_DECOMMIT));
    expect_success(f, IHostMemoryManager_VirtualFree(f->manager, memory, 0, MEM_RELEASE));
    trace_check_stop(f, &content);
    assert_int_equal(content.event_count, 6);
    expect_events(&content, 0,
                  {REQUEST(VIRTUAL_ALLOC, eTaskCritical), .size = 3 * FIXTURE_GRANULE, .type = MEM_RESERVE,
                   .protect = PAGE_READWRITE, .out = (UINT_PTR)memory, .thread = sim_thread_id()},
                  {REQUEST(VIRTUAL_ALLOC, eTaskCritical), .address = (UINT_PTR)memory + FIXTURE_PAGE,
                   .size = 2 * FIXTURE_PAGE, .type = MEM_COMMIT, .protect = PAGE_EXECUTE_READ,
                   .out = (UINT_PTR)memory + FIXTURE_PAGE},
                  {EVENT(VIRTUAL_QUERY), .address = (UINT_PTR)memory, .size = sizeof region, .out = written},
                  {EVENT(VIRTUAL_PROTECT), .address = (UINT_PTR)memory + FIXTURE_PAGE, .size = 7,
                   .protect = PAGE_READONLY, .value = PAGE_EXECUTE_READ},
                  {EVENT(VIRTUAL_FREE), .address = (UINT_PTR)memory, .size = FIXTURE_PAGE, .type = MEM_DECOMMIT},
                  {EVENT(VIRTUAL_FREE), .address = (UINT_PTR)memory, .type = MEM_RELEASE});
    trace_free(&content);
}

static void heap_calls_have_their_heap_and_block(void **state)
{
    host_fixture *f = *state;
    trace_content content;
    IHostMalloc *heap;
    void *block, *other;
    trace_check_start(f->instance, TRACE_PATH);
    heap = host_fixture_malloc(f, MALLOC_THREADSAFE | MALLOC_EXECUTABLE);
    expect_success(f, IHostMalloc_Alloc(heap, 100, eAppDomainCritical, &block));
    expect_success(f, IHostMalloc_DebugAlloc(heap, 0, eProcessCritical, "some file.cpp", -5, &other));
    expect_success(f, IHostMalloc_Free(heap, block));
    expect_success(f, IHostMalloc_Free(heap, NULL));
    assert_int_equal(IHostMalloc_AddRef(heap), 2);
    assert_int_equal(IHostMalloc_Release(heap), 1);
    assert_int_equal(IHostMalloc_Release(heap), 0);
    trace_check_stop(f, &content);
    assert_int_equal(content.event_count, 6);
    assert_int_equal(content.site_count, 1);
    assert_int_equal(content.sites[0].line, -5);
    assert_string_equal(content.sites[0].name, "some file.cpp");
    expect_events(&content, 0,
                  {EVENT(CREATE_MALLOC), .type = MALLOC_THREADSAFE | MALLOC_EXECUTABLE, .out = (UINT_PTR)heap},
                  {REQUEST(ALLOC, eAppDomainCritical), .address = (UINT_PTR)heap, .size = 100, .out = (UINT_PTR)block},
                  {REQUEST(DEBUG_ALLOC, eProcessCritical), .address = (UINT_PTR)heap, .out = (UINT_PTR)other,
                   .origin = content.sites[0].id},
                  {EVENT(FREE), .address = (UINT_PTR)heap, .out = (UINT_PTR)block},
                  {EVENT(FREE), .address = (UINT_PTR)heap}, {EVENT(HEAP_RELEASED), .address = (UINT_PTR)heap});
    trace_free(&content);
}

static void the_other_methods_have_what_they_were_given_and_gave(void **state)
{
    host_fixture *f = *state;
    listening_callback callback;
    trace_content content;
    SIZE_T available;
    DWORD load;
    void *view = sim_os_add_foreign(f->sim, NULL, FIXTURE_PAGE, TRUE, PAGE_READONLY);
    listening_callback_init(&callback, f->os);
    trace_check_start(f->instance, TRACE_PATH);
    expect_success(f, IHostMemoryManager_GetMemoryLoad(f->manager, &load, &available));
    expect_success(f, IHostMemoryManager_RegisterMemoryNotificationCallback(f->manager, &callback.iface));
    expect_success(f, IHostMemoryManager_RegisterMemoryNotificationCallback(f->manager, NULL));
    assert_int_equal(IHostMemoryManager_NeedsVirtualAddressSpace(f->manager, view, 77), E_OUTOFMEMORY);
    expect_success(f, IHostMemoryManager_AcquiredVirtualAddressSpace(f->manager, view, FIXTURE_PAGE));
    expect_success(f, IHostMemoryManager_ReleasedVirtualAddressSpace(f->manager, view));
    trace_check_stop(f, &content);
    assert_int_equal(content.event_count, 6);
    assert_int_not_equal(load, 0);
    expect_events(
        &content, 0, {EVENT(GET_MEMORY_LOAD), .value = load, .out = available},
        {EVENT(REGISTER_CALLBACK), .address = (UINT_PTR)&callback}, {EVENT(REGISTER_CALLBACK)},
        {EVENT(NEEDS_ADDRESS_SPACE), .address = (UINT_PTR)view, .size = 77, .result = (uint32_t)E_OUTOFMEMORY},
        {EVENT(ACQUIRED_ADDRESS_SPACE), .address = (UINT_PTR)view, .size = FIXTURE_PAGE},
        {EVENT(RELEASED_ADDRESS_SPACE), .address = (UINT_PTR)view});
    trace_free(&content);
    sim_os_remove_foreign(f->sim, view);
    hostmem_shutdown(f->instance); /* the callback ends with the test */
}

/* The address was named once, at the start of the trace. */
static void expect_name(const trace_content *content, uint64_t address, uint64_t size, uint32_t kind)
{
    size_t i, found = 0;
    for (i = 0; i < content->event_count; i++) {
        const hostmem_trace_event *event = &content->events[i];
        if (event->what != HOSTMEM_TRACE_NAMED || event->address != address)
            continue;
        found++;
        assert_int_equal(event->size, size);
        assert_int_equal(event->value, kind);
        assert_int_equal(event->ticks, content->header.start_ticks);
    }
    assert_int_equal(found, 1);
}

/* What memory is for is in the trace, whether it was named before the trace or during it. */
static void names_are_there_from_before_too(void **state)
{
    host_fixture *f = *state;
    hmi_core *core = hmi_core_of(f->instance);
    IHostMalloc *heap = host_fixture_malloc(f, MALLOC_THREADSAFE);
    void *view = sim_os_add_foreign(f->sim, NULL, FIXTURE_PAGE, TRUE, PAGE_READONLY), *sized = NULL;
    void *objects = host_fixture_alloc(f, NULL, 2 * FIXTURE_GRANULE, MEM_RESERVE, PAGE_READWRITE);
    void *forgotten = host_fixture_alloc(f, NULL, FIXTURE_GRANULE, MEM_RESERVE, PAGE_READWRITE), *code;
    trace_content content;
    assert_int_equal(hmi_kinds_prepare(&core->kinds, core->os), 0);
    expect_success(f, IHostMalloc_QueryInterface(heap, &hmi_iid_sized_malloc, &sized));
    assert_int_equal(IHostMalloc_Release(heap), 1);
    ((hmi_sized_malloc *)sized)->vtbl->SetKind(sized, HOSTMEM_KIND_INVOKED);
    expect_success(f, IHostMemoryManager_AcquiredVirtualAddressSpace(f->manager, view, FIXTURE_PAGE));
    hmi_naming_set(core, view, FIXTURE_PAGE, HOSTMEM_KIND_LOADER);
    hmi_naming_set(core, objects, 2 * FIXTURE_GRANULE, HOSTMEM_KIND_OBJECTS);
    hmi_naming_set(core, forgotten, FIXTURE_GRANULE, HOSTMEM_KIND_TABLES);
    assert_int_equal(hmi_naming_forget(core, forgotten), HOSTMEM_KIND_TABLES);
    trace_check_start(f->instance, TRACE_PATH);
    code = host_fixture_alloc(f, NULL, FIXTURE_GRANULE, MEM_RESERVE, PAGE_NOACCESS);
    hmi_naming_set(core, code, FIXTURE_GRANULE, HOSTMEM_KIND_LOADER);
    trace_check_stop(f, &content);
    /* What is named while the trace begins may be there twice: as something from before, too. */
    assert_true(content.event_count == 5 || content.event_count == 6);
    expect_name(&content, (UINT_PTR)heap, 0, HOSTMEM_TRACE_KIND_INVOKED);
    expect_name(&content, (UINT_PTR)objects, 2 * FIXTURE_GRANULE, HOSTMEM_TRACE_KIND_OBJECTS);
    expect_name(&content, (UINT_PTR)view, FIXTURE_PAGE, HOSTMEM_TRACE_KIND_LOADER);
    expect_events(
        &content, content.event_count - 2,
        {REQUEST(VIRTUAL_ALLOC, eTaskCritical), .size = FIXTURE_GRANULE, .type = MEM_RESERVE, .protect = PAGE_NOACCESS,
         .out = (UINT_PTR)code},
        {EVENT(NAMED), .address = (UINT_PTR)code, .size = FIXTURE_GRANULE, .value = HOSTMEM_TRACE_KIND_LOADER});
    trace_free(&content);
    expect_success(f, IHostMemoryManager_ReleasedVirtualAddressSpace(f->manager, view));
    expect_success(f, IHostMemoryManager_VirtualFree(f->manager, objects, 0, MEM_RELEASE));
    expect_success(f, IHostMemoryManager_VirtualFree(f->manager, forgotten, 0, MEM_RELEASE));
    expect_success(f, IHostMemoryManager_VirtualFree(f->manager, code, 0, MEM_RELEASE));
    sim_os_remove_foreign(f->sim, view);
    assert_int_equal(IHostMalloc_Release(heap), 0);
}

static void refused_virtual_calls_are_there_too(void **state)
{
    host_fixture *f = *state;
    const EMemoryCriticalLevel no_level = (EMemoryCriticalLevel)70000;
    trace_content content;
    IHostMalloc *heap;
    void *memory;
    DWORD old;
    char here;
    assert_int_equal(hostmem_set_limit(f->instance, FIXTURE_PAGE), S_OK);
    trace_check_start(f->instance, TRACE_PATH);
    expect_failure(f,
                   IHostMemoryManager_VirtualAlloc(f->manager, NULL, 2 * FIXTURE_PAGE, MEM_COMMIT, PAGE_READWRITE,
                                                   eTaskCritical, &memory),
                   E_OUTOFMEMORY, ERROR_COMMITMENT_LIMIT);
    expect_failure(f,
                   IHostMemoryManager_VirtualAlloc(f->manager, &here, 1, MEM_COMMIT, PAGE_READWRITE, no_level, &memory),
                   E_INVALIDARG, ERROR_INVALID_PARAMETER);
    expect_failure(
        f, IHostMemoryManager_VirtualAlloc(f->manager, NULL, 1, MEM_COMMIT, PAGE_READWRITE, eTaskCritical, NULL),
        E_POINTER, ERROR_NOACCESS);
    expect_failure(f, IHostMemoryManager_VirtualFree(f->manager, &here, 0, MEM_RELEASE), HOST_E_INVALIDOPERATION,
                   ERROR_INVALID_ADDRESS);
    expect_failure(f, IHostMemoryManager_VirtualQuery(f->manager, &here, NULL, 5, NULL), E_POINTER, ERROR_NOACCESS);
    expect_failure(f, IHostMemoryManager_VirtualProtect(f->manager, &here, 0, PAGE_READONLY, &old), E_INVALIDARG,
                   ERROR_INVALID_PARAMETER);
    expect_failure(f, IHostMemoryManager_CreateMalloc(f->manager, 0x80, &heap), E_INVALIDARG, ERROR_INVALID_PARAMETER);
    expect_failure(f, IHostMemoryManager_GetMemoryLoad(f->manager, &old, NULL), E_POINTER, ERROR_NOACCESS);
    trace_check_stop(f, &content);
    assert_int_equal(content.event_count, 9);
    expect_events(&content, 0,
                  {REQUEST(REFUSED, eTaskCritical), .size = 2 * FIXTURE_PAGE, .type = HOSTMEM_TRACE_BY_BUDGET,
                   .value = ERROR_COMMITMENT_LIMIT, .result = (uint32_t)E_OUTOFMEMORY},
                  {REQUEST(VIRTUAL_ALLOC, eTaskCritical), .size = 2 * FIXTURE_PAGE, .type = MEM_COMMIT,
                   .protect = PAGE_READWRITE, .result = (uint32_t)E_OUTOFMEMORY},
                  {EVENT(VIRTUAL_ALLOC), .address = (UINT_PTR)&here, .size = 1, .type = MEM_COMMIT,
                   .protect = PAGE_READWRITE, .result = (uint32_t)E_INVALIDARG},
                  {REQUEST(VIRTUAL_ALLOC, eTaskCritical), .size = 1, .type = MEM_COMMIT, .protect = PAGE_READWRITE,
                   .result = (uint32_t)E_POINTER},
                  {EVENT(VIRTUAL_FREE), .address = (UINT_PTR)&here, .type = MEM_RELEASE,
                   .result = (uint32_t)HOST_E_INVALIDOPERATION},
                  {EVENT(VIRTUAL_QUERY), .address = (UINT_PTR)&here, .size = 5, .result = (uint32_t)E_POINTER},
                  {EVENT(VIRTUAL_PROTECT), .address = (UINT_PTR)&here, .protect = PAGE_READONLY,
                   .result = (uint32_t)E_INVALIDARG},
                  {EVENT(CREATE_MALLOC), .type = 0x80, .result = (uint32_t)E_INVALIDARG},
                  {EVENT(GET_MEMORY_LOAD), .result = (uint32_t)E_POINTER});
    trace_free(&content);
}

static void refused_heap_calls_are_there_too(void **state)
{
    host_fixture *f = *state;
    IHostMalloc *heap = host_fixture_malloc(f, MALLOC_THREADSAFE);
    trace_content content;
    void *block;
    char here;
    trace_check_start(f->instance, TRACE_PATH);
    expect_failure(f, IHostMalloc_Alloc(heap, 8, eTaskCritical, NULL), E_POINTER, ERROR_NOACCESS);
    expect_failure(f, IHostMalloc_Alloc(heap, SIZE_MAX, eTaskCritical, &block), E_OUTOFMEMORY, ERROR_NOT_ENOUGH_MEMORY);
    expect_failure(f, IHostMalloc_DebugAlloc(heap, SIZE_MAX, eProcessCritical, NULL, 1, &block), E_OUTOFMEMORY,
                   ERROR_NOT_ENOUGH_MEMORY);
    expect_failure(f, IHostMalloc_DebugAlloc(heap, 8, (EMemoryCriticalLevel)3, NULL, 1, &block), E_INVALIDARG,
                   ERROR_INVALID_PARAMETER);
    expect_failure(f, IHostMalloc_Free(heap, &here), HOST_E_INVALIDOPERATION, ERROR_INVALID_ADDRESS);
    trace_check_stop(f, &content);
    assert_int_equal(content.event_count, 7);
    assert_int_equal(content.site_count, 1);
    assert_string_equal(content.sites[0].name, "");
    expect_events(
        &content, 0,
        {REQUEST(ALLOC, eTaskCritical), .address = (UINT_PTR)heap, .size = 8, .result = (uint32_t)E_POINTER},
        {REQUEST(REFUSED, eTaskCritical), .size = SIZE_MAX, .type = HOSTMEM_TRACE_BY_SYSTEM,
         .value = ERROR_NOT_ENOUGH_MEMORY, .result = (uint32_t)E_OUTOFMEMORY},
        {REQUEST(ALLOC, eTaskCritical), .address = (UINT_PTR)heap, .size = SIZE_MAX, .result = (uint32_t)E_OUTOFMEMORY},
        {REQUEST(REFUSED, eProcessCritical), .size = SIZE_MAX, .type = HOSTMEM_TRACE_BY_SYSTEM,
         .value = ERROR_NOT_ENOUGH_MEMORY, .result = (uint32_t)E_OUTOFMEMORY},
        {REQUEST(DEBUG_ALLOC, eProcessCritical), .address = (UINT_PTR)heap, .size = SIZE_MAX,
         .result = (uint32_t)E_OUTOFMEMORY, .origin = content.sites[0].id},
        {EVENT(DEBUG_ALLOC), .address = (UINT_PTR)heap, .size = 8, .result = (uint32_t)E_INVALIDARG},
        {EVENT(FREE), .address = (UINT_PTR)heap, .out = (UINT_PTR)&here, .result = (uint32_t)HOST_E_INVALIDOPERATION});
    trace_free(&content);
    IHostMalloc_Release(heap);
}

static void what_the_library_does_by_itself_is_there(void **state)
{
    host_fixture *f = *state;
    listening_callback callback;
    trace_content content;
    void *memory, *none;
    listening_callback_init(&callback, f->os);
    trace_check_start(f->instance, TRACE_PATH);
    assert_int_equal(hostmem_set_limit(f->instance, 10 * FIXTURE_PAGE), S_OK);
    expect_success(f, IHostMemoryManager_RegisterMemoryNotificationCallback(f->manager, &callback.iface));
    assert_true(sim_os_await_waiting(f->sim, 2, SIM_PATIENCE_MS)); /* one of them is the trace's thread */
    memory = host_fixture_alloc(f, NULL, 9 * FIXTURE_PAGE, MEM_COMMIT, PAGE_READWRITE);
    while (!atomic_load(&callback.heard))
        sim_thread_yield();
    assert_int_equal(hostmem_set_clr_state(f->instance, HOSTMEM_CLR_NOT_AVAILABLE), S_OK);
    expect_failure(
        f, IHostMemoryManager_VirtualAlloc(f->manager, NULL, 1, MEM_COMMIT, PAGE_READWRITE, eTaskCritical, &none),
        HOST_E_CLRNOTAVAILABLE, ERROR_COMMITMENT_LIMIT);
    assert_int_equal(hostmem_set_clr_state(f->instance, HOSTMEM_CLR_AVAILABLE), S_OK);
    trace_check_stop(f, &content);
    assert_int_equal(content.event_count, 7);
    expect_events(&content, 0, {EVENT(LIMIT), .size = 10 * FIXTURE_PAGE},
                  {EVENT(REGISTER_CALLBACK), .address = (UINT_PTR)&callback});
    expect_events(&content, 4, {EVENT(CLOSED), .value = 1},
                  {REQUEST(VIRTUAL_ALLOC, eTaskCritical), .size = 1, .type = MEM_COMMIT, .protect = PAGE_READWRITE,
                   .result = (uint32_t)HOST_E_CLRNOTAVAILABLE},
                  {EVENT(CLOSED)});
    /* The notification comes from a thread of its own, before or after the end of the call that caused it. */
    expect_events(&content, content.events[2].what == HOSTMEM_TRACE_NOTIFICATION ? 2 : 3,
                  {EVENT(NOTIFICATION), .value = eMemoryAvailableLow});
    trace_free(&content);
    expect_success(f, IHostMemoryManager_VirtualFree(f->manager, memory, 0, MEM_RELEASE));
    hostmem_shutdown(f->instance);
}

/* Another thread that allocates what is freed as soon as it is free. */
typedef struct successor {
    IHostMemoryManager *manager;
    void *place;
    HRESULT hr;
} successor;

static void take_at_once(void *context, const sim_os_call *call)
{
    successor *self = context;
    void *memory;
    (void)call;
    if (self->place)
        self->hr = IHostMemoryManager_VirtualAlloc(self->manager, self->place, 1, MEM_RESERVE, PAGE_READWRITE,
                                                   eTaskCritical, &memory);
    self->place = NULL;
}

static void what_is_given_back_comes_before_what_is_given_out_again(void **state)
{
    host_fixture *f = *state;
    IHostMalloc *heap = host_fixture_malloc(f, MALLOC_THREADSAFE);
    char *memory = host_fixture_alloc(f, NULL, FIXTURE_PAGE, MEM_RESERVE, PAGE_READWRITE);
    char *others = memory + (1 << 20);
    successor next = {f->manager, NULL, E_UNEXPECTED};
    trace_content content;
    void *block;
    int i;
    expect_success(f, IHostMalloc_Alloc(heap, 1, eTaskCritical, &block));
    sim_os_set_hooks(f->sim, SIM_SET(SIM_VIRTUAL_FREE) | SIM_SET(SIM_HEAP_FREE) | SIM_SET(SIM_HEAP_DESTROY), NULL,
                     take_at_once, &next);
    trace_check_start(f->instance, TRACE_PATH);
    next.place = memory;
    expect_success(f, IHostMemoryManager_VirtualFree(f->manager, memory, 0, MEM_RELEASE));
    next.place = others;
    expect_success(f, IHostMalloc_Free(heap, block));
    next.place = others + FIXTURE_GRANULE;
    IHostMalloc_Release(heap);
    trace_check_stop(f, &content);
    sim_os_set_hooks(f->sim, 0, NULL, NULL, NULL);
    assert_int_equal(content.event_count, 6);
    for (i = 0; i < 6; i += 2) {
        static const UINT32 first[] = {HOSTMEM_TRACE_VIRTUAL_FREE, HOSTMEM_TRACE_FREE, HOSTMEM_TRACE_HEAP_RELEASED};
        assert_int_equal(content.events[i].what, first[i / 2]);
        assert_int_equal(content.events[i + 1].what, HOSTMEM_TRACE_VIRTUAL_ALLOC);
        assert_int_equal(content.events[i + 1].result, S_OK);
    }
    trace_free(&content);
    expect_success(f, IHostMemoryManager_VirtualFree(f->manager, memory, 0, MEM_RELEASE));
    expect_success(f, IHostMemoryManager_VirtualFree(f->manager, others, 0, MEM_RELEASE));
    expect_success(f, IHostMemoryManager_VirtualFree(f->manager, others + FIXTURE_GRANULE, 0, MEM_RELEASE));
}

/* A request on a thread of its own that waits for memory. */
typedef struct request {
    IHostMemoryManager *manager;
    HRESULT hr;
    void *memory;
    uint32_t thread_id;
    atomic_bool done;
} request;

static void make_request(void *context)
{
    request *self = context;
    self->thread_id = sim_thread_id();
    self->hr = IHostMemoryManager_VirtualAlloc(self->manager, NULL, 2 * FIXTURE_PAGE, MEM_COMMIT, PAGE_READWRITE,
                                               eAppDomainCritical, &self->memory);
    atomic_store(&self->done, true);
}

static void waits_say_how_long_and_how_they_ended(void **state)
{
    host_fixture *f = *state;
    const hostmem_budget_config budget = {.size = sizeof budget, .limit_bytes = FIXTURE_PAGE, .wait_ms = {0, 70, 0}};
    const hostmem_config config = {.size = sizeof config, .os = f->os, .budget_config = &budget};
    trace_content content;
    request late = {0}, lucky = {0};
    hostmem *instance;
    sim_thread *thread;
    assert_int_equal(hostmem_create(&config, &instance), S_OK);
    assert_int_equal(hostmem_get_manager(instance, &late.manager), S_OK);
    lucky.manager = late.manager;
    trace_check_start(instance, TRACE_PATH);
    assert_true(sim_os_await_waiting(f->sim, 1, SIM_PATIENCE_MS)); /* the trace's thread */
    thread = sim_thread_start(make_request, &late);
    assert_true(sim_os_await_waiting(f->sim, 2, SIM_PATIENCE_MS));
    while (!atomic_load(&late.done)) {
        sim_os_advance(f->sim, 1);
        sim_thread_yield();
    }
    sim_thread_join(thread);
    assert_int_equal(late.hr, HOST_E_TIMEOUT);
    thread = sim_thread_start(make_request, &lucky);
    assert_true(sim_os_await_waiting(f->sim, 2, SIM_PATIENCE_MS));
    assert_int_equal(hostmem_set_limit(instance, 10 * FIXTURE_PAGE), S_OK);
    sim_thread_join(thread);
    assert_int_equal(lucky.hr, S_OK);
    assert_int_equal(IHostMemoryManager_VirtualFree(lucky.manager, lucky.memory, 0, MEM_RELEASE), S_OK);
    assert_int_equal(hostmem_trace_stop(instance), S_OK);
    trace_check_read(f, TRACE_PATH, &content);
    assert_int_equal(content.event_count, 7);
    assert_true(content.events[0].value >= 70);
    expect_events(&content, 0,
                  {REQUEST(WAITED, eAppDomainCritical), .size = 2 * FIXTURE_PAGE, .value = content.events[0].value,
                   .result = (uint32_t)HOST_E_TIMEOUT, .thread = late.thread_id},
                  {REQUEST(REFUSED, eAppDomainCritical), .size = 2 * FIXTURE_PAGE, .type = HOSTMEM_TRACE_BY_BUDGET,
                   .value = ERROR_COMMITMENT_LIMIT, .result = (uint32_t)HOST_E_TIMEOUT, .thread = late.thread_id},
                  {REQUEST(VIRTUAL_ALLOC, eAppDomainCritical), .size = 2 * FIXTURE_PAGE, .type = MEM_COMMIT,
                   .protect = PAGE_READWRITE, .result = (uint32_t)HOST_E_TIMEOUT, .thread = late.thread_id});
    /* The limit is reported after it has changed, when the request may already have continued. */
    expect_events(&content, content.events[3].what == HOSTMEM_TRACE_WAITED ? 3 : 4,
                  {REQUEST(WAITED, eAppDomainCritical), .size = 2 * FIXTURE_PAGE, .thread = lucky.thread_id});
    expect_events(&content, 6, {EVENT(VIRTUAL_FREE), .address = (UINT_PTR)lucky.memory, .type = MEM_RELEASE});
    trace_free(&content);
    IHostMemoryManager_Release(late.manager);
    assert_int_equal(hostmem_release(instance), 0);
}

static void alloc_twice(host_fixture *f, IHostMalloc *heap)
{
    unsigned i;
    for (i = 0; i < 2; i++) {
        void *block;
        IHostMalloc_Alloc(heap, 10, eTaskCritical, &block);
        if (block)
            expect_success(f, IHostMalloc_Free(heap, block));
    }
}

static void calls_that_a_fault_has_struck_say_so(void **state)
{
    host_fixture *f = *state;
    const hostmem_fault_rule rules[] = {
        {.size = sizeof rules[0], .methods = HOSTMEM_METHOD_ALLOC, .nth = 1, .every = 2},
        {.size = sizeof rules[0], .methods = HOSTMEM_METHOD_VIRTUAL_QUERY, .flags = HOSTMEM_FAULT_BY_SYSTEM},
    };
    IHostMalloc *heap = host_fixture_malloc(f, MALLOC_THREADSAFE);
    MEMORY_BASIC_INFORMATION region;
    trace_content content;
    SIZE_T written;
    assert_int_equal(hostmem_fault_set(f->instance, rules, 2), S_OK);
    alloc_twice(f, heap);
    assert_int_equal(IHostMemoryManager_VirtualQuery(f->manager, NULL, &region, sizeof region, &written),
                     E_OUTOFMEMORY); /* injected before the trace, so it must not be attributed to the next call */
    trace_check_start(f->instance, TRACE_PATH);
    assert_int_equal(IHostMemoryManager_AddRef(f->manager) - 1, IHostMemoryManager_Release(f->manager));
    expect_success(f, IHostMemoryManager_VirtualFree(
                          f->manager, host_fixture_alloc(f, NULL, 1, MEM_RESERVE, PAGE_READWRITE), 0, MEM_RELEASE));
    alloc_twice(f, heap);
    assert_int_equal(IHostMemoryManager_VirtualQuery(f->manager, NULL, &region, sizeof region, &written),
                     E_OUTOFMEMORY);
    trace_check_stop(f, &content);
    assert_int_equal(content.event_count, 7);
    assert_int_equal(content.events[0].flags | content.events[1].flags, 0);
    expect_events(&content, 2,
                  {REQUEST(REFUSED, eTaskCritical), .size = 10, .type = HOSTMEM_TRACE_BY_BUDGET,
                   .value = ERROR_NOT_ENOUGH_MEMORY, .result = (uint32_t)E_OUTOFMEMORY});
    assert_int_equal(content.events[3].what, HOSTMEM_TRACE_ALLOC);
    assert_int_equal(content.events[3].flags, HOSTMEM_TRACE_INJECTED);
    assert_int_equal(content.events[4].flags | content.events[5].flags, 0);
    assert_int_equal(content.events[6].what, HOSTMEM_TRACE_VIRTUAL_QUERY);
    assert_int_equal(content.events[6].flags, HOSTMEM_TRACE_INJECTED);
    trace_free(&content);
    assert_int_equal(hostmem_fault_set(f->instance, NULL, 0), S_OK);
    IHostMalloc_Release(heap);
}

static void names_of_files_are_cut_to_what_the_format_allows(void **state)
{
    host_fixture *f = *state;
    static char name[HOSTMEM_TRACE_MAX_NAME + 100];
    IHostMalloc *heap = host_fixture_malloc(f, MALLOC_THREADSAFE);
    trace_content content;
    void *block;
    memset(name, 'n', sizeof name - 1);
    trace_check_start(f->instance, TRACE_PATH);
    expect_success(f, IHostMalloc_DebugAlloc(heap, 1, eTaskCritical, name, 1, &block));
    trace_check_stop(f, &content);
    assert_int_equal(content.site_count, 1);
    assert_int_equal(strlen(content.sites[0].name), HOSTMEM_TRACE_MAX_NAME);
    trace_free(&content);
    IHostMalloc_Release(heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(virtual_calls_have_their_arguments_and_results),
        fixture_test(heap_calls_have_their_heap_and_block),
        fixture_test(the_other_methods_have_what_they_were_given_and_gave),
        fixture_test(names_are_there_from_before_too),
        fixture_test(refused_virtual_calls_are_there_too),
        fixture_test(refused_heap_calls_are_there_too),
        fixture_test(what_the_library_does_by_itself_is_there),
        fixture_test(what_is_given_back_comes_before_what_is_given_out_again),
        fixture_test(waits_say_how_long_and_how_they_ended),
        fixture_test(calls_that_a_fault_has_struck_say_so),
        fixture_test(names_of_files_are_cut_to_what_the_format_allows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
