/* Several threads on one budget: concurrent changes, and charges near the limit. */
#include "policy.h"

#include <stdio.h>

#define DOMAIN_RESERVE 100u
#define PROCESS_RESERVE 50u
#define ROUNDS 300

/* ---- Changes ---- */

/* A thread that changes the limit, or the whole policy, in a loop. */
typedef struct changer {
    hostmem *handle;
    hostmem_budget *budget; /* NULL: only the limit */
    const UINT64 *limits;   /* two */
    sim_gate *start;
    sim_thread *thread;
} changer;

static void change(void *context)
{
    const changer *self = context;
    hostmem_budget_config config = {
        .size = sizeof config, .app_domain_reserve_bytes = DOMAIN_RESERVE, .process_reserve_bytes = PROCESS_RESERVE};
    unsigned i;
    sim_gate_pass(self->start, SIM_NO_TIMEOUT);
    for (i = 0; i < 40; i++) {
        config.limit_bytes = self->limits[i % 2];
        if (self->budget)
            hostmem_budget_configure(self->budget, &config);
        else
            hostmem_set_limit(self->handle, config.limit_bytes);
    }
}

/* The policy in force must be one of those set, and the figures must say the same. */
static void expect_one_policy(policy_instance *instance)
{
    SIZE_T limit = (SIZE_T)policy_stats(instance).limit_bytes;
    const SIZE_T ends[] = {limit - DOMAIN_RESERVE - PROCESS_RESERVE, limit - PROCESS_RESERVE};
    int level;
    for (level = 0; level < 2; level++) {
        policy_request *request;
        snprintf(instance->scene->note, sizeof instance->scene->note, "limit %u, level %d", (unsigned)limit, level);
        policy_ends(policy_ask(instance, POLICY_ALLOC, ends[level] + 1, (EMemoryCriticalLevel)level), E_OUTOFMEMORY,
                    ERROR_NOT_ENOUGH_MEMORY);
        request = policy_ask(instance, POLICY_ALLOC, ends[level], (EMemoryCriticalLevel)level);
        policy_succeeds(request);
        policy_give_back(request);
    }
}

static void race_of_changes(policy_scene *s, bool configures)
{
    static const UINT64 limits[2][2] = {{1000, 2000}, {3000, 4000}};
    hostmem_budget_config config = {.size = sizeof config,
                                    .limit_bytes = 1000,
                                    .app_domain_reserve_bytes = DOMAIN_RESERVE,
                                    .process_reserve_bytes = PROCESS_RESERVE};
    hostmem_budget *budget;
    policy_instance *instance;
    unsigned round, i;
    assert_int_equal(hostmem_budget_create(&config, s->os, &budget), S_OK);
    instance = policy_open_as(s, (hostmem_config){.budget = budget});
    for (round = 0; round < ROUNDS; round++) {
        changer changers[2];
        for (i = 0; i < 2; i++) {
            changers[i] = (changer){instance->handle, configures && i ? budget : NULL, limits[i], sim_gate_create(),
                                    NULL};
            changers[i].thread = sim_thread_start(change, &changers[i]);
        }
        for (i = 0; i < 2; i++)
            sim_gate_open(changers[i].start);
        for (i = 0; i < 2; i++) {
            sim_thread_join(changers[i].thread);
            sim_gate_destroy(changers[i].start);
        }
        expect_one_policy(instance);
    }
    hostmem_budget_release(budget);
}

static void of_limits_that_are_set_at_once_one_is_in_force(void **state)
{
    race_of_changes(*state, false);
}

static void a_limit_and_a_policy_that_are_set_at_once_do_not_mix(void **state)
{
    race_of_changes(*state, true);
}

/* ---- Reserves that grow while the limit shrinks ---- */

static void grow_reserves(void *context)
{
    const changer *self = context;
    hostmem_budget_config config = {.size = sizeof config, .limit_bytes = 1000, .flags = HOSTMEM_NO_PROCESS_OVERDRAFT};
    sim_gate_pass(self->start, SIM_NO_TIMEOUT);
    config.app_domain_reserve_bytes = 800;
    hostmem_budget_configure(self->budget, &config);
}

static void shrink_limit(void *context)
{
    const changer *self = context;
    sim_gate_pass(self->start, SIM_NO_TIMEOUT);
    hostmem_set_limit(self->handle, 500);
}

