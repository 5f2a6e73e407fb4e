/* The notification thread: what it tells the CLR, and when, and that a callback's references are exact whatever the
 * callback does. The clock is simulated; when the thread sleeps it has finished its work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "late_clock.h"
#include "listening_callback.h"
#include "budget/notifier.h"
#include "sim_os.h"
#include "sim_thread.h"

#define LIMIT 1000u
#define REPEAT_MS 8192u
#define SHORTEST_LOW_MS 1000u

typedef struct scene {
    sim_os *sim;
    hostmem_os *os;
    hostmem_budget *budget;
    hmi_notifier *notifier;
    listening_callback callback; /* not registered yet */
    uint64_t used;
} scene;

static int set_up_with(void **state, UINT64 limit)
{
    const hostmem_budget_config config = {
        .size = sizeof config, .limit_bytes = limit, .low_percent = 90, .neutral_percent = 80, .high_percent = 50};
    const sim_os_config machine = {.arena_bytes = 0x1000000};
    scene *s = calloc(1, sizeof *s);
    if (!s)
        return -1;
    s->sim = sim_os_create(&machine);
    s->os = sim_os_functions(s->sim);
    listening_callback_init(&s->callback, s->os);
    *state = s;
    return hmi_budget_make(&config, s->os, &s->budget) || hmi_notifier_create(s->os, s->budget, &s->notifier) ? -1 : 0;
}

static int set_up(void **state)
{
    return set_up_with(state, LIMIT);
}

static int set_up_without_limit(void **state)
{
    return set_up_with(state, 0);
}

/* Ends the thread, if the test has not, and checks that everything was freed, including references on the scene's
 * callback. */
static int tear_down(void **state)
{
    scene *s = *state;
    BOOL clean;
    sim_os_set_hooks(s->sim, 0, NULL, NULL, NULL);
    sim_os_fail(s->sim, 0, 0, 0, 0);
    if (s->notifier) {
        hmi_notifier_shutdown(s->notifier);
        hmi_notifier_release(s->notifier);
    }
    hostmem_budget_release(s->budget);
    clean = sim_os_await_threads_running(s->sim, 0, SIM_PATIENCE_MS) && sim_os_check(s->sim, NULL) &&
            s->callback.references == 1;
    sim_os_destroy(s->sim);
    free(s);
    return clean ? 0 : -1;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define TEST_WITHOUT_LIMIT(name) cmocka_unit_test_setup_teardown(name, set_up_without_limit, tear_down)

/* ---- Actions and checks ---- */

static void settle(scene *s)
{
    assert_true(sim_os_await_waiting(s->sim, 1, SIM_PATIENCE_MS));
}

static void start(scene *s)
{
    assert_int_equal(hmi_notifier_register(s->notifier, &s->callback.iface), 0);
    settle(s);
}

/* Sets the bytes in use. */
static void use(scene *s, uint64_t bytes)
{
    if (bytes > s->used)
        hmi_budget_force(s->budget, bytes - s->used);
    else
        hmi_budget_refund(s->budget, s->used - bytes);
    s->used = bytes;
    settle(s);
}

static void pass_time(scene *s, UINT64 ms)
{
    sim_os_advance(s->sim, ms);
    settle(s);
}

static void raise_signals(scene *s, UINT32 signals)
{
    sim_os_set_signals(s->sim, signals);
    settle(s);
}

static void refuse(scene *s)
{
    hmi_notifier_refused(s->notifier);
    settle(s);
}

#define heard(scene, letters) assert_string_equal((scene)->callback.kinds, (letters))

/* ---- Low and Neutral ---- */

static void low_comes_when_use_reaches_its_edge(void **state)
{
    scene *s = *state;
    start(s);
    use(s, 899);
    heard(s, "");
    use(s, 900);
    heard(s, "L");
    use(s, 2000);
    heard(s, "L");
}

static void edges_of_a_limit_that_does_not_divide_are_exact(void **state)
{
    /* a limit, and the smallest use of it that is 90 % or more */
    static const uint64_t cases[][2] = {
        {1, 1},   {2, 2},      {9, 9},      {10, 9},
        {11, 10}, {1001, 901}, {1009, 909}, {UINT64_MAX / 2, UINT64_MAX / 2 / 10 * 9 + 7}};
    unsigned i;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        scene *s;
        assert_int_equal(set_up_with(state, cases[i][0]), 0);
        s = *state;
        start(s);
        use(s, cases[i][1] - 1);
        heard(s, "");
        use(s, cases[i][1]);
        heard(s, "L");
        assert_int_equal(tear_down(state), 0);
    }
}

