/* IHostMemoryManager as its callers see it: arguments, results, last errors and out parameters. What happens to
 * pages is tested in test_pages_*.c, the exchange between host and CLR in test_notices.c. */
#include "com_doubles.h"
#include "host_fixture.h"

#include <string.h>

static void is_a_com_object(void **state)
{
    host_fixture *fixture = *state;
    expect_ref(fixture->manager, 2);
    expect_com_object(fixture->manager, &IID_IHostMemoryManager);
    expect_query(fixture->manager, &IID_IHostMalloc, E_NOINTERFACE);
    expect_query(fixture->manager, &IID_IHostControl, E_NOINTERFACE);
    assert_int_equal(IHostMemoryManager_AddRef(fixture->manager), 3);
    assert_int_equal(IHostMemoryManager_Release(fixture->manager), 2);
}

/* ---- CreateMalloc ---- */

static void note_heap_options(void *context, const sim_os_call *call)
{
    *(UINT32 *)context = call->type;
}

static void create_malloc_makes_the_kind_of_heap_that_was_asked_for(void **state)
{
    static const UINT32 options[] = {HEAP_NO_SERIALIZE, 0, HEAP_NO_SERIALIZE | HEAP_CREATE_ENABLE_EXECUTE,
                                     HEAP_CREATE_ENABLE_EXECUTE};
    host_fixture *fixture = *state;
    UINT32 seen = ~0u;
    DWORD type;
    sim_os_set_hooks(fixture->sim, SIM_SET(SIM_HEAP_CREATE), note_heap_options, NULL, &seen);
    for (type = 0; type < 4; type++) {
        IHostMalloc *heap = host_fixture_malloc(fixture, type), *another = host_fixture_malloc(fixture, type);
        void *block = NULL;
        assert_int_equal(seen, options[type]);
        assert_ptr_not_equal(heap, another);
        expect_ref(heap, 1);
        expect_success(fixture, IHostMalloc_Alloc(heap, 100, eTaskCritical, &block));
        expect_success(fixture, IHostMalloc_Free(heap, block));
        assert_int_equal(IHostMalloc_Release(heap), 0);
        assert_int_equal(IHostMalloc_Release(another), 0);
    }
}

static void create_malloc_refuses_what_it_does_not_know(void **state)
{
    static const DWORD types[] = {4, 5, 6, 7, 8, 0x10, 0x100, 0x40000, 0x80000000u, 0xffffffffu};
    host_fixture *fixture = *state;
    unsigned i;
    for (i = 0; i < sizeof types / sizeof *types; i++) {
        IHostMalloc *heap = COM_POISON;
        expect_failure(fixture, IHostMemoryManager_CreateMalloc(fixture->manager, types[i], &heap), E_INVALIDARG,
                       ERROR_INVALID_PARAMETER);
        assert_null(heap);
    }
    expect_failure(fixture, IHostMemoryManager_CreateMalloc(fixture->manager, MALLOC_THREADSAFE, NULL), E_POINTER,
                   ERROR_NOACCESS);
    assert_int_equal(sim_os_calls(fixture->sim, SIM_HEAP_CREATE), 0);
}

static void create_malloc_leaves_nothing_behind_when_any_of_its_calls_fails(void **state)
{
    host_fixture *fixture = *state;
    sim_os_totals before, after;
    UINT32 skip, refusals = 0;
    for (skip = 0;; skip++) {
        IHostMalloc *heap = COM_POISON;
        sim_os_total(fixture->sim, &before);
        host_fixture_before(fixture); /* it also queries the system */
        sim_os_fail(fixture->sim, SIM_ALL_KINDS & ~SIM_SET(SIM_OBJECT_FREE), skip, 1, ERROR_NOT_ENOUGH_MEMORY);
        if (IHostMemoryManager_CreateMalloc(fixture->manager, MALLOC_THREADSAFE, &heap) == S_OK) {
            assert_int_equal(sim_os_failed(fixture->sim), 0);
            assert_int_equal(IHostMalloc_Release(heap), 0);
            break;
        }
        host_fixture_after(fixture, E_OUTOFMEMORY, E_OUTOFMEMORY, ERROR_NOT_ENOUGH_MEMORY, TRUE, "CreateMalloc",
                           __FILE__, __LINE__);
        assert_null(heap);
        sim_os_total(fixture->sim, &after);
        assert_memory_equal(&before, &after, sizeof before);
        refusals++;
    }
    assert_true(refusals >= 3); /* the object, the heap's record, the heap */
}

