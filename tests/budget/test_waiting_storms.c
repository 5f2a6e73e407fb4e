/* Waiting for memory while threads stop at the wrong moment, without memory for it, and with many threads. The
 * simulated clock only moves when a test moves it, so a lost wake-up is a wait that never ends. */
#include "waiting_scene.h"

/* ---- Threads that stop at the wrong moment ---- */

typedef struct stopper {
    atomic_bool armed;
    sim_gate *stopped, *go_on;
} stopper;

static void stop_once(void *context, const sim_os_call *call)
{
    stopper *self = context;
    (void)call;
    if (atomic_exchange(&self->armed, false)) {
        sim_gate_open(self->stopped);
        sim_gate_pass(self->go_on, SIM_NO_TIMEOUT);
    }
}

static void memory_freed_between_the_attempt_and_the_sleep_is_not_missed(void **state)
{
    scene *s = *state;
    stopper stop = {.stopped = sim_gate_create(), .go_on = sim_gate_create()};
    waiter *big, *modest;
    take(s, LIMIT);
    big = waiter_start(s, 0, 500);
    atomic_store(&stop.armed, true);
    sim_os_set_hooks(s->sim, SIM_SET(SIM_WAIT), stop_once, NULL, &stop);
    modest = waiter_run_at(s, 1, 100, eTaskCritical);
    assert_true(sim_gate_pass(stop.stopped, SIM_PATIENCE_MS));
    give_back(s, 100);                         /* it has tried, and does not sleep yet */
    hmi_waiting_wake_all(&s->budget->waiting); /* the big request looks, and sleeps again */
    waiters_asleep_are(s, 1);
    sim_gate_open(stop.go_on);
    waiter_ends_with(modest, 0);
    waiters_asleep_are(s, 1);
    give_back(s, LIMIT);
    waiter_ends_with(big, 0);
    give_back(s, 500);
    sim_gate_destroy(stop.stopped);
    sim_gate_destroy(stop.go_on);
}

static void memory_freed_while_an_attempt_fails_is_not_missed(void **state)
{
    scene *s = *state;
    waiter *self = &s->waiters[0];
    take(s, LIMIT);
    self->first_failure = sim_gate_create();
    self->go_on = sim_gate_create();
    waiter_run_at(s, 0, 100, eTaskCritical);
    assert_true(sim_gate_pass(self->first_failure, SIM_PATIENCE_MS));
    give_back(s, 100);
    sim_gate_open(self->go_on);
    waiter_ends_with(self, 0);
    give_back(s, LIMIT);
    sim_gate_destroy(self->first_failure);
    sim_gate_destroy(self->go_on);
}

static void a_woken_thread_that_is_suspended_delays_others_by_a_tenth_of_a_second(void **state)
{
    scene *s = *state;
    sim_gate *gate = sim_gate_create();
    waiter *suspended, *other;
    take(s, LIMIT);
    s->waiters[0].second_try = gate;
    suspended = waiter_start(s, 0, 100);
    other = waiter_start(s, 1, 100);
    give_back(s, 100);
    waiters_asleep_are(s, 1);
    sim_os_advance(s->sim, 100);
    waiter_ends_with(other, 0);
    sim_gate_open(gate);
    waiters_asleep_are(s, 1);
    give_back(s, 100);
    waiter_ends_with(suspended, 0);
    give_back(s, LIMIT);
    sim_gate_destroy(gate);
}

/* ---- Its own memory ---- */

static void waiters_are_lent_again(void **state)
{
    scene *s = *state;
    sim_os_totals first, now;
    unsigned i;
    take(s, LIMIT);
    for (i = 0; i < 5; i++) {
        waiter *self = waiter_start(s, 0, 100);
        give_back(s, 100);
        waiter_ends_with(self, 0);
        sim_os_total(s->sim, &now);
        if (i == 0)
            first = now;
        assert_int_equal(now.objects, first.objects);
        assert_int_equal(now.events, first.events);
    }
    give_back(s, LIMIT);
}

static void without_memory_for_a_waiter_the_wait_looks_by_itself(void **state)
{
    static const sim_os_kind kinds[] = {SIM_TABLE_RESERVE, SIM_TABLE_COMMIT, SIM_EVENT_CREATE};
    scene *s = *state;
    unsigned i;
    take(s, LIMIT);
    for (i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        waiter *self;
        sim_os_fail(s->sim, SIM_SET(kinds[i]), 0, SIM_FOREVER, ERROR_NOT_ENOUGH_MEMORY);
        self = waiter_start(s, 0, 100);
        assert_int_equal(sim_os_failed(s->sim), 1);
        give_back(s, 100);
        waiters_asleep_are(s, 1);
        assert_int_equal(self->attempts, 1);
        sim_os_advance(s->sim, 100);
        waiter_ends_with(self, 0);
    }
    give_back(s, LIMIT);
}