static void low_is_there_before_the_callback(void **state)
{
    scene *s = *state;
    hmi_budget_force(s->budget, 950);
    start(s);
    heard(s, "L");
}

static void low_is_repeated_no_sooner_than_the_clr_acts(void **state)
{
    scene *s = *state;
    unsigned i;
    start(s);
    use(s, 950);
    for (i = 0; i < 3; i++) {
        pass_time(s, REPEAT_MS - 1);
        assert_int_equal(s->callback.heard, i + 1);
        use(s, i % 2 ? 950 : 960);
        refuse(s);
        assert_int_equal(s->callback.heard, i + 1);
        pass_time(s, 1);
        assert_int_equal(s->callback.heard, i + 2);
        assert_int_equal(s->callback.times_ms[i + 1] - s->callback.times_ms[i], REPEAT_MS);
    }
    heard(s, "LLLL");
}

static void neutral_follows_when_use_falls_below_its_edge(void **state)
{
    scene *s = *state;
    start(s);
    use(s, 900);
    pass_time(s, SHORTEST_LOW_MS);
    use(s, 899);
    use(s, 800);
    heard(s, "L");
    use(s, 799);
    heard(s, "LN");
    use(s, 100);
    use(s, 899);
    heard(s, "LN");
    use(s, 900);
    heard(s, "LNL");
}

static void in_between_low_stands_without_being_repeated(void **state)
{
    scene *s = *state;
    start(s);
    use(s, 900);
    use(s, 850);
    pass_time(s, REPEAT_MS);
    pass_time(s, 10 * REPEAT_MS);
    heard(s, "L");
    use(s, 900); /* the last notification was long ago */
    heard(s, "LL");
}

static void low_stands_for_a_second_at_least(void **state)
{
    scene *s = *state;
    start(s);
    use(s, 900);
    use(s, 0);
    pass_time(s, SHORTEST_LOW_MS - 1);
    sim_os_wake_all(s->sim);
    settle(s);
    heard(s, "L");
    pass_time(s, 1);
    heard(s, "LN");
    assert_int_equal(s->callback.times_ms[1] - s->callback.times_ms[0], SHORTEST_LOW_MS);
}

static void the_limit_moves_the_edges(void **state)
{
    scene *s = *state;
    start(s);
    use(s, 500);
    assert_true(hmi_budget_set_limit(s->budget, 500));
    settle(s);
    heard(s, "L");
    pass_time(s, SHORTEST_LOW_MS);
    assert_true(hmi_budget_set_limit(s->budget, 0));
    settle(s);
    heard(s, "LN");
}

static void a_refusal_posts_low_at_once(void **state)
{
    scene *s = *state;
    start(s);
    refuse(s);
    heard(s, "L");
    refuse(s);
    heard(s, "L");
    pass_time(s, SHORTEST_LOW_MS);
    heard(s, "LN");
    refuse(s);
    heard(s, "LNL");
}

static void nobody_hears_of_refusals_before_there_is_a_callback(void **state)
{
    scene *s = *state;
    hmi_notifier_refused(s->notifier);
    assert_int_equal(sim_os_calls(s->sim, SIM_THREAD_START), 0);
    start(s);
    heard(s, "");
}

