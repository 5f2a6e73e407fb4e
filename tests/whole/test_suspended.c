/* Threads are suspended at random instants inside of every call, repeatedly, and while they are suspended another
 * thread makes every call: all of these must end with their usual results.
 *
 * Over instant_os this applies to every call, including those that allocate, because nothing below the library
 * takes a lock, and each call must have been hit. On the real system, which has locks of its own, it applies to
 * queries, memory loads, figures, protections and frees; there most time is spent in the system, and short calls
 * are rarely hit. That part is left out of 32-bit programs under Wine, which crash when a thread is suspended
 * inside of Wine, with or without the library. HOSTMEM_SUSPENSIONS says how many times, for each of the two;
 * HOSTMEM_TEST_SEED repeats the instants, approximately. native/test_stops.c stops a thread at every step of every
 * call, in contexts of one thread; this test has real threads, and instants between the steps as well. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "caller.h"

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "instant_os.h"
#include "sim_thread.h"
#include "victim.h"

#define VICTIMS 3     /* two make rounds of calls; the last one makes requests that wait */
#define WAIT_EVERY 64 /* in every 64th suspension the other thread makes requests that wait, too */
#define LIMIT (8 * (UINT64)CALLER_REGION_BYTES)
#define WISH \
    (7 * CALLER_REGION_BYTES) /* there is room for it while few callers hold their region, which is half
                                        * committed */
#define RUN_US 100            /* that victims run between two suspensions, at most, if they end a call in that time */

/* A signal is faster and more reliable than Wine's SuspendThread: some ten thousand of those have been seen to
 * break something once. So the large number is for systems with signals; on the real system the number is large
 * enough to hit every call. soak.sh runs five times as many. */
#ifdef _WIN32
#define DEFAULT_SUSPENSIONS 300
#define DEFAULT_ON_REAL_SYSTEM 2000
#else
#define DEFAULT_SUSPENSIONS 20000
#endif

typedef struct scene {
    instant_os *instant; /* NULL: the real system */
    hostmem *instance;
    IHostMemoryManager *manager;
    caller standing[VICTIMS];
    caller going;
    victim *threads[VICTIMS];
    UINT64 random;
    UINT32 ended[VICTIMS]; /* number of calls when the victim was last suspended */
    unsigned hits[CALLER_CALLS + 1];
    UINT32 suspensions; /* of a victim that had ended a call since the last one */
    _Atomic UINT32 standstills;
    atomic_bool over;
    sim_thread *watch;
    sim_gate *bell;
} scene;

/* ---- Setup ---- */

static void give_heap(caller *self, scene *s)
{
    IHostMalloc *heap;
    assert_int_equal(IHostMemoryManager_CreateMalloc(s->manager, MALLOC_THREADSAFE, &heap), S_OK);
    caller_init(self, s->instance, s->manager, heap);
    self->limit = LIMIT;
    self->wish_bytes = WISH;
}

static const char *place_of(const caller *who)
{
    UINT32 call = atomic_load(&who->inside);
    return call < CALLER_CALLS ? caller_names[call] : "no call";
}

/* If nothing progresses, prints where every thread is, and ends the process, which no other thread could do. */
static void watch(void *context)
{
    scene *s = context;
    unsigned i;
    for (;;) {
        UINT32 before = atomic_load(&s->standstills);
        sim_gate_pass(s->bell, SIM_PATIENCE_MS);
        if (atomic_load(&s->over))
            return;
        if (atomic_load(&s->standstills) != before)
            continue;
        fprintf(stderr, "standstill %u does not end: the going thread is inside of %s\n", before, place_of(&s->going));
        for (i = 0; i < VICTIMS; i++)
            fprintf(stderr, "    victim %u stands inside of %s\n", i, place_of(&s->standing[i]));
        fflush(stderr);
        abort();
    }
}

static int open_scene(void **state, bool instant)
{
    hostmem_budget_config budget = {.size = sizeof budget, .limit_bytes = LIMIT, .wait_ms = {1}};
    hostmem_config config = {.size = sizeof config, .budget_config = &budget, .address_reserve_bytes = 1 << 20};
    scene *s = calloc(1, sizeof *s);
    unsigned i;
    assert_non_null(s);
    *state = s;
    if (instant) {
        s->instant = instant_os_create(NULL);
        assert_non_null(s->instant);
        config.os = instant_os_functions(s->instant);
    }
    s->random = check_random_seed();
    assert_int_equal(hostmem_create(&config, &s->instance), S_OK);
    assert_int_equal(hostmem_get_manager(s->instance, &s->manager), S_OK);
    give_heap(&s->going, s);
    for (i = 0; i < VICTIMS; i++)
        give_heap(&s->standing[i], s);
    s->bell = sim_gate_create();
    s->watch = sim_thread_start(watch, s);
    return s->watch ? 0 : -1;
}

static int open_on_instant_os(void **state)
{
    return open_scene(state, true);
}

