/* What the CLR requires beyond single calls: their order, calls from inside of calls, threads that stop anywhere,
 * memory that runs out and becomes available again. Arguments and results are tested with the modules. */
#include "com_doubles.h"
#include "host_fixture.h"

#include <string.h>

/* ---- The order of calls, and references that are never released ---- */

static void runtime_that_never_releases_anything_is_served_for_ever(void **state)
{
    host_fixture *fixture = *state;
    counting_callback callback;
    IHostControl *control = NULL;
    IHostMemoryManager *manager = COM_POISON;
    IHostMalloc *heap = COM_POISON;
    void *block = COM_POISON;
    counting_callback_init(&callback);
    expect_success(fixture, hostmem_get_control(fixture->instance, NULL, &control));
    expect_success(fixture, IHostControl_GetHostManager(control, &IID_IHostMemoryManager, (void **)&manager));
    expect_success(fixture, IHostMemoryManager_CreateMalloc(manager, MALLOC_THREADSAFE, &heap));
    expect_success(fixture, IHostMemoryManager_RegisterMemoryNotificationCallback(manager, &callback.iface));
    /* The host releases everything; the runtime has no reference of its own and keeps calling. */
    IHostControl_Release(control);
    IHostMemoryManager_Release(fixture->manager);
    fixture->manager = NULL;
    assert_int_equal(hostmem_release(fixture->instance), 2);
    fixture->instance = NULL;
    expect_success(fixture, IHostMalloc_Alloc(heap, 10, eTaskCritical, &block));
    expect_success(fixture, IHostMalloc_Free(heap, block));
    assert_int_equal(callback.references, 1);
    IHostMalloc_Release(heap);
    IHostMemoryManager_Release(manager);
}

/* ---- Calls inside of calls ---- */

typedef struct inner_calls {
    host_fixture *fixture;
    IHostMalloc *heap;
    BOOL inside;
    unsigned times;
} inner_calls;

/* Calls every method once. None of these may wait for the outer call. */
static void call_everything(host_fixture *fixture, IHostMalloc *heap)
{
    IHostMemoryManager *manager = fixture->manager;
    IHostMalloc *another = NULL;
    MEMORY_BASIC_INFORMATION region;
    SIZE_T written, available;
    DWORD old, load;
    char *memory = NULL;
    void *block = NULL, *out = NULL;
    assert_int_equal(IHostMalloc_Alloc(heap, 100, eTaskCritical, &block), S_OK);
    assert_int_equal(IHostMalloc_Free(heap, block), S_OK);
    assert_int_equal(IHostMemoryManager_CreateMalloc(manager, MALLOC_THREADSAFE, &another), S_OK);
    assert_int_equal(IHostMalloc_Release(another), 0);
    assert_int_equal(IHostMemoryManager_VirtualAlloc(manager, NULL, 2 * FIXTURE_PAGE, MEM_RESERVE, PAGE_NOACCESS,
                                                     eTaskCritical, (void **)&memory),
                     S_OK);
    assert_int_equal(
        IHostMemoryManager_VirtualAlloc(manager, memory, 1, MEM_COMMIT, PAGE_READWRITE, eTaskCritical, &out), S_OK);
    assert_int_equal(IHostMemoryManager_VirtualProtect(manager, memory, 1, PAGE_EXECUTE_READ, &old), S_OK);
    assert_int_equal(IHostMemoryManager_VirtualQuery(manager, memory, &region, sizeof region, &written), S_OK);
    assert_int_equal(IHostMemoryManager_VirtualFree(manager, memory, 1, MEM_DECOMMIT), S_OK);
    assert_int_equal(IHostMemoryManager_VirtualFree(manager, memory, 0, MEM_RELEASE), S_OK);
    assert_int_equal(IHostMemoryManager_GetMemoryLoad(manager, &load, &available), S_OK);
    assert_int_equal(IHostMemoryManager_RegisterMemoryNotificationCallback(manager, NULL), S_OK);
    assert_int_equal(IHostMemoryManager_AcquiredVirtualAddressSpace(manager, (void *)FIXTURE_GRANULE, 1), S_OK);
    assert_int_equal(IHostMemoryManager_ReleasedVirtualAddressSpace(manager, (void *)FIXTURE_GRANULE), S_OK);
}