/* ---- The operating system's signal ---- */

static void high_needs_plenty_and_the_signal(void **state)
{
    scene *s = *state;
    start(s);
    use(s, 499);
    use(s, 100);
    heard(s, "");
    raise_signals(s, HMI_SIGNAL_HIGH);
    heard(s, "H");
    assert_int_equal(hmi_notifier_sent(s->notifier, eMemoryAvailableHigh), 1);
}

static void high_and_neutral_do_not_flap(void **state)
{
    scene *s = *state;
    unsigned i;
    start(s);
    use(s, 600);
    raise_signals(s, HMI_SIGNAL_HIGH);
    heard(s, "");
    use(s, 500);
    heard(s, "");
    use(s, 499);
    heard(s, "H");
    for (i = 0; i < 5; i++) {
        use(s, 500);
        use(s, 799);
        raise_signals(s, 0);
        use(s, 400);
        raise_signals(s, HMI_SIGNAL_HIGH);
    }
    heard(s, "H");
    use(s, 800);
    heard(s, "HN");
    for (i = 0; i < 5; i++) {
        use(s, 500);
        use(s, 899);
    }
    heard(s, "HN");
    use(s, 499);
    heard(s, "HNH");
    use(s, 900);
    heard(s, "HNHL");
    use(s, 0);
    pass_time(s, SHORTEST_LOW_MS);
    heard(s, "HNHLNH"); /* never directly from Low to High */
}

static void a_raised_signal_does_not_keep_the_thread_busy(void **state)
{
    scene *s = *state;
    sim_os_wakes before, after;
    start(s);
    raise_signals(s, HMI_SIGNAL_HIGH);
    use(s, 600);
    sim_os_count_wakes(s->sim, &before);
    pass_time(s, 1000000);
    sim_os_count_wakes(s->sim, &after);
    assert_memory_equal(&before, &after, sizeof before);
    raise_signals(s, HMI_SIGNAL_LOW | HMI_SIGNAL_HIGH);
    heard(s, "HL");
}

static void the_systems_low_alone_is_low(void **state)
{
    scene *s = *state;
    UINT64 off_ms;
    start(s);
    raise_signals(s, HMI_SIGNAL_LOW);
    heard(s, "L");
    pass_time(s, REPEAT_MS - 1);
    heard(s, "L");
    pass_time(s, 1);
    heard(s, "LL");
    pass_time(s, SHORTEST_LOW_MS);
    raise_signals(s, 0);
    off_ms = s->os->now_ms(s->os);
    while (s->callback.heard == 2 && s->os->now_ms(s->os) - off_ms < 2000)
        pass_time(s, 50);
    heard(s, "LLN");
    assert_true(s->callback.times_ms[2] - off_ms <= 500);
    pass_time(s, 100 * REPEAT_MS);
    heard(s, "LLN");
}

static void the_systems_low_holds_neutral_back(void **state)
{
    scene *s = *state;
    start(s);
    use(s, 900);
    raise_signals(s, HMI_SIGNAL_LOW);
    use(s, 0);
    pass_time(s, SHORTEST_LOW_MS);
    pass_time(s, 2000);
    heard(s, "L");
    raise_signals(s, 0);
    pass_time(s, 500);
    heard(s, "LN");
}

static void the_systems_low_repeats_a_low_that_stands(void **state)
{
    scene *s = *state;
    start(s);
    use(s, 900);
    use(s, 850);
    pass_time(s, 3 * REPEAT_MS);
    heard(s, "L");
    raise_signals(s, HMI_SIGNAL_LOW);
    heard(s, "LL");
}

/* ---- Callbacks ---- */

