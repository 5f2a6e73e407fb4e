/* The part of IHostMemoryManager with which host and CLR inform each other: memory load, the notification callback,
 * and the three calls about address space that the CLR maps itself. */
#include "com_doubles.h"
#include "host_fixture.h"

#include <string.h>

/* ---- GetMemoryLoad ---- */

static void expect_load(host_fixture *fixture, DWORD expected_load, SIZE_T expected_available)
{
    DWORD load = 0xdddd;
    SIZE_T available = 0xdddd;
    expect_success_and_no_change(fixture, IHostMemoryManager_GetMemoryLoad(fixture->manager, &load, &available));
    assert_int_equal(load, expected_load);
    assert_int_equal(available, expected_available);
}

static void load_is_that_of_physical_memory(void **state)
{
    static const hmi_os_memory cases[] = {{0, 1 << 30, 1 << 30}, {37, 1000, 630}, {85, 4096, 614}, {100, 1 << 30, 0}};
    host_fixture *fixture = *state;
    unsigned i;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        sim_os_set_memory_status(fixture->sim, &cases[i]);
        expect_load(fixture, cases[i].load_percent, (SIZE_T)cases[i].available_physical);
    }
}

static void available_memory_saturates_instead_of_being_cut_off(void **state)
{
    static const UINT64 sizes[] = {0xfffffffeu, 0xffffffffu, 0x100000000u, 0x100000001u, (UINT64)1 << 40, ~(UINT64)0};
    host_fixture *fixture = *state;
    unsigned i;
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        hmi_os_memory status = {10, ~(UINT64)0, sizes[i]};
        sim_os_set_memory_status(fixture->sim, &status);
        expect_load(fixture, 10, sizes[i] > (SIZE_T)-1 ? (SIZE_T)-1 : (SIZE_T)sizes[i]);
    }
}

static void under_a_limit_the_fuller_of_the_two_counts(void **state)
{
    /* limit and use in pages, physical load in percent and free pages, and the result */
    static const struct {
        UINT64 limit;
        SIZE_T used;
        UINT32 percent;
        UINT64 free;
        DWORD load;
        SIZE_T available;
    } cases[] = {
        {100, 10, 50, 1000, 50, 90}, /* the machine has the higher percentage, the limit fewer free bytes */
        {100, 50, 50, 1000, 50, 50},  {100, 90, 50, 1000, 90, 10}, {100, 90, 95, 5, 95, 5},
        {100, 100, 50, 1000, 100, 0}, {50, 90, 10, 1000, 100, 0}, /* over the limit */
        {1000, 999, 10, 10, 99, 1},   {0, 90, 10, 1000, 10, 1000}, {~(UINT64)0 >> 12, 90, 0, 1000, 0, 1000},
    };
    host_fixture *fixture = *state;
    unsigned i;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        hmi_os_memory status = {cases[i].percent, 1 << 30, cases[i].free * FIXTURE_PAGE};
        void *memory = host_fixture_alloc(fixture, NULL, cases[i].used * FIXTURE_PAGE, MEM_COMMIT, PAGE_READWRITE);
        sim_os_set_memory_status(fixture->sim, &status);
        hostmem_set_limit(fixture->instance, cases[i].limit * FIXTURE_PAGE);
        expect_load(fixture, cases[i].load, cases[i].available * FIXTURE_PAGE);
        hostmem_set_limit(fixture->instance, 0);
        expect_success(fixture, IHostMemoryManager_VirtualFree(fixture->manager, memory, 0, MEM_RELEASE));
    }
}

static void heap_blocks_fill_the_limit_too(void **state)
{
    host_fixture *fixture = *state;
    IHostMalloc *heap = host_fixture_malloc(fixture, MALLOC_THREADSAFE);
    hmi_os_memory status = {1, 1 << 30, 1 << 30};
    void *block;
    sim_os_set_memory_status(fixture->sim, &status);
    hostmem_set_limit(fixture->instance, 10000);
    expect_success(fixture, IHostMalloc_Alloc(heap, 7500, eTaskCritical, &block));
    expect_load(fixture, 75, 2500);
    assert_int_equal(IHostMalloc_Release(heap), 0);
    expect_load(fixture, 1, 10000);
}

static void memory_load_needs_both_out_parameters(void **state)
{
    host_fixture *fixture = *state;
    DWORD load = 1;
    SIZE_T available = 1;
    expect_failure(fixture, IHostMemoryManager_GetMemoryLoad(fixture->manager, NULL, NULL), E_POINTER, ERROR_NOACCESS);
    expect_failure(fixture, IHostMemoryManager_GetMemoryLoad(fixture->manager, &load, NULL), E_POINTER, ERROR_NOACCESS);
    assert_int_equal(load, 0);
    expect_failure(fixture, IHostMemoryManager_GetMemoryLoad(fixture->manager, NULL, &available), E_POINTER,
                   ERROR_NOACCESS);
    assert_int_equal(available, 0);
}