static void call_everything_once(void *context, const sim_os_call *call)
{
    inner_calls *inner = context;
    (void)call;
    if (inner->inside)
        return;
    inner->inside = TRUE;
    inner->times++;
    call_everything(inner->fixture, inner->heap);
    inner->inside = FALSE;
}

/* A thread may be stopped forever inside of any call to the system, before or after its effect. Calls from inside
 * of it take the part of another thread: if the outer call held a lock they would block. */
static void thread_stopped_inside_any_call_stops_nobody(void **state)
{
    host_fixture *fixture = *state;
    IHostMalloc *heap = host_fixture_malloc(fixture, MALLOC_THREADSAFE);
    inner_calls inner = {.fixture = fixture, .heap = heap};
    sim_os_set_hooks(fixture->sim, SIM_ALL_KINDS, call_everything_once, call_everything_once, &inner);
    call_everything(fixture, heap);
    sim_os_set_hooks(fixture->sim, 0, NULL, NULL, NULL);
    assert_true(inner.times >= 2 * 12); /* around a dozen calls and more */
    assert_int_equal(host_fixture_stats(fixture).used_bytes, 0);
    assert_int_equal(host_fixture_stats(fixture).reserved_bytes, 0);
    assert_int_equal(host_fixture_stats(fixture).executable_bytes, 0);
    assert_int_equal(host_fixture_stats(fixture).mapped_bytes, 0);
    assert_int_equal(IHostMalloc_Release(heap), 0);
}

static void alloc_once_more(void *context, const sim_os_call *call)
{
    inner_calls *inner = context;
    void *block = NULL;
    if (inner->inside || !call->error)
        return;
    inner->inside = TRUE;
    inner->times++;
    assert_int_equal(IHostMalloc_Alloc(inner->heap, 16, eTaskCritical, &block), S_OK);
    assert_int_equal(IHostMalloc_Free(inner->heap, block), S_OK);
    inner->inside = FALSE;
}

static void failed_alloc_can_be_reentered(void **state)
{
    host_fixture *fixture = *state;
    IHostMalloc *heap = host_fixture_malloc(fixture, MALLOC_THREADSAFE);
    inner_calls inner = {.fixture = fixture, .heap = heap};
    void *block = COM_POISON;
    call_everything(fixture, heap); /* so that the peak is above what the inner call allocates */
    sim_os_set_hooks(fixture->sim, SIM_SET(SIM_HEAP_ALLOC), NULL, alloc_once_more, &inner);
    sim_os_fail(fixture->sim, SIM_SET(SIM_HEAP_ALLOC), 0, 1, ERROR_NOT_ENOUGH_MEMORY);
    expect_failure(fixture, IHostMalloc_Alloc(heap, 50, eTaskCritical, &block), E_OUTOFMEMORY, ERROR_NOT_ENOUGH_MEMORY);
    assert_null(block);
    assert_int_equal(inner.times, 1);
    assert_int_equal(IHostMalloc_Release(heap), 0);
}

/* ---- Virtual memory ---- */

