/* Waiting for memory. The simulated clock only moves when a test moves it, so a wait that ends without that was
 * woken. The system counts wake-ups, which shows that the others were not woken. */
#include "waiting_scene.h"

/* The number of wake-ups so far by threads that freed memory. */
static void wakes_are(scene *s, UINT64 count)
{
    sim_os_wakes wakes;
    sim_os_count_wakes(s->sim, &wakes);
    assert_int_equal(wakes.by_event + wakes.at_once, count);
}

/* ---- Which thread is woken ---- */

static void room_for_one_wakes_the_longest_waiting_alone(void **state)
{
    scene *s = *state;
    waiter *waiters[WAITERS];
    unsigned i, j;
    take(s, LIMIT);
    for (i = 0; i < WAITERS; i++)
        waiters[i] = waiter_start(s, i, 100);
    for (i = 0; i < WAITERS; i++) {
        give_back(s, 100);
        waiter_ends_with(waiters[i], 0);
        waiters_asleep_are(s, WAITERS - 1 - i);
        wakes_are(s, i + 1);
        for (j = i + 1; j < WAITERS; j++)
            assert_int_equal(waiters[j]->attempts, 1);
    }
    give_back(s, LIMIT);
}

static void room_for_three_wakes_three(void **state)
{
    scene *s = *state;
    waiter *waiters[5];
    unsigned i;
    take(s, LIMIT);
    for (i = 0; i < 5; i++)
        waiters[i] = waiter_start(s, i, 100);
    give_back(s, 300);
    for (i = 0; i < 3; i++)
        waiter_ends_with(waiters[i], 0);
    waiters_asleep_are(s, 2);
    wakes_are(s, 3);
    give_back(s, 250);
    waiter_ends_with(waiters[3], 0);
    waiter_ends_with(waiters[4], 0);
    wakes_are(s, 5);
    give_back(s, LIMIT - 50);
}

static void who_wants_too_much_is_not_woken_and_blocks_nobody(void **state)
{
    scene *s = *state;
    waiter *big, *modest, *middle;
    take(s, LIMIT);
    big = waiter_start(s, 0, 500);
    middle = waiter_start(s, 1, 200);
    modest = waiter_start(s, 2, 100);
    give_back(s, 100);
    waiter_ends_with(modest, 0);
    give_back(s, 250);
    waiter_ends_with(middle, 0);
    waiters_asleep_are(s, 1);
    assert_int_equal(big->attempts, 1);
    wakes_are(s, 2);
    give_back(s, 450);
    waiter_ends_with(big, 0);
    wakes_are(s, 3);
    give_back(s, LIMIT);
}

static void what_one_leaves_goes_to_the_next_whom_it_is_enough_for(void **state)
{
    scene *s = *state;
    waiter *first, *too_big, *last;
    take(s, LIMIT);
    first = waiter_start(s, 0, 100);
    too_big = waiter_start(s, 1, 200);
    last = waiter_start(s, 2, 150);
    give_back(s, 250);
    waiter_ends_with(first, 0);
    waiter_ends_with(last, 0);
    waiters_asleep_are(s, 1);
    assert_int_equal(too_big->attempts, 1);
    give_back(s, 200);
    waiter_ends_with(too_big, 0);
    give_back(s, LIMIT);
}

static void who_finds_too_little_left_hands_it_on(void **state)
{
    scene *s = *state;
    sim_gate *gate = sim_gate_create();
    waiter *late, *other;
    take(s, LIMIT);
    s->waiters[0].second_try = gate;
    late = waiter_start(s, 0, 100);
    other = waiter_start(s, 1, 50);
    give_back(s, 100);
    take(s, 50); /* a new request is faster than the thread that was woken */
    sim_gate_open(gate);
    waiter_ends_with(other, 0);
    waiters_asleep_are(s, 1);
    give_back(s, 100);
    waiter_ends_with(late, 0);
    give_back(s, LIMIT);
    sim_gate_destroy(gate);
}