static void what_was_sent_is_counted(void **state)
{
    scene *s = *state;
    start(s);
    use(s, 900);
    pass_time(s, REPEAT_MS);
    use(s, 0);
    pass_time(s, SHORTEST_LOW_MS);
    heard(s, "LLN");
    assert_int_equal(hmi_notifier_sent(s->notifier, eMemoryAvailableLow), 2);
    assert_int_equal(hmi_notifier_sent(s->notifier, eMemoryAvailableNeutral), 1);
    assert_int_equal(hmi_notifier_sent(s->notifier, eMemoryAvailableHigh), 0);
}

static void a_callback_that_fails_goes_on_being_told(void **state)
{
    scene *s = *state;
    s->callback.result = E_FAIL;
    start(s);
    use(s, 900);
    use(s, 0);
    pass_time(s, SHORTEST_LOW_MS);
    heard(s, "LN");
}

static void a_new_callback_hears_how_it_stands(void **state)
{
    scene *s = *state;
    listening_callback second;
    listening_callback_init(&second, s->os);
    start(s);
    use(s, 900);
    assert_int_equal(hmi_notifier_register(s->notifier, &second.iface), 0);
    settle(s);
    assert_int_equal(s->callback.references, 1);
    assert_int_equal(second.references, 2);
    use(s, 0);
    pass_time(s, SHORTEST_LOW_MS);
    heard(s, "L");
    assert_string_equal(second.kinds, "LN");
    hmi_notifier_shutdown(s->notifier);
    assert_int_equal(second.references, 1);
}

static void without_a_callback_nobody_is_told_and_no_time_is_kept(void **state)
{
    scene *s = *state;
    sim_os_wakes before, after;
    start(s);
    use(s, 900);
    assert_int_equal(hmi_notifier_register(s->notifier, NULL), 0);
    settle(s);
    assert_int_equal(s->callback.references, 1);
    sim_os_count_wakes(s->sim, &before);
    pass_time(s, 10 * REPEAT_MS);
    raise_signals(s, HMI_SIGNAL_LOW);
    sim_os_count_wakes(s->sim, &after);
    assert_memory_equal(&before, &after, sizeof before);
    heard(s, "L");
    start(s);
    heard(s, "LL");
    assert_int_equal(sim_os_calls(s->sim, SIM_THREAD_START), 1);
}

static void the_same_callback_again_is_kept_once(void **state)
{
    scene *s = *state;
    unsigned i;
    for (i = 0; i < 3; i++) {
        start(s);
        assert_int_equal(s->callback.references, 2);
    }
    assert_int_equal(hmi_notifier_register(s->notifier, NULL), 0);
    assert_int_equal(hmi_notifier_register(s->notifier, NULL), 0);
    settle(s);
    assert_int_equal(s->callback.references, 1);
}

static void unregister(listening_callback *self, EMemoryAvailable kind)
{
    scene *s = self->act_context;
    (void)kind;
    hmi_notifier_register(s->notifier, NULL);
}

static void a_callback_may_unregister_itself_in_a_notification(void **state)
{
    scene *s = *state;
    s->callback.act = unregister;
    s->callback.act_context = s;
    start(s);
    use(s, 900);
    pass_time(s, 2 * REPEAT_MS);
    heard(s, "L");
    assert_int_equal(s->callback.references, 1);
}

typedef struct succession {
    scene *scene;
    listening_callback *next;
} succession;

static void hand_over(listening_callback *self, EMemoryAvailable kind)
{
    succession *to = self->act_context;
    (void)kind;
    hmi_notifier_register(to->scene->notifier, &to->next->iface);
}

static void a_callback_may_replace_itself_in_a_notification(void **state)
{
    scene *s = *state;
    listening_callback second;
    succession to_second = {s, &second};
    listening_callback_init(&second, s->os);
    s->callback.act = hand_over;
    s->callback.act_context = &to_second;
    start(s);
    use(s, 900);
    heard(s, "L");
    assert_string_equal(second.kinds, "L");
    assert_int_equal(s->callback.references, 1);
    assert_int_equal(second.references, 2);
    hmi_notifier_shutdown(s->notifier);
    assert_int_equal(second.references, 1);
}

