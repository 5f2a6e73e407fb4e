/* A budget that several instances share: the limit applies to the sum, memory freed by one is available to others,
 * and the end of one does not affect the others. Also what can be changed of a budget while it is in use. */
#include "policy.h"

#include <stdio.h>

#define LIMIT ((SIZE_T)64 * POLICY_PAGE)
#define WAIT_MS 5000u

/* A scene with a budget, whose handle the test holds, and instances that share it. */
static hostmem_budget *make_budget(policy_scene *s, hostmem_budget_config config)
{
    hostmem_budget *budget = NULL;
    config.size = sizeof config;
    assert_int_equal(hostmem_budget_create(&config, s->os, &budget), S_OK);
    return budget;
}

static policy_instance *share(policy_scene *s, hostmem_budget *budget)
{
    return policy_open_as(s, (hostmem_config){.budget = budget});
}

static UINT64 use_of(hostmem_budget *budget)
{
    UINT64 used = ~(UINT64)0;
    assert_int_equal(hostmem_budget_get_use(budget, &used), S_OK);
    return used;
}

static HRESULT configure(hostmem_budget *budget, hostmem_budget_config config)
{
    config.size = sizeof config;
    return hostmem_budget_configure(budget, &config);
}

static UINT32 refusal_of(policy_way way)
{
    return way < POLICY_ALLOC ? ERROR_COMMITMENT_LIMIT : ERROR_NOT_ENOUGH_MEMORY;
}

/* A task's block of so many bytes is admitted, one byte more is not. */
#define task_room_is(instance, bytes) check_task_room(instance, bytes, __LINE__)
static void check_task_room(policy_instance *instance, SIZE_T bytes, int line)
{
    policy_request *request;
    snprintf(instance->scene->note, sizeof instance->scene->note, "line %d", line);
    policy_ends(policy_ask(instance, POLICY_ALLOC, bytes + 1, eTaskCritical), E_OUTOFMEMORY, ERROR_NOT_ENOUGH_MEMORY);
    request = policy_ask(instance, POLICY_ALLOC, bytes, eTaskCritical);
    policy_succeeds(request);
    policy_give_back(request);
}

/* ---- The sum ---- */

static void the_limit_holds_for_all_instances_together(void **state)
{
    policy_scene *s = *state;
    hostmem_budget *budget = make_budget(s, (hostmem_budget_config){.limit_bytes = LIMIT});
    policy_instance *one = share(s, budget), *two = share(s, budget), *three = share(s, budget);
    policy_request *of_two;
    policy_way way;
    policy_succeeds(policy_ask(one, POLICY_COMMIT, 30 * POLICY_PAGE, eTaskCritical));
    of_two = policy_ask(two, POLICY_RESERVE_AND_COMMIT, 20 * POLICY_PAGE, eTaskCritical);
    policy_succeeds(of_two);
    policy_succeeds(policy_ask(three, POLICY_ALLOC, 10 * POLICY_PAGE, eTaskCritical));
    for (way = 0; way < POLICY_WAYS; way++)
        policy_ends(policy_ask(one, way, 5 * POLICY_PAGE, eTaskCritical), E_OUTOFMEMORY, refusal_of(way));
    task_room_is(two, 4 * POLICY_PAGE);
    task_room_is(three, 4 * POLICY_PAGE);
    policy_give_back(of_two);
    task_room_is(one, 24 * POLICY_PAGE);

    /* Each has its own figures; the limit and the overdraft are common. */
    policy_is(one, used_bytes, 30 * POLICY_PAGE);
    policy_is(one, committed_bytes, 30 * POLICY_PAGE);
    policy_is(one, refused[eTaskCritical], 4 + 1);
    policy_is(two, used_bytes, 0);
    policy_is(two, peak_used_bytes, 24 * POLICY_PAGE);
    policy_is(two, refused[eTaskCritical], 1);
    policy_is(three, used_bytes, 10 * POLICY_PAGE);
    policy_is(three, heap_bytes, 10 * POLICY_PAGE);
    policy_is(three, limit_bytes, LIMIT);
    assert_int_equal(use_of(budget), 40 * POLICY_PAGE);
    policy_succeeds(policy_ask(two, POLICY_ALLOC, 25 * POLICY_PAGE, eProcessCritical));
    policy_is(one, overdraft_bytes, POLICY_PAGE);
    policy_is(three, overdraft_bytes, POLICY_PAGE);
    policy_close(one);
    policy_is(two, overdraft_bytes, 0);
    assert_int_equal(use_of(budget), 35 * POLICY_PAGE);
    hostmem_budget_release(budget);
}

