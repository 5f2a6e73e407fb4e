/* Memory load: the highest of the machine's, the job's and the budget's. */
#include "budget/memory_load.h"

#include "check.h"
#include "core_state.h"

#define GIB ((UINT64)1 << 30)

static const struct {
    UINT64 limit;
    UINT64 used;
    UINT32 machine_percent;
    UINT64 machine_available;
    UINT32 load_percent;
    UINT64 available_bytes;
} cases[] = {
    /* No limit: only the machine. */
    {0, 0, 0, 16 * GIB, 0, 16 * GIB},
    {0, 1000 * GIB, 37, 5 * GIB, 37, 5 * GIB},
    {0, 0, 100, 0, 100, 0},
    {UINT64_MAX, 5 * GIB, 37, 5 * GIB, 37, 5 * GIB},
    /* The machine's load is higher. */
    {8 * GIB, GIB, 90, 2 * GIB, 90, 2 * GIB},
    /* The budget's load is higher. */
    {8 * GIB, 6 * GIB, 10, 14 * GIB, 75, 2 * GIB},
    {1000, 850, 84, 14 * GIB, 85, 150},
    {1000, 999, 0, 14 * GIB, 99, 1},
    {1000, 1000, 0, 14 * GIB, 100, 0},
    /* Over the limit. */
    {1000, 1001, 0, 14 * GIB, 100, 0},
    {1, UINT64_MAX, 0, 14 * GIB, 100, 0},
    /* The percentage comes from one, the free bytes from the other. */
    {100 * GIB, 90 * GIB, 95, 14 * GIB, 95, 10 * GIB},
    {100 * GIB, 90 * GIB, 50, 8 * GIB, 90, 8 * GIB},
    /* Figures too large to be multiplied by 100. */
    {UINT64_MAX - 1, UINT64_MAX / 2, 0, UINT64_MAX, 49, UINT64_MAX / 2},
    {(UINT64)1 << 63, (UINT64)1 << 62, 0, UINT64_MAX, 50, (UINT64)1 << 62},
    {UINT64_MAX / 100, UINT64_MAX / 200, 0, UINT64_MAX, 50, UINT64_MAX / 100 - UINT64_MAX / 200},
    {1, 0, 3, 7, 3, 1},
};

static void the_fuller_of_the_machine_and_the_budget(void **state)
{
    check_fixture *f = *state;
    size_t i;
    for (i = 0; i < CHECK_COUNT_OF(cases); i++) {
        const hmi_os_memory status = {cases[i].machine_percent, 16 * GIB, cases[i].machine_available};
        hmi_memory_load load = {0xdddddddd, 0xdddddddd};
        UINT32 error;
        sim_os_set_memory_status(f->sim, &status);
        hmi_budget_set_limit(f->core->budget, cases[i].limit);
        hmi_budget_force(f->core->budget, cases[i].used);
        error = hmi_memory_load_now(f->os, f->core->budget, &load);
        hmi_budget_refund(f->core->budget, cases[i].used);
        if (error || load.load_percent != cases[i].load_percent || load.available_bytes != cases[i].available_bytes)
            fail_msg("case %u: error %u, %u %%, %llu bytes", (unsigned)i, (unsigned)error, (unsigned)load.load_percent,
                     (unsigned long long)load.available_bytes);
    }
}