static void newcomers_queue_up_behind_the_others(void **state)
{
    scene *s = *state;
    waiter *first, *second, *third;
    take(s, LIMIT);
    first = waiter_start(s, 0, 100);
    second = waiter_start(s, 1, 100);
    give_back(s, 100);
    waiter_ends_with(first, 0);
    third = waiter_start(s, 2, 100);
    give_back(s, 100);
    waiter_ends_with(second, 0);
    waiters_asleep_are(s, 1);
    assert_int_equal(third->attempts, 1);
    give_back(s, 100);
    waiter_ends_with(third, 0);
    give_back(s, LIMIT);
}

static void levels_do_not_keep_each_others_room(void **state)
{
    static const hostmem_budget_config reserves = {
        .flags = HOSTMEM_NO_PROCESS_OVERDRAFT, .app_domain_reserve_bytes = 200, .process_reserve_bytes = 100};
    scene *s = *state;
    waiter *task, *domain, *process;
    waiting_scene_make_budget(s, &reserves);
    take(s, LIMIT);
    task = waiter_start_at(s, 0, 50, eTaskCritical);
    domain = waiter_start_at(s, 1, 50, eAppDomainCritical);
    process = waiter_start_at(s, 2, 50, eProcessCritical);
    give_back(s, 50);
    waiter_ends_with(process, 0);
    give_back(s, 150); /* 850: the domain's limit is 900 */
    waiter_ends_with(domain, 0);
    waiters_asleep_are(s, 1);
    assert_int_equal(task->attempts, 1);
    wakes_are(s, 2);
    give_back(s, 250); /* 650: the task's is 700 */
    waiter_ends_with(task, 0);
    wakes_are(s, 3);
    give_back(s, 700);
}

static void a_higher_limit_wakes(void **state)
{
    scene *s = *state;
    hostmem_budget_config config = {.size = sizeof config, .limit_bytes = LIMIT + 200};
    waiter *first, *second;
    take(s, LIMIT);
    first = waiter_start(s, 0, 100);
    second = waiter_start(s, 1, 150);
    assert_true(hmi_budget_set_limit(s->budget, LIMIT + 100));
    waiter_ends_with(first, 0);
    waiters_asleep_are(s, 1);
    assert_int_equal(hostmem_budget_configure(s->budget, &config), S_OK);
    waiters_asleep_are(s, 1);
    assert_true(hmi_budget_set_limit(s->budget, 0));
    waiter_ends_with(second, 0);
    give_back(s, LIMIT + 250);
}

/* ---- How a wait ends ---- */

static void a_wait_ends_with_its_time(void **state)
{
    static const UINT32 steps_ms[] = {99, 1, 100, 49};
    static const UINT32 attempts[] = {1, 2, 3, 3};
    scene *s = *state;
    waiter *self;
    unsigned i;
    take(s, LIMIT);
    s->waiters[0].timeout_ms = 250;
    self = waiter_start(s, 0, 100);
    for (i = 0; i < 4; i++) {
        sim_os_advance(s->sim, steps_ms[i]);
        waiters_asleep_are(s, 1);
        assert_int_equal(self->attempts, attempts[i]);
    }
    sim_os_advance(s->sim, 1);
    waiter_ends_with(self, ERROR_TIMEOUT);
    assert_int_equal(self->attempts, 4); /* one last attempt when the time is up */
    give_back(s, LIMIT);
}

static void a_last_attempt_can_succeed(void **state)
{
    scene *s = *state;
    waiter *self;
    s->waiters[0].timeout_ms = 50;
    atomic_store(&s->system_is_full, true);
    self = waiter_start(s, 0, 100);
    atomic_store(&s->system_is_full, false);
    sim_os_advance(s->sim, 1000);
    waiter_ends_with(self, 0);
    give_back(s, 100);
}

static void an_error_that_is_no_lack_of_memory_ends_the_wait(void **state)
{
    scene *s = *state;
    waiter *self;
    take(s, LIMIT);
    self = waiter_start(s, 0, 100);
    atomic_store(&s->system_is_wrong, true);
    give_back(s, LIMIT);
    waiter_ends_with(self, ERROR_INVALID_PARAMETER);
}