/* ---- Storms; the clock does not move, so a lost wake-up means that they never end ---- */

typedef struct runner {
    scene *scene;
    UINT32 seed;
    UINT32 rounds;
    UINT64 most_bytes;
    UINT32 mistakes;
    void *thread;
} runner;

static UINT32 next_random(UINT32 *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void run_rounds(void *context)
{
    runner *self = context;
    scene *s = self->scene;
    UINT32 round, hold;
    for (round = 0; round < self->rounds; round++) {
        waiter one = {.scene = s,
                      .bytes = 1 + next_random(&self->seed) % self->most_bytes,
                      .level = (EMemoryCriticalLevel)(next_random(&self->seed) % 3),
                      .timeout_ms = A_LONG_TIME};
        waiter_wait(&one);
        self->mistakes += one.result != 0 || atomic_load(&s->budget->charged_bytes) > LIMIT;
        atomic_fetch_add(&s->attempts, one.attempts);
        for (hold = next_random(&self->seed) % 4; hold; hold--)
            sim_thread_yield();
        hmi_budget_refund(s->budget, one.bytes);
    }
}

/* All threads sleep before the first may continue. */
static void storm(scene *s, UINT32 threads, UINT32 rounds, UINT64 most_bytes)
{
    runner runners[WAITERS];
    UINT32 i, mistakes = 0;
    uint64_t rest = LIMIT - atomic_load(&s->budget->charged_bytes);
    take(s, rest);
    for (i = 0; i < threads; i++) {
        runners[i] = (runner){.scene = s, .seed = i + s->attempts, .rounds = rounds, .most_bytes = most_bytes};
        assert_int_equal(s->os->thread_start(s->os, run_rounds, &runners[i], &runners[i].thread), 0);
    }
    waiters_asleep_are(s, threads);
    give_back(s, rest);
    for (i = 0; i < threads; i++) {
        assert_true(s->os->thread_join(s->os, runners[i].thread, SIM_PATIENCE_MS));
        mistakes += runners[i].mistakes;
    }
    assert_int_equal(mistakes, 0);
    assert_true(atomic_load(&s->attempts) >= threads * (rounds + 1)); /* all had to wait for their first */
}

static void threads_that_want_all_of_it_take_turns(void **state)
{
    scene *s = *state;
    take(s, LIMIT - 1);
    storm(s, 4, 1500, 1);
    give_back(s, LIMIT - 1);
}

static void threads_that_want_more_or_less_all_get_it(void **state)
{
    storm(*state, WAITERS, 500, LIMIT);
}

static void many_short_storms_end(void **state)
{
    unsigned i;
    for (i = 0; i < 150; i++)
        storm(*state, 3, 4, LIMIT);
}

/* The same while the system refuses now and then, and time passes. */
static void refusals_by_the_system_leave_nobody_behind(void **state)
{
    scene *s = *state;
    runner runners[4];
    UINT32 i, steps = 0;
    for (i = 0; i < 4; i++) {
        runners[i] = (runner){.scene = s, .seed = i + 7, .rounds = 300, .most_bytes = LIMIT};
        assert_int_equal(s->os->thread_start(s->os, run_rounds, &runners[i], &runners[i].thread), 0);
    }
    while (sim_os_threads_running(s->sim) && steps++ < 20000) {
        atomic_store(&s->system_is_full, steps % 4 == 0);
        sim_os_advance(s->sim, 20);
        sim_os_await_threads_running(s->sim, 0, 1);
    }
    atomic_store(&s->system_is_full, false);
    for (i = 0; i < 4; i++) {
        sim_os_advance(s->sim, 100);
        assert_true(s->os->thread_join(s->os, runners[i].thread, SIM_PATIENCE_MS));
        assert_int_equal(runners[i].mistakes, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        waiting_test(memory_freed_between_the_attempt_and_the_sleep_is_not_missed),
        waiting_test(memory_freed_while_an_attempt_fails_is_not_missed),
        waiting_test(a_woken_thread_that_is_suspended_delays_others_by_a_tenth_of_a_second),
        waiting_test(waiters_are_lent_again),
        waiting_test(without_memory_for_a_waiter_the_wait_looks_by_itself),
        waiting_test(threads_that_want_all_of_it_take_turns),
        waiting_test(threads_that_want_more_or_less_all_get_it),
        waiting_test(many_short_storms_end),
        waiting_test(refusals_by_the_system_leave_nobody_behind),
    };
    return cmocka_run_group_tests_name("waiting_storms", tests, NULL, NULL);
}
