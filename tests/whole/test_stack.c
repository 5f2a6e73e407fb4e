/* Every call needs at most 4 KiB of stack, since the CLR calls from threads that have little left. The calls are
 * made on a stack of that size: touching the page after it ends the process. The operating system below is
 * simulated and uses the same stack, so the library needs less than what is measured; Windows' functions need more
 * stack in addition, as for a host that calls Windows itself. tests/stack has the same by the compiler's figures. */
#include "host_fixture.h"
#include "listening_callback.h"
#include "narrow_stack.h"

#define ROOM ((SIZE_T)4096)

typedef struct scene {
    sim_os *sim;
    hostmem *instance;
    IHostMemoryManager *manager;
    IHostMalloc *heap;
    listening_callback callback;
    char *region; /* 64 KiB, its first page committed */
    void *block;
    void *out;
} scene;

typedef HRESULT step_function(scene *on);

typedef struct step {
    const char *name;
    step_function *call;
    HRESULT expected;
} step;

typedef struct narrow_step {
    scene *on;
    step_function *call;
    HRESULT hr;
} narrow_step;

static void call_step(void *context)
{
    narrow_step *self = context;
    self->hr = self->call(self->on);
}

static void run_steps(scene *on, const step *steps, size_t count)
{
    size_t i;
    for (i = 0; i < count; i++) {
        narrow_step narrow = {on, steps[i].call, E_UNEXPECTED};
        SIZE_T used = narrow_stack_run(call_step, &narrow, ROOM);
        print_message("%5u bytes: %s\n", (unsigned)used, steps[i].name);
        if (narrow.hr != steps[i].expected)
            fail_msg("%s: %08x, not %08x", steps[i].name, (unsigned)narrow.hr, (unsigned)steps[i].expected);
        assert_in_range(used, 1, ROOM);
    }
}

static HRESULT take(scene *on, void *address, SIZE_T size, DWORD type, DWORD protect)
{
    return IHostMemoryManager_VirtualAlloc(on->manager, address, size, type, protect, eTaskCritical, &on->out);
}

static HRESULT reserve(scene *on)
{
    HRESULT hr = take(on, NULL, FIXTURE_GRANULE, MEM_RESERVE, PAGE_READWRITE);
    on->region = on->out;
    return hr;
}

static HRESULT commit(scene *on)
{
    return take(on, on->region, FIXTURE_PAGE, MEM_COMMIT, PAGE_READWRITE);
}

static HRESULT commit_executable(scene *on)
{
    return take(on, on->region + FIXTURE_PAGE, FIXTURE_PAGE, MEM_COMMIT, PAGE_EXECUTE_READWRITE);
}

