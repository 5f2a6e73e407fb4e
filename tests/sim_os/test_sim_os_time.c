/* Time, events, signals and threads of the simulated operating system. The tests' threads are started by the
 * simulated system, and the tests wait for numbers of threads, never for a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "late_clock.h"
#include "sim_os.h"
#include "sim_thread.h"

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])
#define WORKERS 4

/* A thread that waits `rounds` times and records in which order its waits ended. */
typedef struct worker {
    struct machine *machine;
    void *event;
    UINT32 signals;
    UINT32 timeout_ms;
    UINT32 rounds;
    void *thread;
    _Atomic UINT32 turns;     /* how many waits have ended */
    _Atomic UINT32 last_turn; /* the number among all ended waits of its last one; 0: none */
} worker;

typedef struct machine {
    sim_os *sim;
    hostmem_os *os;
    void *event;
    _Atomic UINT32 turns;
    worker workers[WORKERS];
} machine;

static int set_up(void **state)
{
    static machine m;
    memset(&m, 0, sizeof m);
    const sim_os_config config = {.arena_bytes = 0x100000};
    m.sim = sim_os_create(&config);
    m.os = sim_os_functions(m.sim);
    *state = &m;
    return m.os->event_create(m.os, &m.event) != 0;
}

static int tear_down(void **state)
{
    machine *m = *state;
    m->os->event_destroy(m->os, m->event);
    int result = sim_os_check(m->sim, NULL) ? 0 : -1;
    sim_os_destroy(m->sim);
    return result;
}

static void work(void *context)
{
    worker *self = context;
    hostmem_os *os = self->machine->os;
    for (UINT32 round = 0; round < self->rounds; round++) {
        os->wait(os, self->event, self->signals, self->timeout_ms);
        atomic_store(&self->last_turn, atomic_fetch_add(&self->machine->turns, 1) + 1);
        atomic_fetch_add(&self->turns, 1);
    }
}

/* Starts worker i, and returns when it is blocked in its wait. */
static worker *start_worker(machine *m, unsigned i, UINT32 signals, UINT32 timeout_ms)
{
    worker *self = &m->workers[i];
    UINT32 waiting = sim_os_waiting(m->sim);
    *self = (worker){.machine = m, .event = m->event, .signals = signals, .timeout_ms = timeout_ms, .rounds = 1};
    assert_int_equal(m->os->thread_start(m->os, work, self, &self->thread), 0);
    assert_true(sim_os_await_waiting(m->sim, waiting + 1, SIM_PATIENCE_MS));
    return self;
}

static void end_worker(machine *m, worker *self)
{
    assert_true(m->os->thread_join(m->os, self->thread, SIM_PATIENCE_MS));
    assert_int_equal(self->turns, self->rounds);
}

static sim_os_wakes wakes_of(machine *m)
{
    sim_os_wakes wakes;
    sim_os_count_wakes(m->sim, &wakes);
    return wakes;
}

static void the_clock_moves_only_when_told(void **state)
{
    machine *m = *state;
    UINT64 start = m->os->now_ms(m->os);
    assert_true(start > 0 && start < UINT32_MAX && UINT32_MAX - start < 10000);
    assert_int_equal(m->os->now_ms(m->os), start);
    sim_os_advance(m->sim, 7);
    assert_int_equal(m->os->now_ms(m->os), start + 7);
    sim_os_advance(m->sim, 0x200000000u);
    assert_int_equal(m->os->now_ms(m->os), start + 7 + 0x200000000u);
}

static void a_set_event_ends_one_wait_at_once(void **state)
{
    machine *m = *state;
    m->os->event_set(m->os, m->event);
    m->os->event_set(m->os, m->event);
    m->os->wait(m->os, m->event, 0, HMI_WAIT_FOREVER);
    assert_int_equal(wakes_of(m).at_once, 1);
    worker *self = start_worker(m, 0, 0, HMI_WAIT_FOREVER);
    m->os->event_set(m->os, m->event);
    end_worker(m, self);
    assert_int_equal(wakes_of(m).by_event, 1);
}