static void register_again(listening_callback *self, EMemoryAvailable kind)
{
    scene *s = self->act_context;
    (void)kind;
    if (self->heard < 5)
        hmi_notifier_register(s->notifier, &self->iface);
}

static void a_callback_may_register_itself_again_in_a_notification(void **state)
{
    scene *s = *state;
    s->callback.act = register_again;
    s->callback.act_context = s;
    start(s);
    use(s, 900);
    heard(s, "LLLLL");
    assert_int_equal(s->callback.references, 2);
}

static void shut_down(listening_callback *self, EMemoryAvailable kind)
{
    scene *s = self->act_context;
    (void)kind;
    hmi_notifier_shutdown(s->notifier);
}

static void a_callback_may_shut_down_in_a_notification(void **state)
{
    scene *s = *state;
    s->callback.act = shut_down;
    s->callback.act_context = s;
    start(s);
    hmi_budget_force(s->budget, 900);
    assert_true(sim_os_await_threads_running(s->sim, 0, SIM_PATIENCE_MS)); /* the thread does not wait for itself */
    heard(s, "L");
    assert_int_equal(s->callback.references, 1);
    assert_int_equal(hmi_notifier_register(s->notifier, &s->callback.iface), ERROR_OPERATION_ABORTED);
}

/* ---- Shutdown ---- */

static void shutdown_gives_the_callback_back_and_takes_no_other(void **state)
{
    scene *s = *state;
    start(s);
    hmi_notifier_shutdown(s->notifier);
    assert_true(hmi_notifier_is_shut_down(s->notifier));
    assert_int_equal(sim_os_threads_running(s->sim), 0);
    assert_int_equal(s->callback.references, 1);
    assert_int_equal(hmi_notifier_register(s->notifier, &s->callback.iface), ERROR_OPERATION_ABORTED);
    assert_int_equal(hmi_notifier_register(s->notifier, NULL), ERROR_OPERATION_ABORTED);
    assert_int_equal(s->callback.references, 1);
    hmi_budget_force(s->budget, 900);
    hmi_notifier_refused(s->notifier);
    hmi_notifier_shutdown(s->notifier);
    heard(s, "");
}

static void shutdown_before_any_callback(void **state)
{
    scene *s = *state;
    hmi_notifier_shutdown(s->notifier);
    assert_int_equal(hmi_notifier_register(s->notifier, &s->callback.iface), ERROR_OPERATION_ABORTED);
    assert_int_equal(sim_os_calls(s->sim, SIM_THREAD_START), 0);
}

static void stop_in_a_notification(scene *s)
{
    s->callback.entered = sim_gate_create();
    s->callback.leave = sim_gate_create();
    start(s);
    hmi_budget_force(s->budget, 900);
    assert_true(sim_gate_pass(s->callback.entered, SIM_PATIENCE_MS));
}

static void go_on(scene *s)
{
    sim_gate_open(s->callback.leave);
    assert_true(sim_os_await_threads_running(s->sim, 0, SIM_PATIENCE_MS));
    sim_gate_destroy(s->callback.entered);
    sim_gate_destroy(s->callback.leave);
}

static void shutdown_waits_two_seconds_for_a_notification_and_frees_nothing_under_it(void **state)
{
    scene *s = *state;
    late_clock clock;
    stop_in_a_notification(s);
    late_clock_start(&clock, s->sim, TRUE, 1, 2000);
    hmi_notifier_shutdown(s->notifier);
    assert_true(late_clock_stop(&clock));
    hmi_notifier_release(s->notifier);
    s->notifier = NULL;
    assert_int_equal(s->callback.references, 2); /* the thread is still inside */
    go_on(s);
    assert_int_equal(s->callback.references, 1);
    heard(s, "L");
}

static void leave_when_waited_for(void *context)
{
    scene *s = context;
    if (sim_os_await_joining(s->sim, 1, SIM_PATIENCE_MS))
        sim_gate_open(s->callback.leave);
}

