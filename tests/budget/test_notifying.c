/* Notifications as a host and its CLR see them: what a callback may do, that no notification comes from inside of a
 * call of the CLR, and how notifications, waiting requests and shutdown interact. */
#include "host_fixture.h"
#include "late_clock.h"
#include "listening_callback.h"
#include "sim_thread.h"

#define PAGES(count) ((SIZE_T)(count)*FIXTURE_PAGE)
#define LIMIT_PAGES 100

static void settle(host_fixture *fixture, UINT32 sleeping)
{
    assert_true(sim_os_await_waiting(fixture->sim, sleeping, SIM_PATIENCE_MS));
}

/* An instance with a limit and a callback whose thread sleeps. */
static void begin(host_fixture *fixture, listening_callback *callback)
{
    listening_callback_init(callback, fixture->os);
    assert_int_equal(hostmem_set_limit(fixture->instance, PAGES(LIMIT_PAGES)), S_OK);
    expect_success(fixture, IHostMemoryManager_RegisterMemoryNotificationCallback(fixture->manager, &callback->iface));
    settle(fixture, 1);
}

static void end(host_fixture *fixture, listening_callback *callback)
{
    hostmem_shutdown(fixture->instance);
    assert_int_equal(sim_os_threads_running(fixture->sim), 0);
    assert_int_equal(callback->references, 1);
}

static void *take(host_fixture *fixture, SIZE_T pages)
{
    return host_fixture_alloc(fixture, NULL, PAGES(pages), MEM_COMMIT, PAGE_READWRITE);
}

static void give_back(host_fixture *fixture, void *memory)
{
    expect_success(fixture, IHostMemoryManager_VirtualFree(fixture->manager, memory, 0, MEM_RELEASE));
}

/* A request on a thread of its own. */
typedef struct request {
    IHostMemoryManager *manager;
    SIZE_T pages;
    HRESULT hr;
    void *memory;
    void *thread;
} request;

static void make_request(void *context)
{
    request *self = context;
    self->hr = IHostMemoryManager_VirtualAlloc(self->manager, NULL, PAGES(self->pages), MEM_COMMIT, PAGE_READWRITE,
                                               eTaskCritical, &self->memory);
}

static void begin_request(host_fixture *fixture, request *self, IHostMemoryManager *manager, SIZE_T pages)
{
    *self = (request){.manager = manager, .pages = pages};
    assert_int_equal(fixture->os->thread_start(fixture->os, make_request, self, &self->thread), 0);
}

static void end_request(host_fixture *fixture, request *self, HRESULT hr)
{
    assert_true(fixture->os->thread_join(fixture->os, self->thread, SIM_PATIENCE_MS));
    assert_int_equal((UINT32)self->hr, (UINT32)hr);
}

static hostmem *create_waiting(host_fixture *fixture, hostmem_budget *shared, IHostMemoryManager **manager)
{
    const hostmem_budget_config policy = {
        .size = sizeof policy, .limit_bytes = PAGES(LIMIT_PAGES), .wait_ms = {1000, 1000, 1000}};
    hostmem_config config = {.size = sizeof config, .os = fixture->os, .budget = shared};
    hostmem *instance = NULL;
    if (!shared)
        config.budget_config = &policy;
    assert_int_equal(hostmem_create(&config, &instance), S_OK);
    assert_int_equal(hostmem_get_manager(instance, manager), S_OK);
    return instance;
}

/* ---- Which notifications are sent ---- */

static void the_clr_hears_of_what_it_takes_and_frees(void **state)
{
    host_fixture *fixture = *state;
    listening_callback callback;
    hostmem_stats stats;
    void *memory, *more;
    begin(fixture, &callback);
    memory = take(fixture, 89);
    settle(fixture, 1);
    assert_string_equal(callback.kinds, "");
    more = take(fixture, 1);
    settle(fixture, 1);
    assert_string_equal(callback.kinds, "L");
    give_back(fixture, memory);
    settle(fixture, 1); /* time must not pass before the thread knows how long it has to sleep until Neutral */
    sim_os_advance(fixture->sim, 1000);
    settle(fixture, 1);
    assert_string_equal(callback.kinds, "LN");
    give_back(fixture, more);
    stats = host_fixture_stats(fixture);
    assert_int_equal(stats.notifications[0], 1);
    assert_int_equal(stats.notifications[1], 1);
    assert_int_equal(stats.notifications[2], 0);
    end(fixture, &callback);
}