/* The machine is at 40 % with 6000 free in all cases. */
static const struct {
    hmi_os_job job;
    UINT64 limit;
    UINT64 used;
    UINT32 load_percent;
    UINT64 available_bytes;
} job_cases[] = {
    /* No job, or one without limits: its use does not matter. */
    {{0, 0, 0, 0}, 0, 0, 40, 6000},
    {{0, 5000, 0, 9000}, 0, 0, 40, 6000},
    /* Each limit alone: less loaded than the machine, more, at the limit, above it. */
    {{10000, 1000, 0, 1000}, 0, 0, 40, 6000},
    {{10000, 7000, 0, 7000}, 0, 0, 70, 3000},
    {{1000, 1000, 0, 1000}, 0, 0, 100, 0},
    {{1000, 1001, 0, 1001}, 0, 0, 100, 0},
    {{0, 1000, 10000, 1000}, 0, 0, 40, 6000},
    {{0, 100, 10000, 7000}, 0, 0, 70, 3000},
    {{0, 100, 1000, 1000}, 0, 0, 100, 0},
    {{0, 100, 1000, 1001}, 0, 0, 100, 0},
    /* Higher percentage but more free bytes than the machine; and the reverse. */
    {{100000, 90000, 0, 0}, 0, 0, 90, 6000},
    {{0, 0, 100000, 90000}, 0, 0, 90, 6000},
    {{5500, 100, 0, 0}, 0, 0, 40, 5400},
    {{0, 0, 5500, 100}, 0, 0, 40, 5400},
    /* Both: one has the higher percentage, the other fewer free bytes. */
    {{10000, 5000, 20000, 16500}, 0, 0, 82, 3500},
    {{10000, 9000, 20000, 16500}, 0, 0, 90, 1000},
    {{3000, 1500, 50000, 45000}, 0, 0, 90, 1500},
    /* With the budget as well; each is the tightest in turn. */
    {{10000, 5000, 20000, 16000}, 1000, 950, 95, 50},
    {{10000, 9700, 20000, 16000}, 1000, 500, 97, 300},
    {{10000, 9000, 20000, 19800}, 1000, 500, 99, 200},
    {{10000, 9000, 20000, 19800}, 100, 98, 99, 2},
    {{10000, 5000, 20000, 8000}, 100000, 99000, 99, 1000},
    /* Limits that cannot be reached. */
    {{UINT64_MAX, 5000, UINT64_MAX, 5000}, 0, 0, 40, 6000},
    {{UINT64_MAX, (UINT64)1 << 63, 0, 0}, 0, 0, 50, 6000},
};

static void the_fullest_of_the_machine_the_job_and_the_budget(void **state)
{
    static const hmi_os_memory machine = {40, 10000, 6000};
    check_fixture *f = *state;
    size_t i;
    sim_os_set_memory_status(f->sim, &machine);
    for (i = 0; i < CHECK_COUNT_OF(job_cases); i++) {
        hmi_memory_load load = {0xdddddddd, 0xdddddddd};
        UINT32 error;
        sim_os_set_job(f->sim, &job_cases[i].job);
        hmi_budget_set_limit(f->core->budget, job_cases[i].limit);
        hmi_budget_force(f->core->budget, job_cases[i].used);
        error = hmi_memory_load_now(f->os, f->core->budget, &load);
        hmi_budget_refund(f->core->budget, job_cases[i].used);
        if (error || load.load_percent != job_cases[i].load_percent ||
            load.available_bytes != job_cases[i].available_bytes)
            fail_msg("case %u: error %u, %u %%, %llu bytes", (unsigned)i, (unsigned)error, (unsigned)load.load_percent,
                     (unsigned long long)load.available_bytes);
    }
}

static void the_machine_that_does_not_answer(void **state)
{
    check_fixture *f = *state;
    hmi_memory_load load = {0xdddddddd, 0xdddddddd};
    hmi_budget_set_limit(f->core->budget, 1000);
    sim_os_fail(f->sim, SIM_SET(SIM_MEMORY_STATUS), 0, 1, ERROR_ACCESS_DENIED);
    assert_int_equal(hmi_memory_load_now(f->os, f->core->budget, &load), ERROR_ACCESS_DENIED);
    assert_int_equal(load.load_percent, 0xdddddddd);
    assert_int_equal(load.available_bytes, 0xdddddddd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        check_test(the_fuller_of_the_machine_and_the_budget),
        check_test(the_fullest_of_the_machine_the_job_and_the_budget),
        check_test(the_machine_that_does_not_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