/* ---- Pages: arguments and out parameters ---- */

static void virtual_alloc_refuses_bad_arguments_and_changes_nothing(void **state)
{
    static const int levels[] = {3, -1, 0x7fffffff, -0x7fffffff - 1, 256};
    host_fixture *fixture = *state;
    void *reserved = host_fixture_alloc(fixture, NULL, FIXTURE_GRANULE, MEM_RESERVE, PAGE_NOACCESS);
    struct {
        void *address;
        SIZE_T size;
        DWORD type;
        DWORD protect;
    } cases[] = {
        {NULL, 0, MEM_COMMIT, PAGE_READWRITE},
        {NULL, 0, MEM_RESERVE, PAGE_READWRITE},
        {NULL, 1, 0, PAGE_READWRITE},
        {NULL, 1, MEM_RESERVE | 0x1, PAGE_READWRITE},
        {NULL, 1, MEM_COMMIT, 0},
        {NULL, 1, MEM_COMMIT, PAGE_READWRITE | PAGE_READONLY},
        {NULL, 1, MEM_RESERVE, 0xffff0000u},
        {NULL, 1, MEM_DECOMMIT, PAGE_READWRITE},
        {NULL, 1, MEM_RELEASE, PAGE_READWRITE},
        {reserved, 0, MEM_COMMIT, PAGE_READWRITE},
        {reserved, 1, MEM_COMMIT, 0},
        {reserved, 1, MEM_COMMIT | MEM_DECOMMIT, PAGE_READWRITE},
        {reserved, (SIZE_T)-1, MEM_COMMIT, PAGE_READWRITE},
        {reserved, (SIZE_T)-1 - (UINT_PTR)reserved, MEM_COMMIT, PAGE_READWRITE},
        {(void *)~(UINT_PTR)0, 1, MEM_COMMIT, PAGE_READWRITE},
        {(void *)~(UINT_PTR)0, 2, MEM_RESERVE, PAGE_READWRITE},
    };
    unsigned i;
    void *out;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        HRESULT hr;
        out = COM_POISON;
        host_fixture_before(fixture);
        hr = IHostMemoryManager_VirtualAlloc(fixture->manager, cases[i].address, cases[i].size, cases[i].type,
                                             cases[i].protect, eProcessCritical, &out);
        if (hr != E_INVALIDARG)
            fail_msg("case %u: %#x", i, (unsigned)hr);
        host_fixture_after(fixture, hr, E_INVALIDARG, ERROR_INVALID_PARAMETER, TRUE, "VirtualAlloc", __FILE__,
                           __LINE__);
        assert_null(out);
    }
    for (i = 0; i < sizeof levels / sizeof *levels; i++) {
        out = COM_POISON;
        expect_failure(fixture,
                       IHostMemoryManager_VirtualAlloc(fixture->manager, NULL, 1, MEM_COMMIT, PAGE_READWRITE,
                                                       (EMemoryCriticalLevel)levels[i], &out),
                       E_INVALIDARG, ERROR_INVALID_PARAMETER);
        assert_null(out);
    }
    expect_failure(
        fixture,
        IHostMemoryManager_VirtualAlloc(fixture->manager, NULL, 1, MEM_COMMIT, PAGE_READWRITE, eTaskCritical, NULL),
        E_POINTER, ERROR_NOACCESS);
    assert_int_equal(host_fixture_stats(fixture).refused[0] + host_fixture_stats(fixture).refused[2], 0);
    expect_success(fixture, IHostMemoryManager_VirtualFree(fixture->manager, reserved, 0, MEM_RELEASE));
}