static void a_wait_of_no_time_does_not_block_and_consumes(void **state)
{
    machine *m = *state;
    m->os->wait(m->os, m->event, HMI_SIGNAL_LOW, 0);
    m->os->event_set(m->os, m->event);
    m->os->wait(m->os, m->event, 0, 0);
    worker *self = start_worker(m, 0, 0, 5);
    sim_os_advance(m->sim, 5);
    end_worker(m, self);
    assert_int_equal(wakes_of(m).at_once, 2);
}

static void an_event_goes_to_the_longest_waiting_alone(void **state)
{
    machine *m = *state;
    worker *selves[WORKERS];
    for (unsigned i = 0; i < WORKERS; i++) {
        selves[i] = start_worker(m, i, 0, HMI_WAIT_FOREVER);
    }
    for (unsigned i = 0; i < WORKERS; i++) {
        m->os->event_set(m->os, m->event);
        assert_int_equal(sim_os_waiting(m->sim), WORKERS - 1 - i);
        end_worker(m, selves[i]);
        assert_int_equal(selves[i]->last_turn, i + 1);
    }
    assert_int_equal(wakes_of(m).by_event, WORKERS);
    assert_int_equal(wakes_of(m).at_once, 0);
}

static void nobody_steals_an_event_that_was_handed_over(void **state)
{
    machine *m = *state;
    worker *first = start_worker(m, 0, 0, HMI_WAIT_FOREVER);
    m->os->event_set(m->os, m->event);
    worker *second = start_worker(m, 1, 0, HMI_WAIT_FOREVER); /* it finds the event unset, however late the first
                                                               * one runs */
    end_worker(m, first);
    assert_int_equal(second->turns, 0);
    m->os->event_set(m->os, m->event);
    end_worker(m, second);
}

static void each_event_wakes_its_own(void **state)
{
    machine *m = *state;
    void *mine = m->event, *other;
    assert_int_equal(m->os->event_create(m->os, &other), 0);
    worker *first = start_worker(m, 0, 0, HMI_WAIT_FOREVER);
    m->event = other;
    worker *second = start_worker(m, 1, 0, HMI_WAIT_FOREVER);
    m->event = mine;
    m->os->event_set(m->os, other);
    end_worker(m, second);
    assert_int_equal(first->turns, 0);
    m->os->event_set(m->os, mine);
    end_worker(m, first);
    m->os->event_destroy(m->os, other);
}

static void waits_end_with_their_time(void **state)
{
    machine *m = *state;
    worker *late = start_worker(m, 0, 0, 200);
    worker *early = start_worker(m, 1, 0, 100);
    worker *never = start_worker(m, 2, 0, HMI_WAIT_FOREVER);
    sim_os_advance(m->sim, 99);
    assert_int_equal(sim_os_waiting(m->sim), 3);
    sim_os_advance(m->sim, 1);
    assert_int_equal(sim_os_waiting(m->sim), 2);
    end_worker(m, early);
    sim_os_advance(m->sim, 0x1000000000u);
    end_worker(m, late);
    assert_int_equal(sim_os_waiting(m->sim), 1);
    assert_int_equal(wakes_of(m).by_time, 2);
    sim_os_wake_all(m->sim);
    end_worker(m, never);
    assert_int_equal(wakes_of(m).for_no_reason, 1);
}

