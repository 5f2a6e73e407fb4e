/* Fault rules while several threads make calls: every number is given to one operation, so that the counts are
 * exact however the threads interleave; and rules that change meanwhile. Also run under the thread sanitizer. */
#include "host_fixture.h"

#include <stdatomic.h>
#include <stdbool.h>

#include "sim_thread.h"

#define THREADS 4u
#define CALLS 4000u

typedef struct worker {
    host_fixture *f;
    IHostMalloc *heap;
    sim_gate *start;
    sim_thread *thread;
    atomic_bool *busy;    /* continue after the own share of calls */
    UINT64 failed, wrong; /* wrong: results that no rule could have caused */
} worker;

static void operate(void *context)
{
    worker *self = context;
    unsigned i;
    sim_gate_pass(self->start, SIM_NO_TIMEOUT);
    for (i = 0; i < CALLS || atomic_load(self->busy); i++) {
        void *block = COM_POISON;
        HRESULT hr = IHostMalloc_Alloc(self->heap, 8, (EMemoryCriticalLevel)(i % 3), &block);
        self->failed += hr != S_OK;
        self->wrong += (hr == S_OK) != (block != NULL) || (hr != S_OK && hr != E_OUTOFMEMORY);
        self->wrong += IHostMalloc_Free(self->heap, block) != S_OK;
        if (i % 256 == 0)
            sim_thread_yield();
    }
}

/* Runs all threads at once, and `meanwhile`, if given, on the calling thread: it returns false if something is
 * wrong. Returns how many operations failed. */
static UINT64 storm(host_fixture *f, bool (*meanwhile)(host_fixture *f))
{
    worker workers[THREADS];
    atomic_bool busy = meanwhile != NULL;
    IHostMalloc *heap;
    UINT64 failed = 0;
    hostmem_stats stats;
    bool right;
    unsigned i;
    assert_int_equal(IHostMemoryManager_CreateMalloc(f->manager, MALLOC_THREADSAFE, &heap), S_OK);
    for (i = 0; i < THREADS; i++) {
        workers[i] = (worker){f, heap, sim_gate_create(), NULL, &busy, 0, 0};
        workers[i].thread = sim_thread_start(operate, &workers[i]);
        assert_non_null(workers[i].thread);
    }
    for (i = 0; i < THREADS; i++)
        sim_gate_open(workers[i].start);
    right = !meanwhile || meanwhile(f);
    atomic_store(&busy, false);
    for (i = 0; i < THREADS; i++) {
        sim_thread_join(workers[i].thread);
        sim_gate_destroy(workers[i].start);
        failed += workers[i].failed;
        assert_int_equal(workers[i].wrong, 0);
    }
    assert_true(right);
    IHostMalloc_Release(heap);
    stats = host_fixture_stats(f);
    assert_int_equal(stats.heap_blocks, 0);
    assert_int_equal(stats.used_bytes, 0);
    return failed;
}

static UINT64 injected(host_fixture *f)
{
    hostmem_stats stats = host_fixture_stats(f);
    return stats.injected[0] + stats.injected[1] + stats.injected[2] + stats.injected[3];
}

static void every_number_is_given_once(void **state)
{
    static const struct {
        hostmem_fault_rule rule;
        UINT64 expected;
    } cases[] = {
        {{.nth = 1}, 1},
        {{.nth = THREADS * CALLS}, 1},
        {{.nth = THREADS * CALLS + 1}, 0},
        {{.nth = CALLS / 2}, 1},
        {{.every = 7}, THREADS * CALLS / 7},
        {{.nth = 10, .every = 1000}, (THREADS * CALLS - 10) / 1000 + 1},
        {{.every = 2, .times = 100}, 100},
        {{.per_million = 500000, .seed = 3, .times = 50}, 50},
        {{.times = CALLS}, CALLS},
    };
    host_fixture *f = *state;
    unsigned i;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        UINT64 before = injected(f), failed;
        hostmem_fault_rule rule = cases[i].rule;
        hostmem_fault_count count;
        UINT32 rules;
        rule.size = sizeof rule;
        assert_int_equal(hostmem_fault_set(f->instance, &rule, 1), S_OK);
        failed = storm(f, NULL);
        assert_int_equal(hostmem_fault_get_counts(f->instance, &count, 1, &rules), S_OK);
        if (failed != cases[i].expected || count.injected != failed || count.matched != THREADS * CALLS ||
            injected(f) - before != failed)
            fail_msg("case %u: %u failed, %u of %u injected", i, (unsigned)failed, (unsigned)count.injected,
                     (unsigned)count.matched);
    }
}

/* The same numbers are drawn, whichever threads get them. */
static void a_share_is_the_same_for_any_threads(void **state)
{
    host_fixture *f = *state;
    hostmem_fault_rule rule = {.size = sizeof rule, .per_million = 123456, .seed = 5};
    UINT64 first;
    assert_int_equal(hostmem_fault_set(f->instance, &rule, 1), S_OK);
    first = storm(f, NULL);
    assert_true(first > 0);
    assert_int_equal(hostmem_fault_set(f->instance, &rule, 1), S_OK);
    assert_int_equal(storm(f, NULL), first);
}

static bool change_rules(host_fixture *f)
{
    unsigned i;
    for (i = 0; i < 200; i++) {
        const hostmem_fault_rule rules[3] = {{.size = sizeof *rules, .nth = 5},
                                             {.size = sizeof *rules, .every = 3, .levels = HOSTMEM_LEVEL(i % 3)},
                                             {.size = sizeof *rules, .per_million = 10000}};
        hostmem_fault_count counts[3];
        UINT32 count, rule;
        if (hostmem_fault_set(f->instance, rules, i % 4) || hostmem_fault_get_counts(f->instance, counts, 3, &count) ||
            count != i % 4)
            return false;
        for (rule = 0; rule < count; rule++) {
            if (counts[rule].injected > counts[rule].matched)
                return false;
        }
        sim_thread_yield();
    }
    return true;
}

static void rules_may_change_at_any_time(void **state)
{
    host_fixture *f = *state;
    UINT64 failed = storm(f, change_rules);
    assert_int_equal(injected(f), failed);
}

/* The threads compete for the single failure that a rule causes, repeatedly. */
static bool offer_one_failure_after_the_other(host_fixture *f)
{
    const hostmem_fault_rule rule = {.size = sizeof rule, .times = 1};
    unsigned i, looks;
    for (i = 0; i < 2000; i++) {
        hostmem_fault_count count = {0};
        UINT32 rules;
        if (hostmem_fault_set(f->instance, &rule, 1))
            return false;
        for (looks = 0; looks < 100 && count.matched < 2 * THREADS; looks++) {
            hostmem_fault_get_counts(f->instance, &count, 1, &rules);
            if (count.injected > 1)
                return false;
        }
        sim_thread_yield();
    }
    return true;
}

static void no_rule_gives_more_failures_than_it_has(void **state)
{
    host_fixture *f = *state;
    UINT64 failed = storm(f, offer_one_failure_after_the_other);
    assert_int_equal(injected(f), failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(every_number_is_given_once),
        fixture_test(a_share_is_the_same_for_any_threads),
        fixture_test(rules_may_change_at_any_time),
        fixture_test(no_rule_gives_more_failures_than_it_has),
    };
    return cmocka_run_group_tests_name("fault_races", tests, NULL, NULL);
}
