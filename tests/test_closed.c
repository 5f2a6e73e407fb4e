/* An instance that gives out no more memory, and where no request may wait: the latch of HOSTMEM_FAIL_FAST, a CLR
 * that is declared unavailable, the shutdown, the end of the process. All other calls must still work. */
#include "com_doubles.h"
#include "policy.h"

#include <stdio.h>

#define WAIT_MS 5000u
#define LIMIT (16 * POLICY_PAGE)

static const hostmem_budget_config fail_fast = {.flags = HOSTMEM_FAIL_FAST | HOSTMEM_NO_PROCESS_OVERDRAFT,
                                                .limit_bytes = LIMIT};

static void latch(policy_instance *instance)
{
    policy_ends(policy_ask(instance, POLICY_ALLOC, LIMIT + 1, eProcessCritical), E_FAIL, ERROR_NOT_ENOUGH_MEMORY);
    policy_is(instance, latched, 1);
}

/* ---- Which calls are closed ---- */

static UINT32 last_error(policy_instance *instance)
{
    return instance->scene->os->get_last_error(instance->scene->os);
}

/* None of the four methods returns memory, at any level and size. */
static void expect_closed(policy_instance *instance)
{
    static const DWORD types[] = {MEM_RESERVE, MEM_COMMIT, MEM_RESERVE | MEM_COMMIT, MEM_RESERVE | MEM_TOP_DOWN};
    UINT64 refused = policy_stats(instance).refused[eTaskCritical];
    policy_way way;
    int level;
    DWORD type;
    size_t i;
    for (level = 0; level < 3; level++) {
        for (way = 0; way < POLICY_WAYS; way++) {
            policy_ends(policy_ask(instance, way, POLICY_PAGE, (EMemoryCriticalLevel)level), HOST_E_CLRNOTAVAILABLE,
                        way < POLICY_ALLOC ? ERROR_COMMITMENT_LIMIT : ERROR_NOT_ENOUGH_MEMORY);
        }
        policy_ends(policy_ask(instance, POLICY_ALLOC, 0, (EMemoryCriticalLevel)level), HOST_E_CLRNOTAVAILABLE,
                    ERROR_NOT_ENOUGH_MEMORY);
    }
    for (i = 0; i < sizeof types / sizeof *types; i++) {
        void *memory = (void *)(UINT_PTR)0xdddd;
        assert_int_equal((UINT32)IHostMemoryManager_VirtualAlloc(instance->manager, NULL, 1, types[i], PAGE_READWRITE,
                                                                 eTaskCritical, &memory),
                         (UINT32)HOST_E_CLRNOTAVAILABLE);
        assert_null(memory);
    }
    for (type = 0; type <= (MALLOC_THREADSAFE | MALLOC_EXECUTABLE); type++) {
        IHostMalloc *heap = (IHostMalloc *)(UINT_PTR)0xdddd;
        instance->scene->os->set_last_error(instance->scene->os, POLICY_LAST_ERROR);
        assert_int_equal((UINT32)IHostMemoryManager_CreateMalloc(instance->manager, type, &heap),
                         (UINT32)HOST_E_CLRNOTAVAILABLE);
        assert_null(heap);
        assert_int_equal(last_error(instance), ERROR_NOT_ENOUGH_MEMORY);
    }
    assert_true(policy_stats(instance).refused[eTaskCritical] == refused); /* not counted as a refusal by the limit */
}