static void shutdown_waits_no_longer_than_the_notification_runs(void **state)
{
    scene *s = *state;
    sim_thread *thread;
    stop_in_a_notification(s);
    thread = sim_thread_start(leave_when_waited_for, s);
    hmi_notifier_shutdown(s->notifier); /* the clock does not move */
    assert_int_equal(s->callback.references, 1);
    sim_thread_join(thread);
    go_on(s);
}

static void at_the_end_of_the_process_nobody_is_waited_for(void **state)
{
    scene *s = *state;
    stop_in_a_notification(s);
    sim_os_set_process_ending(s->sim, TRUE);
    hmi_notifier_shutdown(s->notifier);          /* the clock does not move */
    assert_int_equal(s->callback.references, 2); /* it is not known what the thread was doing with it */
    sim_os_set_process_ending(s->sim, FALSE);
    go_on(s);
}

/* ---- A thread that does not start ---- */

static void a_start_that_fails_keeps_nothing_and_can_be_repeated(void **state)
{
    static const sim_os_kind kinds[] = {SIM_THREAD_START, SIM_EVENT_CREATE, SIM_OBJECT_ALLOC};
    unsigned i;
    for (i = 0; i < 3; i++) {
        scene *s;
        assert_int_equal(set_up(state), 0);
        s = *state;
        sim_os_fail(s->sim, SIM_SET(kinds[i]), 0, 2, ERROR_NO_SYSTEM_RESOURCES);
        assert_int_not_equal(hmi_notifier_register(s->notifier, &s->callback.iface), 0);
        assert_int_equal(s->callback.references, 1);
        assert_int_not_equal(hmi_notifier_register(s->notifier, &s->callback.iface), 0);
        assert_int_equal(hmi_notifier_register(s->notifier, NULL), 0);
        assert_int_equal(sim_os_failed(s->sim), 2);
        hmi_notifier_refused(s->notifier);
        start(s);
        assert_int_equal(s->callback.references, 2);
        use(s, 900);
        heard(s, "L");
        assert_int_equal(tear_down(state), 0);
    }
}

/* Another thread's registration, stopped where it starts the notification thread. */
typedef struct registration {
    scene *scene;
    listening_callback *callback;
    UINT32 error;
    sim_gate *stopped, *go_on;
    void *thread;
} registration;

static void stop_start(void *context, const sim_os_call *call)
{
    registration *self = context;
    (void)call;
    sim_os_set_hooks(self->scene->sim, 0, NULL, NULL, NULL);
    sim_gate_open(self->stopped);
    sim_gate_pass(self->go_on, SIM_NO_TIMEOUT);
}

static void register_elsewhere(void *context)
{
    registration *self = context;
    self->error = hmi_notifier_register(self->scene->notifier, &self->callback->iface);
}

static void begin_registration(registration *self, scene *s, listening_callback *callback)
{
    *self = (registration){.scene = s, .callback = callback, .stopped = sim_gate_create(), .go_on = sim_gate_create()};
    assert_int_equal(s->os->thread_start(s->os, register_elsewhere, self, &self->thread), 0);
    assert_true(sim_gate_pass(self->stopped, SIM_PATIENCE_MS));
}

static void end_registration(registration *self)
{
    sim_gate_open(self->go_on);
    assert_true(self->scene->os->thread_join(self->scene->os, self->thread, SIM_PATIENCE_MS));
    sim_gate_destroy(self->stopped);
    sim_gate_destroy(self->go_on);
}

/* The hook is set when the first thread is already running, so it must stop at an earlier call: creating the
 * thread's event. */
