/* An injected fault has the same effects as the refusal that it simulates: each is made twice, by a rule and for
 * real, and result, last error, out parameters and figures must be equal, and so must waiting, shutdown and the
 * latch. */
#include "policy.h"

#include <stdio.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
#define WAIT_MS 5000u

/* One error of each class of the failure table, and several of the class of a lack of memory. */
static const UINT32 errors[] = {ERROR_NOT_ENOUGH_MEMORY,
                                ERROR_OUTOFMEMORY,
                                ERROR_COMMITMENT_MINIMUM,
                                ERROR_NO_SYSTEM_RESOURCES,
                                ERROR_WORKING_SET_QUOTA,
                                ERROR_COMMITMENT_LIMIT,
                                ERROR_INVALID_ADDRESS,
                                ERROR_INVALID_PARAMETER,
                                ERROR_NOACCESS,
                                ERROR_ACCESS_DENIED,
                                ERROR_TIMEOUT,
                                ERROR_NOT_OWNER,
                                ERROR_OPERATION_ABORTED,
                                ERROR_PRIVILEGE_NOT_HELD,
                                0x2badcafe};

/* ---- The system's refusals ---- */

/* The methods, each in the ways that take different paths through the library. */
typedef enum way {
    RESERVE,
    RESERVE_AND_COMMIT,
    COMMIT,
    RESET,
    COMMIT_OF_OTHERS,
    RELEASE,
    DECOMMIT,
    FREE_OF_OTHERS,
    PROTECT,
    QUERY,
    CREATE_HEAP,
    BLOCK,
    DEBUG_BLOCK,
    LOAD,
    REGISTER,
    WAYS
} way;

static const struct {
    UINT32 method;
    sim_os_kind kind; /* the call of the system that really fails */
    bool of_heap;
} ways[WAYS] = {
    [RESERVE] = {HOSTMEM_METHOD_VIRTUAL_ALLOC, SIM_VIRTUAL_ALLOC, false},
    [RESERVE_AND_COMMIT] = {HOSTMEM_METHOD_VIRTUAL_ALLOC, SIM_VIRTUAL_ALLOC, false},
    [COMMIT] = {HOSTMEM_METHOD_VIRTUAL_ALLOC, SIM_VIRTUAL_ALLOC, false},
    [RESET] = {HOSTMEM_METHOD_VIRTUAL_ALLOC, SIM_VIRTUAL_ALLOC, false},
    [COMMIT_OF_OTHERS] = {HOSTMEM_METHOD_VIRTUAL_ALLOC, SIM_VIRTUAL_ALLOC, false},
    [RELEASE] = {HOSTMEM_METHOD_VIRTUAL_FREE, SIM_VIRTUAL_FREE, false},
    [DECOMMIT] = {HOSTMEM_METHOD_VIRTUAL_FREE, SIM_VIRTUAL_FREE, false},
    [FREE_OF_OTHERS] = {HOSTMEM_METHOD_VIRTUAL_FREE, SIM_VIRTUAL_FREE, false},
    [PROTECT] = {HOSTMEM_METHOD_VIRTUAL_PROTECT, SIM_VIRTUAL_PROTECT, false},
    [QUERY] = {HOSTMEM_METHOD_VIRTUAL_QUERY, SIM_VIRTUAL_QUERY, false},
    [CREATE_HEAP] = {HOSTMEM_METHOD_CREATE_MALLOC, SIM_HEAP_CREATE, false},
    [BLOCK] = {HOSTMEM_METHOD_ALLOC, SIM_HEAP_ALLOC, true},
    [DEBUG_BLOCK] = {HOSTMEM_METHOD_DEBUG_ALLOC, SIM_HEAP_ALLOC, true},
    [LOAD] = {HOSTMEM_METHOD_GET_MEMORY_LOAD, SIM_MEMORY_STATUS, false},
    [REGISTER] = {HOSTMEM_METHOD_REGISTER_CALLBACK, SIM_EVENT_CREATE, false},
};

/* The visible effects of a failure. */
typedef struct outcome {
    HRESULT hr;
    UINT32 error;
    UINT64 out[2];
    hostmem_stats stats;
} outcome;

static HRESULT register_callback(IHostMemoryManager *manager)
{
    static ICLRMemoryNotificationCallback never_called;
    return IHostMemoryManager_RegisterMemoryNotificationCallback(manager, &never_called);
}