static void the_cancelled_leave_and_the_others_sleep_on(void **state)
{
    scene *s = *state;
    waiter *waiters[6];
    unsigned i;
    take(s, LIMIT);
    for (i = 0; i < 6; i++) {
        s->waiters[i].group = i % 2;
        waiters[i] = waiter_start(s, i, 100);
    }
    atomic_store(&s->cancelled[1], true);
    hmi_waiting_wake_all(&s->budget->waiting);
    for (i = 1; i < 6; i += 2)
        waiter_ends_with(waiters[i], ERROR_OPERATION_ABORTED);
    waiters_asleep_are(s, 3);
    for (i = 0; i < 6; i += 2)
        assert_int_equal(waiters[i]->attempts, 2);
    give_back(s, 100);
    waiter_ends_with(waiters[0], 0);
    atomic_store(&s->cancelled[0], true);
    hmi_waiting_wake_all(&s->budget->waiting);
    waiter_ends_with(waiters[2], ERROR_OPERATION_ABORTED);
    waiter_ends_with(waiters[4], ERROR_OPERATION_ABORTED);
    give_back(s, LIMIT);
}

/* ---- Waiting for the system, which does not say when it has memory ---- */

static void memory_of_the_system_is_found_in_a_tenth_of_a_second(void **state)
{
    scene *s = *state;
    waiter *self;
    atomic_store(&s->system_is_full, true);
    self = waiter_start(s, 0, 100);
    atomic_store(&s->system_is_full, false);
    sim_os_advance(s->sim, 99);
    waiters_asleep_are(s, 1);
    assert_int_equal(self->attempts, 1);
    sim_os_advance(s->sim, 1);
    waiter_ends_with(self, 0);
    give_back(s, 100);
}

static void who_waits_for_the_system_tries_no_more_than_there_is_reason_to(void **state)
{
    scene *s = *state;
    waiter *waiters[3];
    unsigned i;
    take(s, 500);
    atomic_store(&s->system_is_full, true);
    for (i = 0; i < 3; i++)
        waiters[i] = waiter_start(s, i, 100);
    for (i = 0; i < 3; i++)
        assert_int_equal(waiters[i]->attempts, 1);
    give_back(s, 10); /* a free: each waiter tries and wakes the next, once round */
    waiters_asleep_are(s, 3);
    for (i = 0; i < 3; i++)
        assert_int_equal(waiters[i]->attempts, 2);
    wakes_are(s, 3);
    atomic_store(&s->system_is_full, false);
    sim_os_advance(s->sim, 100);
    for (i = 0; i < 3; i++)
        waiter_ends_with(waiters[i], 0);
    give_back(s, 790);
}

static void who_was_misled_by_a_claim_in_vain_is_woken_when_that_is_undone(void **state)
{
    scene *s = *state;
    waiter *self;
    take(s, LIMIT - 100);
    assert_true(hmi_budget_charge(s->budget, 100, eTaskCritical));
    self = waiter_start(s, 0, 100);
    hmi_budget_cancel_charge(s->budget, 100);
    waiter_ends_with(self, 0);
    give_back(s, LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        waiting_test(room_for_one_wakes_the_longest_waiting_alone),
        waiting_test(room_for_three_wakes_three),
        waiting_test(who_wants_too_much_is_not_woken_and_blocks_nobody),
        waiting_test(what_one_leaves_goes_to_the_next_whom_it_is_enough_for),
        waiting_test(who_finds_too_little_left_hands_it_on),
        waiting_test(newcomers_queue_up_behind_the_others),
        waiting_test(levels_do_not_keep_each_others_room),
        waiting_test(a_higher_limit_wakes),
        waiting_test(a_wait_ends_with_its_time),
        waiting_test(a_last_attempt_can_succeed),
        waiting_test(an_error_that_is_no_lack_of_memory_ends_the_wait),
        waiting_test(the_cancelled_leave_and_the_others_sleep_on),
        waiting_test(memory_of_the_system_is_found_in_a_tenth_of_a_second),
        waiting_test(who_waits_for_the_system_tries_no_more_than_there_is_reason_to),
        waiting_test(who_was_misled_by_a_claim_in_vain_is_woken_when_that_is_undone),
    };
    return cmocka_run_group_tests_name("waiting", tests, NULL, NULL);
}
