/* Threads are ended at random instants inside of every call. What they had begun stays incomplete; but all later
 * calls work, and the accounts are wrong by no more than what the ended thread was doing.
 *
 * The system below is instant_os, because locks that an ended thread holds in the real system are not the
 * library's. After each termination the accounts are compared with the system, and the difference with the previous
 * one. In every other world a trace runs. HOSTMEM_TERMINATIONS says how many times; HOSTMEM_TEST_SEED repeats the
 * instants, approximately. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "caller.h"

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "instant_os.h"
#include "trace_check.h"
#include "victim.h"

#define ADDRESS_RESERVE ((UINT64)1 << 20)
#define LIMIT (8 * (UINT64)CALLER_REGION_BYTES)
#define WISH (7 * CALLER_REGION_BYTES)
#define DEATHS_A_WORLD \
    100 /* then a new instance on a new system, because what ended threads held would fill the
                            * old one */
#define WAIT_EVERY 10
#define RUN_US 150 /* that a thread runs, if it ends a call in that time */
#if defined(_WIN32) && !defined(_WIN64)
#define DEFAULT_DEATHS \
    300 /* Wine does not free what an ended thread had: after about 1,500 there is no address space left */
#else
#define DEFAULT_DEATHS 2000
#endif

/* Figures, and by how much they may differ. */
enum { RESERVED, COMMITTED, EXECUTABLE, USED, HEAP_BYTES, HEAP_BLOCKS, FIGURES };
static const char *const figure_names[FIGURES] = {"reserved", "committed",  "executable",
                                                  "used",     "heap bytes", "blocks"};

typedef struct figures {
    INT64 of[FIGURES];
} figures;

typedef struct world {
    instant_os *instant;
    hostmem_budget *budget;
    hostmem *instance;
    IHostMemoryManager *manager;
    IHostMalloc *heap;
    bool traced;
    trace_sink trace;
    caller living;
    caller dead[DEATHS_A_WORLD]; /* their callbacks may still be called */
} world;

typedef struct scene {
    UINT64 random;
    unsigned hits[CALLER_CALLS + 1];
    unsigned deaths;
    unsigned askew; /* terminations after which the accounts differed */
} scene;

static world *open_world(bool traced)
{
    hostmem_budget_config policy = {.size = sizeof policy, .limit_bytes = LIMIT, .wait_ms = {1}};
    hostmem_config config = {.size = sizeof config, .address_reserve_bytes = ADDRESS_RESERVE};
    world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->instant = instant_os_create(NULL);
    assert_non_null(w->instant);
    config.os = instant_os_functions(w->instant);
    assert_int_equal(hostmem_budget_create(&policy, config.os, &w->budget), S_OK);
    config.budget = w->budget;
    assert_int_equal(hostmem_create(&config, &w->instance), S_OK);
    assert_int_equal(hostmem_get_manager(w->instance, &w->manager), S_OK);
    assert_int_equal(IHostMemoryManager_CreateMalloc(w->manager, MALLOC_THREADSAFE, &w->heap), S_OK);
    caller_init(&w->living, w->instance, w->manager, w->heap);
    w->living.limit = LIMIT;
    w->living.wish_bytes = WISH;
    w->traced = traced;
    if (traced)
        trace_sink_start(w->instance, &w->trace, 0);
    return w;
}

/* The accounts' difference from the system. */
static figures difference(world *w)
{
    hostmem_stats stats = {.size = sizeof stats};
    instant_os_totals truth;
    UINT64 used;
    assert_int_equal(hostmem_get_stats(w->instance, &stats), S_OK);
    assert_int_equal(hostmem_budget_get_use(w->budget, &used), S_OK);
    instant_os_total(w->instant, &truth);
    truth.heap_bytes -= truth.heap_blocks * MEMORY_ALLOCATION_ALIGNMENT; /* each block has a header */
    return (figures){{
        [RESERVED] = (INT64)(stats.reserved_bytes + stats.address_reserve_bytes - truth.reserved_bytes),
        [COMMITTED] = (INT64)(stats.committed_bytes - truth.committed_bytes),
        [EXECUTABLE] = (INT64)(stats.executable_bytes - truth.executable_bytes),
        [USED] = (INT64)(used - truth.committed_bytes - truth.heap_bytes),
        [HEAP_BYTES] = (INT64)(stats.heap_bytes - truth.heap_bytes),
        [HEAP_BLOCKS] = (INT64)(stats.heap_blocks - truth.heap_blocks),
    }};
}