static HRESULT call(policy_instance *instance, void *foreign, way chosen, EMemoryCriticalLevel level, UINT64 out[2])
{
    static char file[] = "file.c";
    IHostMemoryManager *manager = instance->manager;
    void *memory = NULL;
    MEMORY_BASIC_INFORMATION region;
    DWORD word = 77;
    SIZE_T size = 77;
    HRESULT hr;
    switch (chosen) {
    case RESERVE:
    case RESERVE_AND_COMMIT:
        hr = IHostMemoryManager_VirtualAlloc(manager, NULL, 5 * POLICY_PAGE,
                                             chosen == RESERVE ? MEM_RESERVE : MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE,
                                             level, &memory);
        break;
    case COMMIT:
    case RESET:
        hr = IHostMemoryManager_VirtualAlloc(manager, instance->reservation + POLICY_PAGE, 3 * POLICY_PAGE,
                                             chosen == COMMIT ? MEM_COMMIT : MEM_RESET, PAGE_EXECUTE_READWRITE, level,
                                             &memory);
        break;
    case COMMIT_OF_OTHERS:
        hr = IHostMemoryManager_VirtualAlloc(manager, foreign, 1, MEM_COMMIT, PAGE_READWRITE, level, &memory);
        break;
    case RELEASE:
        return IHostMemoryManager_VirtualFree(manager, instance->reservation, 0, MEM_RELEASE);
    case DECOMMIT:
        return IHostMemoryManager_VirtualFree(manager, instance->reservation, 2 * POLICY_PAGE, MEM_DECOMMIT);
    case FREE_OF_OTHERS:
        return IHostMemoryManager_VirtualFree(manager, foreign, 0, MEM_RELEASE);
    case PROTECT:
        hr = IHostMemoryManager_VirtualProtect(manager, instance->reservation, 1, PAGE_EXECUTE_READ, &word);
        out[0] = word;
        return hr;
    case QUERY:
        hr = IHostMemoryManager_VirtualQuery(manager, instance->reservation, &region, sizeof region, &size);
        out[0] = size;
        return hr;
    case CREATE_HEAP:
        hr = IHostMemoryManager_CreateMalloc(manager, MALLOC_THREADSAFE, (IHostMalloc **)&memory);
        break;
    case BLOCK:
        hr = IHostMalloc_Alloc(instance->heap, 500, level, &memory);
        break;
    case DEBUG_BLOCK:
        hr = IHostMalloc_DebugAlloc(instance->heap, 500, level, file, 1, &memory);
        break;
    case LOAD:
        hr = IHostMemoryManager_GetMemoryLoad(manager, &word, &size);
        out[0] = word;
        out[1] = size;
        return hr;
    default:
        return register_callback(manager);
    }
    out[0] = (UINT_PTR)memory;
    return hr;
}

/* Makes a call fail, by a rule or for real, on a new instance with some pages of each kind. */
static outcome fail_once(policy_scene *s, way chosen, EMemoryCriticalLevel level, UINT32 error, bool by_rule)
{
    hostmem_budget_config budget = {.size = sizeof budget, .flags = HOSTMEM_FAIL_FAST, .limit_bytes = 1 << 20};
    policy_instance *instance = policy_open_as(
        s, (hostmem_config){.flags = HOSTMEM_FREE_FOREIGN, .budget_config = &budget});
    hostmem_fault_rule rule = {
        .size = sizeof rule, .flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = ways[chosen].method, .error = error};
    void *foreign = sim_os_add_foreign(s->sim, NULL, POLICY_PAGE, FALSE, PAGE_NOACCESS), *out;
    outcome is = {0};
    assert_int_equal(IHostMemoryManager_VirtualAlloc(instance->manager, instance->reservation, 2 * POLICY_PAGE,
                                                     MEM_COMMIT, PAGE_EXECUTE_READWRITE, level, &out),
                     S_OK);
    if (by_rule)
        assert_int_equal(hostmem_fault_set(instance->handle, &rule, 1), S_OK);
    else
        sim_os_fail(s->sim, SIM_SET(ways[chosen].kind), 0, 1, error);
    s->os->set_last_error(s->os, POLICY_LAST_ERROR);
    is.hr = call(instance, foreign, chosen, level, is.out);
    is.error = s->os->get_last_error(s->os);
    is.stats = policy_stats(instance);
    assert_int_equal(sim_os_failed(s->sim), !by_rule);
    assert_int_equal(is.stats.injected[0] + is.stats.injected[1] + is.stats.injected[2] + is.stats.injected[3],
                     by_rule);
    memset(is.stats.injected, 0, sizeof is.stats.injected);
    sim_os_fail(s->sim, 0, 0, 0, 0);
    hostmem_fault_set(instance->handle, NULL, 0);
    policy_close(instance);
    sim_os_remove_foreign(s->sim, foreign);
    return is;
}