/* The trace's sink. The trace's thread is not a victim, since a CLR never suspends it. */
static HRESULT discard(void *context, const void *data, SIZE_T bytes)
{
    (void)context;
    (void)data;
    (void)bytes;
    return S_OK;
}

static int open_with_a_trace(void **state)
{
    const hostmem_trace_config config = {.size = sizeof config, .write = discard};
    int opened = open_scene(state, true);
    assert_int_equal(hostmem_trace_start(((scene *)*state)->instance, &config), S_OK);
    return opened;
}

#ifdef _WIN32
static int open_on_real_system(void **state)
{
    return open_scene(state, false);
}
#endif

static int close_scene(void **state)
{
    scene *s = *state;
    atomic_store(&s->over, true);
    sim_gate_open(s->bell);
    sim_thread_join(s->watch);
    sim_gate_destroy(s->bell);
    instant_os_destroy(s->instant);
    free(s);
    return 0;
}

/* ---- Suspensions ---- */

/* Prints what helps to tell a mistake of the library from one of the system below it. */
static void expect_no_fault(const scene *s, const caller *who)
{
    const char *fault = atomic_load(&who->fault);
    hostmem_stats stats = {.size = sizeof stats};
    instant_os_totals totals = {0};
    if (!fault)
        return;
    hostmem_get_stats(s->instance, &stats);
    if (s->instant)
        instant_os_total(s->instant, &totals);
    fail_msg("%s%s: result %#x; in use %" PRIu64 " bytes, refused %" PRIu64 " at this level, %" PRIu64
             " by the system below; %" PRIu64 " tables, %" PRIu64 " objects there",
             fault, atomic_load(&who->fault_in_new_heap) ? " in a new heap" : "", atomic_load(&who->fault_result),
             stats.used_bytes, stats.refused[2], totals.refused, totals.tables, totals.objects);
}

static bool something_is_wrong(const scene *s)
{
    unsigned i;
    for (i = 0; i < VICTIMS; i++) {
        if (atomic_load(&s->standing[i].fault))
            return true;
    }
    return atomic_load(&s->going.fault) != NULL;
}

/* The call that was hit least often. */
static caller_call rarest(const scene *s)
{
    unsigned call, found = 0;
    for (call = 1; call < CALLER_CALLS; call++) {
        if (s->hits[call] < s->hits[found])
            found = call;
    }
    return (caller_call)found;
}

/* Whether a victim has ended a call since it was suspended. */
static bool one_got_on(const scene *s)
{
    unsigned i;
    for (i = 0; i < VICTIMS; i++) {
        if (caller_total(&s->standing[i]) != s->ended[i])
            return true;
    }
    return false;
}

/* Lets the victims run until at least one has ended the call in which it was suspended. */
static void let_run(scene *s)
{
    UINT32 favourite = (UINT32)rarest(s);
    unsigned i;
    for (i = 0; i < VICTIMS; i++)
        atomic_store(&s->standing[i].favourite, favourite);
    do
        victim_let_run((unsigned)(check_random(&s->random) % RUN_US));
    while (!one_got_on(s) && !something_is_wrong(s));
}

static void suspend_all(scene *s)
{
    unsigned i;
    for (i = 0; i < VICTIMS; i++)
        victim_stop(s->threads[i]);
    for (i = 0; i < VICTIMS; i++) {
        UINT32 ended;
        victim_suspend(s->threads[i]);
        ended = caller_total(&s->standing[i]);
        if (ended != s->ended[i]) {
            s->ended[i] = ended;
            s->suspensions++;
            s->hits[atomic_load(&s->standing[i].inside)]++;
        }
    }
}

static void resume_all(scene *s)
{
    unsigned i;
    for (i = 0; i < VICTIMS; i++)
        victim_resume(s->threads[i]);
    atomic_fetch_add(&s->standstills, 1);
}

static void any_call_while_all_others_stand(scene *s)
{
    let_run(s);
    suspend_all(s);
    caller_round(&s->going);
    if (atomic_load(&s->standstills) % WAIT_EVERY == 0)
        caller_wait(&s->going);
    resume_all(s);
}

#ifdef _WIN32
static void frees_and_questions_while_all_others_stand(scene *s)
{
    caller_take(&s->going);
    let_run(s);
    suspend_all(s);
    caller_ask(&s->going);
    caller_give_back(&s->going);
    resume_all(s);
}
#endif

static UINT32 suspensions_wanted(UINT32 otherwise)
{
    const char *given = getenv("HOSTMEM_SUSPENSIONS");
    return given ? (UINT32)strtoul(given, NULL, 0) : otherwise;
}

static void report(const scene *s)
{
    unsigned call, inside = 0;
    for (call = 0; call < CALLER_CALLS; call++)
        inside += s->hits[call];
    print_message("%u standstills, %u suspensions, %u of them inside of a call:\n", atomic_load(&s->standstills),
                  s->suspensions, inside);
    for (call = 0; call < CALLER_CALLS; call++)
        print_message("  %7u  %s\n", s->hits[call], caller_names[call]);
}

