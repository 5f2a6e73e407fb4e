/* Memory load: the fuller of the machine and the budget. */
#include "load.h"

#include "check.h"

#define GIB ((UINT64)1 << 30)

static const struct {
    UINT64 limit;
    UINT64 used;
    UINT32 machine_percent;
    UINT64 machine_available;
    UINT32 load_percent;
    UINT64 available_bytes;
} cases[] = {
    /* No limit: the machine alone. */
    {0, 0, 0, 16 * GIB, 0, 16 * GIB},
    {0, 1000 * GIB, 37, 5 * GIB, 37, 5 * GIB},
    {0, 0, 100, 0, 100, 0},
    {UINT64_MAX, 5 * GIB, 37, 5 * GIB, 37, 5 * GIB},
    /* The machine is the fuller. */
    {8 * GIB, GIB, 90, 2 * GIB, 90, 2 * GIB},
    /* The budget is. */
    {8 * GIB, 6 * GIB, 10, 14 * GIB, 75, 2 * GIB},
    {1000, 850, 84, 14 * GIB, 85, 150},
    {1000, 999, 0, 14 * GIB, 99, 1},
    {1000, 1000, 0, 14 * GIB, 100, 0},
    /* Overdrawn. */
    {1000, 1001, 0, 14 * GIB, 100, 0},
    {1, UINT64_MAX, 0, 14 * GIB, 100, 0},
    /* Each figure comes from where it is the tighter. */
    {100 * GIB, 90 * GIB, 95, 14 * GIB, 95, 10 * GIB},
    {100 * GIB, 90 * GIB, 50, 8 * GIB, 90, 8 * GIB},
    /* Percentages of figures that times 100 do not fit. */
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
        const hostmem_os_memory status = {cases[i].machine_percent, 16 * GIB, cases[i].machine_available};
        hostmem_load load = {0xdddddddd, 0xdddddddd};
        UINT32 error;
        sim_os_set_memory_status(f->sim, &status);
        hostmem_budget_set_limit(f->core->budget, cases[i].limit);
        hostmem_budget_force(f->core->budget, cases[i].used);
        error = hostmem_load_now(f->os, f->core->budget, &load);
        hostmem_budget_refund(f->core->budget, cases[i].used);
        if (error || load.load_percent != cases[i].load_percent || load.available_bytes != cases[i].available_bytes)
            fail_msg("case %u: error %u, %u %%, %llu bytes", (unsigned)i, (unsigned)error, (unsigned)load.load_percent,
                     (unsigned long long)load.available_bytes);
    }
}

static void the_machine_that_does_not_answer(void **state)
{
    check_fixture *f = *state;
    hostmem_load load = {0xdddddddd, 0xdddddddd};
    hostmem_budget_set_limit(f->core->budget, 1000);
    sim_os_fail(f->sim, SIM_SET(SIM_MEMORY_STATUS), 0, 1, ERROR_ACCESS_DENIED);
    assert_int_equal(hostmem_load_now(f->os, f->core->budget, &load), ERROR_ACCESS_DENIED);
    assert_int_equal(load.load_percent, 0xdddddddd);
    assert_int_equal(load.available_bytes, 0xdddddddd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        check_test(the_fuller_of_the_machine_and_the_budget),
        check_test(the_machine_that_does_not_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