/* The sizes that the ended thread's operation could change. */
static figures at_most(const caller *dead, UINT32 call)
{
    INT64 region = (INT64)CALLER_REGION_BYTES, block = (INT64)CALLER_BLOCK_BYTES;
    INT64 committed = region / 2;
    if (call == CALLER_WAITING || dead->favourite == CALLER_WAITING)
        region = committed = (INT64)WISH;
    switch (call) {
    case CALLER_RESERVE:
        return (figures){{[RESERVED] = region}};
    case CALLER_COMMIT:
    case CALLER_DECOMMIT:
        return (figures){{[COMMITTED] = committed, [EXECUTABLE] = committed, [USED] = committed}};
    case CALLER_PROTECT:
        return (figures){{[EXECUTABLE] = committed}};
    case CALLER_WAITING:
    case CALLER_RELEASE_PAGES: /* after which the address reserve may be reserved again */
        return (figures){{[RESERVED] = region + (INT64)ADDRESS_RESERVE,
                          [COMMITTED] = committed,
                          [EXECUTABLE] = committed,
                          [USED] = committed}};
    case CALLER_NEEDS_SPACE:
        return (figures){{[RESERVED] = (INT64)(ADDRESS_RESERVE + CALLER_VIEW_BYTES)}};
    case CALLER_ACQUIRED_SPACE:
    case CALLER_RELEASED_SPACE:
        return (figures){{[RESERVED] = (INT64)ADDRESS_RESERVE}};
    case CALLER_MALLOC_LAST_RELEASE: /* with one block in it */
    case CALLER_ALLOC:
    case CALLER_DEBUG_ALLOC:
    case CALLER_FREE:
        return (figures){{[USED] = block, [HEAP_BYTES] = block, [HEAP_BLOCKS] = 1}};
    default:
        return (figures){{0}};
    }
}

static void expect_within(const figures *before, const figures *after, const figures *bound, const char *what, scene *s)
{
    unsigned i;
    bool moved = false;
    for (i = 0; i < FIGURES; i++) {
        INT64 step = after->of[i] - before->of[i];
        moved = moved || step;
        if (step > bound->of[i] || step < -bound->of[i])
            fail_msg("%s: %s is off by %lld, and by no more than %lld is allowed", what, figure_names[i],
                     (long long)step, (long long)bound->of[i]);
    }
    s->askew += moved;
}

static UINT32 rarest(const scene *s)
{
    UINT32 call, found = 0;
    for (call = 1; call < CALLER_CALLS; call++) {
        if (s->hits[call] < s->hits[found])
            found = call;
    }
    return found;
}

/* On a busy machine a thread may not have begun when its time is over. */
static void let_get_somewhere(caller *dead, scene *s)
{
    do
        victim_let_run(20 + (unsigned)(check_random(&s->random) % RUN_US));
    while (!caller_total(dead) && atomic_load(&dead->inside) != CALLER_WAITING && !atomic_load(&dead->fault));
}