/* The failure table, from the system's error to the result, for each method that can get the error. */
static void errors_of_the_system_become_the_results_of_the_failure_table(void **state)
{
    static const struct {
        UINT32 error;
        HRESULT alloc;
        HRESULT others;
    } cases[] = {
        {ERROR_NOT_ENOUGH_MEMORY, E_OUTOFMEMORY, E_OUTOFMEMORY},
        {ERROR_OUTOFMEMORY, E_OUTOFMEMORY, E_OUTOFMEMORY},
        {567, E_OUTOFMEMORY, E_OUTOFMEMORY},
        {635, E_OUTOFMEMORY, E_OUTOFMEMORY},
        {1450, E_OUTOFMEMORY, E_OUTOFMEMORY},
        {1453, E_OUTOFMEMORY, E_OUTOFMEMORY},
        {1454, E_OUTOFMEMORY, E_OUTOFMEMORY},
        {1455, E_OUTOFMEMORY, E_OUTOFMEMORY},
        {1816, E_OUTOFMEMORY, E_OUTOFMEMORY},
        {487, E_OUTOFMEMORY, E_INVALIDARG},
        {87, E_INVALIDARG, E_INVALIDARG},
        {998, E_POINTER, E_POINTER},
        {5, E_ACCESSDENIED, E_ACCESSDENIED},
        {1655, E_ACCESSDENIED, E_ACCESSDENIED},
        {121, HOST_E_TIMEOUT, HOST_E_TIMEOUT},
        {258, HOST_E_TIMEOUT, HOST_E_TIMEOUT},
        {1460, HOST_E_TIMEOUT, HOST_E_TIMEOUT},
        {158, HOST_E_NOT_OWNER, HOST_E_NOT_OWNER},
        {288, HOST_E_NOT_OWNER, HOST_E_NOT_OWNER},
        {735, HOST_E_ABANDONED, HOST_E_ABANDONED},
        {995, HOST_E_ABANDONED, HOST_E_ABANDONED},
        {24, (HRESULT)0x80070018, (HRESULT)0x80070018},
        {1314, (HRESULT)0x80070522, (HRESULT)0x80070522},
    };
    host_fixture *fixture = *state;
    IHostMemoryManager *manager = fixture->manager;
    char *memory = host_fixture_alloc(fixture, NULL, FIXTURE_GRANULE, MEM_RESERVE, PAGE_NOACCESS);
    unsigned i;
    host_fixture_alloc(fixture, memory, FIXTURE_PAGE, MEM_COMMIT, PAGE_EXECUTE_READWRITE);
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        UINT32 error = cases[i].error;
        MEMORY_BASIC_INFORMATION region;
        SIZE_T written = 1, available = 1;
        DWORD old = 1, load = 1;
        void *out = COM_POISON;
        sim_os_fail(fixture->sim, SIM_SET(SIM_VIRTUAL_ALLOC), 0, 2, error);
        expect_failure(
            fixture, IHostMemoryManager_VirtualAlloc(manager, NULL, 1, MEM_COMMIT, PAGE_READWRITE, eTaskCritical, &out),
            cases[i].alloc, error);
        assert_null(out);
        out = COM_POISON;
        expect_failure(fixture,
                       IHostMemoryManager_VirtualAlloc(manager, memory + FIXTURE_PAGE, 1, MEM_COMMIT, PAGE_READWRITE,
                                                       eTaskCritical, &out),
                       cases[i].alloc, error);
        assert_null(out);
        sim_os_fail(fixture->sim, SIM_SET(SIM_VIRTUAL_FREE), 0, 2, error);
        expect_failure(fixture, IHostMemoryManager_VirtualFree(manager, memory, 1, MEM_DECOMMIT), cases[i].others,
                       error);
        expect_failure(fixture, IHostMemoryManager_VirtualFree(manager, memory, 0, MEM_RELEASE), cases[i].others,
                       error);
        sim_os_fail(fixture->sim, SIM_SET(SIM_VIRTUAL_PROTECT), 0, 1, error);
        expect_failure(fixture, IHostMemoryManager_VirtualProtect(manager, memory, 1, PAGE_READONLY, &old),
                       cases[i].others, error);
        assert_int_equal(old, 0);
        sim_os_fail(fixture->sim, SIM_SET(SIM_VIRTUAL_QUERY), 0, 1, error);
        expect_failure(fixture, IHostMemoryManager_VirtualQuery(manager, memory, &region, sizeof region, &written),
                       cases[i].others, error);
        assert_int_equal(written, 0);
        sim_os_fail(fixture->sim, SIM_SET(SIM_MEMORY_STATUS), 0, 1, error);
        expect_failure(fixture, IHostMemoryManager_GetMemoryLoad(manager, &load, &available), cases[i].others, error);
        assert_int_equal(load, 0);
        assert_int_equal(available, 0);
    }
    assert_int_equal(host_fixture_stats(fixture).refused[eTaskCritical], 2 * 9);
    expect_success(fixture, IHostMemoryManager_VirtualFree(manager, memory, 0, MEM_RELEASE));
    assert_int_equal(host_fixture_stats(fixture).used_bytes, 0);
}