static void a_start_that_fails_under_another_registration_loses_no_reference(void **state)
{
    scene *s = *state;
    listening_callback first;
    registration other;
    UINT32 error;
    listening_callback_init(&first, s->os);
    sim_os_set_hooks(s->sim, SIM_SET(SIM_EVENT_CREATE), stop_start, NULL, &other);
    begin_registration(&other, s, &first);
    error = hmi_notifier_register(s->notifier, &s->callback.iface);
    sim_os_fail(s->sim, SIM_SET(SIM_EVENT_CREATE), 0, 1, ERROR_NO_SYSTEM_RESOURCES);
    end_registration(&other);
    assert_int_not_equal(other.error, 0);
    assert_int_equal(first.references, 1);
    assert_true(error == 0 || s->callback.references == 1);
    hmi_notifier_shutdown(s->notifier);
    assert_int_equal(s->callback.references, 1);
}

static void a_shutdown_that_comes_before_the_thread_ends_it(void **state)
{
    scene *s = *state;
    registration other;
    sim_os_totals totals;
    sim_os_set_hooks(s->sim, SIM_SET(SIM_EVENT_CREATE), stop_start, NULL, &other);
    begin_registration(&other, s, &s->callback);
    hmi_notifier_shutdown(s->notifier);
    end_registration(&other);
    assert_int_equal(other.error, ERROR_OPERATION_ABORTED);
    assert_int_equal(s->callback.references, 1);
    sim_os_total(s->sim, &totals);
    assert_int_equal(totals.threads, 0); /* the thread that started it has waited for its end */
}

/* ---- Several ---- */

static void two_notifiers_of_one_budget_both_tell(void **state)
{
    scene *s = *state;
    hmi_notifier *other;
    listening_callback second;
    sim_os_totals totals;
    UINT64 events;
    listening_callback_init(&second, s->os);
    assert_int_equal(hmi_notifier_create(s->os, s->budget, &other), 0);
    start(s);
    assert_int_equal(hmi_notifier_register(other, &second.iface), 0);
    assert_true(sim_os_await_waiting(s->sim, 2, SIM_PATIENCE_MS));
    hmi_budget_force(s->budget, 900);
    assert_true(sim_os_await_waiting(s->sim, 2, SIM_PATIENCE_MS));
    heard(s, "L");
    assert_string_equal(second.kinds, "L");
    hmi_notifier_refused(other); /* refusals are counted for each */
    sim_os_advance(s->sim, SHORTEST_LOW_MS);
    hmi_notifier_shutdown(other);
    hmi_notifier_release(other);
    assert_int_equal(second.references, 1);
    hmi_budget_refund(s->budget, 900);
    settle(s);
    heard(s, "LN");
    assert_string_equal(second.kinds, "L");
    sim_os_total(s->sim, &totals);
    events = totals.events;
    assert_int_equal(hmi_notifier_create(s->os, s->budget, &other), 0); /* takes over what the other left */
    assert_int_equal(hmi_notifier_register(other, &second.iface), 0);
    assert_true(sim_os_await_waiting(s->sim, 2, SIM_PATIENCE_MS));
    sim_os_total(s->sim, &totals);
    assert_int_equal(totals.events, events);
    hmi_notifier_shutdown(other);
    hmi_notifier_release(other);
    assert_int_equal(second.references, 1);
}

typedef struct troublemaker {
    scene *scene;
    listening_callback *callbacks;
    UINT32 seed;
    void *thread;
} troublemaker;

enum { TROUBLEMAKERS = 3, TROUBLES = 400 };

static void make_trouble(void *context)
{
    troublemaker *self = context;
    scene *s = self->scene;
    unsigned i;
    for (i = 0; i < TROUBLES; i++) {
        self->seed = self->seed * 1664525u + 1013904223u;
        switch (self->seed >> 29) {
        case 0:
        case 1:
            hmi_notifier_register(s->notifier, &self->callbacks[self->seed >> 8 & 1].iface);
            break;
        case 2:
            hmi_notifier_register(s->notifier, NULL);
            break;
        case 3:
            hmi_notifier_refused(s->notifier);
            break;
        case 4:
            sim_os_advance(s->sim, 700);
            break;
        case 5:
            sim_os_set_signals(s->sim, self->seed >> 8 & 3);
            break;
        default:
            hmi_budget_force(s->budget, 900);
            sim_thread_yield();
            hmi_budget_refund(s->budget, 900);
        }
    }
}