static void a_refused_request_is_told_at_once(void **state)
{
    host_fixture *fixture = *state;
    listening_callback callback;
    void *memory;
    begin(fixture, &callback);
    assert_int_equal((UINT32)IHostMemoryManager_VirtualAlloc(fixture->manager, NULL, PAGES(LIMIT_PAGES + 1), MEM_COMMIT,
                                                             PAGE_READWRITE, eTaskCritical, &memory),
                     (UINT32)E_OUTOFMEMORY);
    settle(fixture, 1);
    assert_string_equal(callback.kinds, "L");
    end(fixture, &callback);
}

static void calls_do_not_wait_for_the_callback(void **state)
{
    host_fixture *fixture = *state;
    listening_callback callback;
    void *memory;
    begin(fixture, &callback);
    callback.entered = sim_gate_create();
    callback.leave = sim_gate_create();
    memory = take(fixture, 95);
    assert_true(sim_gate_pass(callback.entered, SIM_PATIENCE_MS));
    give_back(fixture, memory); /* until now the callback has not returned */
    give_back(fixture, take(fixture, 95));
    expect_success(fixture, IHostMemoryManager_RegisterMemoryNotificationCallback(fixture->manager, NULL));
    assert_int_equal(callback.heard, 1);
    sim_gate_open(callback.leave);
    settle(fixture, 1);
    assert_int_equal(callback.references, 1);
    sim_gate_destroy(callback.entered);
    sim_gate_destroy(callback.leave);
    end(fixture, &callback);
}

/* ---- Inside a notification ---- */

typedef struct reentry {
    host_fixture *fixture;
    UINT32 thread_id;
    unsigned failures;
} reentry;

static void use_everything(listening_callback *self, EMemoryAvailable kind)
{
    reentry *to = self->act_context;
    IHostMemoryManager *manager = to->fixture->manager;
    hostmem_stats stats = {.size = sizeof stats};
    IHostMalloc *heap = NULL;
    void *memory = NULL, *block = NULL;
    SIZE_T available;
    DWORD load;
    (void)kind;
    to->thread_id = to->fixture->os->thread_id(to->fixture->os);
    to->failures += hostmem_get_stats(to->fixture->instance, &stats) != S_OK;
    to->failures += IHostMemoryManager_GetMemoryLoad(manager, &load, &available) != S_OK || load < 90;
    to->failures += IHostMemoryManager_VirtualAlloc(manager, NULL, PAGES(1), MEM_COMMIT, PAGE_READWRITE, eTaskCritical,
                                                    &memory) != S_OK;
    to->failures += IHostMemoryManager_VirtualFree(manager, memory, 0, MEM_RELEASE) != S_OK;
    to->failures += IHostMemoryManager_VirtualAlloc(manager, NULL, PAGES(LIMIT_PAGES), MEM_COMMIT, PAGE_READWRITE,
                                                    eTaskCritical, &memory) != E_OUTOFMEMORY;
    to->failures += IHostMemoryManager_CreateMalloc(manager, MALLOC_THREADSAFE, &heap) != S_OK;
    to->failures += IHostMalloc_Alloc(heap, 100, eTaskCritical, &block) != S_OK;
    to->failures += IHostMalloc_Free(heap, block) != S_OK;
    IHostMalloc_Release(heap);
    to->failures += hostmem_set_limit(to->fixture->instance, PAGES(LIMIT_PAGES)) != S_OK;
}

