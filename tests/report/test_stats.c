/* Every figure of hostmem_stats that is not tested with its module: what it counts, exactly when no call is
 * running, and what its description says about it while threads are working. */
#include "policy.h"

#include <string.h>

#define PAGE POLICY_PAGE
#define GRANULE ((SIZE_T)65536)
#define LIMIT (8 * PAGE)

static void *take(IHostMemoryManager *manager, void *address, SIZE_T size, DWORD type, DWORD protect)
{
    void *memory = NULL;
    assert_int_equal(IHostMemoryManager_VirtualAlloc(manager, address, size, type, protect, eTaskCritical, &memory),
                     S_OK);
    return memory;
}

/* ---- Peaks ---- */

static void each_peak_is_the_most_that_its_kind_has_held(void **state)
{
    policy_instance *instance = policy_open(*state, (hostmem_budget_config){0});
    IHostMemoryManager *manager = instance->manager;
    UINT64 reserved = policy_stats(instance).reserved_bytes; /* policy_open has made a reservation */
    char *one = take(manager, NULL, 3 * GRANULE, MEM_RESERVE, PAGE_NOACCESS), *two;
    void *block, *other;
    DWORD old;
    take(manager, one, 5 * PAGE, MEM_COMMIT, PAGE_EXECUTE_READ);
    take(manager, one + 5 * PAGE, 4 * PAGE, MEM_COMMIT, PAGE_READWRITE);
    assert_int_equal(IHostMemoryManager_VirtualProtect(manager, one + 4 * PAGE, 3 * PAGE, PAGE_EXECUTE_READ, &old),
                     S_OK);
    assert_int_equal(IHostMemoryManager_VirtualFree(manager, one, 0, MEM_RELEASE), S_OK);
    two = take(manager, NULL, GRANULE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    assert_int_equal(IHostMalloc_Alloc(instance->heap, 1000, eTaskCritical, &block), S_OK);
    assert_int_equal(IHostMalloc_Alloc(instance->heap, 234, eTaskCritical, &other), S_OK);
    assert_int_equal(IHostMalloc_Free(instance->heap, other), S_OK);

    policy_is(instance, reserved_bytes, reserved + GRANULE);
    policy_is(instance, peak_reserved_bytes, reserved + 3 * GRANULE);
    policy_is(instance, committed_bytes, GRANULE);
    policy_is(instance, peak_committed_bytes, GRANULE);
    policy_is(instance, executable_bytes, 0);
    policy_is(instance, peak_executable_bytes, 7 * PAGE);
    policy_is(instance, heap_bytes, 1000);
    policy_is(instance, peak_heap_bytes, 1234);
    policy_is(instance, peak_used_bytes, GRANULE + 1234);
    assert_int_equal(IHostMalloc_Free(instance->heap, block), S_OK);
    assert_int_equal(IHostMemoryManager_VirtualFree(manager, two, 0, MEM_RELEASE), S_OK);
    policy_is(instance, peak_heap_bytes, 1234);
}

static void a_view_that_is_announced_again_is_no_peak_of_both(void **state)
{
    policy_instance *instance = policy_open(*state, (hostmem_budget_config){0});
    IHostMemoryManager *manager = instance->manager;
    void *at = (void *)(UINT_PTR)(64 * GRANULE);
    assert_int_equal(IHostMemoryManager_AcquiredVirtualAddressSpace(manager, at, 3 * PAGE), S_OK);
    assert_int_equal(IHostMemoryManager_AcquiredVirtualAddressSpace(manager, at, 4 * PAGE), S_OK);
    assert_int_equal(IHostMemoryManager_AcquiredVirtualAddressSpace(manager, at, 2 * PAGE), S_OK);
    policy_is(instance, mapped_bytes, 2 * PAGE);
    policy_is(instance, peak_mapped_bytes, 4 * PAGE);
    assert_int_equal(IHostMemoryManager_ReleasedVirtualAddressSpace(manager, at), S_OK);
    policy_is(instance, mapped_bytes, 0);
    policy_is(instance, peak_mapped_bytes, 4 * PAGE);
}

static void heaps_are_those_that_were_not_released(void **state)
{
    policy_instance *instance = policy_open(*state, (hostmem_budget_config){0});
    UINT64 before = policy_stats(instance).heaps;
    IHostMalloc *heap, *none;
    assert_int_equal(IHostMemoryManager_CreateMalloc(instance->manager, MALLOC_EXECUTABLE, &heap), S_OK);
    assert_int_equal(IHostMemoryManager_CreateMalloc(instance->manager, 0x80, &none), E_INVALIDARG);
    policy_is(instance, heaps, before + 1);
    IHostMalloc_AddRef(heap);
    IHostMalloc_Release(heap);
    policy_is(instance, heaps, before + 1);
    IHostMalloc_Release(heap);
    policy_is(instance, heaps, before);
}

/* ---- Calls ---- */

/* Makes one call of each method; `wrong`: one that fails. */
static void call(policy_instance *instance, unsigned method, bool wrong)
{
    static char file[] = "file.c";
    IHostMemoryManager *manager = instance->manager;
    MEMORY_BASIC_INFORMATION region;
    IHostMalloc *heap = NULL;
    void *memory = NULL;
    SIZE_T size;
    DWORD word;
    HRESULT hr = S_OK;
    switch (method) {
    case HOSTMEM_CALL_VIRTUAL_ALLOC:
        hr = IHostMemoryManager_VirtualAlloc(manager, instance->reservation, wrong ? 0 : PAGE, MEM_COMMIT,
                                             PAGE_READWRITE, eTaskCritical, &memory);
        break;
    case HOSTMEM_CALL_VIRTUAL_FREE:
        hr = IHostMemoryManager_VirtualFree(manager, wrong ? &hr : (void *)instance->reservation, PAGE, MEM_DECOMMIT);
        break;
    case HOSTMEM_CALL_VIRTUAL_PROTECT:
        hr = IHostMemoryManager_VirtualProtect(manager, instance->reservation, PAGE, PAGE_READONLY,
                                               wrong ? NULL : &word);
        wrong = true; /* or not committed */
        break;
    case HOSTMEM_CALL_VIRTUAL_QUERY:
        hr = IHostMemoryManager_VirtualQuery(manager, instance->reservation, wrong ? NULL : &region, sizeof region,
                                             &size);
        break;
    case HOSTMEM_CALL_CREATE_MALLOC:
        hr = IHostMemoryManager_CreateMalloc(manager, MALLOC_THREADSAFE, wrong ? NULL : &heap);
        break;
    case HOSTMEM_CALL_ALLOC:
        hr = IHostMalloc_Alloc(instance->heap, 10, wrong ? (EMemoryCriticalLevel)7 : eTaskCritical, &memory);
        break;
    case HOSTMEM_CALL_DEBUG_ALLOC:
        hr = IHostMalloc_DebugAlloc(instance->heap, wrong ? SIZE_MAX : 10, eTaskCritical, file, 1, &memory);
        break;
    case HOSTMEM_CALL_GET_MEMORY_LOAD:
        hr = IHostMemoryManager_GetMemoryLoad(manager, wrong ? NULL : &word, &size);
        break;
    case HOSTMEM_CALL_REGISTER_CALLBACK:
        hr = IHostMemoryManager_RegisterMemoryNotificationCallback(manager, NULL);
        wrong = false;
        break;
    case HOSTMEM_CALL_FREE:
        hr = IHostMalloc_Free(instance->heap, wrong ? &hr : NULL);
        break;
    case HOSTMEM_CALL_NEEDS_ADDRESS_SPACE:
        hr = IHostMemoryManager_NeedsVirtualAddressSpace(manager, NULL, GRANULE);
        wrong = true; /* there is no address reserve */
        break;
    case HOSTMEM_CALL_ACQUIRED_ADDRESS_SPACE:
        hr = IHostMemoryManager_AcquiredVirtualAddressSpace(manager, wrong ? NULL : instance->reservation, PAGE);
        break;
    default:
        hr = IHostMemoryManager_ReleasedVirtualAddressSpace(manager, instance->reservation);
        wrong = false;
        break;
    }
    assert_int_equal(FAILED(hr), wrong);
    if (heap)
        IHostMalloc_Release(heap);
}

/* Calls of Alloc are computed from the counts of blocks. */
static void calls_of_alloc_are_exact_whatever_became_of_their_blocks(void **state)
{
    static char file[] = "file.c";
    policy_instance *instance = policy_open(*state, (hostmem_budget_config){0});
    IHostMalloc *heap;
    void *blocks[10];
    unsigned i;
    assert_int_equal(IHostMemoryManager_CreateMalloc(instance->manager, MALLOC_THREADSAFE, &heap), S_OK);
    for (i = 0; i < 10; i++)
        assert_int_equal(IHostMalloc_Alloc(heap, i, eTaskCritical, &blocks[i]), S_OK);
    policy_is(instance, calls[HOSTMEM_CALL_ALLOC], 10);
    for (i = 0; i < 4; i++)
        assert_int_equal(IHostMalloc_Free(heap, blocks[i]), S_OK);
    assert_int_equal(IHostMalloc_Free(heap, blocks[0]), HOST_E_INVALIDOPERATION);
    assert_int_equal(IHostMalloc_DebugAlloc(heap, 1, eTaskCritical, file, 1, &blocks[0]), S_OK);
    sim_os_fail(instance->scene->sim, SIM_SET(SIM_HEAP_ALLOC), 0, 2, ERROR_NOT_ENOUGH_MEMORY);
    assert_int_equal(IHostMalloc_DebugAlloc(heap, 1, eTaskCritical, file, 1, &blocks[1]), E_OUTOFMEMORY);
    assert_int_equal(IHostMalloc_Alloc(heap, 1, eTaskCritical, &blocks[1]), E_OUTOFMEMORY);
    sim_os_fail(instance->scene->sim, SIM_SET(SIM_HEAP_FREE), 0, 1, ERROR_INVALID_PARAMETER);
    assert_int_equal(IHostMalloc_Free(heap, blocks[0]), E_INVALIDARG);
    policy_is(instance, calls[HOSTMEM_CALL_ALLOC], 11);
    policy_is(instance, calls[HOSTMEM_CALL_DEBUG_ALLOC], 2);
    policy_is(instance, calls[HOSTMEM_CALL_FREE], 6);
    IHostMalloc_Release(heap);
    policy_is(instance, calls[HOSTMEM_CALL_ALLOC], 11);
    policy_is(instance, calls[HOSTMEM_CALL_FREE], 6);
    assert_int_equal(IHostMalloc_Alloc(instance->heap, 1, eTaskCritical, &blocks[0]), S_OK);
    policy_is(instance, calls[HOSTMEM_CALL_ALLOC], 12);
    assert_int_equal(IHostMalloc_Free(instance->heap, blocks[0]), S_OK);
}

static void every_method_has_its_own_count_of_calls(void **state)
{
    policy_instance *instance = policy_open(*state, (hostmem_budget_config){0});
    hostmem_stats before = policy_stats(instance), after;
    unsigned method, i;
    for (method = 0; method < HOSTMEM_CALL_METHODS; method++) {
        for (i = 0; i <= method; i++)
            call(instance, method, i % 2 != 0);
    }
    after = policy_stats(instance);
    for (method = 0; method < HOSTMEM_CALL_METHODS; method++) {
        if (after.calls[method] - before.calls[method] != method + 1)
            fail_msg("method %u: %u calls", method, (unsigned)(after.calls[method] - before.calls[method]));
    }
}

static void methods_are_numbered_as_the_bits_of_faults(void **state)
{
    (void)state;
    assert_int_equal(1u << HOSTMEM_CALL_VIRTUAL_ALLOC, HOSTMEM_METHOD_VIRTUAL_ALLOC);
    assert_int_equal(1u << HOSTMEM_CALL_VIRTUAL_FREE, HOSTMEM_METHOD_VIRTUAL_FREE);
    assert_int_equal(1u << HOSTMEM_CALL_VIRTUAL_PROTECT, HOSTMEM_METHOD_VIRTUAL_PROTECT);
    assert_int_equal(1u << HOSTMEM_CALL_VIRTUAL_QUERY, HOSTMEM_METHOD_VIRTUAL_QUERY);
    assert_int_equal(1u << HOSTMEM_CALL_CREATE_MALLOC, HOSTMEM_METHOD_CREATE_MALLOC);
    assert_int_equal(1u << HOSTMEM_CALL_ALLOC, HOSTMEM_METHOD_ALLOC);
    assert_int_equal(1u << HOSTMEM_CALL_DEBUG_ALLOC, HOSTMEM_METHOD_DEBUG_ALLOC);
    assert_int_equal(1u << HOSTMEM_CALL_GET_MEMORY_LOAD, HOSTMEM_METHOD_GET_MEMORY_LOAD);
    assert_int_equal(1u << HOSTMEM_CALL_REGISTER_CALLBACK, HOSTMEM_METHOD_REGISTER_CALLBACK);
}

/* The next instance on the same budget gets the quota caches of the last one. */
static void an_instance_on_a_shared_budget_begins_at_no_calls(void **state)
{
    policy_scene *s = *state;
    hostmem_budget *budget;
    policy_instance *first, *second;
    unsigned method;
    UINT64 made = 0;
    assert_int_equal(hostmem_budget_create(NULL, s->os, &budget), S_OK);
    first = policy_open_as(s, (hostmem_config){.budget = budget});
    made = policy_stats(first).calls[HOSTMEM_CALL_CREATE_MALLOC];
    for (method = 0; method < HOSTMEM_CALL_METHODS; method++)
        call(first, method, false);
    policy_close(first);
    second = policy_open_as(s, (hostmem_config){.budget = budget});
    policy_is(second, calls[HOSTMEM_CALL_CREATE_MALLOC], made);
    policy_is(second, calls[HOSTMEM_CALL_ALLOC], 0);
    policy_is(second, calls[HOSTMEM_CALL_GET_MEMORY_LOAD], 0);
    policy_close(second);
    hostmem_budget_release(budget);
}

/* ---- Refusals and waits ---- */

/* There is exactly one refusal, and it is this one. */
static void only_refusal(policy_instance *instance, unsigned result, unsigned level)
{
    hostmem_stats stats = policy_stats(instance);
    unsigned r, l;
    for (r = 0; r < HOSTMEM_REFUSAL_RESULTS; r++) {
        for (l = 0; l < 4; l++) {
            if (stats.refusals[r][l] != (r == result && l == level))
                fail_msg("refusals[%u][%u]: %u", r, l, (unsigned)stats.refusals[r][l]);
        }
    }
    for (l = 0; l < 4; l++) {
        UINT64 refused = l == level && result < HOSTMEM_REFUSAL_UNAVAILABLE;
        if (l < 3)
            assert_int_equal(stats.refused[l], refused);
        assert_int_equal(stats.refused_by[HOSTMEM_REFUSER_BUDGET][l] + stats.refused_by[HOSTMEM_REFUSER_SYSTEM][l],
                         refused);
    }
}

/* So many requests were refused by the budget and by the system, the system's last with that code. */
static void expect_refusers(policy_instance *instance, unsigned level, UINT64 budget, UINT64 system, UINT64 error)
{
    hostmem_stats stats = policy_stats(instance);
    assert_int_equal(stats.refused_by[HOSTMEM_REFUSER_BUDGET][level], budget);
    assert_int_equal(stats.refused_by[HOSTMEM_REFUSER_SYSTEM][level], system);
    assert_int_equal(stats.last_system_error, error);
}

/* The system has no memory for pages or blocks, and returns the same error as the budget. */
static void let_system_refuse(policy_scene *s, UINT32 times)
{
    sim_os_fail(s->sim, SIM_SET(SIM_VIRTUAL_ALLOC) | SIM_SET(SIM_HEAP_ALLOC), 0, times, ERROR_COMMITMENT_LIMIT);
}

static void a_figure_says_who_has_refused(void **state)
{
    policy_scene *s = *state;
    const hostmem_budget_config budget = {.limit_bytes = LIMIT, .flags = HOSTMEM_NO_PROCESS_OVERDRAFT};
    unsigned way, level;
    for (way = 0; way < POLICY_WAYS; way++) {
        for (level = 0; level < 3; level++) {
            BOOL pages = way < POLICY_ALLOC;
            UINT32 by_budget = pages ? ERROR_COMMITMENT_LIMIT : ERROR_NOT_ENOUGH_MEMORY;
            UINT32 code = pages ? ERROR_COMMITMENT_LIMIT : ERROR_NOT_ENOUGH_MEMORY; /* a heap returns no error code */
            policy_instance *instance = policy_open(s, budget);
            policy_ends(policy_ask(instance, (policy_way)way, LIMIT + PAGE, (EMemoryCriticalLevel)level), E_OUTOFMEMORY,
                        by_budget);
            expect_refusers(instance, level, 1, 0, 0);
            let_system_refuse(s, 1);
            policy_ends(policy_ask(instance, (policy_way)way, PAGE, (EMemoryCriticalLevel)level), E_OUTOFMEMORY, code);
            expect_refusers(instance, level, 1, 1, code);
            policy_ends(policy_ask(instance, (policy_way)way, LIMIT + PAGE, (EMemoryCriticalLevel)level), E_OUTOFMEMORY,
                        by_budget);
            expect_refusers(instance, level, 2, 1, code);
            policy_close(instance);
        }
    }
}

/* A wait ends with an error of its own; the last attempt counts as the one that refused. */
static void after_a_wait_the_last_attempt_says_who_has_refused(void **state)
{
    policy_scene *s = *state;
    const hostmem_budget_config budget = {
        .limit_bytes = LIMIT, .flags = HOSTMEM_NO_PROCESS_OVERDRAFT, .wait_ms = {1000, 1000, 1000}};
    policy_instance *instance = policy_open(s, budget);
    policy_request *full, *waits;

    waits = policy_ask_elsewhere(instance, POLICY_RESERVE_AND_COMMIT, LIMIT + PAGE, eTaskCritical);
    policy_waits(waits, 1);
    sim_os_advance(s->sim, 1000);
    policy_ends(waits, HOST_E_TIMEOUT, ERROR_TIMEOUT);
    expect_refusers(instance, eTaskCritical, 1, 0, 0);

    let_system_refuse(s, SIM_FOREVER);
    waits = policy_ask_elsewhere(instance, POLICY_RESERVE_AND_COMMIT, PAGE, eTaskCritical);
    policy_waits(waits, 1);
    sim_os_advance(s->sim, 1000);
    policy_ends(waits, HOST_E_TIMEOUT, ERROR_TIMEOUT);
    let_system_refuse(s, 0);
    expect_refusers(instance, eTaskCritical, 1, 1, ERROR_COMMITMENT_LIMIT);

    /* First the limit leaves too little, and when it leaves enough the system has no memory. */
    full = policy_ask(instance, POLICY_RESERVE_AND_COMMIT, LIMIT, eTaskCritical);
    policy_succeeds(full);
    waits = policy_ask_elsewhere(instance, POLICY_RESERVE_AND_COMMIT, PAGE, eAppDomainCritical);
    policy_waits(waits, 1);
    let_system_refuse(s, SIM_FOREVER);
    policy_give_back(full);
    policy_waits(waits, 1);
    sim_os_advance(s->sim, 1000);
    policy_ends(waits, HOST_E_TIMEOUT, ERROR_TIMEOUT);
    let_system_refuse(s, 0);
    expect_refusers(instance, eAppDomainCritical, 0, 1, ERROR_COMMITMENT_LIMIT);
}

static void a_fault_on_purpose_counts_as_what_it_stands_for(void **state)
{
    policy_scene *s = *state;
    const hostmem_fault_rule rules[] = {
        {.size = sizeof *rules, .levels = HOSTMEM_LEVEL(eTaskCritical)},
        {.size = sizeof *rules,
         .flags = HOSTMEM_FAULT_BY_SYSTEM,
         .levels = HOSTMEM_LEVEL(eProcessCritical),
         .error = 8},
    };
    unsigned way;
    for (way = 0; way < POLICY_WAYS; way++) {
        policy_instance *instance = policy_open(s, (hostmem_budget_config){0});
        BOOL asks_budget = way == POLICY_RESERVE_AND_COMMIT || way == POLICY_ALLOC;
        assert_int_equal(hostmem_fault_set(instance->handle, rules, 2), S_OK);
        policy_ends(policy_ask(instance, (policy_way)way, PAGE, eProcessCritical), E_OUTOFMEMORY, 8);
        expect_refusers(instance, eProcessCritical, 0, 1, 8);
        if (asks_budget) {
            policy_ends(policy_ask(instance, (policy_way)way, PAGE, eTaskCritical), E_OUTOFMEMORY,
                        way < POLICY_ALLOC ? ERROR_COMMITMENT_LIMIT : ERROR_NOT_ENOUGH_MEMORY);
            expect_refusers(instance, eTaskCritical, 1, 0, 8);
        }
        policy_close(instance);
    }
}

static void a_heap_that_is_not_made_was_refused_by_the_system(void **state)
{
    policy_scene *s = *state;
    policy_instance *instance = policy_open(s, (hostmem_budget_config){0});
    IHostMalloc *heap;
    sim_os_fail(s->sim, SIM_SET(SIM_HEAP_CREATE), 0, 1, ERROR_NO_SYSTEM_RESOURCES);
    assert_int_equal(IHostMemoryManager_CreateMalloc(instance->manager, 0, &heap), E_OUTOFMEMORY);
    expect_refusers(instance, 3, 0, 1, ERROR_NO_SYSTEM_RESOURCES);
}

/* ---- Address space ---- */

static void the_largest_free_range_is_looked_for_once_a_second(void **state)
{
    policy_scene *s = *state;
    policy_instance *instance = policy_open(s, (hostmem_budget_config){0});
    UINT64 queries, first = policy_stats(instance).largest_free_bytes;
    assert_true(first > 0);
    queries = sim_os_calls(s->sim, SIM_VIRTUAL_QUERY);
    sim_os_advance(s->sim, 999);
    policy_is(instance, largest_free_bytes, first);
    assert_int_equal(sim_os_calls(s->sim, SIM_VIRTUAL_QUERY), queries);
    sim_os_advance(s->sim, 1);
    policy_is(instance, largest_free_bytes, first);
    assert_true(sim_os_calls(s->sim, SIM_VIRTUAL_QUERY) > queries);
}

/* The queries of a walk that is due. */
static UINT64 queries_of_a_walk(policy_scene *s, policy_instance *instance)
{
    UINT64 queries = sim_os_calls(s->sim, SIM_VIRTUAL_QUERY);
    sim_os_advance(s->sim, 1000);
    policy_stats(instance);
    return sim_os_calls(s->sim, SIM_VIRTUAL_QUERY) - queries;
}

/* What is in the books is no free range, however many regions it has. */
static void own_memory_is_not_queried_for_the_largest_free_range(void **state)
{
    enum { PAGES = 200 };
    policy_scene *s = *state;
    policy_instance *instance = policy_open(s, (hostmem_budget_config){0}),
                    *other = policy_open(s, (hostmem_budget_config){0});
    char *pages = take(instance->manager, NULL, PAGES * PAGE, MEM_RESERVE, PAGE_NOACCESS);
    UINT64 queries = queries_of_a_walk(s, instance), largest = policy_stats(instance).largest_free_bytes;
    unsigned i;
    for (i = 0; i < PAGES; i += 2)
        take(instance->manager, pages + i * PAGE, PAGE, MEM_COMMIT, PAGE_READWRITE);
    assert_int_equal(queries_of_a_walk(s, instance), queries);
    policy_is(instance, largest_free_bytes, largest);

    /* The same memory of somebody else is queried, and is no free range either. */
    assert_int_equal(IHostMemoryManager_VirtualFree(instance->manager, pages, 0, MEM_RELEASE), S_OK);
    assert_ptr_equal(take(other->manager, pages, PAGES * PAGE, MEM_RESERVE, PAGE_NOACCESS), pages);
    assert_true(queries_of_a_walk(s, instance) > queries);
    policy_is(instance, largest_free_bytes, largest);
    assert_int_equal(IHostMemoryManager_VirtualFree(other->manager, pages, 0, MEM_RELEASE), S_OK);
}

/* A walk over many regions of others goes on from call to call. */
static void the_largest_free_range_is_looked_for_in_parts(void **state)
{
    enum { PAGES = 2600, MAX_QUERIES = 1024 };
    policy_scene *s = *state;
    policy_instance *instance = policy_open(s, (hostmem_budget_config){0}),
                    *other = policy_open(s, (hostmem_budget_config){0});
    char *pages = take(other->manager, NULL, PAGES * PAGE, MEM_RESERVE, PAGE_NOACCESS);
    UINT64 first = policy_stats(instance).largest_free_bytes, total = 0, queries;
    unsigned i, calls = 0;
    for (i = 0; i < PAGES; i += 2) /* each page is a region of its own */
        take(other->manager, pages + i * PAGE, PAGE, MEM_COMMIT, PAGE_READWRITE);
    sim_os_advance(s->sim, 1000);
    do {
        queries = sim_os_calls(s->sim, SIM_VIRTUAL_QUERY);
        policy_is(instance, largest_free_bytes, first);
        queries = sim_os_calls(s->sim, SIM_VIRTUAL_QUERY) - queries;
        assert_true(queries <= MAX_QUERIES);
        total += queries;
        calls++;
    } while (queries);
    assert_true(total >= PAGES);
    assert_true(calls > PAGES / MAX_QUERIES);
    assert_true(calls < 10);
    assert_int_equal(IHostMemoryManager_VirtualFree(other->manager, pages, 0, MEM_RELEASE), S_OK);
}

static void refusals_are_counted_by_level_and_result(void **state)
{
    policy_scene *s = *state;
    const hostmem_budget_config budget = {.limit_bytes = LIMIT, .flags = HOSTMEM_NO_PROCESS_OVERDRAFT};
    policy_instance *instance;
    IHostMalloc *heap;
    unsigned way, level;
    for (way = 0; way < POLICY_WAYS; way++) {
        for (level = 0; level < 3; level++) {
            instance = policy_open(s, budget);
            policy_ends(policy_ask(instance, (policy_way)way, LIMIT + PAGE, (EMemoryCriticalLevel)level), E_OUTOFMEMORY,
                        way < POLICY_ALLOC ? ERROR_COMMITMENT_LIMIT : ERROR_NOT_ENOUGH_MEMORY);
            only_refusal(instance, HOSTMEM_REFUSAL_OUT_OF_MEMORY, level);
            policy_close(instance);

            instance = policy_open(s, budget);
            assert_int_equal(hostmem_set_clr_state(instance->handle, HOSTMEM_CLR_NOT_AVAILABLE), S_OK);
            policy_ends(policy_ask(instance, (policy_way)way, PAGE, (EMemoryCriticalLevel)level),
                        HOST_E_CLRNOTAVAILABLE, way < POLICY_ALLOC ? ERROR_COMMITMENT_LIMIT : ERROR_NOT_ENOUGH_MEMORY);
            only_refusal(instance, HOSTMEM_REFUSAL_UNAVAILABLE, level);
            policy_close(instance);
        }
    }

    instance = policy_open(
        s, (hostmem_budget_config){.limit_bytes = LIMIT, .flags = HOSTMEM_NO_PROCESS_OVERDRAFT | HOSTMEM_FAIL_FAST});
    policy_ends(policy_ask(instance, POLICY_ALLOC, LIMIT + 1, eProcessCritical), E_FAIL, ERROR_NOT_ENOUGH_MEMORY);
    only_refusal(instance, HOSTMEM_REFUSAL_FAIL_FAST, eProcessCritical);

    instance = policy_open(s, budget);
    sim_os_fail(s->sim, SIM_SET(SIM_HEAP_CREATE), 0, 1, ERROR_NOT_ENOUGH_MEMORY);
    assert_int_equal(IHostMemoryManager_CreateMalloc(instance->manager, 0, &heap), E_OUTOFMEMORY);
    only_refusal(instance, HOSTMEM_REFUSAL_OUT_OF_MEMORY, 3);

    instance = policy_open(s, budget);
    assert_int_equal(hostmem_set_clr_state(instance->handle, HOSTMEM_CLR_NOT_AVAILABLE), S_OK);
    assert_int_equal(IHostMemoryManager_CreateMalloc(instance->manager, 0, &heap), HOST_E_CLRNOTAVAILABLE);
    only_refusal(instance, HOSTMEM_REFUSAL_UNAVAILABLE, 3);
}

static void what_is_no_request_of_memory_is_no_refusal(void **state)
{
    policy_instance *instance = policy_open(*state, (hostmem_budget_config){0});
    unsigned method;
    for (method = 0; method < HOSTMEM_CALL_METHODS; method++)
        call(instance, method, method != HOSTMEM_CALL_DEBUG_ALLOC); /* these are refused */
    only_refusal(instance, HOSTMEM_REFUSAL_RESULTS, 0);
}

static void waits_are_counted_with_their_time_and_end(void **state)
{
    policy_scene *s = *state;
    policy_instance *instance = policy_open(s, (hostmem_budget_config){.limit_bytes = LIMIT,
                                                                       .flags = HOSTMEM_NO_PROCESS_OVERDRAFT,
                                                                       .wait_ms = {1000, 2000, 3000}});
    policy_request *full = policy_ask(instance, POLICY_RESERVE_AND_COMMIT, LIMIT, eTaskCritical), *waits;
    hostmem_stats stats;
    policy_succeeds(full);

    waits = policy_ask_elsewhere(instance, POLICY_ALLOC, 1, eTaskCritical);
    policy_waits(waits, 1);
    policy_is(instance, waits[eTaskCritical], 1);
    policy_is(instance, wait_ms[eTaskCritical], 0);
    sim_os_advance(s->sim, 1000);
    policy_ends(waits, HOST_E_TIMEOUT, ERROR_TIMEOUT);
    only_refusal(instance, HOSTMEM_REFUSAL_TIMEOUT, eTaskCritical);
    policy_is(instance, wait_ms[eTaskCritical], 1000);

    waits = policy_ask_elsewhere(instance, POLICY_ALLOC, 1, eAppDomainCritical);
    policy_waits(waits, 1);
    sim_os_advance(s->sim, 30);
    policy_waits(waits, 1);
    policy_give_back(full);
    policy_succeeds(waits);
    policy_is(instance, wait_ms[eAppDomainCritical], 30);
    policy_give_back(waits);

    full = policy_ask(instance, POLICY_RESERVE_AND_COMMIT, LIMIT, eTaskCritical);
    policy_succeeds(full);
    waits = policy_ask_elsewhere(instance, POLICY_ALLOC, 1, eProcessCritical);
    policy_waits(waits, 1);
    sim_os_advance(s->sim, 7);
    policy_waits(waits, 1);
    hostmem_shutdown(instance->handle);
    policy_ends(waits, HOST_E_ABANDONED, ERROR_OPERATION_ABORTED);

    stats = policy_stats(instance);
    assert_int_equal(stats.refusals[HOSTMEM_REFUSAL_ABANDONED][eProcessCritical], 1);
    assert_int_equal(stats.refused[eProcessCritical], 1);
    assert_int_equal(stats.wait_ms[eProcessCritical], 7);
    assert_int_equal(stats.wait_ms[eTaskCritical], 1000);
    assert_int_equal(stats.waits[eTaskCritical] + stats.waits[eAppDomainCritical] + stats.waits[eProcessCritical], 3);
}

/* ---- Versions ---- */

static void callers_of_every_version_get_their_figures_and_no_more(void **state)
{
    static const UINT32 ends[] = {offsetof(hostmem_stats, waits), offsetof(hostmem_stats, address_reserve_bytes),
                                  offsetof(hostmem_stats, injected), offsetof(hostmem_stats, peak_reserved_bytes),
                                  sizeof(hostmem_stats)};
    policy_instance *instance = policy_open(*state, (hostmem_budget_config){0});
    hostmem_stats whole = policy_stats(instance), stats;
    unsigned i, at;
    for (i = 0; i < sizeof ends / sizeof *ends; i++) {
        const unsigned char *bytes = (const unsigned char *)&stats;
        memset(&stats, 0xdd, sizeof stats);
        stats.size = ends[i];
        assert_int_equal(hostmem_get_stats(instance->handle, &stats), S_OK);
        assert_int_equal(stats.size, ends[i]);
        assert_memory_equal(bytes + sizeof stats.size, (const unsigned char *)&whole + sizeof stats.size,
                            ends[i] - sizeof stats.size);
        for (at = ends[i]; at < sizeof stats; at++)
            assert_int_equal(bytes[at], 0xdd);
    }
}

/* ---- While threads are at work ---- */

#define THREADS 4u
#define ROUNDS 3000u

typedef struct worker {
    policy_instance *instance;
    sim_thread *thread;
    _Atomic UINT32 *running;
    UINT64 made[HOSTMEM_CALL_METHODS], refused[3]; /* as counted by the thread */
    unsigned number;
} worker;

static void work_once(worker *self, unsigned round)
{
    static char file[] = "file.c";
    IHostMemoryManager *manager = self->instance->manager;
    IHostMalloc *heap = self->instance->heap;
    unsigned level = (round + self->number) % 3;
    void *block, *pages = NULL;
    HRESULT hr;
    if (round % 3) {
        hr = IHostMalloc_Alloc(heap, round % 5000, (EMemoryCriticalLevel)level, &block);
        self->made[HOSTMEM_CALL_ALLOC]++;
    } else {
        hr = IHostMalloc_DebugAlloc(heap, round % 50000, (EMemoryCriticalLevel)level, file, (int)(round % 7), &block);
        self->made[HOSTMEM_CALL_DEBUG_ALLOC]++;
    }
    self->refused[level] += hr != S_OK;
    if (round % 4 == 0) {
        hr = IHostMemoryManager_VirtualAlloc(manager, NULL, (round % 16 + 1) * PAGE, MEM_COMMIT,
                                             round % 8 ? PAGE_READWRITE : PAGE_EXECUTE_READ,
                                             (EMemoryCriticalLevel)level, &pages);
        self->made[HOSTMEM_CALL_VIRTUAL_ALLOC]++;
        self->refused[level] += hr != S_OK;
    }
    if (pages) {
        IHostMemoryManager_VirtualFree(manager, pages, 0, MEM_RELEASE);
        self->made[HOSTMEM_CALL_VIRTUAL_FREE]++;
    }
    IHostMalloc_Free(heap, block);
    self->made[HOSTMEM_CALL_FREE]++;
}

static void work(void *context)
{
    worker *self = context;
    unsigned round;
    for (round = 0; round < ROUNDS; round++) {
        work_once(self, round);
        if (round % 64 == 0)
            sim_thread_yield();
    }
    atomic_fetch_sub(self->running, 1);
}

static UINT64 sum_of(const UINT64 *counts, size_t count)
{
    UINT64 sum = 0;
    while (count--)
        sum += counts[count];
    return sum;
}

/* What the description of hostmem_stats says about one reading. Returns NULL if it holds. */
static const char *wrong_in_one(const hostmem_stats *s)
{
    unsigned level, result;
    if (s->used_bytes != s->committed_bytes + s->heap_bytes)
        return "used_bytes is not the sum of its parts";
    if (s->peak_reserved_bytes < s->reserved_bytes || s->peak_committed_bytes < s->committed_bytes ||
        s->peak_executable_bytes < s->executable_bytes || s->peak_mapped_bytes < s->mapped_bytes ||
        s->peak_heap_bytes < s->heap_bytes)
        return "a peak is less than its figure";
    if (s->peak_used_bytes > s->limit_bytes)
        return "a peak is above the limit";
    for (level = 0; level < 3; level++) {
        UINT64 sum = 0;
        for (result = 0; result < HOSTMEM_REFUSAL_UNAVAILABLE; result++)
            sum += s->refusals[result][level];
        if (s->refused[level] != sum)
            return "refused is not the sum of refusals";
        if (s->refused_by[HOSTMEM_REFUSER_BUDGET][level] + s->refused_by[HOSTMEM_REFUSER_SYSTEM][level] != sum)
            return "refused is not the sum of those who have";
        if (s->refusals[HOSTMEM_REFUSAL_TIMEOUT][level] + s->refusals[HOSTMEM_REFUSAL_ABANDONED][level] >
            s->waits[level])
            return "more waits have ended than begun";
    }
    return NULL;
}

static bool has_fallen(const UINT64 *then, const UINT64 *now, size_t count)
{
    for (; count--; then++, now++) {
        if (*now < *then)
            return true;
    }
    return false;
}

/* The same for two readings. */
static const char *wrong_in_two(const hostmem_stats *then, const hostmem_stats *now)
{
    if (has_fallen(then->calls, now->calls, HOSTMEM_CALL_METHODS) ||
        has_fallen(*then->refusals, *now->refusals, HOSTMEM_REFUSAL_RESULTS * 4) ||
        has_fallen(*then->refused_by, *now->refused_by, HOSTMEM_REFUSERS * 4) ||
        has_fallen(then->waits, now->waits, 3) || has_fallen(then->wait_ms, now->wait_ms, 3) ||
        has_fallen(&then->peak_reserved_bytes, &now->peak_reserved_bytes, 3))
        return "a count or a peak has fallen";
    return NULL;
}

static void what_is_promised_of_figures_holds_while_threads_work(void **state)
{
    policy_instance *instance = policy_open(
        *state,
        (hostmem_budget_config){.limit_bytes = 10 * PAGE, .flags = HOSTMEM_NO_PROCESS_OVERDRAFT, .wait_ms = {1}});
    hostmem_stats before = policy_stats(instance), then = before, now;
    _Atomic UINT32 running = THREADS;
    worker workers[THREADS];
    const char *wrong = NULL;
    unsigned i, method;
    memset(workers, 0, sizeof workers);
    for (i = 0; i < THREADS; i++) {
        workers[i].instance = instance;
        workers[i].running = &running;
        workers[i].number = i;
        workers[i].thread = sim_thread_start(work, &workers[i]);
        assert_non_null(workers[i].thread);
    }
    while (atomic_load(&running)) {
        now = policy_stats(instance);
        if (!wrong)
            wrong = wrong_in_one(&now);
        if (!wrong)
            wrong = wrong_in_two(&then, &now);
        then = now;
        sim_os_advance(instance->scene->sim, 1); /* for waiting requests */
    }
    for (i = 0; i < THREADS; i++)
        sim_thread_join(workers[i].thread);
    if (wrong)
        fail_msg("%s", wrong);

    now = policy_stats(instance);
    assert_int_equal(now.heap_blocks, before.heap_blocks);
    assert_int_equal(now.used_bytes, before.used_bytes);
    assert_true(sum_of(now.refused, 3) > 0);
    assert_true(now.waits[eTaskCritical] > 0);
    for (i = 0; i < THREADS; i++) {
        for (method = 0; method < HOSTMEM_CALL_METHODS; method++)
            before.calls[method] += workers[i].made[method];
        for (method = 0; method < 3; method++)
            before.refused[method] += workers[i].refused[method];
    }
    assert_memory_equal(now.calls, before.calls, sizeof now.calls);
    assert_memory_equal(now.refused, before.refused, sizeof now.refused);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        policy_test(each_peak_is_the_most_that_its_kind_has_held),
        policy_test(a_view_that_is_announced_again_is_no_peak_of_both),
        policy_test(heaps_are_those_that_were_not_released),
        policy_test(calls_of_alloc_are_exact_whatever_became_of_their_blocks),
        policy_test(every_method_has_its_own_count_of_calls),
        policy_test(methods_are_numbered_as_the_bits_of_faults),
        policy_test(an_instance_on_a_shared_budget_begins_at_no_calls),
        policy_test(refusals_are_counted_by_level_and_result),
        policy_test(a_figure_says_who_has_refused),
        policy_test(after_a_wait_the_last_attempt_says_who_has_refused),
        policy_test(a_fault_on_purpose_counts_as_what_it_stands_for),
        policy_test(a_heap_that_is_not_made_was_refused_by_the_system),
        policy_test(the_largest_free_range_is_looked_for_once_a_second),
        policy_test(own_memory_is_not_queried_for_the_largest_free_range),
        policy_test(the_largest_free_range_is_looked_for_in_parts),
        policy_test(what_is_no_request_of_memory_is_no_refusal),
        policy_test(waits_are_counted_with_their_time_and_end),
        policy_test(callers_of_every_version_get_their_figures_and_no_more),
        policy_test(what_is_promised_of_figures_holds_while_threads_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
