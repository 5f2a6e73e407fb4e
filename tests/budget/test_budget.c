/* The limit: which requests are admitted at its edge, and that no figure wraps around. */
#include "budget/budget.h"
#include "check.h"
#include "config.h"

static const EMemoryCriticalLevel levels[] = {eTaskCritical, eAppDomainCritical, eProcessCritical};

/* A budget with only a limit, on the fixture's system. */
static hostmem_budget *make(check_fixture *f, uint64_t limit)
{
    hostmem_budget_config config = {.size = sizeof config, .limit_bytes = limit}, complete;
    hmi_config_mistake mistake;
    hostmem_budget *budget;
    assert_int_equal(hmi_config_complete_budget(&config, &complete, &mistake), S_OK);
    assert_int_equal(hmi_budget_make(&complete, f->os, &budget), 0);
    return budget;
}

static uint64_t used(hostmem_budget *budget)
{
    return atomic_load(&budget->charged_bytes);
}

/* Charges a budget that has this limit and use; checks the result and the new use. */
static void expect_charge(check_fixture *f, uint64_t limit, uint64_t use, uint64_t bytes, bool bounded, bool process)
{
    size_t i;
    for (i = 0; i < CHECK_COUNT_OF(levels); i++) {
        hostmem_budget *budget = make(f, limit);
        bool expected = levels[i] == eProcessCritical ? process : bounded, admitted;
        hmi_budget_force(budget, use);
        admitted = hmi_budget_charge(budget, bytes, levels[i]);
        if (admitted != expected || used(budget) != use + (expected ? bytes : 0))
            fail_msg("limit %llu, used %llu, %llu more, level %d: %d", (unsigned long long)limit,
                     (unsigned long long)use, (unsigned long long)bytes, (int)levels[i], admitted);
        hostmem_budget_release(budget);
    }
}

static void the_limit_admits_to_its_last_byte(void **state)
{
    expect_charge(*state, 100, 0, 100, true, true);
    expect_charge(*state, 100, 0, 101, false, true);
    expect_charge(*state, 100, 60, 40, true, true);
    expect_charge(*state, 100, 60, 41, false, true);
    expect_charge(*state, 100, 99, 1, true, true);
    expect_charge(*state, 100, 100, 1, false, true);
    expect_charge(*state, 1, 0, 1, true, true);
    expect_charge(*state, 1, 0, 2, false, true);
}

static void above_the_limit_nothing_is_admitted_but_nothing(void **state)
{
    expect_charge(*state, 100, 100, 0, true, true);
    expect_charge(*state, 100, 101, 0, true, true);
    expect_charge(*state, 100, 101, 1, false, true);
    expect_charge(*state, 100, UINT64_MAX, 0, true, true);
    expect_charge(*state, 1, 5000, 1, false, true);
}

static void no_limit_admits_everything(void **state)
{
    expect_charge(*state, 0, 0, 1, true, true);
    expect_charge(*state, 0, 0, UINT64_MAX, true, true);
    expect_charge(*state, 0, (uint64_t)1 << 62, (uint64_t)1 << 62, true, true);
}

static void sums_never_wrap_around_under_a_limit(void **state)
{
    expect_charge(*state, 100, 60, UINT64_MAX, false, false);
    expect_charge(*state, 100, 60, UINT64_MAX - 59, false, false);
    expect_charge(*state, 100, 60, UINT64_MAX - 60, false, true);
    expect_charge(*state, 100, UINT64_MAX, 1, false, false);
    expect_charge(*state, UINT64_MAX - 1, UINT64_MAX - 1, 1, false, true);
    expect_charge(*state, UINT64_MAX - 1, UINT64_MAX - 2, 1, true, true);
    expect_charge(*state, UINT64_MAX - 1, UINT64_MAX - 2, 3, false, false);
    expect_charge(*state, UINT64_MAX - 1, 0, UINT64_MAX - 1, true, true);
    expect_charge(*state, UINT64_MAX - 1, 0, UINT64_MAX, false, true);
}

static void a_process_request_overdraws_and_others_wait_for_its_refund(void **state)
{
    hostmem_budget *budget = make(*state, 100);
    assert_true(hmi_budget_charge(budget, 90, eTaskCritical));
    assert_true(hmi_budget_charge(budget, 50, eProcessCritical));
    assert_true(used(budget) == 140);
    assert_false(hmi_budget_charge(budget, 1, eTaskCritical));
    assert_false(hmi_budget_charge(budget, 1, eAppDomainCritical));
    hmi_budget_refund(budget, 40);
    assert_false(hmi_budget_charge(budget, 1, eTaskCritical));
    hmi_budget_refund(budget, 1);
    assert_false(hmi_budget_charge(budget, 2, eAppDomainCritical));
    assert_true(hmi_budget_charge(budget, 1, eAppDomainCritical));
    hmi_budget_refund(budget, 100);
    assert_true(used(budget) == 0);
    hostmem_budget_release(budget);
}

static void a_refused_charge_leaves_room_for_a_smaller_one(void **state)
{
    hostmem_budget *budget = make(*state, 100);
    assert_false(hmi_budget_charge(budget, 101, eTaskCritical));
    assert_true(hmi_budget_charge(budget, 100, eTaskCritical));
    hostmem_budget_release(budget);
}

static void the_limit_may_change_while_memory_is_in_use(void **state)
{
    hostmem_budget *budget = make(*state, 0);
    assert_true(hmi_budget_limit(budget) == 0);
    assert_true(hmi_budget_charge(budget, 1000, eTaskCritical));
    hmi_budget_set_limit(budget, 400);
    assert_true(hmi_budget_limit(budget) == 400);
    assert_true(used(budget) == 1000);
    assert_false(hmi_budget_charge(budget, 1, eTaskCritical));
    assert_true(hmi_budget_charge(budget, 0, eTaskCritical));
    hmi_budget_refund(budget, 601);
    assert_true(hmi_budget_charge(budget, 1, eTaskCritical));
    assert_false(hmi_budget_charge(budget, 1, eTaskCritical));
    hmi_budget_set_limit(budget, 401);
    assert_true(hmi_budget_charge(budget, 1, eTaskCritical));
    hmi_budget_set_limit(budget, 0);
    assert_true(hmi_budget_limit(budget) == 0);
    assert_true(hmi_budget_charge(budget, 1 << 30, eTaskCritical));
    hostmem_budget_release(budget);
}

static void force_charges_whatever_the_limit(void **state)
{
    hostmem_budget *budget = make(*state, 10);
    hmi_budget_force(budget, 500);
    assert_true(used(budget) == 500);
    hmi_budget_refund(budget, 500);
    assert_true(used(budget) == 0);
    hostmem_budget_release(budget);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        check_test(the_limit_admits_to_its_last_byte),
        check_test(above_the_limit_nothing_is_admitted_but_nothing),
        check_test(no_limit_admits_everything),
        check_test(sums_never_wrap_around_under_a_limit),
        check_test(a_process_request_overdraws_and_others_wait_for_its_refund),
        check_test(a_refused_charge_leaves_room_for_a_smaller_one),
        check_test(the_limit_may_change_while_memory_is_in_use),
        check_test(force_charges_whatever_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
