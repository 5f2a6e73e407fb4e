/* Waiting for memory. The clock of the simulated system stands still unless a test moves it, so whatever ends without that
 * was woken; and who slept on was not woken, which the system counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "budget.h"
#include "sim_os.h"
#include "sim_thread.h"

#define PATIENCE_MS 20000u
#define WAITERS 8
#define LIMIT 1000u
#define A_LONG_TIME 1000000u
#define UNENDED 0xdddddddd

struct scene;

/* A thread that wants memory. */
typedef struct waiter {
    struct scene *scene;
    UINT64 bytes;
    EMemoryCriticalLevel level;
    UINT32 timeout_ms;
    unsigned group;         /* by which it is cancelled */
    sim_gate *second_try;   /* NULL, or what the second attempt waits for to begin */
    sim_gate *first_failure; /* NULL, or what the first attempt opens when it has failed, to end when go_on opens */
    sim_gate *go_on;
    void *thread;
    _Atomic UINT32 attempts;
    _Atomic UINT32 result;
} waiter;

typedef struct scene {
    sim_os *sim;
    hostmem_os *os;
    hostmem_budget *budget;
    atomic_bool system_is_full; /* the simulated one has nothing to do with it */
    atomic_bool system_is_wrong;
    atomic_bool cancelled[2];
    _Atomic UINT32 attempts;    /* of the storms */
    waiter waiters[WAITERS];
} scene;

static void make_budget(scene *s, const hostmem_budget_config *changes)
{
    hostmem_budget_config config = *changes;
    config.size = sizeof config;
    config.limit_bytes = LIMIT;
    config.low_percent = 90;
    config.neutral_percent = 80;
    config.high_percent = 50;
    hostmem_budget_release(s->budget);
    assert_int_equal(hostmem_budget_make(&config, s->os, &s->budget), 0);
}

