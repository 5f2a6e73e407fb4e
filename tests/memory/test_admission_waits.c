/* What happens around a request that waits: other threads stopped inside the operating system, memory that the
 * system gets back, the notification before it, and the ways in which a wait can end. */
#include "policy.h"

#define WAIT_MS 5000u
#define LIMIT ((SIZE_T)16 * POLICY_PAGE)

static policy_instance *open_patient(policy_scene *s, UINT64 limit)
{
    return policy_open(s, (hostmem_budget_config){.limit_bytes = limit, .wait_ms = {WAIT_MS, WAIT_MS, WAIT_MS}});
}

/* ---- Threads that are stopped in a call of the system ---- */

/* Stops the next call of a kind by any thread, before or after its effect, until the test lets it continue. */
typedef struct stop {
    sim_gate *reached, *go_on;
    atomic_bool taken;
} stop;

static void stop_first(void *context, const sim_os_call *call)
{
    stop *self = context;
    (void)call;
    if (atomic_exchange(&self->taken, true))
        return;
    sim_gate_open(self->reached);
    sim_gate_pass(self->go_on, SIM_NO_TIMEOUT);
}

static void stop_next(policy_scene *s, stop *self, sim_os_kind kind, bool after)
{
    self->reached = sim_gate_create();
    self->go_on = sim_gate_create();
    atomic_init(&self->taken, false);
    sim_os_set_hooks(s->sim, SIM_SET(kind), after ? NULL : stop_first, after ? stop_first : NULL, self);
}

static void let_go(policy_scene *s, stop *self, sim_thread *thread)
{
    sim_os_set_hooks(s->sim, 0, NULL, NULL, NULL);
    sim_gate_open(self->go_on);
    sim_thread_join(thread);
    sim_gate_destroy(self->reached);
    sim_gate_destroy(self->go_on);
}

/* A thread that runs into the stop: it allocates one of everything at the process level, and frees it. */
static void take_and_give_back(void *context)
{
    policy_instance *instance = context;
    void *memory;
    IHostMemoryManager *manager = instance->manager;
    if (IHostMalloc_Alloc(instance->heap, 8, eProcessCritical, &memory) == S_OK)
        IHostMalloc_Free(instance->heap, memory);
    if (IHostMemoryManager_VirtualAlloc(manager, NULL, 1, MEM_COMMIT, PAGE_READWRITE, eProcessCritical, &memory) ==
        S_OK)
        IHostMemoryManager_VirtualFree(manager, memory, 0, MEM_RELEASE);
}

static void a_request_gets_memory_while_others_stand_still_in_the_system(void **state)
{
    static const sim_os_kind kinds[] = {SIM_HEAP_ALLOC, SIM_HEAP_FREE, SIM_VIRTUAL_ALLOC, SIM_VIRTUAL_FREE};
    policy_scene *s = *state;
    unsigned i, after;
    policy_way way;
    for (i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        for (after = 0; after < 2; after++) {
            for (way = 0; way < POLICY_WAYS; way++) {
                policy_instance *instance = open_patient(s, LIMIT);
                policy_request *taken = policy_ask(instance, POLICY_COMMIT, LIMIT, eTaskCritical), *request;
                sim_thread *other;
                stop here;
                policy_succeeds(taken);
                stop_next(s, &here, kinds[i], after != 0);
                other = sim_thread_start(take_and_give_back, instance);
                assert_true(sim_gate_pass(here.reached, SIM_PATIENCE_MS));
                request = policy_ask_elsewhere(instance, way, LIMIT / 2, eTaskCritical);
                policy_waits(request, 1);
                policy_give_back(taken);
                policy_succeeds(request);
                let_go(s, &here, other);
                policy_close(instance);
            }
        }
    }
}