/* All calls that allocate nothing work. block and pages: allocated from the instance before; both are freed. */
static void expect_the_rest_to_work(policy_instance *instance, policy_request *block, policy_request *pages)
{
    IHostMemoryManager *manager = instance->manager, *again;
    counting_callback callback;
    MEMORY_BASIC_INFORMATION region;
    IHostControl *control;
    SIZE_T written, available;
    DWORD old, load;
    UINT64 used = policy_stats(instance).used_bytes;

    instance->scene->os->set_last_error(instance->scene->os, POLICY_LAST_ERROR);
    assert_int_equal(IHostMemoryManager_VirtualQuery(manager, pages->memory, &region, sizeof region, &written), S_OK);
    assert_int_equal(region.State, MEM_COMMIT);
    assert_int_equal(IHostMemoryManager_VirtualProtect(manager, pages->memory, 1, PAGE_READONLY, &old), S_OK);
    assert_int_equal(old, PAGE_READWRITE);
    assert_int_equal(IHostMemoryManager_GetMemoryLoad(manager, &load, &available), S_OK);
    assert_int_equal(load, 50);
    assert_int_equal(IHostMemoryManager_AcquiredVirtualAddressSpace(manager, pages->memory, POLICY_PAGE), S_OK);
    policy_is(instance, mapped_bytes, POLICY_PAGE);
    assert_int_equal(IHostMemoryManager_ReleasedVirtualAddressSpace(manager, pages->memory), S_OK);
    policy_is(instance, mapped_bytes, 0);
    assert_int_equal((UINT32)IHostMemoryManager_NeedsVirtualAddressSpace(manager, NULL, 1), (UINT32)E_OUTOFMEMORY);
    assert_int_equal(IHostMalloc_Free(instance->heap, NULL), S_OK);
    assert_int_equal(IHostMalloc_Free(instance->heap, block->memory), S_OK);
    assert_int_equal(IHostMemoryManager_VirtualFree(manager, pages->memory, POLICY_PAGE, MEM_DECOMMIT), S_OK);
    assert_int_equal(IHostMemoryManager_VirtualFree(manager, pages->memory, 0, MEM_RELEASE), S_OK);
    policy_is(instance, used_bytes, used - block->bytes - pages->bytes);
    assert_int_equal(last_error(instance), POLICY_LAST_ERROR);

    assert_int_equal((UINT32)IHostMalloc_Free(instance->heap, block->memory), (UINT32)HOST_E_INVALIDOPERATION);
    block->memory = pages->memory = NULL;

    counting_callback_init(&callback);
    assert_int_equal(IHostMemoryManager_RegisterMemoryNotificationCallback(manager, &callback.iface), S_OK);
    assert_int_equal(IHostMemoryManager_RegisterMemoryNotificationCallback(manager, NULL), S_OK);
    hostmem_shutdown(instance->handle); /* until then the thread may use the callback */
    assert_int_equal(callback.references, 1);
    assert_int_equal(hostmem_get_manager(instance->handle, &again), S_OK);
    IHostMemoryManager_Release(again);
    assert_int_equal(hostmem_get_control(instance->handle, NULL, &control), S_OK);
    IHostControl_Release(control);
    assert_int_equal(hostmem_set_limit(instance->handle, LIMIT * 2), S_OK);
}

static void a_latched_instance_gives_no_memory_and_does_all_else(void **state)
{
    policy_instance *instance = policy_open(*state, fail_fast);
    policy_request *block = policy_ask(instance, POLICY_ALLOC, 100, eTaskCritical);
    policy_request *pages = policy_ask(instance, POLICY_RESERVE_AND_COMMIT, 2 * POLICY_PAGE, eTaskCritical);
    latch(instance);
    expect_closed(instance);
    expect_the_rest_to_work(instance, block, pages);
    expect_closed(instance); /* although there is enough memory now */
    policy_is(instance, refused[eProcessCritical], 1);
}

static void an_unavailable_clr_gets_no_memory_until_it_is_available_again(void **state)
{
    static const hostmem_budget_config patient = {.wait_ms = {WAIT_MS, WAIT_MS, WAIT_MS}, .limit_bytes = LIMIT};
    policy_instance *instance = policy_open(*state, patient);
    policy_request *block = policy_ask(instance, POLICY_ALLOC, 100, eTaskCritical);
    policy_request *pages = policy_ask(instance, POLICY_RESERVE_AND_COMMIT, 2 * POLICY_PAGE, eTaskCritical);
    int round;
    policy_is(instance, clr_unavailable, 0);
    assert_int_equal(hostmem_set_clr_state(instance->handle, HOSTMEM_CLR_AVAILABLE), S_OK);
    for (round = 0; round < 2; round++) {
        assert_int_equal(hostmem_set_clr_state(instance->handle, HOSTMEM_CLR_NOT_AVAILABLE), S_OK);
        assert_int_equal(hostmem_set_clr_state(instance->handle, HOSTMEM_CLR_NOT_AVAILABLE), S_OK);
        policy_is(instance, clr_unavailable, 1);
        policy_is(instance, latched, 0);
        expect_closed(instance);
        assert_int_equal(hostmem_set_clr_state(instance->handle, HOSTMEM_CLR_AVAILABLE), S_OK);
        policy_is(instance, clr_unavailable, 0);
        policy_give_back(policy_ask(instance, POLICY_ALLOC, 10, eTaskCritical));
        policy_succeeds(policy_ask(instance, POLICY_COMMIT, POLICY_PAGE, eTaskCritical));
    }
    assert_int_equal(hostmem_set_clr_state(instance->handle, HOSTMEM_CLR_NOT_AVAILABLE), S_OK);
    expect_the_rest_to_work(instance, block, pages);
}