static void memory_load_is_that_of_the_whole_budget(void **state)
{
    policy_scene *s = *state;
    hostmem_budget *budget = make_budget(s, (hostmem_budget_config){.limit_bytes = LIMIT});
    policy_instance *one = share(s, budget), *two = share(s, budget);
    SIZE_T available;
    DWORD load;
    policy_succeeds(policy_ask(one, POLICY_ALLOC, LIMIT / 4 * 3, eTaskCritical));
    assert_int_equal(IHostMemoryManager_GetMemoryLoad(two->manager, &load, &available), S_OK);
    assert_int_equal(load, 75);
    assert_int_equal(available, LIMIT / 4);
    hostmem_budget_release(budget);
}

/* ---- Waiting across instances ---- */

static void what_one_instance_frees_ends_the_waiting_of_another(void **state)
{
    policy_scene *s = *state;
    policy_way waits, frees;
    for (waits = 0; waits < POLICY_WAYS; waits++) {
        for (frees = 0; frees < POLICY_WAYS; frees++) {
            hostmem_budget *budget = make_budget(
                s, (hostmem_budget_config){.limit_bytes = LIMIT, .wait_ms = {WAIT_MS, 0, 0}});
            policy_instance *one = share(s, budget), *two = share(s, budget);
            policy_request *taken = policy_ask(one, frees, LIMIT, eTaskCritical), *request;
            snprintf(s->note, sizeof s->note, "ways %d and %d", (int)frees, (int)waits);
            policy_succeeds(taken);
            request = policy_ask_elsewhere(two, waits, POLICY_PAGE, eTaskCritical);
            policy_waits(request, 1);
            policy_give_back(taken); /* and the clock has not moved */
            policy_succeeds(request);
            policy_is(two, waits[eTaskCritical], 1);
            policy_is(one, waits[eTaskCritical], 0);
            policy_close(one);
            policy_close(two);
            assert_int_equal(hostmem_budget_release(budget), 0);
        }
    }
}

static void an_instance_that_ends_gives_its_blocks_to_those_who_wait(void **state)
{
    policy_scene *s = *state;
    hostmem_budget *budget = make_budget(s, (hostmem_budget_config){.limit_bytes = LIMIT, .wait_ms = {WAIT_MS, 0, 0}});
    policy_instance *one = share(s, budget), *two = share(s, budget);
    policy_request *taken = policy_ask(one, POLICY_ALLOC, LIMIT, eTaskCritical), *request;
    policy_succeeds(taken);
    request = policy_ask_elsewhere(two, POLICY_ALLOC, LIMIT, eTaskCritical);
    policy_waits(request, 1);
    taken->memory = NULL; /* freed with the heap */
    policy_close(one);
    policy_succeeds(request);
    hostmem_budget_release(budget);
}

static void a_shutdown_abandons_nobody_elses_requests(void **state)
{
    policy_scene *s = *state;
    hostmem_budget *budget = make_budget(s, (hostmem_budget_config){.limit_bytes = LIMIT, .wait_ms = {WAIT_MS, 0, 0}});
    policy_instance *one = share(s, budget), *two = share(s, budget);
    policy_request *taken = policy_ask(one, POLICY_COMMIT, LIMIT, eTaskCritical), *of_one, *of_two;
    policy_succeeds(taken);
    of_one = policy_ask_elsewhere(one, POLICY_ALLOC, 1, eTaskCritical);
    of_two = policy_ask_elsewhere(two, POLICY_ALLOC, 1, eTaskCritical);
    policy_waits(of_one, 2);
    hostmem_shutdown(one->handle);
    policy_ends(of_one, HOST_E_ABANDONED, ERROR_OPERATION_ABORTED);
    policy_waits(of_two, 1);
    policy_give_back(taken);
    policy_succeeds(of_two);
    hostmem_budget_release(budget);
}