static void callbacks_stay_counted_whatever_comes_together(void **state)
{
    scene *s = *state;
    listening_callback callbacks[2];
    troublemaker makers[TROUBLEMAKERS];
    unsigned i;
    for (i = 0; i < 2; i++) {
        listening_callback_init(&callbacks[i], s->os);
        callbacks[i].act = i ? register_again : NULL;
        callbacks[i].act_context = s;
    }
    for (i = 0; i < TROUBLEMAKERS; i++) {
        makers[i] = (troublemaker){.scene = s, .callbacks = callbacks, .seed = i + 1};
        assert_int_equal(s->os->thread_start(s->os, make_trouble, &makers[i], &makers[i].thread), 0);
    }
    for (i = 0; i < TROUBLEMAKERS; i++)
        assert_true(s->os->thread_join(s->os, makers[i].thread, SIM_PATIENCE_MS));
    sim_os_set_signals(s->sim, 0);
    settle(s);
    assert_true(callbacks[0].references + callbacks[1].references <= 3);
    start(s);
    assert_int_equal(callbacks[0].references, 1);
    assert_int_equal(callbacks[1].references, 1);
    raise_signals(s, HMI_SIGNAL_LOW);
    heard(s, "L"); /* and the thread keeps working */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(low_comes_when_use_reaches_its_edge),
        cmocka_unit_test(edges_of_a_limit_that_does_not_divide_are_exact),
        TEST(low_is_there_before_the_callback),
        TEST(low_is_repeated_no_sooner_than_the_clr_acts),
        TEST(neutral_follows_when_use_falls_below_its_edge),
        TEST(in_between_low_stands_without_being_repeated),
        TEST(low_stands_for_a_second_at_least),
        TEST(the_limit_moves_the_edges),
        TEST(a_refusal_posts_low_at_once),
        TEST(nobody_hears_of_refusals_before_there_is_a_callback),
        TEST(high_needs_plenty_and_the_signal),
        TEST(high_and_neutral_do_not_flap),
        TEST(a_raised_signal_does_not_keep_the_thread_busy),
        TEST_WITHOUT_LIMIT(the_systems_low_alone_is_low),
        TEST(the_systems_low_holds_neutral_back),
        TEST(the_systems_low_repeats_a_low_that_stands),
        TEST(what_was_sent_is_counted),
        TEST(a_callback_that_fails_goes_on_being_told),
        TEST(a_new_callback_hears_how_it_stands),
        TEST(without_a_callback_nobody_is_told_and_no_time_is_kept),
        TEST(the_same_callback_again_is_kept_once),
        TEST(a_callback_may_unregister_itself_in_a_notification),
        TEST(a_callback_may_replace_itself_in_a_notification),
        TEST(a_callback_may_register_itself_again_in_a_notification),
        TEST(a_callback_may_shut_down_in_a_notification),
        TEST(shutdown_gives_the_callback_back_and_takes_no_other),
        TEST(shutdown_before_any_callback),
        TEST(shutdown_waits_two_seconds_for_a_notification_and_frees_nothing_under_it),
        TEST(shutdown_waits_no_longer_than_the_notification_runs),
        TEST(at_the_end_of_the_process_nobody_is_waited_for),
        cmocka_unit_test(a_start_that_fails_keeps_nothing_and_can_be_repeated),
        TEST(a_start_that_fails_under_another_registration_loses_no_reference),
        TEST(a_shutdown_that_comes_before_the_thread_ends_it),
        TEST(two_notifiers_of_one_budget_both_tell),
        TEST(callbacks_stay_counted_whatever_comes_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