static void a_refusal_of_the_system_is_as_the_real_one(void **state)
{
    policy_scene *s = *state;
    unsigned chosen, level, i;
    for (chosen = 0; chosen < WAYS; chosen++) {
        for (level = 0; level < 3; level++) {
            for (i = 0; i < COUNT_OF(errors); i++) {
                outcome injected, real;
                /* A failure to register is always a lack of memory; a rule may have another error. */
                if (chosen == REGISTER && errors[i] != ERROR_NOT_ENOUGH_MEMORY)
                    continue;
                injected = fail_once(s, (way)chosen, (EMemoryCriticalLevel)level, errors[i], true);
                real = fail_once(s, (way)chosen, (EMemoryCriticalLevel)level, errors[i], false);
                assert_true(real.hr != S_OK);
                /* The addresses that two instances return may differ, but a failure returns none. */
                if (memcmp(&injected, &real, sizeof real))
                    fail_msg("way %u, level %u, error %u: %#x and last error %u, for real %#x and %u", chosen, level,
                             (unsigned)errors[i], (unsigned)injected.hr, (unsigned)injected.error, (unsigned)real.hr,
                             (unsigned)real.error);
            }
        }
    }
}

static void without_an_error_the_system_lacks_memory(void **state)
{
    policy_scene *s = *state;
    unsigned chosen;
    for (chosen = 0; chosen < WAYS; chosen++) {
        outcome is = fail_once(s, (way)chosen, eTaskCritical, 0, true);
        assert_int_equal(is.hr, E_OUTOFMEMORY);
        assert_int_equal(is.error, ERROR_NOT_ENOUGH_MEMORY);
    }
}

/* ---- Refusals by the budget ---- */

static policy_instance *open_refusing(policy_scene *s, hostmem_budget_config budget, UINT32 flags)
{
    policy_instance *instance = policy_open(s, budget);
    hostmem_fault_rule rule = {.size = sizeof rule, .flags = flags};
    assert_int_equal(hostmem_fault_set(instance->handle, &rule, 1), S_OK);
    return instance;
}

/* One without enough memory refuses for real, one without a limit by a rule. */
static void a_refusal_of_the_budget_is_as_the_real_one(void **state)
{
    policy_scene *s = *state;
    unsigned chosen, level, flags;
    for (chosen = 0; chosen < POLICY_WAYS; chosen++) {
        for (level = 0; level < 3; level++) {
            for (flags = 0; flags < 4; flags++) { /* HOSTMEM_NO_PROCESS_OVERDRAFT, HOSTMEM_FAIL_FAST */
                policy_instance *injected = open_refusing(s, (hostmem_budget_config){.flags = flags}, 0);
                policy_instance *real = policy_open(
                    s, (hostmem_budget_config){.flags = flags | HOSTMEM_NO_PROCESS_OVERDRAFT, .limit_bytes = 1});
                policy_request *first = policy_ask(injected, (policy_way)chosen, POLICY_PAGE,
                                                   (EMemoryCriticalLevel)level);
                policy_request *second = policy_ask(real, (policy_way)chosen, POLICY_PAGE, (EMemoryCriticalLevel)level);
                snprintf(s->note, sizeof s->note, "way %u, level %u, flags %u", chosen, level, flags);
                assert_true(second->hr != S_OK);
                policy_ends(first, second->hr, second->error);
                policy_is(injected, refused[level], 1);
                policy_is(injected, injected[level], 1);
                policy_is(injected, latched, level == eProcessCritical && (flags & HOSTMEM_FAIL_FAST));
                policy_is(real, latched, level == eProcessCritical && (flags & HOSTMEM_FAIL_FAST));
                policy_is(injected, used_bytes, 0);
                policy_close(injected);
                policy_close(real);
            }
        }
    }
}

/* ---- Waiting ---- */

typedef enum ending { TIME, SHUTDOWN, CLOSED, ENDINGS } ending;

static void end_waiting(policy_request *request, ending how)
{
    policy_scene *s = request->from->scene;
    policy_waits(request, 1);
    if (how == SHUTDOWN) {
        hostmem_shutdown(request->from->handle);
    } else if (how == CLOSED) {
        hostmem_set_clr_state(request->from->handle, HOSTMEM_CLR_NOT_AVAILABLE);
    } else {
        sim_os_advance(s->sim, WAIT_MS - 1);
        policy_waits(request, 1);
        sim_os_advance(s->sim, 1);
    }
}