static void virtual_query_describes_any_address(void **state)
{
    host_fixture *fixture = *state;
    IHostMemoryManager *manager = fixture->manager;
    char *memory = host_fixture_alloc(fixture, NULL, 3 * FIXTURE_PAGE, MEM_COMMIT, PAGE_READWRITE);
    char *foreign = sim_os_add_foreign(fixture->sim, NULL, FIXTURE_PAGE, TRUE, PAGE_READONLY);
    MEMORY_BASIC_INFORMATION region, untouched;
    SIZE_T written = 0;
    expect_success_and_no_change(
        fixture, IHostMemoryManager_VirtualQuery(manager, memory + FIXTURE_PAGE + 1, &region, sizeof region, &written));
    assert_int_equal(written, sizeof region);
    assert_ptr_equal(region.BaseAddress, memory + FIXTURE_PAGE);
    assert_ptr_equal(region.AllocationBase, memory);
    assert_int_equal(region.RegionSize, 2 * FIXTURE_PAGE);
    assert_int_equal(region.State, MEM_COMMIT);

    expect_success_and_no_change(fixture,
                                 IHostMemoryManager_VirtualQuery(manager, foreign, &region, sizeof region, &written));
    assert_ptr_equal(region.AllocationBase, foreign);
    assert_int_equal(region.Protect, PAGE_READONLY);
    expect_success_and_no_change(fixture,
                                 IHostMemoryManager_VirtualQuery(manager, NULL, &region, sizeof region, &written));
    assert_int_equal(region.State, MEM_FREE);

    memset(&region, 0xdd, sizeof region);
    untouched = region;
    written = 1;
    expect_failure(fixture, IHostMemoryManager_VirtualQuery(manager, memory, &region, sizeof region - 1, &written),
                   HRESULT_FROM_WIN32(ERROR_BAD_LENGTH), ERROR_BAD_LENGTH);
    assert_int_equal(written, 0);
    assert_memory_equal(&region, &untouched, sizeof region);
    written = 1;
    expect_failure(fixture, IHostMemoryManager_VirtualQuery(manager, memory, &region, 0, &written),
                   HRESULT_FROM_WIN32(ERROR_BAD_LENGTH), ERROR_BAD_LENGTH);
    assert_int_equal(written, 0);
    written = 1;
    expect_failure(fixture,
                   IHostMemoryManager_VirtualQuery(manager, (void *)~(UINT_PTR)0, &region, sizeof region, &written),
                   E_INVALIDARG, ERROR_INVALID_PARAMETER);
    assert_int_equal(written, 0);
    written = 1;
    expect_failure(fixture, IHostMemoryManager_VirtualQuery(manager, memory, NULL, sizeof region, &written), E_POINTER,
                   ERROR_NOACCESS);
    assert_int_equal(written, 0);
    expect_failure(fixture, IHostMemoryManager_VirtualQuery(manager, memory, &region, sizeof region, NULL), E_POINTER,
                   ERROR_NOACCESS);
    assert_memory_equal(&region, &untouched, sizeof region);
    expect_success(fixture, IHostMemoryManager_VirtualFree(manager, memory, 0, MEM_RELEASE));
    sim_os_remove_foreign(fixture->sim, foreign);
}

