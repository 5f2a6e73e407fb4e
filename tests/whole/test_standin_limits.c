/* The stand-in's trees under limits computed from what they use without one: the notification thread's Low makes
 * the runtime collect in time, waiting requests get what a collection frees, and too little memory ends in an
 * exception that is caught. Nothing here depends on speed: without notifications the heap only collects far above
 * 60 % of its peak, so the first approach to the limit sends a Low, either at 90 % or because a request is refused. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <hostmem/hostmem.h>

#include "standin_life_check.h"

/* Longer than any run: a wait that lasts so long was not answered. */
#define LONG_WAIT_MS 300000u
/* For memory that does not come. */
#define SHORT_WAIT_MS 5u

/* A run of Trees.Run, and what it uses without a limit, measured once. */
typedef struct workload {
    const WCHAR *argument;
    UINT32 depth, threads;
    standin_life unlimited;
} workload;

/* Small trees on several threads fit into 60 % of the peak with their live nodes; a single thread's large tree does
 * not fit into 10 %, in whatever order the threads run. */
static workload small_trees = {.argument = L"15,4", .depth = 15, .threads = 4};
static workload large_trees = {.argument = L"17,2", .depth = 17, .threads = 2};

static DWORD expected(const workload *trees)
{
    return standin_trees_expected(trees->depth, trees->threads);
}

static UINT64 percent_of_peak(const workload *trees, UINT64 percent)
{
    return trees->unlimited.finished.peak_used_bytes * percent / 100;
}

static BOOL measure(workload *trees)
{
    standin_live(&(standin_plan){.argument = trees->argument}, &trees->unlimited);
    return trees->unlimited.result == expected(trees);
}

static int measure_the_peaks(void **state)
{
    (void)state;
    return measure(&small_trees) && measure(&large_trees) ? 0 : -1;
}

static void live_within(UINT64 percent, const workload *trees, standin_plan plan, standin_life *life)
{
    plan.argument = trees->argument;
    plan.limit_bytes = percent_of_peak(trees, percent);
    standin_live(&plan, life);
}

static void assert_all_notifications_arrived(const standin_life *life)
{
    for (int kind = eMemoryAvailableLow; kind <= eMemoryAvailableHigh; kind++)
        assert_int_equal(life->report.notifications[kind], life->ended.notifications[kind - eMemoryAvailableLow]);
}

static void nothing_is_collected_for_low_without_a_limit(void **state)
{
    const standin_life *life = &small_trees.unlimited;

    (void)state;
    assert_int_equal(life->report.notifications[eMemoryAvailableLow], 0);
    assert_int_equal(life->report.collections_by_low, 0);
    assert_int_equal(life->finished.limit_bytes, 0);
    assert_orderly(life);
}

static void sixty_percent_of_the_peak_is_enough_with_collections_for_low(void **state)
{
    standin_life life;

    (void)state;
    live_within(60, &small_trees, (standin_plan){0}, &life);
    assert_int_equal(life.run, S_OK);
    assert_int_equal(life.result, expected(&small_trees));
    assert_int_equal(life.report.tasks_out_of_memory, 0);
    assert_true(life.report.notifications[eMemoryAvailableLow] > 0);
    assert_all_notifications_arrived(&life);
    assert_true(life.report.collections_by_low > 0);
    assert_true(life.report.collections > small_trees.unlimited.report.collections);
    assert_int_equal(life.finished.refused[eProcessCritical], 0);
    assert_orderly(&life);
}

/* For the case that process-critical requests can be refused, too. The reserve is more than two threads can commit
 * with a lock held, for themselves and for threads that take from them, before their requests are task-critical
 * again. */
static void a_reserve_spares_the_process_refusals_without_overdraft(void **state)
{
    const hostmem_budget_config budget = {
        .size = sizeof(budget),
        .flags = HOSTMEM_NO_PROCESS_OVERDRAFT,
        .process_reserve_bytes = percent_of_peak(&small_trees, 15),
    };
    standin_life life;

    (void)state;
    live_within(60, &small_trees, (standin_plan){.budget = &budget}, &life);
    assert_int_equal(life.result, expected(&small_trees));
    assert_int_equal(life.finished.refused[eProcessCritical], 0);
    assert_true(life.finished.peak_used_bytes <= percent_of_peak(&small_trees, 60));
    assert_true(life.report.collections_by_low > 0);
    assert_orderly(&life);
}

static void ten_percent_of_the_peak_is_a_caught_out_of_memory(void **state)
{
    standin_life life;

    (void)state;
    live_within(10, &large_trees, (standin_plan){.run_again_freely = TRUE}, &life);
    assert_int_equal(life.run, S_OK);
    assert_int_equal((LONG)life.result, -2);
    assert_int_equal(life.report.tasks_out_of_memory, 2);
    assert_true(life.finished.refused[eTaskCritical] > 0);
    assert_int_equal(life.finished.refused[eProcessCritical], 0);
    assert_int_equal(life.second_result, expected(&large_trees)); /* the process and the runtime are still running */
    assert_orderly(&life);
}

/* Low is only sent because of refusals here, so memory must run out and a request must wait. If the collection had
 * to wait for that thread, the wait would end without memory. */
static void requests_that_wait_get_what_a_collection_gives_back(void **state)
{
    const hostmem_budget_config budget = {
        .size = sizeof(budget),
        .flags = HOSTMEM_NO_PROCESS_OVERDRAFT,
        .wait_ms = {LONG_WAIT_MS, LONG_WAIT_MS, LONG_WAIT_MS},
        .low_percent = 100,
    };
    standin_life life;

    (void)state;
    live_within(60, &small_trees, (standin_plan){.budget = &budget}, &life);
    assert_int_equal(life.result, expected(&small_trees));
    assert_true(life.finished.waits[eTaskCritical] + life.finished.waits[eAppDomainCritical] +
                    life.finished.waits[eProcessCritical] >
                0);
    for (int level = eTaskCritical; level <= eProcessCritical; level++)
        assert_int_equal(life.finished.refused[level], 0);
    assert_true(life.report.collections_by_low > 0);
    assert_int_equal(life.report.collections_by_refusal, 0);
    assert_orderly(&life);
}

static void waits_for_memory_that_never_comes_end_in_a_caught_out_of_memory(void **state)
{
    const hostmem_budget_config budget = {.size = sizeof(budget),
                                          .wait_ms = {SHORT_WAIT_MS, SHORT_WAIT_MS, SHORT_WAIT_MS}};
    standin_life life;

    (void)state;
    live_within(10, &large_trees, (standin_plan){.budget = &budget, .run_again_freely = TRUE}, &life);
    assert_int_equal(life.run, S_OK);
    assert_int_equal((LONG)life.result, -2);
    assert_true(life.finished.refused[eTaskCritical] > 0);
    assert_true(life.finished.waits[eTaskCritical] >= life.finished.refused[eTaskCritical]);
    assert_int_equal(life.second_result, expected(&large_trees));
    assert_orderly(&life);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_collected_for_low_without_a_limit),
        cmocka_unit_test(sixty_percent_of_the_peak_is_enough_with_collections_for_low),
        cmocka_unit_test(a_reserve_spares_the_process_refusals_without_overdraft),
        cmocka_unit_test(ten_percent_of_the_peak_is_a_caught_out_of_memory),
        cmocka_unit_test(requests_that_wait_get_what_a_collection_gives_back),
        cmocka_unit_test(waits_for_memory_that_never_comes_end_in_a_caught_out_of_memory),
    };

    return cmocka_run_group_tests(tests, measure_the_peaks, NULL);
}