static void signals_release_all_who_wait_for_them(void **state)
{
    machine *m = *state;
    worker *low = start_worker(m, 0, HMI_SIGNAL_LOW, HMI_WAIT_FOREVER);
    worker *both = start_worker(m, 1, HMI_SIGNAL_LOW | HMI_SIGNAL_HIGH, HMI_WAIT_FOREVER);
    worker *none = start_worker(m, 2, 0, HMI_WAIT_FOREVER);
    worker *high = start_worker(m, 3, HMI_SIGNAL_HIGH, HMI_WAIT_FOREVER);
    assert_int_equal(m->os->memory_signals(m->os, NULL), 0);
    sim_os_set_signals(m->sim, HMI_SIGNAL_HIGH);
    assert_int_equal(m->os->memory_signals(m->os, NULL), HMI_SIGNAL_HIGH);
    end_worker(m, both);
    end_worker(m, high);
    m->os->wait(m->os, m->event, HMI_SIGNAL_HIGH, HMI_WAIT_FOREVER); /* it is raised: no blocking */
    assert_int_equal(sim_os_waiting(m->sim), 2);
    sim_os_set_signals(m->sim, HMI_SIGNAL_LOW);
    end_worker(m, low);
    sim_os_set_signals(m->sim, 0);
    assert_int_equal(none->turns, 0);
    sim_os_wake_all(m->sim);
    end_worker(m, none);
    assert_int_equal(wakes_of(m).by_signal, 3);
    assert_int_equal(wakes_of(m).at_once, 1);
}

static void a_signal_leaves_the_event_alone(void **state)
{
    machine *m = *state;
    sim_os_set_signals(m->sim, HMI_SIGNAL_LOW);
    m->os->wait(m->os, m->event, HMI_SIGNAL_LOW, HMI_WAIT_FOREVER);
    m->os->event_set(m->os, m->event);
    m->os->wait(m->os, m->event, HMI_SIGNAL_LOW, HMI_WAIT_FOREVER); /* the event comes first and is consumed */
    worker *self = start_worker(m, 0, HMI_SIGNAL_HIGH, 10);
    sim_os_advance(m->sim, 10);
    end_worker(m, self);
}

static void await_gives_up_when_the_number_does_not_come(void **state)
{
    machine *m = *state;
    assert_true(sim_os_await_waiting(m->sim, 0, 0));
    assert_false(sim_os_await_waiting(m->sim, 1, 20));
    assert_false(sim_os_await_threads_running(m->sim, 1, 20));
    worker *self = start_worker(m, 0, 0, HMI_WAIT_FOREVER);
    assert_false(sim_os_await_waiting(m->sim, 2, 20));
    assert_int_equal(sim_os_threads_running(m->sim), 1);
    m->os->event_set(m->os, m->event);
    assert_true(sim_os_await_threads_running(m->sim, 0, SIM_PATIENCE_MS));
    end_worker(m, self);
}

static void join_waits_for_the_end_no_longer_than_allowed(void **state)
{
    machine *m = *state;
    worker *self = start_worker(m, 0, 0, HMI_WAIT_FOREVER);
    sim_os_totals totals;
    late_clock clock;
    late_clock_start(&clock, m->sim, TRUE, 1, 20);
    assert_false(m->os->thread_join(m->os, self->thread, 20));
    assert_true(late_clock_stop(&clock));
    assert_int_equal(sim_os_joining(m->sim), 0);
    sim_os_total(m->sim, &totals);
    assert_int_equal(totals.threads, 1); /* still running, though its handle is gone */
    assert_false(sim_os_check(m->sim, NULL));
    m->os->event_set(m->os, m->event);
    assert_true(sim_os_await_threads_running(m->sim, 0, SIM_PATIENCE_MS));
    sim_os_total(m->sim, &totals);
    assert_int_equal(totals.threads, 0);
}

static void join_of_a_running_thread_with_no_time_gives_up_at_once(void **state)
{
    machine *m = *state;
    worker *self = start_worker(m, 0, 0, HMI_WAIT_FOREVER);
    assert_false(m->os->thread_join(m->os, self->thread, 0));
    m->os->event_set(m->os, m->event);
    assert_true(sim_os_await_threads_running(m->sim, 0, SIM_PATIENCE_MS));
}

static void end_when_waited_for(void *context)
{
    machine *m = context;
    if (sim_os_await_joining(m->sim, 1, SIM_PATIENCE_MS))
        m->os->event_set(m->os, m->event);
}

static void join_ends_with_the_thread_though_the_clock_stands_still(void **state)
{
    machine *m = *state;
    worker *self = start_worker(m, 0, 0, HMI_WAIT_FOREVER);
    sim_thread *other = sim_thread_start(end_when_waited_for, m);
    assert_true(m->os->thread_join(m->os, self->thread, 20));
    sim_thread_join(other);
}