static void states_that_do_not_exist_change_nothing(void **state)
{
    policy_instance *instance = policy_open(*state, fail_fast);
    assert_int_equal(hostmem_set_clr_state(NULL, HOSTMEM_CLR_AVAILABLE), E_POINTER);
    assert_int_equal((UINT32)hostmem_set_clr_state(instance->handle, (hostmem_clr_state)2), (UINT32)E_INVALIDARG);
    assert_int_equal((UINT32)hostmem_set_clr_state(instance->handle, (hostmem_clr_state)-1), (UINT32)E_INVALIDARG);
    policy_is(instance, clr_unavailable, 0);
    policy_succeeds(policy_ask(instance, POLICY_ALLOC, 1, eTaskCritical));
}

static void the_latch_is_final(void **state)
{
    policy_instance *instance = policy_open(*state, fail_fast);
    assert_int_equal(hostmem_set_clr_state(instance->handle, HOSTMEM_CLR_NOT_AVAILABLE), S_OK);
    assert_int_equal(hostmem_set_clr_state(instance->handle, HOSTMEM_CLR_AVAILABLE), S_OK);
    latch(instance);
    assert_int_equal((UINT32)hostmem_set_clr_state(instance->handle, HOSTMEM_CLR_AVAILABLE),
                     (UINT32)HOST_E_INVALIDOPERATION);
    assert_int_equal((UINT32)hostmem_set_clr_state(instance->handle, HOSTMEM_CLR_NOT_AVAILABLE),
                     (UINT32)HOST_E_INVALIDOPERATION);
    assert_int_equal((UINT32)hostmem_set_clr_state(instance->handle, (hostmem_clr_state)2), (UINT32)E_INVALIDARG);
    policy_is(instance, latched, 1);
    policy_is(instance, clr_unavailable, 0);
    expect_closed(instance);
}

static void a_task_or_domain_request_does_not_latch(void **state)
{
    policy_instance *instance = policy_open(*state, fail_fast);
    policy_way way;
    for (way = 0; way < POLICY_WAYS; way++) {
        UINT32 error = way < POLICY_ALLOC ? ERROR_COMMITMENT_LIMIT : ERROR_NOT_ENOUGH_MEMORY;
        policy_ends(policy_ask(instance, way, 2 * LIMIT, eTaskCritical), E_OUTOFMEMORY, error);
        policy_ends(policy_ask(instance, way, 2 * LIMIT, eAppDomainCritical), E_OUTOFMEMORY, error);
        policy_is(instance, latched, 0);
    }
    policy_succeeds(policy_ask(instance, POLICY_ALLOC, LIMIT, eProcessCritical));
}

/* ---- Requests that wait while it closes ---- */

static policy_instance *open_patient(policy_scene *s, UINT32 flags)
{
    hostmem_budget_config budget = {.flags = flags | HOSTMEM_NO_PROCESS_OVERDRAFT,
                                    .limit_bytes = LIMIT,
                                    .wait_ms = {10 * WAIT_MS, 10 * WAIT_MS, WAIT_MS}};
    return policy_open(s, budget);
}