/* A thread is started, makes its calls, and is ended. */
static void die_once(world *w, caller *dead, scene *s)
{
    figures before = difference(w), after, bound, cleared;
    const char *what;
    victim *thread;
    UINT32 call;

    caller_init(dead, w->instance, w->manager, w->heap);
    dead->limit = LIMIT;
    dead->wish_bytes = WISH;
    atomic_store(&dead->favourite, rarest(s));
    thread = victim_start(dead->favourite == CALLER_WAITING ? caller_go_waiting : caller_go_round, dead);
    let_get_somewhere(dead, s);
    if (check_random(&s->random) % 4 == 0)
        victim_suspend(thread);
    victim_terminate(thread);
    if (atomic_load(&dead->fault))
        fail_msg("before its end: %s, result %#x", atomic_load(&dead->fault), atomic_load(&dead->fault_result));
    call = atomic_load(&dead->inside);
    what = call < CALLER_CALLS ? caller_names[call] : "outside";
    s->hits[call]++;
    s->deaths++;

    after = difference(w);
    bound = at_most(dead, call);
    expect_within(&before, &after, &bound, what, s);

    /* The other caller continues, and what the ended thread held can be freed; the accounts are unaffected. */
    caller_round(&w->living);
    if (s->deaths % WAIT_EVERY == 0)
        caller_wait(&w->living);
    if (!caller_bury(dead))
        fail_msg("after %s: what the thread had cannot be freed", what);
    if (atomic_load(&w->living.fault))
        fail_msg("after %s: %s, result %#x", what, atomic_load(&w->living.fault), atomic_load(&w->living.fault_result));
    cleared = difference(w);
    expect_within(&after, &cleared, &bound, "afterwards", s);
}

/* An incomplete event of an ended thread does not keep the trace from reading the rest. */
static void close_trace(world *w)
{
    trace_content content;
    assert_int_equal(hostmem_trace_stop(w->instance), S_OK);
    trace_sink_read(&w->trace, &content);
    assert_true(content.ended);
    assert_true(content.event_count > DEATHS_A_WORLD);
    /* Other than events dropped because the machine was slow to write, only events that ended threads left
     * incomplete are missing. */
    assert_true(content.end.events_dropped - trace_check_status(w->instance).dropped <= DEATHS_A_WORLD);
    trace_free(&content);
    trace_sink_clear(&w->trace);
}

static void close_world(world *w)
{
    if (w->traced)
        close_trace(w);
    hostmem_shutdown(w->instance);
    IHostMalloc_Release(w->heap);
    IHostMemoryManager_Release(w->manager);
    hostmem_release(w->instance);
    hostmem_budget_release(w->budget);
    instant_os_destroy(w->instant);
    free(w);
}

static void report(const scene *s)
{
    unsigned call;
    print_message("%u threads ended, %u of them outside of any call; %u times the books were moved\n", s->deaths,
                  s->hits[CALLER_OUTSIDE], s->askew);
    for (call = 0; call < CALLER_CALLS; call++)
        print_message("  %7u  %s\n", s->hits[call], caller_names[call]);
}

static void the_dead_leave_no_more_than_they_were_doing(void **state)
{
    const char *given = getenv("HOSTMEM_TERMINATIONS");
    unsigned wanted = given ? (unsigned)strtoul(given, NULL, 0) : DEFAULT_DEATHS;
    scene s = {.random = check_random_seed()};
    unsigned worlds = 0;
    (void)state;
    while (s.deaths < wanted || (s.hits[rarest(&s)] < wanted / 500 && s.deaths < 4 * wanted)) {
        world *w = open_world(worlds++ % 2);
        unsigned i;
        for (i = 0; i < DEATHS_A_WORLD; i++)
            die_once(w, &w->dead[i], &s);
        close_world(w);
        if (s.deaths % 500 == 0)
            print_message("%u threads ended\n", s.deaths);
    }
    report(&s);
    assert_true(s.askew); /* otherwise no thread was ended in the middle of an operation */
    if (s.hits[rarest(&s)] < wanted / 500)
        fail_msg("only %u threads ended inside of %s", s.hits[rarest(&s)], caller_names[rarest(&s)]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_dead_leave_no_more_than_they_were_doing),
    };
    return cmocka_run_group_tests_name("terminated", tests, NULL, NULL);
}