static void closing_one_instance_leaves_the_others_open(void **state)
{
    policy_scene *s = *state;
    hostmem_budget *budget = make_budget(
        s, (hostmem_budget_config){.limit_bytes = LIMIT,
                                   .flags = HOSTMEM_FAIL_FAST | HOSTMEM_NO_PROCESS_OVERDRAFT,
                                   .wait_ms = {WAIT_MS, 0, 0}});
    policy_instance *one = share(s, budget), *two = share(s, budget), *three = share(s, budget);
    policy_request *taken = policy_ask(two, POLICY_ALLOC, LIMIT, eTaskCritical), *of_three;
    of_three = policy_ask_elsewhere(three, POLICY_ALLOC, 1, eTaskCritical);
    policy_waits(of_three, 1);
    policy_ends(policy_ask(one, POLICY_ALLOC, 1, eProcessCritical), E_FAIL, ERROR_NOT_ENOUGH_MEMORY);
    policy_is(one, latched, 1);
    policy_is(two, latched, 0);
    assert_int_equal(hostmem_set_clr_state(two->handle, HOSTMEM_CLR_NOT_AVAILABLE), S_OK);
    policy_is(one, clr_unavailable, 0);
    policy_is(three, clr_unavailable, 0);
    policy_waits(of_three, 1);
    policy_give_back(taken); /* freed by a closed instance; the other one is open */
    policy_succeeds(of_three);
    hostmem_budget_release(budget);
}

/* ---- Order of release ---- */

/* The budget's handle and two instances are released in each of the six orders; what remains keeps working. */
static void last_release_frees_everything_in_any_order(void **state)
{
    policy_scene *s = *state;
    unsigned order;
    for (order = 0; order < 3 * 2; order++) {
        hostmem_budget *budget = make_budget(s, (hostmem_budget_config){.limit_bytes = 1000});
        policy_instance *instances[] = {share(s, budget), share(s, budget)};
        unsigned left[] = {0, 1, 2}, number = order, remaining, i;
        for (i = 0; i < 2; i++)
            policy_succeeds(policy_ask(instances[i], POLICY_ALLOC, 100, eTaskCritical));
        for (remaining = 3; remaining; number /= remaining, remaining--) {
            unsigned pick = number % remaining, what = left[pick];
            left[pick] = left[remaining - 1];
            if (what == 2) {
                assert_true((hostmem_budget_release(budget) == 0) == (remaining == 1));
                budget = NULL;
            } else {
                policy_close(instances[what]);
                instances[what] = NULL;
            }
            if (budget)
                assert_int_equal(use_of(budget), (instances[0] ? 100 : 0) + (instances[1] ? 100 : 0));
            for (i = 0; i < 2; i++) {
                if (instances[i])
                    task_room_is(instances[i], instances[1 - i] ? 800 : 900);
            }
        }
        assert_true(sim_os_check(s->sim, NULL));
    }
    assert_int_equal(hostmem_budget_release(NULL), 0);
}

/* ---- Changes ---- */