static void those_who_wait_when_the_latch_strikes_learn_of_it_at_once(void **state)
{
    policy_scene *s = *state;
    policy_instance *instance = open_patient(s, HOSTMEM_FAIL_FAST);
    policy_request *task, *domain, *process;
    policy_succeeds(policy_ask(instance, POLICY_ALLOC, LIMIT, eTaskCritical));
    task = policy_ask_elsewhere(instance, POLICY_ALLOC, 10, eTaskCritical);
    domain = policy_ask_elsewhere(instance, POLICY_COMMIT, POLICY_PAGE, eAppDomainCritical);
    process = policy_ask_elsewhere(instance, POLICY_ALLOC, 10, eProcessCritical);
    policy_waits(process, 3);
    sim_os_advance(s->sim, WAIT_MS);
    policy_ends(process, E_FAIL, ERROR_TIMEOUT);
    policy_ends(task, HOST_E_CLRNOTAVAILABLE, ERROR_NOT_ENOUGH_MEMORY);
    policy_ends(domain, HOST_E_CLRNOTAVAILABLE, ERROR_COMMITMENT_LIMIT);
    policy_is(instance, refused[eTaskCritical], 0);
    policy_is(instance, refused[eProcessCritical], 1);
}

static void those_who_wait_when_the_clr_becomes_unavailable_learn_of_it_at_once(void **state)
{
    policy_instance *instance = open_patient(*state, HOSTMEM_FAIL_FAST);
    policy_request *task, *process;
    policy_succeeds(policy_ask(instance, POLICY_ALLOC, LIMIT, eTaskCritical));
    task = policy_ask_elsewhere(instance, POLICY_DEBUG_ALLOC, 10, eTaskCritical);
    process = policy_ask_elsewhere(instance, POLICY_RESERVE_AND_COMMIT, POLICY_PAGE, eProcessCritical);
    policy_waits(process, 2);
    assert_int_equal(hostmem_set_clr_state(instance->handle, HOSTMEM_CLR_NOT_AVAILABLE), S_OK);
    policy_ends(task, HOST_E_CLRNOTAVAILABLE, ERROR_NOT_ENOUGH_MEMORY);
    policy_ends(process, HOST_E_CLRNOTAVAILABLE, ERROR_COMMITMENT_LIMIT);
    policy_is(instance, latched, 0);
}

/* A shutdown waits for a running notification; requests that wait for memory are ended before that. */
typedef struct stop {
    sim_gate *reached, *go_on;
} stop;

static void stop_here(void *context, const sim_os_call *call)
{
    const stop *self = context;
    (void)call;
    sim_gate_open(self->reached);
    sim_gate_pass(self->go_on, SIM_NO_TIMEOUT);
}

static void shut_down(void *instance)
{
    hostmem_shutdown(((policy_instance *)instance)->handle);
}

static void a_shutdown_lets_go_of_those_who_wait_before_it_waits_itself(void **state)
{
    policy_scene *s = *state;
    policy_instance *instance = open_patient(s, 0);
    stop at_join = {sim_gate_create(), sim_gate_create()};
    counting_callback callback;
    policy_request *request;
    sim_thread *thread;
    bool reached, ended;
    counting_callback_init(&callback);
    assert_int_equal(IHostMemoryManager_RegisterMemoryNotificationCallback(instance->manager, &callback.iface), S_OK);
    policy_succeeds(policy_ask(instance, POLICY_ALLOC, LIMIT, eTaskCritical));
    request = policy_ask_elsewhere(instance, POLICY_ALLOC, 10, eTaskCritical);
    policy_waits(request, 2); /* one of them is the notification thread */
    sim_os_set_hooks(s->sim, SIM_SET(SIM_THREAD_JOIN), stop_here, NULL, &at_join);
    thread = sim_thread_start(shut_down, instance);
    reached = sim_gate_pass(at_join.reached, SIM_PATIENCE_MS);
    ended = sim_gate_pass(request->end, SIM_PATIENCE_MS / 4);
    sim_gate_open(request->end); /* for policy_ends */
    sim_gate_open(at_join.go_on);
    sim_thread_join(thread);
    sim_os_set_hooks(s->sim, 0, NULL, NULL, NULL);
    sim_gate_destroy(at_join.reached);
    sim_gate_destroy(at_join.go_on);
    assert_true(reached);
    assert_true(ended);
    policy_ends(request, HOST_E_ABANDONED, ERROR_OPERATION_ABORTED);
}