static void stop_all(scene *s)
{
    unsigned i;
    for (i = 0; i < VICTIMS; i++)
        atomic_store(&s->standing[i].stop, true);
    for (i = 0; i < VICTIMS; i++)
        victim_join(s->threads[i]);
}

static void expect_nothing_left(scene *s)
{
    hostmem_stats stats = {.size = sizeof stats};
    instant_os_totals totals = {0};
    unsigned i;
    assert_int_equal(hostmem_get_stats(s->instance, &stats), S_OK);
    assert_int_equal(stats.reserved_bytes | stats.committed_bytes | stats.executable_bytes | stats.mapped_bytes, 0);
    assert_int_equal(stats.heap_bytes | stats.heap_blocks | stats.used_bytes, 0);
    for (i = 0; i < VICTIMS; i++)
        assert_int_equal(IHostMalloc_Release(s->standing[i].heap), 0);
    assert_int_equal(IHostMalloc_Release(s->going.heap), 0);
    assert_int_equal(IHostMemoryManager_Release(s->manager), 1);
    assert_int_equal(hostmem_release(s->instance), 0);
    for (i = 0; i < VICTIMS; i++)
        assert_int_equal(s->standing[i].callback.references, 1);
    assert_int_equal(s->going.callback.references, 1);
    if (!s->instant)
        return;
    instant_os_total(s->instant, &totals);
    assert_int_equal(totals.reserved_bytes | totals.heaps | totals.heap_blocks, 0);
    assert_int_equal(totals.tables | totals.objects, 0);
}

static void stand_still(scene *s, void (*standstill)(scene *s), UINT32 wanted, unsigned least)
{
    unsigned i;
    for (i = 0; i < VICTIMS; i++)
        s->threads[i] = victim_start(i < VICTIMS - 1 ? caller_go_round : caller_go_waiting, &s->standing[i]);
    /* Where a thread is hit is random: hitting a rare call may take more suspensions than requested. */
    while (!something_is_wrong(s) &&
           (s->suspensions < wanted || (s->suspensions / 4 < wanted && s->hits[rarest(s)] < least)))
        standstill(s);
    stop_all(s);
    report(s);
    expect_no_fault(s, &s->going);
    for (i = 0; i < VICTIMS; i++)
        expect_no_fault(s, &s->standing[i]);
    for (i = 0; i < CALLER_CALLS; i++)
        assert_true(atomic_load(&s->standing[0].done[i]) || atomic_load(&s->standing[VICTIMS - 1].done[i]));
    if (s->hits[rarest(s)] < least)
        fail_msg("only %u suspensions inside of %s", s->hits[rarest(s)], caller_names[rarest(s)]);
}

static void stand_and_call(scene *s, void (*standstill)(scene *s), UINT32 wanted, unsigned least)
{
    stand_still(s, standstill, wanted, least);
    expect_nothing_left(s);
}

static void every_call_ends_while_others_stand_still_inside_of_any(void **state)
{
    UINT32 wanted = suspensions_wanted(DEFAULT_SUSPENSIONS);
    stand_and_call(*state, any_call_while_all_others_stand, wanted, 1 + wanted / 2000);
}

static void so_it_does_while_a_trace_runs(void **state)
{
    scene *s = *state;
    UINT32 wanted = suspensions_wanted(DEFAULT_SUSPENSIONS) / 5;
    hostmem *instance = s->instance;
    hostmem_trace_status status = {.size = sizeof status};
    stand_still(s, any_call_while_all_others_stand, wanted, wanted / 4000);
    assert_int_equal(hostmem_trace_stop(instance), S_OK);
    assert_int_equal(hostmem_trace_get_status(instance, &status), S_OK);
    print_message("%llu events in the trace, %llu dropped\n", (unsigned long long)status.events,
                  (unsigned long long)status.dropped);
    assert_true(status.events > wanted);
    expect_nothing_left(s);
}

#ifdef _WIN32
static void on_the_real_system_frees_and_questions_end(void **state)
{
    stand_and_call(*state, frees_and_questions_while_all_others_stand, suspensions_wanted(DEFAULT_ON_REAL_SYSTEM), 0);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_call_ends_while_others_stand_still_inside_of_any, open_on_instant_os,
                                        close_scene),
        cmocka_unit_test_setup_teardown(so_it_does_while_a_trace_runs, open_with_a_trace, close_scene),
#ifdef _WIN32
        cmocka_unit_test_setup_teardown(on_the_real_system_frees_and_questions_end, open_on_real_system, close_scene),
#endif
    };
#if defined(HOSTMEM_TEST_ON_MIMALLOC) /* which gets real memory only from the real system */
    cmocka_set_test_filter("on_the_real_system*");
#endif
    return cmocka_run_group_tests_name("suspended", tests, NULL, NULL);
}