static void a_callback_may_use_the_manager(void **state)
{
    host_fixture *fixture = *state;
    listening_callback callback;
    reentry inside = {.fixture = fixture};
    void *memory;
    begin(fixture, &callback);
    callback.act = use_everything;
    callback.act_context = &inside;
    memory = take(fixture, 95);
    settle(fixture, 1);
    assert_string_equal(callback.kinds, "L"); /* its own refusal causes no notification */
    assert_int_equal(inside.failures, 0);
    assert_int_not_equal(inside.thread_id, fixture->os->thread_id(fixture->os));
    callback.act = NULL;
    give_back(fixture, memory);
    end(fixture, &callback);
}

static void shut_down(listening_callback *self, EMemoryAvailable kind)
{
    (void)kind;
    hostmem_shutdown(((host_fixture *)self->act_context)->instance);
}

static void a_callback_may_shut_the_instance_down(void **state)
{
    host_fixture *fixture = *state;
    listening_callback callback;
    void *memory;
    begin(fixture, &callback);
    callback.act = shut_down;
    callback.act_context = fixture;
    memory = take(fixture, 95);
    assert_true(sim_os_await_threads_running(fixture->sim, 0, SIM_PATIENCE_MS));
    assert_int_equal(callback.references, 1);
    give_back(fixture, memory);
    end(fixture, &callback);
}

static void release(listening_callback *self, EMemoryAvailable kind)
{
    host_fixture *fixture = self->act_context;
    (void)kind;
    IHostMemoryManager_Release(fixture->manager);
    hostmem_release(fixture->instance);
}

static void a_callback_may_give_back_the_last_reference(void **state)
{
    host_fixture *fixture = *state;
    listening_callback callback;
    begin(fixture, &callback);
    callback.act = release;
    callback.act_context = fixture;
    sim_os_set_signals(fixture->sim, HMI_SIGNAL_LOW); /* so that no other call is using the instance */
    assert_true(sim_os_await_threads_running(fixture->sim, 0, SIM_PATIENCE_MS));
    assert_int_equal(callback.references, 1);
    fixture->instance = NULL;
    fixture->manager = NULL;
}

static void a_callback_that_has_not_returned_counts_at_release(void **state)
{
    host_fixture *fixture = *state;
    listening_callback callback;
    hostmem *instance = host_fixture_another(fixture);
    IHostMemoryManager *manager;
    sim_os_totals totals;
    late_clock clock;
    listening_callback_init(&callback, fixture->os);
    callback.entered = sim_gate_create();
    callback.leave = sim_gate_create();
    assert_int_equal(hostmem_get_manager(instance, &manager), S_OK);
    assert_int_equal(IHostMemoryManager_RegisterMemoryNotificationCallback(manager, &callback.iface), S_OK);
    IHostMemoryManager_Release(manager);
    sim_os_set_signals(fixture->sim, HMI_SIGNAL_LOW);
    assert_true(sim_gate_pass(callback.entered, SIM_PATIENCE_MS));
    late_clock_start(&clock, fixture->sim, TRUE, 1, 2000);
    assert_int_equal(hostmem_release(instance), 1);
    assert_true(late_clock_stop(&clock));
    sim_os_total(fixture->sim, &totals);
    assert_int_equal(totals.holds, 1); /* the fixture's reference; the thread had one of its own */
    sim_gate_open(callback.leave);
    assert_true(sim_os_await_threads_running(fixture->sim, 0, SIM_PATIENCE_MS));
    assert_int_equal(callback.references, 1);
    sim_gate_destroy(callback.entered);
    sim_gate_destroy(callback.leave);
}