static void a_limit_below_use_takes_nothing_and_gives_nothing(void **state)
{
    policy_scene *s = *state;
    hostmem_budget *budget = make_budget(s, (hostmem_budget_config){0});
    policy_instance *one = share(s, budget), *two = share(s, budget);
    policy_request *of_one = policy_ask(one, POLICY_ALLOC, 600, eTaskCritical);
    policy_request *of_two = policy_ask(two, POLICY_ALLOC, 400, eTaskCritical);
    assert_int_equal(
        configure(budget, (hostmem_budget_config){.limit_bytes = 500, .flags = HOSTMEM_NO_PROCESS_OVERDRAFT}), S_OK);
    policy_is(two, limit_bytes, 500);
    policy_is(two, overdraft_bytes, 500);
    assert_int_equal(use_of(budget), 1000);
    policy_ends(policy_ask(one, POLICY_ALLOC, 1, eProcessCritical), E_OUTOFMEMORY, ERROR_NOT_ENOUGH_MEMORY);
    policy_succeeds(policy_ask(one, POLICY_ALLOC, 0, eTaskCritical));
    policy_give_back(of_two);
    policy_ends(policy_ask(two, POLICY_ALLOC, 1, eProcessCritical), E_OUTOFMEMORY, ERROR_NOT_ENOUGH_MEMORY);
    policy_give_back(of_one);
    task_room_is(two, 500);
    assert_int_equal(hostmem_set_limit(one->handle, 200), S_OK);
    task_room_is(two, 200);
    hostmem_budget_release(budget);
}

static void every_change_lets_those_who_wait_try_again(void **state)
{
    policy_scene *s = *state;
    const hostmem_budget_config strict = {
        .limit_bytes = 1000, .app_domain_reserve_bytes = 500, .wait_ms = {WAIT_MS, 0, 0}};
    unsigned change;
    for (change = 0; change < 4; change++) {
        hostmem_budget *budget = make_budget(s, strict);
        policy_instance *one = share(s, budget), *two = share(s, budget);
        policy_request *request;
        snprintf(s->note, sizeof s->note, "change %u", change);
        policy_succeeds(policy_ask(one, POLICY_ALLOC, 500, eTaskCritical));
        request = policy_ask_elsewhere(one, POLICY_ALLOC, 1, eTaskCritical);
        policy_waits(request, 1);
        switch (change) {
        case 0:
            assert_int_equal(hostmem_set_limit(two->handle, 1001), S_OK);
            break;
        case 1:
            assert_int_equal(hostmem_set_limit(two->handle, 0), S_OK);
            break;
        case 2:
            assert_int_equal(configure(budget, (hostmem_budget_config){.limit_bytes = 501}), S_OK);
            break;
        default:
            assert_int_equal(configure(budget, (hostmem_budget_config){0}), S_OK);
            break;
        }
        policy_succeeds(request);
        policy_close(one);
        policy_close(two);
        hostmem_budget_release(budget);
    }
}

static void a_new_policy_is_the_policy_of_every_request_from_then_on(void **state)
{
    policy_scene *s = *state;
    hostmem_budget *budget = make_budget(s, (hostmem_budget_config){.limit_bytes = 1000});
    policy_instance *one = share(s, budget), *two = share(s, budget);
    policy_request *request;
    assert_int_equal(
        configure(budget, (hostmem_budget_config){.limit_bytes = 900,
                                                  .app_domain_reserve_bytes = 200,
                                                  .process_reserve_bytes = 100,
                                                  .wait_ms = {0, WAIT_MS, 0},
                                                  .flags = HOSTMEM_NO_PROCESS_OVERDRAFT | HOSTMEM_FAIL_FAST}),
        S_OK);
    task_room_is(one, 600);
    request = policy_ask_elsewhere(two, POLICY_ALLOC, 801, eAppDomainCritical);
    policy_waits(request, 1);
    sim_os_advance(s->sim, WAIT_MS);
    policy_ends(request, HOST_E_TIMEOUT, ERROR_TIMEOUT);
    policy_ends(policy_ask(two, POLICY_ALLOC, 901, eProcessCritical), E_FAIL, ERROR_NOT_ENOUGH_MEMORY);
    /* A policy without the flag does not open what is latched. */
    assert_int_equal(configure(budget, (hostmem_budget_config){.limit_bytes = 900}), S_OK);
    policy_ends(policy_ask(two, POLICY_ALLOC, 1, eProcessCritical), HOST_E_CLRNOTAVAILABLE, ERROR_NOT_ENOUGH_MEMORY);
    policy_succeeds(policy_ask(one, POLICY_ALLOC, 1000, eProcessCritical));
    policy_is(one, overdraft_bytes, 100);
    hostmem_budget_release(budget);
}

