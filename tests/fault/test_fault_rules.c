/* Fault rules: which of the operations that match they make fail, how several work together, what the counters say,
 * and which rules are invalid. */
#include "fault_ground.h"

/* ---- Which of them fail ---- */

#define OPERATIONS 40

static void the_numbers_decide_which_fail(void **state)
{
    static const struct {
        hostmem_fault_rule rule;
        const char *fails; /* by number, '-' for those that succeed; the last character is repeated */
    } cases[] = {
        {{.nth = 1}, "x-"},
        {{.nth = 5}, "----x-"},
        {{.nth = 40}, "---------------------------------------x"},
        {{.nth = 41}, "-"},
        {{.every = 1}, "x"},
        {{.every = 13}, "------------x------------x------------x-"},
        {{.nth = 2, .every = 7}, "-x------x------x------x------x------x---"},
        {{.nth = 38, .every = 1}, "-------------------------------------xxx"},
        {{.nth = 3, .every = UINT64_MAX}, "--x-"},
        {{.per_million = 1000000}, "x"},
        {{.per_million = 1000000, .seed = 99, .nth = 7}, "------x"},
        {{.times = 1}, "x-"},
        {{.times = 3}, "xxx-"},
        {{.every = 2, .times = 2}, "-x-x-"},
        {{.nth = 4, .times = 5}, "---x-"},
        {{.per_million = 1000000, .nth = 3, .times = 4}, "--xxxx-"},
        {{.nth = 10, .every = 1, .times = 2}, "---------xx-"},
    };
    host_fixture *f = *state;
    ground g = fault_ground_make(f);
    unsigned i, number;
    for (i = 0; i < COUNT_OF(cases); i++) {
        const char *mark = cases[i].fails;
        UINT64 injected = 0;
        fault_set_rule(f, cases[i].rule);
        for (number = 1; number <= OPERATIONS; number++) {
            bool expected = *mark == 'x', failed = fault_perform(&g, &fault_operations[9], eTaskCritical) != S_OK;
            if (failed != expected)
                fail_msg("case %u: operation %u %s", i, number, failed ? "failed" : "went through");
            injected += failed;
            mark += mark[1] != 0;
        }
        counts_are(f, 0, OPERATIONS, injected);
    }
    fault_ground_clear(&g);
}

#define DRAWS 20000u

/* How many draws fail; pattern: a hash of which. */
static unsigned draw(ground *g, UINT32 per_million, UINT64 seed, UINT64 *pattern)
{
    unsigned i, failed = 0;
    *pattern = 0;
    fault_set_rule(g->f, (hostmem_fault_rule){.per_million = per_million, .seed = seed});
    for (i = 0; i < DRAWS; i++) {
        bool fails = fault_perform(g, &fault_operations[11], eTaskCritical) != S_OK;
        failed += fails;
        *pattern = *pattern * 31 + fails;
    }
    return failed;
}

/* Four standard deviations around the expected value; the seeds are fixed, so the result is always the same. */
static void a_share_is_drawn_by_its_seed(void **state)
{
    static const struct {
        UINT32 per_million;
        unsigned least, most;
    } cases[] = {{1, 0, 2}, {1000, 2, 38}, {100000, 1830, 2170}, {500000, 9717, 10283}, {999000, 19962, 19998}};
    ground g = fault_ground_make(*state);
    unsigned i;
    for (i = 0; i < COUNT_OF(cases); i++) {
        UINT64 first, again, other;
        unsigned failed = draw(&g, cases[i].per_million, 1, &first);
        if (failed < cases[i].least || failed > cases[i].most)
            fail_msg("%u of a million: %u of %u", (unsigned)cases[i].per_million, failed, DRAWS);
        assert_int_equal(draw(&g, cases[i].per_million, 1, &again), failed);
        assert_true(again == first);
        draw(&g, cases[i].per_million, 2, &other);
        assert_true(other != first || !failed);
    }
    fault_ground_clear(&g);
}