static void a_callback_that_returns_after_the_shutdown_does_not_count(void **state)
{
    host_fixture *fixture = *state;
    listening_callback callback;
    late_clock clock;
    listening_callback_init(&callback, fixture->os);
    callback.entered = sim_gate_create();
    callback.leave = sim_gate_create();
    expect_success(fixture, IHostMemoryManager_RegisterMemoryNotificationCallback(fixture->manager, &callback.iface));
    sim_os_set_signals(fixture->sim, HMI_SIGNAL_LOW);
    assert_true(sim_gate_pass(callback.entered, SIM_PATIENCE_MS));
    late_clock_start(&clock, fixture->sim, TRUE, 1, 2000);
    hostmem_shutdown(fixture->instance);
    assert_true(late_clock_stop(&clock));
    sim_gate_open(callback.leave);
    assert_true(sim_os_await_threads_running(fixture->sim, 0, SIM_PATIENCE_MS));
    IHostMemoryManager_Release(fixture->manager);
    assert_int_equal(hostmem_release(fixture->instance), 0);
    fixture->manager = NULL;
    fixture->instance = NULL;
    sim_gate_destroy(callback.entered);
    sim_gate_destroy(callback.leave);
}

/* ---- With waiting requests ---- */

typedef struct collection {
    IHostMemoryManager *manager;
    void *garbage;
    HRESULT hr;
} collection;

static void collect(listening_callback *self, EMemoryAvailable kind)
{
    collection *heap = self->act_context;
    if (kind == eMemoryAvailableLow && heap->garbage) {
        heap->hr = IHostMemoryManager_VirtualFree(heap->manager, heap->garbage, 0, MEM_RELEASE);
        heap->garbage = NULL;
    }
}

static void a_request_gets_what_a_low_memory_collection_frees(void **state)
{
    host_fixture *fixture = *state;
    listening_callback callback;
    collection heap = {.hr = E_FAIL};
    hostmem_stats stats = {.size = sizeof stats};
    hostmem *instance;
    request waiting;
    UINT64 start_ms = fixture->os->now_ms(fixture->os);
    listening_callback_init(&callback, fixture->os);
    instance = create_waiting(fixture, NULL, &heap.manager);
    assert_int_equal(IHostMemoryManager_VirtualAlloc(heap.manager, NULL, PAGES(60), MEM_COMMIT, PAGE_READWRITE,
                                                     eTaskCritical, &heap.garbage),
                     S_OK);
    callback.act = collect;
    callback.act_context = &heap;
    assert_int_equal(IHostMemoryManager_RegisterMemoryNotificationCallback(heap.manager, &callback.iface), S_OK);
    settle(fixture, 1);
    begin_request(fixture, &waiting, heap.manager, 50);
    end_request(fixture, &waiting, S_OK);
    assert_int_equal(fixture->os->now_ms(fixture->os), start_ms);
    assert_int_equal(heap.hr, S_OK);
    assert_string_equal(callback.kinds, "L");
    assert_int_equal(hostmem_get_stats(instance, &stats), S_OK);
    assert_int_equal(stats.refused[eTaskCritical], 0);
    assert_int_equal(IHostMemoryManager_VirtualFree(heap.manager, waiting.memory, 0, MEM_RELEASE), S_OK);
    IHostMemoryManager_Release(heap.manager);
    assert_int_equal(hostmem_release(instance), 0);
    assert_int_equal(callback.references, 1);
}