/* ---- RegisterMemoryNotificationCallback ---- */

/* When it returns, the notification thread, if there is one, has seen the change. */
static HRESULT register_callback(host_fixture *fixture, counting_callback *callback)
{
    HRESULT hr = IHostMemoryManager_RegisterMemoryNotificationCallback(fixture->manager,
                                                                       callback ? &callback->iface : NULL);
    assert_true(sim_os_await_waiting(fixture->sim, sim_os_threads_running(fixture->sim), 10000));
    return hr;
}

static void callback_is_kept_until_another_replaces_it(void **state)
{
    host_fixture *fixture = *state;
    counting_callback first, second;
    counting_callback_init(&first);
    counting_callback_init(&second);
    expect_success_and_no_change(fixture, register_callback(fixture, NULL)); /* no thread yet */
    expect_success_and_no_change(fixture, register_callback(fixture, &first));
    assert_int_equal(first.references, 2);
    expect_success_and_no_change(fixture, register_callback(fixture, &first));
    assert_int_equal(first.references, 2); /* one reference, however often it was registered */
    expect_success_and_no_change(fixture, register_callback(fixture, &second));
    assert_int_equal(first.references, 1);
    assert_int_equal(second.references, 2);
    expect_success_and_no_change(fixture, register_callback(fixture, NULL));
    assert_int_equal(second.references, 1);
    expect_success_and_no_change(fixture, register_callback(fixture, NULL));
    assert_int_equal(second.references, 1);
    assert_int_equal(first.inside_calls + second.inside_calls, 0);
}

static void shutdown_gives_the_callback_back_and_takes_no_other(void **state)
{
    host_fixture *fixture = *state;
    counting_callback first, late;
    counting_callback_init(&first);
    counting_callback_init(&late);
    expect_success(fixture, register_callback(fixture, &first));
    hostmem_shutdown(fixture->instance);
    assert_int_equal(first.references, 1);
    hostmem_shutdown(fixture->instance);
    assert_int_equal(first.references, 1);
    expect_failure(fixture, register_callback(fixture, &late), HOST_E_ABANDONED, ERROR_OPERATION_ABORTED);
    assert_int_equal(late.references, 1);
    expect_failure(fixture, register_callback(fixture, NULL), HOST_E_ABANDONED, ERROR_OPERATION_ABORTED);
}

static void release_of_the_handle_gives_the_callback_back(void **state)
{
    host_fixture *fixture = *state;
    counting_callback callback;
    counting_callback_init(&callback);
    expect_success(fixture, register_callback(fixture, &callback));
    assert_int_equal(hostmem_release(fixture->instance), 1);
    fixture->instance = NULL;
    assert_int_equal(callback.references, 1);
    expect_failure(fixture, register_callback(fixture, &callback), HOST_E_ABANDONED, ERROR_OPERATION_ABORTED);
    assert_int_equal(callback.references, 1);
}

/* ---- Needs-, Acquired- and ReleasedVirtualAddressSpace ---- */

static UINT64 mapped(host_fixture *fixture)
{
    return host_fixture_stats(fixture).mapped_bytes;
}

static void needing_address_space_fails_without_a_trace(void **state)
{
    host_fixture *fixture = *state;
    IHostMemoryManager *manager = fixture->manager;
    expect_failure(fixture, IHostMemoryManager_NeedsVirtualAddressSpace(manager, NULL, 0), E_OUTOFMEMORY,
                   FIXTURE_LAST_ERROR);
    expect_failure(fixture, IHostMemoryManager_NeedsVirtualAddressSpace(manager, manager, (SIZE_T)-1), E_OUTOFMEMORY,
                   FIXTURE_LAST_ERROR);
}

static void views_are_counted_in_whole_pages(void **state)
{
    host_fixture *fixture = *state;
    IHostMemoryManager *manager = fixture->manager;
    char *one = sim_os_add_foreign(fixture->sim, NULL, 3 * FIXTURE_GRANULE, TRUE, PAGE_READONLY);
    char *two = sim_os_add_foreign(fixture->sim, NULL, FIXTURE_GRANULE, TRUE, PAGE_READONLY);
    expect_success(fixture, IHostMemoryManager_AcquiredVirtualAddressSpace(manager, one, 3 * FIXTURE_GRANULE));
    assert_int_equal(mapped(fixture), 3 * FIXTURE_GRANULE);
    expect_success(fixture, IHostMemoryManager_AcquiredVirtualAddressSpace(manager, two, 1));
    assert_int_equal(mapped(fixture), 3 * FIXTURE_GRANULE + FIXTURE_PAGE);
    /* Announced again, it is still one view. */
    expect_success(fixture, IHostMemoryManager_AcquiredVirtualAddressSpace(manager, one, FIXTURE_PAGE + 1));
    assert_int_equal(mapped(fixture), 3 * FIXTURE_PAGE);
    expect_success(fixture, IHostMemoryManager_ReleasedVirtualAddressSpace(manager, one));
    assert_int_equal(mapped(fixture), FIXTURE_PAGE);
    expect_success_and_no_change(fixture, IHostMemoryManager_ReleasedVirtualAddressSpace(manager, one));
    expect_success(fixture, IHostMemoryManager_ReleasedVirtualAddressSpace(manager, two));
    assert_int_equal(mapped(fixture), 0);
    assert_int_equal(host_fixture_stats(fixture).used_bytes + host_fixture_stats(fixture).reserved_bytes, 0);
    sim_os_remove_foreign(fixture->sim, one);
    sim_os_remove_foreign(fixture->sim, two);
}