static void an_ended_thread_counts_until_its_handle_is_given_up(void **state)
{
    machine *m = *state;
    worker *self = start_worker(m, 0, 0, 1);
    sim_os_totals totals;
    sim_os_advance(m->sim, 1);
    assert_true(sim_os_await_threads_running(m->sim, 0, SIM_PATIENCE_MS));
    sim_os_total(m->sim, &totals);
    assert_int_equal(totals.threads, 1);
    end_worker(m, self);
    sim_os_total(m->sim, &totals);
    assert_int_equal(totals.threads, 0);
}

static void note_id(void *context)
{
    worker *self = context;
    atomic_store(&self->turns, self->machine->os->thread_id(self->machine->os));
}

static void threads_have_ids_of_their_own(void **state)
{
    machine *m = *state;
    UINT32 mine = m->os->thread_id(m->os), other;
    void *thread;
    m->workers[0].machine = m;
    assert_int_equal(m->os->thread_start(m->os, note_id, &m->workers[0], &thread), 0);
    assert_true(m->os->thread_join(m->os, thread, SIM_PATIENCE_MS));
    other = m->workers[0].turns;
    assert_int_not_equal(mine, 0);
    assert_int_not_equal(other, 0);
    assert_int_not_equal(mine, other);
    assert_int_equal(m->os->thread_id(m->os), mine);
}

static void events_and_threads_can_be_refused(void **state)
{
    machine *m = *state;
    void *out = m;
    sim_os_fail(m->sim, SIM_ALL_KINDS, 0, SIM_FOREVER, 1450);
    assert_int_equal(m->os->event_create(m->os, &out), 1450);
    assert_int_equal(m->os->thread_start(m->os, note_id, m, &out), 1450);
    assert_int_equal(m->os->get_last_error(m->os), 1450);
    assert_ptr_equal(out, m);
    m->os->event_set(m->os, m->event); /* these cannot fail */
    m->os->wait(m->os, m->event, 0, HMI_WAIT_FOREVER);
    assert_int_equal(sim_os_failed(m->sim), 2);
    sim_os_fail(m->sim, 0, 0, 0, 0);
}

typedef struct call_log {
    sim_os_call calls[4];
    unsigned count;
} call_log;

static void note_call(void *context, const sim_os_call *call)
{
    call_log *log = context;
    if (log->count < LENGTH(log->calls)) {
        log->calls[log->count] = *call;
    }
    log->count++;
}

static void calls_pass_hooks_and_are_counted(void **state)
{
    machine *m = *state;
    call_log log = {.count = 0};
    void *event;
    sim_os_reset_calls(m->sim);
    sim_os_set_hooks(m->sim, SIM_SET(SIM_EVENT_CREATE) | SIM_SET(SIM_EVENT_SET) | SIM_SET(SIM_WAIT), NULL, note_call,
                     &log);
    assert_int_equal(m->os->event_create(m->os, &event), 0);
    m->os->event_set(m->os, event);
    m->os->wait(m->os, event, HMI_SIGNAL_HIGH, 123);
    m->os->event_destroy(m->os, event);
    sim_os_set_hooks(m->sim, 0, NULL, NULL, NULL);
    assert_int_equal(log.count, 3);
    assert_ptr_equal(log.calls[0].result, event);
    assert_ptr_equal(log.calls[1].address, event);
    assert_int_equal(log.calls[2].kind, SIM_WAIT);
    assert_ptr_equal(log.calls[2].address, event);
    assert_int_equal(log.calls[2].type, HMI_SIGNAL_HIGH);
    assert_int_equal(log.calls[2].timeout_ms, 123);
    assert_int_equal(sim_os_calls(m->sim, SIM_EVENT_CREATE), 1);
    assert_int_equal(sim_os_calls(m->sim, SIM_EVENT_DESTROY), 1);
    assert_int_equal(sim_os_calls(m->sim, SIM_EVENT_SET), 1);
    assert_int_equal(sim_os_calls(m->sim, SIM_WAIT), 1);
}