static void shutdown_of_one_instance_abandons_its_own_waiters_alone(void **state)
{
    host_fixture *fixture = *state;
    const hostmem_budget_config policy = {
        .size = sizeof policy, .limit_bytes = PAGES(LIMIT_PAGES), .wait_ms = {1000, 1000, 1000}};
    hostmem_budget *budget;
    IHostMemoryManager *managers[2];
    hostmem *instances[2];
    listening_callback callbacks[2];
    request waiting[4];
    void *memory;
    unsigned i;
    assert_int_equal(hostmem_budget_create(&policy, fixture->os, &budget), S_OK);
    for (i = 0; i < 2; i++) {
        instances[i] = create_waiting(fixture, budget, &managers[i]);
        listening_callback_init(&callbacks[i], fixture->os);
        assert_int_equal(IHostMemoryManager_RegisterMemoryNotificationCallback(managers[i], &callbacks[i].iface), S_OK);
    }
    assert_int_equal(hostmem_budget_release(budget), 4); /* each instance and its notifier */
    settle(fixture, 2);
    assert_int_equal(IHostMemoryManager_VirtualAlloc(managers[1], NULL, PAGES(95), MEM_COMMIT, PAGE_READWRITE,
                                                     eTaskCritical, &memory),
                     S_OK);
    settle(fixture, 2);
    assert_string_equal(callbacks[0].kinds, "L");
    assert_string_equal(callbacks[1].kinds, "L");
    for (i = 0; i < 4; i++) {
        begin_request(fixture, &waiting[i], managers[i % 2], 10);
        settle(fixture, 3 + i);
    }
    hostmem_shutdown(instances[0]);
    end_request(fixture, &waiting[0], HOST_E_ABANDONED);
    end_request(fixture, &waiting[2], HOST_E_ABANDONED);
    assert_int_equal(callbacks[0].references, 1);
    settle(fixture, 3);
    assert_int_equal(IHostMemoryManager_VirtualFree(managers[1], memory, 0, MEM_RELEASE), S_OK);
    end_request(fixture, &waiting[1], S_OK);
    end_request(fixture, &waiting[3], S_OK);
    for (i = 1; i < 4; i += 2)
        assert_int_equal(IHostMemoryManager_VirtualFree(managers[1], waiting[i].memory, 0, MEM_RELEASE), S_OK);
    for (i = 0; i < 2; i++) {
        IHostMemoryManager_Release(managers[i]);
        assert_int_equal(hostmem_release(instances[i]), 0);
        assert_int_equal(callbacks[i].references, 1);
    }
}

static void requests_that_wait_for_the_system_leave_the_processor_alone(void **state)
{
    host_fixture *fixture = *state;
    IHostMemoryManager *manager;
    hostmem *instance = create_waiting(fixture, NULL, &manager);
    request waiting[2];
    unsigned i;
    sim_os_set_commit_limit(fixture->sim, FIXTURE_PAGE);
    sim_os_reset_calls(fixture->sim);
    for (i = 0; i < 2; i++) {
        begin_request(fixture, &waiting[i], manager, 10);
        settle(fixture, i + 1);
    }
    assert_int_equal(sim_os_calls(fixture->sim, SIM_VIRTUAL_ALLOC), 4); /* each tries at once, and again when it
                                                                         * waits */
    sim_os_set_commit_limit(fixture->sim, 0);
    sim_os_advance(fixture->sim, 100);
    for (i = 0; i < 2; i++) {
        end_request(fixture, &waiting[i], S_OK);
        assert_int_equal(IHostMemoryManager_VirtualFree(manager, waiting[i].memory, 0, MEM_RELEASE), S_OK);
    }
    IHostMemoryManager_Release(manager);
    assert_int_equal(hostmem_release(instance), 0);
}

static void a_released_reservation_ends_the_wait_for_address_space(void **state)
{
    host_fixture *fixture = *state;
    IHostMemoryManager *manager;
    hostmem *instance = create_waiting(fixture, NULL, &manager);
    void *reserved, *out;
    request waiting;
    sim_os_set_reserve_limit(fixture->sim, PAGES(100));
    assert_int_equal(IHostMemoryManager_VirtualAlloc(manager, NULL, PAGES(80), MEM_RESERVE, PAGE_READWRITE,
                                                     eTaskCritical, &reserved),
                     S_OK);
    begin_request(fixture, &waiting, manager, 50);
    settle(fixture, 1);
    assert_int_equal(IHostMemoryManager_VirtualFree(manager, reserved, 0, MEM_RELEASE), S_OK);
    end_request(fixture, &waiting, S_OK);
    out = waiting.memory;
    assert_int_equal(IHostMemoryManager_VirtualFree(manager, out, 0, MEM_RELEASE), S_OK);
    IHostMemoryManager_Release(manager);
    assert_int_equal(hostmem_release(instance), 0);
}

/* ---- All at once ---- */