static void segment_lives_the_life_the_collector_gives_it(void **state)
{
    host_fixture *fixture = *state;
    IHostMemoryManager *manager = fixture->manager;
    char *segment = host_fixture_alloc(fixture, NULL, 256 * FIXTURE_PAGE, MEM_RESERVE | MEM_WRITE_WATCH,
                                       PAGE_READWRITE);
    SIZE_T at;
    for (at = 0; at < 64; at += 8) { /* steps overlap by a page and are not multiples of one */
        char *step = segment + (at ? at - 1 : 0) * FIXTURE_PAGE;
        assert_ptr_equal(host_fixture_alloc(fixture, step, 8 * FIXTURE_PAGE + 1, MEM_COMMIT, PAGE_READWRITE), step);
        assert_int_equal(segment[at * FIXTURE_PAGE + 100], 0);
        memset(segment + at * FIXTURE_PAGE, 0x77, 100);
    }
    for (at = 0; at < 64; at += 8)
        assert_int_equal(segment[at * FIXTURE_PAGE + 99], 0x77);
    assert_int_equal(host_fixture_stats(fixture).committed_bytes, 64 * FIXTURE_PAGE);
    host_fixture_alloc(fixture, segment, 16 * FIXTURE_PAGE, MEM_RESET, PAGE_READWRITE);
    expect_success(
        fixture, IHostMemoryManager_VirtualFree(manager, segment + 8 * FIXTURE_PAGE, 56 * FIXTURE_PAGE, MEM_DECOMMIT));
    host_fixture_alloc(fixture, segment + 8 * FIXTURE_PAGE, FIXTURE_PAGE, MEM_COMMIT, PAGE_READWRITE);
    for (at = 0; at < FIXTURE_PAGE; at++)
        assert_int_equal(segment[8 * FIXTURE_PAGE + at], 0);
    expect_success(fixture, IHostMemoryManager_VirtualFree(manager, segment, 0, MEM_DECOMMIT));
    expect_success(fixture, IHostMemoryManager_VirtualFree(manager, segment, 0, MEM_RELEASE));
    assert_int_equal(host_fixture_stats(fixture).used_bytes + host_fixture_stats(fixture).reserved_bytes, 0);
}

static void hinted_reserve_in_the_way_of_others_fails_as_usual(void **state)
{
    host_fixture *fixture = *state;
    void *foreign = sim_os_add_foreign(fixture->sim, NULL, FIXTURE_PAGE, TRUE, PAGE_READWRITE);
    void *out = COM_POISON;
    expect_failure(fixture,
                   IHostMemoryManager_VirtualAlloc(fixture->manager, foreign, FIXTURE_PAGE, MEM_RESERVE, PAGE_NOACCESS,
                                                   eProcessCritical, &out),
                   E_OUTOFMEMORY, ERROR_INVALID_ADDRESS);
    assert_null(out);
    sim_os_remove_foreign(fixture->sim, foreign);
}

/* ---- Running out of memory ---- */

static void refused_process_critical_request_poisons_nothing(void **state)
{
    host_fixture *fixture = *state;
    IHostMalloc *heap = host_fixture_malloc(fixture, MALLOC_THREADSAFE);
    counting_callback callback;
    void *out = COM_POISON;
    unsigned i;
    counting_callback_init(&callback);
    expect_success(fixture, IHostMemoryManager_RegisterMemoryNotificationCallback(fixture->manager, &callback.iface));
    sim_os_set_commit_limit(fixture->sim, 4 * FIXTURE_PAGE);
    for (i = 0; i < 10; i++) {
        expect_failure(fixture,
                       IHostMemoryManager_VirtualAlloc(fixture->manager, NULL, 5 * FIXTURE_PAGE, MEM_COMMIT,
                                                       PAGE_READWRITE, eProcessCritical, &out),
                       E_OUTOFMEMORY, ERROR_COMMITMENT_LIMIT);
        assert_null(out);
    }
    assert_int_equal(host_fixture_stats(fixture).refused[eProcessCritical], 10);
    hostmem_set_limit(fixture->instance, 1);
    expect_failure(fixture, IHostMalloc_Alloc(heap, 2, eTaskCritical, &out), E_OUTOFMEMORY, ERROR_NOT_ENOUGH_MEMORY);
    hostmem_set_limit(fixture->instance, 0);
    assert_int_equal(callback.inside_calls, 0);
    expect_success(fixture, IHostMemoryManager_RegisterMemoryNotificationCallback(fixture->manager, NULL));
    assert_true(sim_os_await_waiting(fixture->sim, 1, 10000)); /* the thread has released the callback, too */
    sim_os_set_commit_limit(fixture->sim, 0);
    call_everything(fixture, heap);
    assert_int_equal(IHostMalloc_Release(heap), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(runtime_that_never_releases_anything_is_served_for_ever),
        fixture_test(thread_stopped_inside_any_call_stops_nobody),
        fixture_test(failed_alloc_can_be_reentered),
        fixture_test(segment_lives_the_life_the_collector_gives_it),
        fixture_test(hinted_reserve_in_the_way_of_others_fails_as_usual),
        fixture_test(refused_process_critical_request_poisons_nothing),
    };
    return cmocka_run_group_tests_name("contract", tests, NULL, NULL);
}