/* A waiter that is woken must find the instance closed: otherwise it would sleep again. */
typedef struct wake_up {
    policy_request *request;
    bool ended;
} wake_up;

static void await_end(void *context, const sim_os_call *call)
{
    wake_up *self = context;
    (void)call;
    if (self->ended || !sim_gate_pass(self->request->end, SIM_PATIENCE_MS / 4))
        return;
    sim_gate_open(self->request->end); /* for policy_ends */
    self->ended = true;
}

static void a_shutdown_is_known_before_anybody_is_woken(void **state)
{
    policy_scene *s = *state;
    policy_instance *instance = open_patient(s, 0);
    wake_up waiting = {NULL, false};
    policy_succeeds(policy_ask(instance, POLICY_ALLOC, LIMIT, eTaskCritical));
    waiting.request = policy_ask_elsewhere(instance, POLICY_ALLOC, 10, eTaskCritical);
    policy_waits(waiting.request, 1);
    sim_os_set_hooks(s->sim, SIM_SET(SIM_EVENT_SET), NULL, await_end, &waiting);
    hostmem_shutdown(instance->handle);
    sim_os_set_hooks(s->sim, 0, NULL, NULL, NULL);
    assert_true(waiting.ended);
    policy_ends(waiting.request, HOST_E_ABANDONED, ERROR_OPERATION_ABORTED);
}

/* ---- No request may wait ---- */

static void expect_no_wait(policy_instance *instance)
{
    int level;
    policy_way way;
    for (level = 0; level < 3; level++) {
        for (way = 0; way < POLICY_WAYS; way++) {
            policy_ends(policy_ask_elsewhere(instance, way, 2 * LIMIT, (EMemoryCriticalLevel)level), E_OUTOFMEMORY,
                        way < POLICY_ALLOC ? ERROR_COMMITMENT_LIMIT : ERROR_NOT_ENOUGH_MEMORY);
        }
        policy_is(instance, waits[level], 0);
        policy_is(instance, refused[level], 4);
    }
    policy_give_back(policy_ask(instance, POLICY_ALLOC, LIMIT, eTaskCritical));
    policy_is(instance, used_bytes, 0);
}

static void after_a_shutdown_nobody_waits(void **state)
{
    policy_instance *instance = open_patient(*state, 0);
    hostmem_shutdown(instance->handle);
    expect_no_wait(instance);
}

static void at_the_end_of_the_process_nobody_waits(void **state)
{
    policy_scene *s = *state;
    policy_instance *instance = open_patient(s, 0);
    sim_os_set_process_ending(s->sim, TRUE);
    expect_no_wait(instance);
    sim_os_set_process_ending(s->sim, FALSE);
}

static void after_a_shutdown_the_latch_still_strikes(void **state)
{
    policy_instance *instance = open_patient(*state, HOSTMEM_FAIL_FAST);
    hostmem_shutdown(instance->handle);
    latch(instance);
    expect_closed(instance);
    policy_is(instance, waits[eProcessCritical], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        policy_test(a_latched_instance_gives_no_memory_and_does_all_else),
        policy_test(an_unavailable_clr_gets_no_memory_until_it_is_available_again),
        policy_test(states_that_do_not_exist_change_nothing),
        policy_test(the_latch_is_final),
        policy_test(a_task_or_domain_request_does_not_latch),
        policy_test(those_who_wait_when_the_latch_strikes_learn_of_it_at_once),
        policy_test(those_who_wait_when_the_clr_becomes_unavailable_learn_of_it_at_once),
        policy_test(a_shutdown_lets_go_of_those_who_wait_before_it_waits_itself),
        policy_test(a_shutdown_is_known_before_anybody_is_woken),
        policy_test(after_a_shutdown_nobody_waits),
        policy_test(at_the_end_of_the_process_nobody_waits),
        policy_test(after_a_shutdown_the_latch_still_strikes),
    };
    return cmocka_run_group_tests_name("closed", tests, NULL, NULL);
}