static HRESULT reserve_and_commit(scene *on)
{
    return take(on, NULL, FIXTURE_GRANULE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
}

static HRESULT reset(scene *on)
{
    return take(on, on->region, FIXTURE_PAGE, MEM_RESET, PAGE_READWRITE);
}

static HRESULT commit_nothing(scene *on)
{
    return take(on, on->region, 0, MEM_COMMIT, PAGE_READWRITE);
}

static HRESULT commit_too_much(scene *on)
{
    return take(on, NULL, (SIZE_T)32 << 20, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
}

static HRESULT release_out(scene *on)
{
    return IHostMemoryManager_VirtualFree(on->manager, on->out, 0, MEM_RELEASE);
}

static HRESULT release_region(scene *on)
{
    return IHostMemoryManager_VirtualFree(on->manager, on->region, 0, MEM_RELEASE);
}

static HRESULT decommit(scene *on)
{
    return IHostMemoryManager_VirtualFree(on->manager, on->region, FIXTURE_PAGE, MEM_DECOMMIT);
}

static HRESULT query(scene *on)
{
    MEMORY_BASIC_INFORMATION region;
    SIZE_T written;
    return IHostMemoryManager_VirtualQuery(on->manager, on->region, &region, sizeof region, &written);
}

static HRESULT protect_executable(scene *on)
{
    DWORD old;
    return IHostMemoryManager_VirtualProtect(on->manager, on->region, FIXTURE_PAGE, PAGE_EXECUTE_READ, &old);
}

static HRESULT protect(scene *on)
{
    DWORD old;
    return IHostMemoryManager_VirtualProtect(on->manager, on->region, FIXTURE_PAGE, PAGE_READWRITE, &old);
}

static HRESULT load(scene *on)
{
    SIZE_T available;
    DWORD percent;
    return IHostMemoryManager_GetMemoryLoad(on->manager, &percent, &available);
}

static HRESULT register_callback(scene *on)
{
    return IHostMemoryManager_RegisterMemoryNotificationCallback(on->manager, &on->callback.iface);
}

static HRESULT needs(scene *on)
{
    return IHostMemoryManager_NeedsVirtualAddressSpace(on->manager, NULL, FIXTURE_GRANULE);
}

static HRESULT acquired(scene *on)
{
    return IHostMemoryManager_AcquiredVirtualAddressSpace(on->manager, on->region, 0);
}

static HRESULT released(scene *on)
{
    return IHostMemoryManager_ReleasedVirtualAddressSpace(on->manager, on->region);
}

static HRESULT create_malloc(scene *on)
{
    return IHostMemoryManager_CreateMalloc(on->manager, MALLOC_THREADSAFE, &on->heap);
}

static HRESULT alloc(scene *on)
{
    return IHostMalloc_Alloc(on->heap, 100, eTaskCritical, &on->block);
}

static HRESULT debug_alloc(scene *on)
{
    static char file[] = "place.cpp";
    return IHostMalloc_DebugAlloc(on->heap, 100, eTaskCritical, file, 1, &on->block);
}

static HRESULT alloc_too_much(scene *on)
{
    return IHostMalloc_Alloc(on->heap, (SIZE_T)32 << 20, eTaskCritical, &on->out);
}

static HRESULT free_block(scene *on)
{
    return IHostMalloc_Free(on->heap, on->block);
}

static HRESULT release_malloc(scene *on)
{
    return (HRESULT)IHostMalloc_Release(on->heap);
}

static HRESULT query_interface(scene *on)
{
    HRESULT hr = IHostMemoryManager_QueryInterface(on->manager, &IID_IHostMemoryManager, &on->out);
    IHostMemoryManager_Release(on->manager);
    return hr;
}

static HRESULT stats(scene *on)
{
    hostmem_stats stats = {.size = sizeof stats};
    return hostmem_get_stats(on->instance, &stats);
}

static HRESULT shut_down(scene *on)
{
    hostmem_shutdown(on->instance);
    return S_OK;
}

#define STEPS(list) (list), sizeof(list) / sizeof(list)[0]

static const step ordinary[] = {
    {"reserve, the first use of the books", reserve, S_OK},
    {"commit, the first use of the books", commit, S_OK},
    {"commit again", commit, S_OK},
    {"commit executable", commit_executable, S_OK},
    {"reserve and commit", reserve_and_commit, S_OK},
    {"release", release_out, S_OK},
    {"release of what is not there any more", release_out, HOST_E_INVALIDOPERATION},
    {"a commit of nothing", commit_nothing, E_INVALIDARG},
    {"reset", reset, S_OK},
    {"query", query, S_OK},
    {"protect, executable", protect_executable, S_OK},
    {"protect", protect, S_OK},
    {"memory load", load, S_OK},
    {"register a callback", register_callback, S_OK},
    {"needs address space", needs, E_OUTOFMEMORY},
    {"acquired a view", acquired, S_OK},
    {"released a view", released, S_OK},
    {"create a heap", create_malloc, S_OK},
    {"Alloc, the first use of the books", alloc, S_OK},
    {"Free", free_block, S_OK},
    {"Free again", free_block, HOST_E_INVALIDOPERATION},
    {"Alloc", alloc, S_OK},
    {"DebugAlloc", debug_alloc, S_OK},
    {"release of a heap with blocks", release_malloc, 0},
    {"QueryInterface", query_interface, S_OK},
    {"figures", stats, S_OK},
    {"decommit", decommit, S_OK},
    {"release of the region", release_region, S_OK},
    {"shutdown", shut_down, S_OK},
};

static const step refusals[] = {
    {"reserve", reserve, S_OK},
    {"commit", commit, S_OK},
    {"create a heap", create_malloc, S_OK},
    {"commit above the limit, after a wait", commit_too_much, HOST_E_TIMEOUT},
    {"Alloc above the limit, after a wait", alloc_too_much, HOST_E_TIMEOUT},
    {"release of the heap", release_malloc, 0},
    {"release of the region", release_region, S_OK},
};

static const step refused_release[] = {
    {"release that the system refuses", release_region, E_INVALIDARG},
};

static void open_scene(scene *on, const hostmem_config *wanted)
{
    const sim_os_config simulation = {.real_time = TRUE};
    hostmem_config config = *wanted;
    *on = (scene){.sim = sim_os_create(&simulation)};
    assert_non_null(on->sim);
    config.os = sim_os_functions(on->sim);
    assert_int_equal(hostmem_create(&config, &on->instance), S_OK);
    assert_int_equal(hostmem_get_manager(on->instance, &on->manager), S_OK);
    listening_callback_init(&on->callback, config.os);
}

static void close_scene(scene *on)
{
    IHostMemoryManager_Release(on->manager);
    assert_int_equal(hostmem_release(on->instance), 0);
    assert_true(sim_os_check(on->sim, NULL));
    sim_os_destroy(on->sim);
}

static void every_call_gets_by_with_four_kib(void **state)
{
    const hostmem_config config = {.size = sizeof config};
    scene on;
    (void)state;
    open_scene(&on, &config);
    run_steps(&on, STEPS(ordinary));
    close_scene(&on);
}

static void ignore(void *context, const char *line)
{
    (void)context;
    (void)line;
}

static void every_call_with_all_that_can_be_configured(void **state)
{
    const hostmem_config config = {
        .size = sizeof config,
        .flags = HOSTMEM_CHECKED | HOSTMEM_LOCK_PAGES | HOSTMEM_LOCK_STRICT | HOSTMEM_NUMA,
        .limit_bytes = (UINT64)16 << 20,
        .leak_sink = ignore,
        .sample_bytes = 1,
    };
    scene on;
    (void)state;
    open_scene(&on, &config);
    run_steps(&on, STEPS(ordinary));
    close_scene(&on);
}

static void requests_that_wait_and_fail(void **state)
{
    const hostmem_budget_config budget = {.size = sizeof budget, .limit_bytes = (UINT64)16 << 20, .wait_ms = {1, 1, 1}};
    const hostmem_config config = {.size = sizeof config, .budget_config = &budget};
    scene on;
    (void)state;
    open_scene(&on, &config);
    run_steps(&on, STEPS(refusals));
    close_scene(&on);
}

static void a_release_that_is_put_back_into_the_books(void **state)
{
    const hostmem_config config = {.size = sizeof config};
    scene on;
    (void)state;
    open_scene(&on, &config);
    assert_int_equal(reserve(&on), S_OK);
    assert_int_equal(commit(&on), S_OK);
    sim_os_fail(on.sim, SIM_SET(SIM_VIRTUAL_FREE), 0, 1, ERROR_INVALID_PARAMETER);
    run_steps(&on, STEPS(refused_release));
    assert_int_equal(release_region(&on), S_OK);
    close_scene(&on);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_gets_by_with_four_kib),
        cmocka_unit_test(every_call_with_all_that_can_be_configured),
        cmocka_unit_test(requests_that_wait_and_fail),
        cmocka_unit_test(a_release_that_is_put_back_into_the_books),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