static void a_mistaken_change_changes_nothing(void **state)
{
    policy_scene *s = *state;
    const hostmem_budget_config good = {
        .size = sizeof good, .limit_bytes = 1000, .app_domain_reserve_bytes = 300, .process_reserve_bytes = 200};
    hostmem_budget *budget = make_budget(s, good);
    policy_instance *one = share(s, budget);
    hostmem_budget_config bad = {.limit_bytes = 5000};
    UINT64 used = 1;
    assert_int_equal((UINT32)hostmem_budget_configure(budget, &bad), (UINT32)HRESULT_FROM_WIN32(ERROR_BAD_LENGTH));
    bad.flags = 0x100;
    assert_int_equal((UINT32)configure(budget, bad), (UINT32)HRESULT_FROM_WIN32(ERROR_INVALID_FLAGS));
    bad = (hostmem_budget_config){.limit_bytes = 5000, .process_reserve_bytes = 5000};
    assert_int_equal((UINT32)configure(budget, bad), (UINT32)E_INVALIDARG);
    assert_int_equal((UINT32)hostmem_budget_configure(NULL, &good), (UINT32)E_POINTER);
    assert_int_equal((UINT32)hostmem_budget_configure(budget, NULL), (UINT32)E_POINTER);

    assert_int_equal((UINT32)hostmem_set_limit(one->handle, 1), (UINT32)E_INVALIDARG);
    assert_int_equal((UINT32)hostmem_set_limit(one->handle, 500), (UINT32)E_INVALIDARG); /* equal to the reserves */
    assert_int_equal((UINT32)hostmem_set_limit(NULL, 5000), (UINT32)E_POINTER);
    policy_is(one, limit_bytes, 1000);
    task_room_is(one, 500);
    assert_int_equal(hostmem_set_limit(one->handle, 501), S_OK);
    task_room_is(one, 1);

    assert_int_equal((UINT32)hostmem_budget_get_use(NULL, &used), (UINT32)E_POINTER);
    assert_true(used == 0);
    assert_int_equal((UINT32)hostmem_budget_get_use(budget, NULL), (UINT32)E_POINTER);
    hostmem_budget_release(budget);
}

static void no_limit_in_between_leaves_the_reserves_as_they_were(void **state)
{
    policy_scene *s = *state;
    hostmem_budget *budget = make_budget(s, (hostmem_budget_config){.limit_bytes = 1000, .process_reserve_bytes = 200});
    policy_instance *one = share(s, budget);
    assert_int_equal(hostmem_set_limit(one->handle, 0), S_OK);
    policy_give_back(policy_ask(one, POLICY_ALLOC, 100000, eTaskCritical));
    policy_is(one, limit_bytes, 0);
    assert_int_equal((UINT32)hostmem_set_limit(one->handle, 200), (UINT32)E_INVALIDARG);
    assert_int_equal(hostmem_set_limit(one->handle, 700), S_OK);
    task_room_is(one, 500);
    hostmem_budget_release(budget);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        policy_test(the_limit_holds_for_all_instances_together),
        policy_test(memory_load_is_that_of_the_whole_budget),
        policy_test(what_one_instance_frees_ends_the_waiting_of_another),
        policy_test(an_instance_that_ends_gives_its_blocks_to_those_who_wait),
        policy_test(a_shutdown_abandons_nobody_elses_requests),
        policy_test(closing_one_instance_leaves_the_others_open),
        policy_test(last_release_frees_everything_in_any_order),
        policy_test(a_limit_below_use_takes_nothing_and_gives_nothing),
        policy_test(every_change_lets_those_who_wait_try_again),
        policy_test(a_new_policy_is_the_policy_of_every_request_from_then_on),
        policy_test(a_mistaken_change_changes_nothing),
        policy_test(no_limit_in_between_leaves_the_reserves_as_they_were),
    };
    return cmocka_run_group_tests_name("budget_shared", tests, NULL, NULL);
}