static void size_of_a_view_is_looked_up_when_it_is_not_told(void **state)
{
    host_fixture *fixture = *state;
    IHostMemoryManager *manager = fixture->manager;
    char *view = sim_os_add_foreign(fixture->sim, NULL, 5 * FIXTURE_PAGE, TRUE, PAGE_READONLY);
    void *next = sim_os_add_foreign(fixture->sim, view + FIXTURE_GRANULE, FIXTURE_PAGE, TRUE, PAGE_READONLY);
    expect_success(fixture, IHostMemoryManager_AcquiredVirtualAddressSpace(manager, view, 0));
    assert_int_equal(mapped(fixture), 5 * FIXTURE_PAGE);
    expect_success(fixture, IHostMemoryManager_ReleasedVirtualAddressSpace(manager, view));
    assert_int_equal(mapped(fixture), 0);
    /* If the view cannot be queried nothing is counted, and the CLR gets no error. */
    sim_os_fail(fixture->sim, SIM_SET(SIM_VIRTUAL_QUERY), 0, 1, ERROR_ACCESS_DENIED);
    expect_success_and_no_change(fixture, IHostMemoryManager_AcquiredVirtualAddressSpace(manager, view, 0));
    assert_int_equal(sim_os_failed(fixture->sim), 1);
    sim_os_remove_foreign(fixture->sim, view);
    sim_os_remove_foreign(fixture->sim, next);
}

static void bad_views_are_refused_with_the_last_error_left_alone(void **state)
{
    host_fixture *fixture = *state;
    IHostMemoryManager *manager = fixture->manager;
    char *view = sim_os_add_foreign(fixture->sim, NULL, FIXTURE_PAGE, TRUE, PAGE_READONLY);
    void *ends[] = {NULL, view + 1, (void *)~(UINT_PTR)0, (void *)(~(UINT_PTR)0 - 0xffff), manager};
    unsigned i;
    expect_failure(fixture, IHostMemoryManager_AcquiredVirtualAddressSpace(manager, NULL, 0), E_INVALIDARG,
                   FIXTURE_LAST_ERROR);
    expect_failure(fixture, IHostMemoryManager_AcquiredVirtualAddressSpace(manager, NULL, 1), E_INVALIDARG,
                   FIXTURE_LAST_ERROR);
    expect_failure(fixture, IHostMemoryManager_AcquiredVirtualAddressSpace(manager, view, (SIZE_T)-1), E_INVALIDARG,
                   FIXTURE_LAST_ERROR);
    expect_failure(fixture, IHostMemoryManager_AcquiredVirtualAddressSpace(manager, (void *)~(UINT_PTR)0, 1),
                   E_INVALIDARG, FIXTURE_LAST_ERROR);
    sim_os_fail(fixture->sim, SIM_SET(SIM_TABLE_RESERVE) | SIM_SET(SIM_TABLE_COMMIT), 0, 1, ERROR_COMMITMENT_LIMIT);
    expect_failure(fixture, IHostMemoryManager_AcquiredVirtualAddressSpace(manager, view, FIXTURE_PAGE), E_OUTOFMEMORY,
                   FIXTURE_LAST_ERROR);
    assert_int_equal(sim_os_failed(fixture->sim), 1);
    for (i = 0; i < sizeof ends / sizeof *ends; i++)
        expect_success_and_no_change(fixture, IHostMemoryManager_ReleasedVirtualAddressSpace(manager, ends[i]));
    sim_os_remove_foreign(fixture->sim, view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(load_is_that_of_physical_memory),
        fixture_test(available_memory_saturates_instead_of_being_cut_off),
        fixture_test(under_a_limit_the_fuller_of_the_two_counts),
        fixture_test(heap_blocks_fill_the_limit_too),
        fixture_test(memory_load_needs_both_out_parameters),
        fixture_test(callback_is_kept_until_another_replaces_it),
        fixture_test(shutdown_gives_the_callback_back_and_takes_no_other),
        fixture_test(release_of_the_handle_gives_the_callback_back),
        fixture_test(needing_address_space_fails_without_a_trace),
        fixture_test(views_are_counted_in_whole_pages),
        fixture_test(size_of_a_view_is_looked_up_when_it_is_not_told),
        fixture_test(bad_views_are_refused_with_the_last_error_left_alone),
    };
    return cmocka_run_group_tests_name("notices", tests, NULL, NULL);
}