/* The clock does not move: after one lost wake-up the test never ends. */
typedef struct runner {
    IHostMemoryManager *manager;
    IHostMalloc *heap;
    UINT32 seed;
    UINT32 failures;
    void *thread;
} runner;

static SIZE_T next_random(runner *self, SIZE_T below)
{
    self->seed = self->seed * 1664525u + 1013904223u;
    return (self->seed >> 8) % below;
}

static void run_rounds(void *context)
{
    runner *self = context;
    unsigned i;
    for (i = 0; i < 150; i++) {
        void *memory = NULL;
        if (next_random(self, 2)) {
            self->failures += IHostMemoryManager_VirtualAlloc(self->manager, NULL, PAGES(1 + next_random(self, 80)),
                                                              MEM_COMMIT, PAGE_READWRITE, eTaskCritical,
                                                              &memory) != S_OK;
            sim_thread_yield();
            self->failures += IHostMemoryManager_VirtualFree(self->manager, memory, 0, MEM_RELEASE) != S_OK;
        } else {
            self->failures += IHostMalloc_Alloc(self->heap, 1 + next_random(self, PAGES(80)), eAppDomainCritical,
                                                &memory) != S_OK;
            sim_thread_yield();
            self->failures += IHostMalloc_Free(self->heap, memory) != S_OK;
        }
    }
}

static void requests_that_wait_for_each_other_all_succeed(void **state)
{
    host_fixture *fixture = *state;
    listening_callback callback;
    IHostMemoryManager *manager;
    hostmem *instance = create_waiting(fixture, NULL, &manager);
    hostmem_stats stats = {.size = sizeof stats};
    IHostMalloc *heap;
    runner runners[4];
    unsigned i;
    listening_callback_init(&callback, fixture->os);
    assert_int_equal(IHostMemoryManager_CreateMalloc(manager, MALLOC_THREADSAFE, &heap), S_OK);
    assert_int_equal(IHostMemoryManager_RegisterMemoryNotificationCallback(manager, &callback.iface), S_OK);
    for (i = 0; i < 4; i++) {
        runners[i] = (runner){.manager = manager, .heap = heap, .seed = i + 1};
        assert_int_equal(fixture->os->thread_start(fixture->os, run_rounds, &runners[i], &runners[i].thread), 0);
    }
    for (i = 0; i < 4; i++) {
        assert_true(fixture->os->thread_join(fixture->os, runners[i].thread, SIM_PATIENCE_MS));
        assert_int_equal(runners[i].failures, 0);
    }
    assert_int_equal(hostmem_get_stats(instance, &stats), S_OK);
    assert_int_equal(stats.used_bytes, 0);
    assert_int_equal(stats.refused[eTaskCritical] + stats.refused[eAppDomainCritical], 0);
    assert_true(stats.waits[eTaskCritical] + stats.waits[eAppDomainCritical] > 0);
    IHostMalloc_Release(heap);
    IHostMemoryManager_Release(manager);
    assert_int_equal(hostmem_release(instance), 0);
    assert_int_equal(callback.references, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(the_clr_hears_of_what_it_takes_and_frees),
        fixture_test(a_refused_request_is_told_at_once),
        fixture_test(calls_do_not_wait_for_the_callback),
        fixture_test(a_callback_may_use_the_manager),
        fixture_test(a_callback_may_shut_the_instance_down),
        fixture_test(a_callback_may_give_back_the_last_reference),
        fixture_test(a_callback_that_has_not_returned_counts_at_release),
        fixture_test(a_callback_that_returns_after_the_shutdown_does_not_count),
        fixture_test(a_request_gets_what_a_low_memory_collection_frees),
        fixture_test(shutdown_of_one_instance_abandons_its_own_waiters_alone),
        fixture_test(requests_that_wait_for_the_system_leave_the_processor_alone),
        fixture_test(a_released_reservation_ends_the_wait_for_address_space),
        fixture_test(requests_that_wait_for_each_other_all_succeed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