static void real_time_passes_by_itself(void **state)
{
    (void)state;
    const sim_os_config config = {.arena_bytes = 0x100000, .real_time = TRUE};
    sim_os *sim = sim_os_create(&config);
    hostmem_os *os = sim_os_functions(sim);
    sim_os_wakes wakes;
    void *event;
    UINT64 start = os->now_ms(os), elapsed;
    assert_int_not_equal(start, 0);
    assert_int_equal(os->event_create(os, &event), 0);
    os->wait(os, event, 0, 50);
    elapsed = os->now_ms(os) - start;
    assert_true(elapsed >= 30);
    os->event_set(os, event);
    os->wait(os, event, 0, HMI_WAIT_FOREVER);
    sim_os_count_wakes(sim, &wakes);
    assert_int_equal(wakes.by_time, 1);
    assert_int_equal(wakes.at_once, 1);
    os->event_destroy(os, event);
    assert_true(sim_os_check(sim, NULL));
    sim_os_destroy(sim);
}

/* Passes a token round a ring of events as fast as it can: a lost or doubled wake-up shows. */
enum { RING_ROUNDS = 2000 };

typedef struct ring_member {
    hostmem_os *os;
    void *mine, *next;
    _Atomic UINT32 *token;
    UINT32 place;
    UINT32 mistakes;
} ring_member;

static void pass_token(void *context)
{
    ring_member *self = context;
    for (UINT32 round = 0; round < RING_ROUNDS; round++) {
        self->os->wait(self->os, self->mine, 0, HMI_WAIT_FOREVER);
        self->mistakes += atomic_fetch_add(self->token, 1) != round * WORKERS + self->place;
        self->os->event_set(self->os, self->next);
    }
}

static void no_wake_up_is_lost_or_doubled(void **state)
{
    machine *m = *state;
    void *events[WORKERS], *threads[WORKERS];
    ring_member members[WORKERS];
    _Atomic UINT32 token = 0;
    for (unsigned i = 0; i < WORKERS; i++) {
        assert_int_equal(m->os->event_create(m->os, &events[i]), 0);
    }
    for (unsigned i = 0; i < WORKERS; i++) {
        members[i] = (ring_member){m->os, events[i], events[(i + 1) % WORKERS], &token, i, 0};
        assert_int_equal(m->os->thread_start(m->os, pass_token, &members[i], &threads[i]), 0);
    }
    m->os->event_set(m->os, events[0]);
    for (unsigned i = 0; i < WORKERS; i++) {
        assert_true(m->os->thread_join(m->os, threads[i], SIM_PATIENCE_MS));
        assert_int_equal(members[i].mistakes, 0);
    }
    for (unsigned i = 0; i < WORKERS; i++) {
        m->os->event_destroy(m->os, events[i]);
    }
    assert_int_equal(token, RING_ROUNDS * WORKERS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_clock_moves_only_when_told),
        TEST(a_set_event_ends_one_wait_at_once),
        TEST(a_wait_of_no_time_does_not_block_and_consumes),
        TEST(an_event_goes_to_the_longest_waiting_alone),
        TEST(nobody_steals_an_event_that_was_handed_over),
        TEST(each_event_wakes_its_own),
        TEST(waits_end_with_their_time),
        TEST(signals_release_all_who_wait_for_them),
        TEST(a_signal_leaves_the_event_alone),
        TEST(await_gives_up_when_the_number_does_not_come),
        TEST(join_waits_for_the_end_no_longer_than_allowed),
        TEST(join_of_a_running_thread_with_no_time_gives_up_at_once),
        TEST(join_ends_with_the_thread_though_the_clock_stands_still),
        TEST(an_ended_thread_counts_until_its_handle_is_given_up),
        TEST(threads_have_ids_of_their_own),
        TEST(events_and_threads_can_be_refused),
        TEST(calls_pass_hooks_and_are_counted),
        TEST(real_time_passes_by_itself),
        TEST(no_wake_up_is_lost_or_doubled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