static void what_one_rule_takes_the_next_never_sees(void **state)
{
    static const hostmem_fault_rule rules[] = {
        {.every = 3}, {.flags = HOSTMEM_FAULT_BY_SYSTEM, .every = 3}, {.levels = HOSTMEM_LEVEL(eProcessCritical)}};
    host_fixture *f = *state;
    ground g = fault_ground_make(f);
    char seen[OPERATIONS + 1] = {0};
    unsigned i;
    fault_set_rules(f, rules, 3);
    for (i = 0; i < 12; i++)
        seen[i] = fault_perform(&g, &fault_operations[9], eTaskCritical) == S_OK ? '-' : 'x';
    assert_string_equal(seen, "--xx-x-xx--x"); /* the second rule sees operations 1 2 4 5 7 8 10 11 and makes 4 and
                                                * 8 of those fail */
    counts_are(f, 0, 12, 4);
    counts_are(f, 1, 8, 2);
    counts_are(f, 2, 0, 0);
    assert_int_equal(fault_perform(&g, &fault_operations[9], eProcessCritical), E_OUTOFMEMORY); /* the second rule's
                                                                                                 * 9th */
    counts_are(f, 2, 0, 0);
    assert_int_equal(fault_perform(&g, &fault_operations[9], eProcessCritical), E_OUTOFMEMORY);
    counts_are(f, 2, 1, 1);
    fault_ground_clear(&g);
}

/* ---- Setting and counting ---- */

static void new_rules_begin_anew_and_the_sum_stays(void **state)
{
    host_fixture *f = *state;
    ground g = fault_ground_make(f);
    hostmem_fault_count counts[2];
    UINT32 count = 77;
    hostmem_stats stats;
    unsigned i;
    for (i = 0; i < 3; i++) {
        fault_set_rule(f, (hostmem_fault_rule){.nth = 2});
        assert_int_equal(fault_perform(&g, &fault_operations[9], (EMemoryCriticalLevel)i), S_OK);
        assert_int_equal(fault_perform(&g, &fault_operations[9], (EMemoryCriticalLevel)i), E_OUTOFMEMORY);
        counts_are(f, 0, 2, 1);
    }
    fault_set_rule(f, (hostmem_fault_rule){.flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = HOSTMEM_METHOD_VIRTUAL_QUERY});
    assert_int_equal(fault_perform(&g, &fault_operations[7], eTaskCritical), E_OUTOFMEMORY);
    stats = host_fixture_stats(f);
    for (i = 0; i < 4; i++)
        assert_int_equal(stats.injected[i], 1);
    for (i = 0; i < 3; i++)
        assert_int_equal(stats.refused[i], 1);
    assert_int_equal(hostmem_fault_set(f->instance, NULL, 0), S_OK);
    assert_int_equal(hostmem_fault_get_counts(f->instance, counts, 2, &count), S_OK);
    assert_int_equal(count, 0);
    assert_int_equal(fault_perform(&g, &fault_operations[7], eTaskCritical), S_OK);
    fault_ground_clear(&g);
}

static void counts_are_given_as_far_as_there_is_room(void **state)
{
    static const hostmem_fault_rule rules[HOSTMEM_MAX_FAULT_RULES];
    host_fixture *f = *state;
    hostmem_fault_count counts[2] = {{7, 7}, {7, 7}};
    UINT32 count = 0;
    fault_set_rules(f, rules, HOSTMEM_MAX_FAULT_RULES);
    assert_int_equal(hostmem_fault_get_counts(f->instance, counts, 1, &count), S_OK);
    assert_int_equal(count, HOSTMEM_MAX_FAULT_RULES);
    assert_int_equal(counts[0].matched, 0);
    assert_int_equal(counts[1].matched, 7);
    assert_int_equal(hostmem_fault_get_counts(f->instance, NULL, 0, &count), S_OK);
    assert_int_equal(count, HOSTMEM_MAX_FAULT_RULES);
    assert_int_equal(hostmem_fault_get_counts(f->instance, NULL, 1, &count), E_POINTER);
    assert_int_equal(count, 0);
    assert_int_equal(hostmem_fault_get_counts(f->instance, counts, 1, NULL), E_POINTER);
    assert_int_equal(hostmem_fault_get_counts(NULL, counts, 1, &count), E_POINTER);
}