static void a_request_that_may_wait_stays_refused(void **state)
{
    static const hostmem_budget_config budget = {.size = sizeof budget, .wait_ms = {WAIT_MS, WAIT_MS, WAIT_MS}};
    static const HRESULT results[ENDINGS] = {HOST_E_TIMEOUT, HOST_E_ABANDONED, HOST_E_CLRNOTAVAILABLE};
    policy_scene *s = *state;
    unsigned chosen, level, how, by_system;
    for (chosen = 0; chosen < POLICY_WAYS; chosen++) {
        bool of_heap = chosen == POLICY_ALLOC || chosen == POLICY_DEBUG_ALLOC;
        const UINT32 last_errors[ENDINGS] = {ERROR_TIMEOUT, ERROR_OPERATION_ABORTED,
                                             of_heap ? ERROR_NOT_ENOUGH_MEMORY : ERROR_COMMITMENT_LIMIT};
        for (level = 0; level < 3; level++) {
            for (how = 0; how < ENDINGS; how++) {
                for (by_system = 0; by_system < 2; by_system++) {
                    policy_instance *instance = open_refusing(s, budget, by_system ? HOSTMEM_FAULT_BY_SYSTEM : 0);
                    hostmem_fault_count count;
                    UINT32 rules;
                    policy_request *request = policy_ask_elsewhere(instance, (policy_way)chosen, POLICY_PAGE,
                                                                   (EMemoryCriticalLevel)level);
                    snprintf(s->note, sizeof s->note, "way %u, level %u, ending %u, by system %u", chosen, level, how,
                             by_system);
                    end_waiting(request, (ending)how);
                    policy_ends(request, results[how], last_errors[how]);
                    policy_is(instance, waits[level], 1);
                    policy_is(instance, refused[level], how != CLOSED);
                    policy_is(instance, injected[level], 1);
                    /* It was one operation, however often it tried. */
                    assert_int_equal(hostmem_fault_get_counts(instance->handle, &count, 1, &rules), S_OK);
                    assert_int_equal(count.matched, 1);
                    policy_close(instance);
                }
            }
        }
    }
}

static void refused_at_its_first_attempt_a_request_gets_memory_by_waiting(void **state)
{
    static const hostmem_budget_config budget = {.size = sizeof budget, .wait_ms = {WAIT_MS, WAIT_MS, WAIT_MS}};
    policy_scene *s = *state;
    unsigned chosen, level;
    for (chosen = 0; chosen < POLICY_WAYS; chosen++) {
        for (level = 0; level < 3; level++) {
            policy_instance *instance = open_refusing(s, budget, HOSTMEM_FAULT_FIRST_ATTEMPT);
            policy_request *request = policy_ask(instance, (policy_way)chosen, POLICY_PAGE,
                                                 (EMemoryCriticalLevel)level);
            snprintf(s->note, sizeof s->note, "way %u, level %u", chosen, level);
            policy_succeeds(request);
            policy_is(instance, waits[level], 1);
            policy_is(instance, refused[level], 0);
            policy_is(instance, injected[level], 1);
            policy_give_back(request);
            policy_close(instance);
        }
    }
}

/* Without waiting there is no second attempt. */
static void refused_at_its_first_attempt_a_request_fails_where_none_waits(void **state)
{
    policy_scene *s = *state;
    policy_instance *instance = open_refusing(s, (hostmem_budget_config){0}, HOSTMEM_FAULT_FIRST_ATTEMPT);
    policy_ends(policy_ask(instance, POLICY_ALLOC, 1, eTaskCritical), E_OUTOFMEMORY, ERROR_NOT_ENOUGH_MEMORY);
    policy_is(instance, refused[eTaskCritical], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        policy_test(a_refusal_of_the_system_is_as_the_real_one),
        policy_test(without_an_error_the_system_lacks_memory),
        policy_test(a_refusal_of_the_budget_is_as_the_real_one),
        policy_test(a_request_that_may_wait_stays_refused),
        policy_test(refused_at_its_first_attempt_a_request_gets_memory_by_waiting),
        policy_test(refused_at_its_first_attempt_a_request_fails_where_none_waits),
    };
    return cmocka_run_group_tests_name("fault_results", tests, NULL, NULL);
}
