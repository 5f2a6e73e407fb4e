/* The shared state: counting, construction, and what happens at the start and end of every call. */
#include "core_state.h"

#include "check.h"
#include "report/statistics.h"

#include <limits.h>
#include <string.h>

static void references_are_counted_and_the_last_frees(void **state)
{
    check_fixture *f = *state;
    assert_int_equal(hmi_core_add_ref(f->core), 2);
    assert_int_equal(hmi_core_add_ref(f->core), 3);
    assert_int_equal(hmi_core_release(f->core), 2);
    assert_int_equal(hmi_core_release(f->core), 1);
    /* The fixture's teardown releases the last reference and checks that nothing is left. */
}

/* Makes the first call of the system fail, then the second, until none is left. */
static void make_a_core_with_every_call_refused(check_fixture *f, UINT64 address_reserve_bytes)
{
    const hostmem_config config = {
        .size = sizeof config, .os = f->os, .limit_bytes = 5, .address_reserve_bytes = address_reserve_bytes};
    sim_os_totals before, after;
    hmi_core *core;
    UINT32 skip;
    for (skip = 0;; skip++) {
        sim_os_total(f->sim, &before);
        sim_os_fail(f->sim, SIM_ALL_KINDS, skip, 1, ERROR_NOT_ENOUGH_MEMORY);
        core = check_core(&config);
        if (!sim_os_failed(f->sim))
            break;
        assert_null(core);
        sim_os_total(f->sim, &after);
        assert_memory_equal(&before, &after, sizeof before);
    }
    sim_os_fail(f->sim, 0, 0, 0, 0); /* cancel the failure, or it would hit a call of the release */
    assert_true(skip > 1);
    assert_non_null(core);
    assert_int_equal(hmi_core_release(core), 0);
    sim_os_total(f->sim, &after);
    assert_memory_equal(&before, &after, sizeof before);
}

static void a_core_that_cannot_be_made_leaves_nothing(void **state)
{
    make_a_core_with_every_call_refused(*state, 0);
}

static void a_core_that_cannot_hold_its_address_space_leaves_nothing(void **state)
{
    make_a_core_with_every_call_refused(*state, 16 * CHECK_GRANULE);
}

static void levels_that_the_interfaces_define(void **state)
{
    static const struct {
        int level;
        bool known;
    } levels[] = {{0, true}, {1, true}, {2, true}, {3, false}, {-1, false}, {INT_MAX, false}, {INT_MIN, false}};
    size_t i;
    (void)state;
    for (i = 0; i < CHECK_COUNT_OF(levels); i++)
        assert_int_equal(hmi_core_knows_level((EMemoryCriticalLevel)levels[i].level), levels[i].known);
}

static void failures_set_the_last_error(void **state)
{
    check_fixture *f = *state;
    fails(f, CHECK_UNCOUNTED, E_INVALIDARG, 487, hmi_core_fail(f->core, HMI_OPERATION_VIRTUAL_FREE, 487));
    fails(f, CHECK_UNCOUNTED, E_OUTOFMEMORY, 8, hmi_core_fail(f->core, HMI_OPERATION_HEAP_ALLOC, 8));
}

static void the_limit_and_the_overdraft_are_told(void **state)
{
    check_fixture *f = *state;
    hostmem_stats stats = check_stats(f);
    assert_int_equal(stats.limit_bytes, 0);
    assert_int_equal(stats.overdraft_bytes, 0);
    assert_true(hmi_budget_set_limit(f->core->budget, 1000));
    hmi_budget_force(f->core->budget, 1000);
    stats = check_stats(f);
    assert_int_equal(stats.limit_bytes, 1000);
    assert_int_equal(stats.overdraft_bytes, 0);
    hmi_budget_force(f->core->budget, 1);
    stats = check_stats(f);
    assert_int_equal(stats.overdraft_bytes, 1);
    assert_true(hmi_budget_set_limit(f->core->budget, 0));
    stats = check_stats(f);
    assert_int_equal(stats.overdraft_bytes, 0);
    hmi_budget_refund(f->core->budget, 1001);
}

static void the_size_of_stats_is_left_alone(void **state)
{
    check_fixture *f = *state;
    hostmem_stats stats;
    memset(&stats, 0xdd, sizeof stats);
    hmi_statistics_read(f->core, &stats);
    assert_int_equal(stats.size, 0xdddddddd);
    assert_int_equal(stats.reserved_word, 0xdddddddd);
    assert_int_equal(stats.reserved_bytes, 0);
    assert_int_equal(stats.refused[2], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        check_test(references_are_counted_and_the_last_frees),
        check_test(a_core_that_cannot_be_made_leaves_nothing),
        check_test(a_core_that_cannot_hold_its_address_space_leaves_nothing),
        check_test(levels_that_the_interfaces_define),
        check_test(failures_set_the_last_error),
        check_test(the_limit_and_the_overdraft_are_told),
        check_test(the_size_of_stats_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