/* Each change is valid alone, but not both together. Whatever the result, the budget must not become unlimited. */
static void reserves_above_the_limit_leave_nothing_rather_than_everything(void **state)
{
    policy_scene *s = *state;
    hostmem_budget_config config = {.size = sizeof config, .limit_bytes = 1000, .flags = HOSTMEM_NO_PROCESS_OVERDRAFT};
    unsigned round, i;
    for (round = 0; round < ROUNDS; round++) {
        hostmem_budget *budget;
        policy_instance *instance;
        changer changers[2];
        assert_int_equal(hostmem_budget_create(&config, s->os, &budget), S_OK);
        instance = policy_open_as(s, (hostmem_config){.budget = budget});
        for (i = 0; i < 2; i++) {
            changers[i] = (changer){instance->handle, budget, NULL, sim_gate_create(), NULL};
            changers[i].thread = sim_thread_start(i ? grow_reserves : shrink_limit, &changers[i]);
        }
        for (i = 0; i < 2; i++)
            sim_gate_open(changers[i].start);
        for (i = 0; i < 2; i++) {
            sim_thread_join(changers[i].thread);
            sim_gate_destroy(changers[i].start);
        }
        policy_ends(policy_ask(instance, POLICY_ALLOC, 1001, eTaskCritical), E_OUTOFMEMORY, ERROR_NOT_ENOUGH_MEMORY);
        policy_close(instance);
        hostmem_budget_release(budget);
    }
}

/* ---- Charges ---- */

#define WORKERS 4
#define LIMIT ((SIZE_T)10 * POLICY_PAGE)

typedef struct worker {
    policy_instance *instance;
    hostmem_budget *budget;
    unsigned seed;
    unsigned served, above_limit, wrong;
    sim_thread *thread;
} worker;

static void take_and_give_back(void *context)
{
    worker *self = context;
    unsigned i;
    for (i = 0; i < 3000; i++) {
        bool pages = (self->seed = self->seed * 1664525u + 1013904223u) >> 31;
        SIZE_T bytes = 1 + (self->seed >> 8) % (4 * POLICY_PAGE);
        void *memory;
        UINT64 used;
        HRESULT hr = pages ? IHostMemoryManager_VirtualAlloc(self->instance->manager, NULL, bytes, MEM_COMMIT,
                                                             PAGE_READWRITE, eTaskCritical, &memory)
                           : IHostMalloc_Alloc(self->instance->heap, bytes, eTaskCritical, &memory);
        hostmem_budget_get_use(self->budget, &used);
        self->above_limit += used > LIMIT;
        self->wrong += hr != S_OK && hr != E_OUTOFMEMORY;
        if (hr != S_OK)
            continue;
        self->served++;
        hr = pages ? IHostMemoryManager_VirtualFree(self->instance->manager, memory, 0, MEM_RELEASE)
                   : IHostMalloc_Free(self->instance->heap, memory);
        self->wrong += hr != S_OK;
    }
}

static void the_limit_holds_at_every_moment(void **state)
{
    policy_scene *s = *state;
    hostmem_budget_config config = {.size = sizeof config, .limit_bytes = LIMIT};
    worker workers[WORKERS];
    policy_instance *instances[2];
    hostmem_budget *budget;
    UINT64 used = 0;
    unsigned i;
    assert_int_equal(hostmem_budget_create(&config, s->os, &budget), S_OK);
    for (i = 0; i < 2; i++)
        instances[i] = policy_open_as(s, (hostmem_config){.budget = budget});
    for (i = 0; i < WORKERS; i++) {
        workers[i] = (worker){.instance = instances[i % 2], .budget = budget, .seed = i + 1};
        workers[i].thread = sim_thread_start(take_and_give_back, &workers[i]);
    }
    for (i = 0; i < WORKERS; i++)
        sim_thread_join(workers[i].thread);
    for (i = 0; i < WORKERS; i++) {
        assert_int_equal(workers[i].wrong, 0);
        assert_int_equal(workers[i].above_limit, 0);
        assert_true(workers[i].served > 0);
    }
    assert_int_equal(hostmem_budget_get_use(budget, &used), S_OK);
    assert_int_equal(used, 0);
    hostmem_budget_release(budget);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        policy_test(of_limits_that_are_set_at_once_one_is_in_force),
        policy_test(a_limit_and_a_policy_that_are_set_at_once_do_not_mix),
        policy_test(reserves_above_the_limit_leave_nothing_rather_than_everything),
        policy_test(the_limit_holds_at_every_moment),
    };
    return cmocka_run_group_tests_name("budget_races", tests, NULL, NULL);
}