static void virtual_protect_writes_the_old_protection_on_every_path(void **state)
{
    host_fixture *fixture = *state;
    IHostMemoryManager *manager = fixture->manager;
    char *memory = host_fixture_alloc(fixture, NULL, 2 * FIXTURE_PAGE, MEM_RESERVE, PAGE_NOACCESS);
    char *foreign = sim_os_add_foreign(fixture->sim, NULL, FIXTURE_PAGE, TRUE, PAGE_READONLY);
    DWORD old = 0xdddd;
    host_fixture_alloc(fixture, memory, FIXTURE_PAGE, MEM_COMMIT, PAGE_READWRITE);

    expect_success(fixture, IHostMemoryManager_VirtualProtect(manager, memory, 1, PAGE_EXECUTE_READ, &old));
    assert_int_equal(old, PAGE_READWRITE);
    assert_int_equal(host_fixture_stats(fixture).executable_bytes, FIXTURE_PAGE);
    expect_success(fixture, IHostMemoryManager_VirtualProtect(manager, memory, 1, PAGE_READONLY, &old));
    assert_int_equal(old, PAGE_EXECUTE_READ);
    assert_int_equal(host_fixture_stats(fixture).executable_bytes, 0);
    old = 0xdddd;
    expect_success_and_no_change(fixture,
                                 IHostMemoryManager_VirtualProtect(manager, foreign, 1, PAGE_EXECUTE_READWRITE, &old));
    assert_int_equal(old, PAGE_READONLY);

    old = 0xdddd; /* one page of the two is not committed */
    expect_failure(fixture, IHostMemoryManager_VirtualProtect(manager, memory, FIXTURE_PAGE + 1, PAGE_READWRITE, &old),
                   E_INVALIDARG, ERROR_INVALID_ADDRESS);
    assert_int_equal(old, 0);
    old = 0xdddd;
    expect_failure(fixture, IHostMemoryManager_VirtualProtect(manager, memory, 1, 0x3, &old), E_INVALIDARG,
                   ERROR_INVALID_PARAMETER);
    assert_int_equal(old, 0);
    old = 0xdddd;
    expect_failure(fixture, IHostMemoryManager_VirtualProtect(manager, memory, 0, PAGE_READONLY, &old), E_INVALIDARG,
                   ERROR_INVALID_PARAMETER);
    assert_int_equal(old, 0);
    old = 0xdddd;
    expect_failure(fixture, IHostMemoryManager_VirtualProtect(manager, memory, (SIZE_T)-1, PAGE_READONLY, &old),
                   E_INVALIDARG, ERROR_INVALID_PARAMETER);
    assert_int_equal(old, 0);
    expect_failure(fixture, IHostMemoryManager_VirtualProtect(manager, memory, 1, PAGE_READWRITE, NULL), E_POINTER,
                   ERROR_NOACCESS);
    expect_success(fixture, IHostMemoryManager_VirtualProtect(manager, memory, 1, PAGE_READONLY, &old));
    assert_int_equal(old, PAGE_READONLY); /* the refused calls changed nothing */
    expect_success(fixture, IHostMemoryManager_VirtualFree(manager, memory, 0, MEM_RELEASE));
    sim_os_remove_foreign(fixture->sim, foreign);
}

static void virtual_free_refuses_bad_arguments_and_foreign_memory(void **state)
{
    host_fixture *fixture = *state;
    IHostMemoryManager *manager = fixture->manager;
    char *memory = host_fixture_alloc(fixture, NULL, 2 * FIXTURE_GRANULE, MEM_COMMIT, PAGE_READWRITE);
    char *foreign = sim_os_add_foreign(fixture->sim, NULL, FIXTURE_PAGE, TRUE, PAGE_READWRITE);
    struct {
        void *address;
        SIZE_T size;
        DWORD type;
        HRESULT hr;
        UINT32 error;
    } cases[] = {
        {memory, 0, 0, E_INVALIDARG, 87},
        {memory, 0, MEM_RELEASE | MEM_DECOMMIT, E_INVALIDARG, 87},
        {memory, 0, MEM_COMMIT, E_INVALIDARG, 87},
        {memory, 2 * FIXTURE_GRANULE, MEM_RELEASE, E_INVALIDARG, 87},
        {memory, (SIZE_T)-1, MEM_DECOMMIT, E_INVALIDARG, 87},
        {memory + FIXTURE_PAGE, 0, MEM_RELEASE, E_INVALIDARG, 487},
        {memory + FIXTURE_PAGE, 0, MEM_DECOMMIT, E_INVALIDARG, 487},
        {memory + FIXTURE_GRANULE, 0, MEM_DECOMMIT, E_INVALIDARG, 487},
        {memory, 2 * FIXTURE_GRANULE + 1, MEM_DECOMMIT, E_INVALIDARG, 87},
        {foreign, 0, MEM_RELEASE, HOST_E_INVALIDOPERATION, 487},
        {foreign, 0, MEM_DECOMMIT, HOST_E_INVALIDOPERATION, 487},
        {foreign, 1, MEM_DECOMMIT, HOST_E_INVALIDOPERATION, 487},
        {NULL, 0, MEM_RELEASE, HOST_E_INVALIDOPERATION, 487},
        {&memory, 0, MEM_RELEASE, HOST_E_INVALIDOPERATION, 487},
    };
    unsigned i;
    sim_os_reset_calls(fixture->sim);
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        HRESULT hr;
        host_fixture_before(fixture);
        hr = IHostMemoryManager_VirtualFree(manager, cases[i].address, cases[i].size, cases[i].type);
        if (hr != cases[i].hr)
            fail_msg("case %u: %#x", i, (unsigned)hr);
        host_fixture_after(fixture, hr, cases[i].hr, cases[i].error, TRUE, "VirtualFree", __FILE__, __LINE__);
    }
    assert_int_equal(sim_os_calls(fixture->sim, SIM_VIRTUAL_FREE), 0);
    memset(memory, 1, 2 * FIXTURE_GRANULE);
    expect_success(fixture, IHostMemoryManager_VirtualFree(manager, memory, 0, MEM_RELEASE));
    expect_failure(fixture, IHostMemoryManager_VirtualFree(manager, memory, 0, MEM_RELEASE), HOST_E_INVALIDOPERATION,
                   ERROR_INVALID_ADDRESS);
    expect_failure(fixture, IHostMemoryManager_VirtualFree(manager, memory, FIXTURE_PAGE, MEM_DECOMMIT),
                   HOST_E_INVALIDOPERATION, ERROR_INVALID_ADDRESS);
    sim_os_remove_foreign(fixture->sim, foreign);
}