static void what_is_no_rule_changes_nothing(void **state)
{
    static const struct {
        hostmem_fault_rule rule;
        HRESULT hr;
    } cases[] = {
        {{.flags = 4}, FROM_WIN32(ERROR_INVALID_FLAGS)},
        {{.flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = 0x200}, E_INVALIDARG},
        {{.methods = HOSTMEM_METHOD_VIRTUAL_FREE}, E_INVALIDARG},
        {{.methods = HOSTMEM_METHOD_CREATE_MALLOC | HOSTMEM_METHOD_ALLOC}, E_INVALIDARG},
        {{.levels = 8}, E_INVALIDARG},
        {{.flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = HOSTMEM_METHOD_VIRTUAL_FREE, .levels = 1}, E_INVALIDARG},
        {{.methods = HOSTMEM_METHOD_ALLOC, .type = MEM_COMMIT}, E_INVALIDARG},
        {{.min_bytes = 2, .max_bytes = 1}, E_INVALIDARG},
        {{.per_million = 1000001}, E_INVALIDARG},
        {{.per_million = 1, .every = 1}, E_INVALIDARG},
        {{.seed = 1}, E_INVALIDARG},
        {{.error = 5}, E_INVALIDARG},
        {{.reserved_word = 1}, E_INVALIDARG},
    };
    host_fixture *f = *state;
    ground g = fault_ground_make(f);
    unsigned i;
    fault_set_rule(f, (hostmem_fault_rule){.nth = 1000});
    for (i = 0; i < COUNT_OF(cases); i++) {
        hostmem_fault_rule rules[2] = {{.size = sizeof *rules}, cases[i].rule};
        HRESULT hr;
        rules[1].size = sizeof *rules;
        hr = hostmem_fault_set(f->instance, rules, 2);
        if (hr != cases[i].hr)
            fail_msg("case %u: %#x", i, (unsigned)hr);
    }
    assert_int_equal(fault_perform(&g, &fault_operations[9], eTaskCritical), S_OK);
    counts_are(f, 0, 1, 0); /* the previous rule is still in force */
    fault_ground_clear(&g);
}

static void the_size_of_a_rule_tells_its_version(void **state)
{
    struct {
        hostmem_fault_rule rule;
        UINT64 newer;
    } rules[2] = {{{.size = sizeof *rules}, 0}, {{.size = sizeof *rules, .nth = 1000}, 0}};
    host_fixture *f = *state;
    hostmem_fault_rule one[HOSTMEM_MAX_FAULT_RULES + 1] = {{.size = sizeof *one}};
    UINT32 count, i;
    assert_int_equal(hostmem_fault_set(f->instance, &rules[0].rule, 2), S_OK);
    assert_int_equal(hostmem_fault_get_counts(f->instance, NULL, 0, &count), S_OK);
    assert_int_equal(count, 2);
    rules[1].newer = 1;
    assert_int_equal(hostmem_fault_set(f->instance, &rules[0].rule, 2), FROM_WIN32(ERROR_NOT_SUPPORTED));
    rules[1].newer = 0;
    rules[1].rule.size = sizeof(hostmem_fault_rule);
    assert_int_equal(hostmem_fault_set(f->instance, &rules[0].rule, 2), FROM_WIN32(ERROR_BAD_LENGTH));
    for (i = 0; i <= sizeof *one; i++) {
        one[0].size = i;
        assert_int_equal(hostmem_fault_set(f->instance, one, 1),
                         i == sizeof *one ? S_OK : FROM_WIN32(ERROR_BAD_LENGTH));
    }
    for (i = 0; i < COUNT_OF(one); i++)
        one[i].size = sizeof *one;
    assert_int_equal(hostmem_fault_set(f->instance, one, COUNT_OF(one)), E_INVALIDARG);
    assert_int_equal(hostmem_fault_set(f->instance, NULL, 1), E_POINTER);
    assert_int_equal(hostmem_fault_set(NULL, one, 1), E_POINTER);
}

static void without_memory_for_new_rules_the_old_ones_stay(void **state)
{
    host_fixture *f = *state;
    ground g = fault_ground_make(f);
    hostmem_fault_rule rule = {.size = sizeof rule, .nth = 1000};
    fault_set_rule(f, (hostmem_fault_rule){0});
    sim_os_fail(f->sim, SIM_SET(SIM_OBJECT_ALLOC), 0, 1, ERROR_NOT_ENOUGH_MEMORY);
    assert_int_equal(hostmem_fault_set(f->instance, &rule, 1), E_OUTOFMEMORY);
    assert_int_equal(fault_perform(&g, &fault_operations[9], eTaskCritical), E_OUTOFMEMORY);
    assert_int_equal(hostmem_fault_set(f->instance, NULL, 0), S_OK); /* which sets no rules */
    assert_int_equal(fault_perform(&g, &fault_operations[9], eTaskCritical), S_OK);
    fault_ground_clear(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(the_numbers_decide_which_fail),
        fixture_test(a_share_is_drawn_by_its_seed),
        fixture_test(what_one_rule_takes_the_next_never_sees),
        fixture_test(new_rules_begin_anew_and_the_sum_stays),
        fixture_test(counts_are_given_as_far_as_there_is_room),
        fixture_test(what_is_no_rule_changes_nothing),
        fixture_test(the_size_of_a_rule_tells_its_version),
        fixture_test(without_memory_for_new_rules_the_old_ones_stay),
    };
    return cmocka_run_group_tests_name("fault_rules", tests, NULL, NULL);
}