static int set_up(void **state)
{
    static const hostmem_budget_config defaults = {.flags = HOSTMEM_NO_PROCESS_OVERDRAFT};
    const sim_os_config config = {.arena_bytes = 0x1000000};
    scene *s = calloc(1, sizeof *s);
    if (!s)
        return -1;
    s->sim = sim_os_create(&config);
    s->os = sim_os_functions(s->sim);
    make_budget(s, &defaults);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    scene *s = *state;
    uint64_t used = atomic_load(&s->budget->charged_bytes);
    BOOL clean;
    if (sim_os_threads_running(s->sim)) { /* the test has failed */
        atomic_store(&s->cancelled[0], true);
        atomic_store(&s->cancelled[1], true);
        hostmem_waiting_wake_all(&s->budget->waiting);
        if (!sim_os_await_threads_running(s->sim, 0, PATIENCE_MS))
            return -1;
    }
    sim_os_set_hooks(s->sim, 0, NULL, NULL, NULL);
    sim_os_fail(s->sim, 0, 0, 0, 0);
    hostmem_budget_release(s->budget);
    clean = sim_os_check(s->sim, NULL) && used == 0;
    sim_os_destroy(s->sim);
    free(s);
    return clean ? 0 : -1;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* ---- Waiters ---- */

static UINT32 ask(waiter *self)
{
    scene *s = self->scene;
    if (atomic_load(&s->system_is_wrong))
        return ERROR_INVALID_PARAMETER;
    if (!hostmem_budget_charge(s->budget, self->bytes, self->level))
        return ERROR_COMMITMENT_LIMIT;
    if (!atomic_load(&s->system_is_full))
        return 0;
    hostmem_budget_undo(s->budget, self->bytes);
    return ERROR_NOT_ENOUGH_MEMORY;
}

static UINT32 attempt(void *context)
{
    waiter *self = context;
    UINT32 number = atomic_fetch_add(&self->attempts, 1) + 1, error;
    if (number == 2 && self->second_try)
        sim_gate_pass(self->second_try, SIM_NO_TIMEOUT);
    error = ask(self);
    if (number == 1 && self->first_failure) {
        sim_gate_open(self->first_failure);
        sim_gate_pass(self->go_on, SIM_NO_TIMEOUT);
    }
    return error;
}

static bool is_cancelled(void *context)
{
    const waiter *self = context;
    return atomic_load(&self->scene->cancelled[self->group]);
}

static void wait_for_memory(void *context)
{
    waiter *self = context;
    const hostmem_wish wish = {
        .bytes = self->bytes,
        .level = self->level,
        .timeout_ms = self->timeout_ms,
        .attempt = attempt,
        .cancelled = is_cancelled,
        .context = self,
        .cancel_context = self,
    };
    atomic_store(&self->result, hostmem_waiting_try(&self->scene->budget->waiting, &wish));
}

/* Starts waiter i at a level; fields that differ from the usual have been set. */
static waiter *run_at(scene *s, unsigned i, UINT64 bytes, EMemoryCriticalLevel level)
{
    waiter *self = &s->waiters[i];
    self->scene = s;
    self->bytes = bytes;
    self->level = level;
    if (!self->timeout_ms)
        self->timeout_ms = A_LONG_TIME;
    atomic_store(&self->attempts, 0);
    atomic_store(&self->result, UNENDED);
    assert_int_equal(s->os->thread_start(s->os, wait_for_memory, self, &self->thread), 0);
    return self;
}

/* The same, and it sleeps when this returns. */
static waiter *start_at(scene *s, unsigned i, UINT64 bytes, EMemoryCriticalLevel level)
{
    UINT32 waiting = sim_os_waiting(s->sim);
    waiter *self = run_at(s, i, bytes, level);
    assert_true(sim_os_await_waiting(s->sim, waiting + 1, PATIENCE_MS));
    return self;
}

static waiter *start(scene *s, unsigned i, UINT64 bytes)
{
    return start_at(s, i, bytes, eTaskCritical);
}

/* Waits for the end of a waiter, which must not need any help. */
static void ends_with(waiter *self, UINT32 error)
{
    assert_true(self->scene->os->thread_join(self->scene->os, self->thread, PATIENCE_MS));
    assert_int_equal(self->result, error);
}

/* All who have been woken have either ended or sleep again, which is the given number. */
static void sleeping_are(scene *s, UINT32 count)
{
    assert_true(sim_os_await_waiting(s->sim, count, PATIENCE_MS));
}

/* How many wake-ups there have been by those who freed. */
static void wakes_are(scene *s, UINT64 count)
{
    sim_os_wakes wakes;
    sim_os_count_wakes(s->sim, &wakes);
    assert_int_equal(wakes.by_event + wakes.at_once, count);
}

static void take(scene *s, UINT64 bytes)
{
    hostmem_budget_force(s->budget, bytes);
}

static void give_back(scene *s, UINT64 bytes)
{
    hostmem_budget_refund(s->budget, bytes);
}

/* ---- Who is woken ---- */

static void room_for_one_wakes_the_longest_waiting_alone(void **state)
{
    scene *s = *state;
    waiter *waiters[WAITERS];
    unsigned i, j;
    take(s, LIMIT);
    for (i = 0; i < WAITERS; i++)
        waiters[i] = start(s, i, 100);
    for (i = 0; i < WAITERS; i++) {
        give_back(s, 100);
        ends_with(waiters[i], 0);
        sleeping_are(s, WAITERS - 1 - i);
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
        waiters[i] = start(s, i, 100);
    give_back(s, 300);
    for (i = 0; i < 3; i++)
        ends_with(waiters[i], 0);
    sleeping_are(s, 2);
    wakes_are(s, 3);
    give_back(s, 250);
    ends_with(waiters[3], 0);
    ends_with(waiters[4], 0);
    wakes_are(s, 5);
    give_back(s, LIMIT - 50);
}

static void who_wants_too_much_is_not_woken_and_blocks_nobody(void **state)
{
    scene *s = *state;
    waiter *big, *modest, *middle;
    take(s, LIMIT);
    big = start(s, 0, 500);
    middle = start(s, 1, 200);
    modest = start(s, 2, 100);
    give_back(s, 100);
    ends_with(modest, 0);
    give_back(s, 250);
    ends_with(middle, 0);
    sleeping_are(s, 1);
    assert_int_equal(big->attempts, 1);
    wakes_are(s, 2);
    give_back(s, 450);
    ends_with(big, 0);
    wakes_are(s, 3);
    give_back(s, LIMIT);
}

static void what_one_leaves_goes_to_the_next_whom_it_is_enough_for(void **state)
{
    scene *s = *state;
    waiter *first, *too_big, *last;
    take(s, LIMIT);
    first = start(s, 0, 100);
    too_big = start(s, 1, 200);
    last = start(s, 2, 150);
    give_back(s, 250);
    ends_with(first, 0);
    ends_with(last, 0);
    sleeping_are(s, 1);
    assert_int_equal(too_big->attempts, 1);
    give_back(s, 200);
    ends_with(too_big, 0);
    give_back(s, LIMIT);
}

static void who_finds_too_little_left_hands_it_on(void **state)
{
    scene *s = *state;
    sim_gate *gate = sim_gate_create();
    waiter *late, *other;
    take(s, LIMIT);
    s->waiters[0].second_try = gate;
    late = start(s, 0, 100);
    other = start(s, 1, 50);
    give_back(s, 100);
    take(s, 50); /* a newcomer is faster than who was woken */
    sim_gate_open(gate);
    ends_with(other, 0);
    sleeping_are(s, 1);
    give_back(s, 100);
    ends_with(late, 0);
    give_back(s, LIMIT);
    sim_gate_destroy(gate);
}

static void newcomers_queue_up_behind_the_others(void **state)
{
    scene *s = *state;
    waiter *first, *second, *third;
    take(s, LIMIT);
    first = start(s, 0, 100);
    second = start(s, 1, 100);
    give_back(s, 100);
    ends_with(first, 0);
    third = start(s, 2, 100);
    give_back(s, 100);
    ends_with(second, 0);
    sleeping_are(s, 1);
    assert_int_equal(third->attempts, 1);
    give_back(s, 100);
    ends_with(third, 0);
    give_back(s, LIMIT);
}

static void levels_do_not_keep_each_others_room(void **state)
{
    static const hostmem_budget_config reserves = {
        .flags = HOSTMEM_NO_PROCESS_OVERDRAFT, .app_domain_reserve_bytes = 200, .process_reserve_bytes = 100};
    scene *s = *state;
    waiter *task, *domain, *process;
    make_budget(s, &reserves);
    take(s, LIMIT);
    task = start_at(s, 0, 50, eTaskCritical);
    domain = start_at(s, 1, 50, eAppDomainCritical);
    process = start_at(s, 2, 50, eProcessCritical);
    give_back(s, 50);
    ends_with(process, 0);
    give_back(s, 150); /* 850: the domain's limit is 900 */
    ends_with(domain, 0);
    sleeping_are(s, 1);
    assert_int_equal(task->attempts, 1);
    wakes_are(s, 2);
    give_back(s, 250); /* 650: the task's is 700 */
    ends_with(task, 0);
    wakes_are(s, 3);
    give_back(s, 700);
}

static void a_higher_limit_wakes(void **state)
{
    scene *s = *state;
    hostmem_budget_config config = {.size = sizeof config, .limit_bytes = LIMIT + 200};
    waiter *first, *second;
    take(s, LIMIT);
    first = start(s, 0, 100);
    second = start(s, 1, 150);
    assert_true(hostmem_budget_set_limit(s->budget, LIMIT + 100));
    ends_with(first, 0);
    sleeping_are(s, 1);
    assert_int_equal(hostmem_budget_configure(s->budget, &config), S_OK);
    sleeping_are(s, 1);
    assert_true(hostmem_budget_set_limit(s->budget, 0));
    ends_with(second, 0);
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
    self = start(s, 0, 100);
    for (i = 0; i < 4; i++) {
        sim_os_advance(s->sim, steps_ms[i]);
        sleeping_are(s, 1);
        assert_int_equal(self->attempts, attempts[i]);
    }
    sim_os_advance(s->sim, 1);
    ends_with(self, ERROR_TIMEOUT);
    assert_int_equal(self->attempts, 4); /* a last one when time is up */
    give_back(s, LIMIT);
}

static void a_last_attempt_can_succeed(void **state)
{
    scene *s = *state;
    waiter *self;
    s->waiters[0].timeout_ms = 50;
    atomic_store(&s->system_is_full, true);
    self = start(s, 0, 100);
    atomic_store(&s->system_is_full, false);
    sim_os_advance(s->sim, 1000);
    ends_with(self, 0);
    give_back(s, 100);
}

static void an_error_that_is_no_lack_of_memory_ends_the_wait(void **state)
{
    scene *s = *state;
    waiter *self;
    take(s, LIMIT);
    self = start(s, 0, 100);
    atomic_store(&s->system_is_wrong, true);
    give_back(s, LIMIT);
    ends_with(self, ERROR_INVALID_PARAMETER);
}

static void the_cancelled_leave_and_the_others_sleep_on(void **state)
{
    scene *s = *state;
    waiter *waiters[6];
    unsigned i;
    take(s, LIMIT);
    for (i = 0; i < 6; i++) {
        s->waiters[i].group = i % 2;
        waiters[i] = start(s, i, 100);
    }
    atomic_store(&s->cancelled[1], true);
    hostmem_waiting_wake_all(&s->budget->waiting);
    for (i = 1; i < 6; i += 2)
        ends_with(waiters[i], ERROR_OPERATION_ABORTED);
    sleeping_are(s, 3);
    for (i = 0; i < 6; i += 2)
        assert_int_equal(waiters[i]->attempts, 2);
    give_back(s, 100);
    ends_with(waiters[0], 0);
    atomic_store(&s->cancelled[0], true);
    hostmem_waiting_wake_all(&s->budget->waiting);
    ends_with(waiters[2], ERROR_OPERATION_ABORTED);
    ends_with(waiters[4], ERROR_OPERATION_ABORTED);
    give_back(s, LIMIT);
}

/* ---- Waiting for the system, which announces nothing ---- */

static void memory_of_the_system_is_found_in_a_tenth_of_a_second(void **state)
{
    scene *s = *state;
    waiter *self;
    atomic_store(&s->system_is_full, true);
    self = start(s, 0, 100);
    atomic_store(&s->system_is_full, false);
    sim_os_advance(s->sim, 99);
    sleeping_are(s, 1);
    assert_int_equal(self->attempts, 1);
    sim_os_advance(s->sim, 1);
    ends_with(self, 0);
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
        waiters[i] = start(s, i, 100);
    for (i = 0; i < 3; i++)
        assert_int_equal(waiters[i]->attempts, 1);
    give_back(s, 10); /* somebody freed: one tries and hands on to the next, once round */
    sleeping_are(s, 3);
    for (i = 0; i < 3; i++)
        assert_int_equal(waiters[i]->attempts, 2);
    wakes_are(s, 3);
    atomic_store(&s->system_is_full, false);
    sim_os_advance(s->sim, 100);
    for (i = 0; i < 3; i++)
        ends_with(waiters[i], 0);
    give_back(s, 790);
}

static void who_was_misled_by_a_claim_in_vain_is_woken_when_that_is_undone(void **state)
{
    scene *s = *state;
    waiter *self;
    take(s, LIMIT - 100);
    assert_true(hostmem_budget_charge(s->budget, 100, eTaskCritical));
    self = start(s, 0, 100);
    hostmem_budget_undo(s->budget, 100);
    ends_with(self, 0);
    give_back(s, LIMIT);
}

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
    big = start(s, 0, 500);
    atomic_store(&stop.armed, true);
    sim_os_set_hooks(s->sim, SIM_SET(SIM_WAIT), stop_once, NULL, &stop);
    modest = run_at(s, 1, 100, eTaskCritical);
    assert_true(sim_gate_pass(stop.stopped, PATIENCE_MS));
    give_back(s, 100); /* it has tried, and does not sleep yet */
    hostmem_waiting_wake_all(&s->budget->waiting); /* the big one looks, and sleeps again */
    sleeping_are(s, 1);
    sim_gate_open(stop.go_on);
    ends_with(modest, 0);
    sleeping_are(s, 1);
    give_back(s, LIMIT);
    ends_with(big, 0);
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
    run_at(s, 0, 100, eTaskCritical);
    assert_true(sim_gate_pass(self->first_failure, PATIENCE_MS));
    give_back(s, 100);
    sim_gate_open(self->go_on);
    ends_with(self, 0);
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
    suspended = start(s, 0, 100);
    other = start(s, 1, 100);
    give_back(s, 100);
    sleeping_are(s, 1);
    sim_os_advance(s->sim, 100);
    ends_with(other, 0);
    sim_gate_open(gate);
    sleeping_are(s, 1);
    give_back(s, 100);
    ends_with(suspended, 0);
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
        waiter *self = start(s, 0, 100);
        give_back(s, 100);
        ends_with(self, 0);
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
        self = start(s, 0, 100);
        assert_int_equal(sim_os_failed(s->sim), 1);
        give_back(s, 100);
        sleeping_are(s, 1);
        assert_int_equal(self->attempts, 1);
        sim_os_advance(s->sim, 100);
        ends_with(self, 0);
    }
    give_back(s, LIMIT);
}