/* ---- What every method does ---- */

static void call_query(IHostMemoryManager *manager)
{
    MEMORY_BASIC_INFORMATION region;
    SIZE_T written;
    assert_int_equal(IHostMemoryManager_VirtualQuery(manager, NULL, &region, sizeof region, &written), S_OK);
}

static void call_load(IHostMemoryManager *manager)
{
    DWORD load;
    SIZE_T available;
    assert_int_equal(IHostMemoryManager_GetMemoryLoad(manager, &load, &available), S_OK);
}

static void call_reserve(IHostMemoryManager *manager)
{
    void *memory;
    assert_int_equal(
        IHostMemoryManager_VirtualAlloc(manager, NULL, 1, MEM_RESERVE, PAGE_NOACCESS, eTaskCritical, &memory), S_OK);
    assert_int_equal(IHostMemoryManager_VirtualFree(manager, memory, 0, MEM_RELEASE), S_OK);
}

static void call_released(IHostMemoryManager *manager)
{
    assert_int_equal(IHostMemoryManager_ReleasedVirtualAddressSpace(manager, NULL), S_OK);
}

static void any_call_locks_again_what_was_reset_a_while_ago(void **state)
{
    static void (*const calls[])(IHostMemoryManager *) = {call_query, call_load, call_reserve, call_released};
    host_fixture *fixture = *state;
    hostmem_config config = {.size = sizeof config, .flags = HOSTMEM_LOCK_PAGES, .os = fixture->os};
    IHostMemoryManager *manager;
    sim_os_totals totals;
    hostmem *instance;
    void *memory, *same;
    unsigned i;
    assert_int_equal(hostmem_create(&config, &instance), S_OK);
    assert_int_equal(hostmem_get_manager(instance, &manager), S_OK);
    assert_int_equal(
        IHostMemoryManager_VirtualAlloc(manager, NULL, 1, MEM_COMMIT, PAGE_READWRITE, eTaskCritical, &memory), S_OK);
    for (i = 0; i < sizeof calls / sizeof *calls; i++) {
        assert_int_equal(
            IHostMemoryManager_VirtualAlloc(manager, memory, 1, MEM_RESET, PAGE_READWRITE, eTaskCritical, &same), S_OK);
        sim_os_unlock_behind(fixture->sim, memory, 1); /* as the garbage collector does */
        calls[i](manager);
        sim_os_advance(fixture->sim, 1000);
        sim_os_total(fixture->sim, &totals);
        assert_int_equal(totals.locked_bytes, 0);
        calls[i](manager);
        sim_os_total(fixture->sim, &totals);
        assert_int_equal(totals.locked_bytes, FIXTURE_PAGE);
    }
    assert_int_equal(IHostMemoryManager_VirtualFree(manager, memory, 0, MEM_RELEASE), S_OK);
    IHostMemoryManager_Release(manager);
    hostmem_release(instance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(is_a_com_object),
        fixture_test(create_malloc_makes_the_kind_of_heap_that_was_asked_for),
        fixture_test(create_malloc_refuses_what_it_does_not_know),
        fixture_test(create_malloc_leaves_nothing_behind_when_any_of_its_calls_fails),
        fixture_test(virtual_alloc_refuses_bad_arguments_and_changes_nothing),
        fixture_test(errors_of_the_system_become_the_results_of_the_failure_table),
        fixture_test(virtual_query_describes_any_address),
        fixture_test(virtual_protect_writes_the_old_protection_on_every_path),
        fixture_test(virtual_free_refuses_bad_arguments_and_foreign_memory),
        fixture_test(any_call_locks_again_what_was_reset_a_while_ago),
    };
    return cmocka_run_group_tests_name("memory_manager", tests, NULL, NULL);
}