/* A thread that was woken and then stopped delays the others by a tenth of a second, not forever. */
static void a_waiter_that_stands_still_delays_the_others_by_a_moment(void **state)
{
    policy_scene *s = *state;
    policy_instance *instance = open_patient(s, LIMIT);
    policy_request *taken = policy_ask(instance, POLICY_COMMIT, LIMIT, eTaskCritical), *first, *second;
    stop here;
    policy_succeeds(taken);
    stop_next(s, &here, SIM_WAIT, true);
    first = policy_ask_elsewhere(instance, POLICY_ALLOC, 10, eTaskCritical);
    policy_waits(first, 1);
    second = policy_ask_elsewhere(instance, POLICY_ALLOC, 20, eTaskCritical);
    policy_waits(second, 2);
    policy_give_back(taken);
    assert_true(sim_gate_pass(here.reached, SIM_PATIENCE_MS)); /* the thread that was woken, before it tries again */
    if (!atomic_load(&second->ended))
        sim_os_advance(s->sim, 100);
    policy_succeeds(second);
    assert_false(atomic_load(&first->ended));
    sim_os_set_hooks(s->sim, 0, NULL, NULL, NULL);
    sim_gate_open(here.go_on);
    policy_succeeds(first);
    sim_gate_destroy(here.reached);
    sim_gate_destroy(here.go_on);
}

/* ---- Memory of the system ---- */

static void what_the_instance_frees_ends_a_wait_for_the_system_at_once(void **state)
{
    policy_scene *s = *state;
    policy_instance *instance = open_patient(s, 0);
    policy_request *taken = policy_ask(instance, POLICY_COMMIT, LIMIT, eTaskCritical), *request;
    policy_succeeds(taken);
    sim_os_set_commit_limit(s->sim, LIMIT);
    request = policy_ask_elsewhere(instance, POLICY_RESERVE_AND_COMMIT, POLICY_PAGE, eProcessCritical);
    policy_waits(request, 1);
    policy_give_back(taken); /* and the clock has not moved */
    policy_succeeds(request);
    sim_os_set_commit_limit(s->sim, 0);
}

static void address_space_that_is_released_ends_a_wait_for_it_at_once(void **state)
{
    policy_scene *s = *state;
    policy_instance *instance = open_patient(s, 0);
    void *half = NULL;
    policy_request *request;
    assert_int_equal(IHostMemoryManager_VirtualAlloc(instance->manager, NULL, 1 << 20, MEM_RESERVE, PAGE_NOACCESS,
                                                     eTaskCritical, &half),
                     S_OK);
    sim_os_set_reserve_limit(s->sim, 2 << 20);
    request = policy_ask_elsewhere(instance, POLICY_RESERVE_AND_COMMIT, 1 << 20, eTaskCritical);
    policy_waits(request, 1);
    assert_int_equal(IHostMemoryManager_VirtualFree(instance->manager, half, 0, MEM_RELEASE), S_OK);
    policy_succeeds(request);
    sim_os_set_reserve_limit(s->sim, 0);
}

/* A wait for memory may end with another error, which is not a refusal by policy. */
static void a_wait_ends_with_another_error_when_there_is_one(void **state)
{
    policy_scene *s = *state;
    policy_instance *instance = policy_open(
        s, (hostmem_budget_config){.flags = HOSTMEM_FAIL_FAST, .wait_ms = {0, 0, WAIT_MS}});
    policy_request *request;
    sim_os_fail(s->sim, SIM_SET(SIM_VIRTUAL_ALLOC), 0, SIM_FOREVER, ERROR_COMMITMENT_LIMIT);
    request = policy_ask_elsewhere(instance, POLICY_RESERVE_AND_COMMIT, POLICY_PAGE, eProcessCritical);
    policy_waits(request, 1);
    sim_os_fail(s->sim, SIM_SET(SIM_VIRTUAL_ALLOC), 0, SIM_FOREVER, ERROR_ACCESS_DENIED);
    sim_os_advance(s->sim, 100);
    policy_ends(request, E_ACCESSDENIED, ERROR_ACCESS_DENIED);
    policy_is(instance, refused[eProcessCritical], 0);
    policy_is(instance, waits[eProcessCritical], 1);
    policy_is(instance, latched, 0);
}