/* ---- Storms, with the clock standing still: one lost wake-up and they never end ---- */

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
        wait_for_memory(&one);
        self->mistakes += one.result != 0 || atomic_load(&s->budget->charged_bytes) > LIMIT;
        atomic_fetch_add(&s->attempts, one.attempts);
        for (hold = next_random(&self->seed) % 4; hold; hold--)
            sim_thread_yield();
        hostmem_budget_refund(s->budget, one.bytes);
    }
}

/* All threads sleep before the first may run. */
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
    sleeping_are(s, threads);
    give_back(s, rest);
    for (i = 0; i < threads; i++) {
        assert_true(s->os->thread_join(s->os, runners[i].thread, PATIENCE_MS));
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
        assert_true(s->os->thread_join(s->os, runners[i].thread, PATIENCE_MS));
        assert_int_equal(runners[i].mistakes, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(room_for_one_wakes_the_longest_waiting_alone),
        TEST(room_for_three_wakes_three),
        TEST(who_wants_too_much_is_not_woken_and_blocks_nobody),
        TEST(what_one_leaves_goes_to_the_next_whom_it_is_enough_for),
        TEST(who_finds_too_little_left_hands_it_on),
        TEST(newcomers_queue_up_behind_the_others),
        TEST(levels_do_not_keep_each_others_room),
        TEST(a_higher_limit_wakes),
        TEST(a_wait_ends_with_its_time),
        TEST(a_last_attempt_can_succeed),
        TEST(an_error_that_is_no_lack_of_memory_ends_the_wait),
        TEST(the_cancelled_leave_and_the_others_sleep_on),
        TEST(memory_of_the_system_is_found_in_a_tenth_of_a_second),
        TEST(who_waits_for_the_system_tries_no_more_than_there_is_reason_to),
        TEST(who_was_misled_by_a_claim_in_vain_is_woken_when_that_is_undone),
        TEST(memory_freed_between_the_attempt_and_the_sleep_is_not_missed),
        TEST(memory_freed_while_an_attempt_fails_is_not_missed),
        TEST(a_woken_thread_that_is_suspended_delays_others_by_a_tenth_of_a_second),
        TEST(waiters_are_lent_again),
        TEST(without_memory_for_a_waiter_the_wait_looks_by_itself),
        TEST(threads_that_want_all_of_it_take_turns),
        TEST(threads_that_want_more_or_less_all_get_it),
        TEST(many_short_storms_end),
        TEST(refusals_by_the_system_leave_nobody_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