/* ---- The notification ---- */

/* A callback that frees memory on Low, as the garbage collector does. */
typedef struct frugal_callback {
    ICLRMemoryNotificationCallback iface;
    policy_instance *instance;
    void *to_free;
    atomic_uint heard_low;
} frugal_callback;

static HRESULT STDMETHODCALLTYPE frugal_QueryInterface(ICLRMemoryNotificationCallback *iface, REFIID riid, void **out)
{
    (void)iface;
    (void)riid;
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE frugal_count(ICLRMemoryNotificationCallback *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE frugal_OnMemoryNotification(ICLRMemoryNotificationCallback *iface,
                                                             EMemoryAvailable what)
{
    frugal_callback *self = (frugal_callback *)iface;
    if (what != eMemoryAvailableLow)
        return S_OK;
    if (!atomic_fetch_add(&self->heard_low, 1))
        IHostMalloc_Free(self->instance->heap, self->to_free);
    return S_OK;
}

static void what_no_address_space_holds_is_refused_at_once(void **state)
{
    policy_scene *s = *state;
    policy_instance *instance = open_patient(s, 0);
    policy_ends(policy_ask(instance, POLICY_ALLOC, SIZE_MAX, eTaskCritical), E_OUTOFMEMORY, ERROR_NOT_ENOUGH_MEMORY);
    policy_ends(policy_ask(instance, POLICY_ALLOC, SIZE_MAX / 2 + 1, eTaskCritical), E_OUTOFMEMORY,
                ERROR_NOT_ENOUGH_MEMORY);
    policy_is(instance, waits[eTaskCritical], 0);
    policy_is(instance, refused[eTaskCritical], 2);
}

static void low_is_told_first_and_what_the_clr_frees_then_ends_the_wait(void **state)
{
    static ICLRMemoryNotificationCallbackVtbl vtbl = {frugal_QueryInterface, frugal_count, frugal_count,
                                                      frugal_OnMemoryNotification};
    policy_scene *s = *state;
    policy_instance *instance = policy_open(
        s, (hostmem_budget_config){.limit_bytes = 1000, .low_percent = 100, .wait_ms = {WAIT_MS, 0, 0}});
    policy_request *taken = policy_ask(instance, POLICY_ALLOC, 700, eTaskCritical), *request;
    frugal_callback callback = {{&vtbl}, instance, taken->memory, 0};
    policy_succeeds(taken);
    assert_int_equal(IHostMemoryManager_RegisterMemoryNotificationCallback(instance->manager, &callback.iface), S_OK);
    assert_true(sim_os_await_waiting(s->sim, 1, SIM_PATIENCE_MS)); /* the notification thread sleeps */
    assert_int_equal(atomic_load(&callback.heard_low), 0);
    taken->memory = NULL; /* freed by the callback */
    request = policy_ask_elsewhere(instance, POLICY_ALLOC, 400, eTaskCritical);
    policy_succeeds(request); /* and the clock has not moved */
    policy_is(instance, waits[eTaskCritical], 1);
    assert_int_equal(atomic_load(&callback.heard_low), 1);
    hostmem_shutdown(instance->handle); /* before the callback goes out of scope */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        policy_test(a_request_gets_memory_while_others_stand_still_in_the_system),
        policy_test(a_waiter_that_stands_still_delays_the_others_by_a_moment),
        policy_test(what_the_instance_frees_ends_a_wait_for_the_system_at_once),
        policy_test(address_space_that_is_released_ends_a_wait_for_it_at_once),
        policy_test(a_wait_ends_with_another_error_when_there_is_one),
        policy_test(what_no_address_space_holds_is_refused_at_once),
        policy_test(low_is_told_first_and_what_the_clr_frees_then_ends_the_wait),
    };
    return cmocka_run_group_tests_name("admission_waits", tests, NULL, NULL);
}
