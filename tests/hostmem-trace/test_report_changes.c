/* What was live of origins over time: the same as a list of all values, however often columns are merged; and what
 * happens when there is no memory for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report_origins.h"

static bool has_memory = true;

static void *may_realloc(void *old, size_t bytes)
{
    return has_memory ? realloc(old, bytes) : NULL;
}

#define realloc may_realloc
#include "../../examples/hostmem-trace/report_changes.c"
#undef realloc

enum { ORIGINS = 3, TICKS = 5000 };

static report_origins origins;

static int begin(void **state)
{
    (void)state;
    has_memory = true;
    memset(&origins, 0, sizeof origins);
    return report_origins_init(&origins) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    report_origins_destroy(&origins);
    return 0;
}

static report_change live_at_the_end_of(const report_changes *changes, uint32_t column)
{
    report_change live = {0};
    for (uint32_t i = 0; i < changes->used && changes->list[i].column <= column; i++)
        live = changes->list[i];
    return live;
}

static void check_all(uint64_t bytes[ORIGINS][TICKS], uint64_t count[ORIGINS][TICKS], uint64_t now)
{
    const report_columns *columns = &origins.columns;
    assert_in_range(columns->used, 1, REPORT_MOMENTS);
    assert_int_equal(columns->used - 1, now / columns->width);
    for (uint32_t i = 0; i < ORIGINS; i++) {
        const report_changes *changes = &origins.origins[report_origins_find(&origins, i + 1)].changes;
        assert_true(changes->used <= REPORT_MOMENTS);
        for (uint32_t column = 0; column < columns->used; column++) {
            uint64_t last = (column + 1) * columns->width - 1;
            const report_change live = live_at_the_end_of(changes, column);
            assert_int_equal(live.bytes, bytes[i][last < now ? last : now]);
            assert_int_equal(live.count, count[i][last < now ? last : now]);
        }
    }
}

/* One origin changes at every tick, one seldom, one only at the beginning. */
static void columns_end_with_the_values_of_their_last_moments(void **state)
{
    static uint64_t bytes[ORIGINS][TICKS], count[ORIGINS][TICKS];
    uint32_t indices[ORIGINS];
    (void)state;
    for (uint32_t i = 0; i < ORIGINS; i++)
        indices[i] = report_origins_find(&origins, i + 1);
    for (uint64_t now = 0; now < TICKS; now++) {
        report_origins_advance(&origins, now);
        for (uint32_t i = 0; i < ORIGINS; i++) {
            report_origin *origin = &origins.origins[indices[i]];
            if (i == 0 || (i == 1 && now % 700 == 3) || (i == 2 && now < 5))
                report_origins_take(&origins, indices[i], now + 10);
            if (i == 0 && now % 3)
                report_origins_give_back(&origins, indices[i], now + 10);
            bytes[i][now] = origin->live_bytes;
            count[i][now] = origin->live_count;
        }
        if (now < 300 || now % 97 == 0)
            check_all(bytes, count, now);
    }
    check_all(bytes, count, TICKS - 1);
    assert_int_equal(origins.origins[indices[1]].changes.used, (TICKS - 4) / 700 + 1);
    assert_int_equal(origins.origins[indices[2]].changes.used, 1);
}

static void time_may_leap(void **state)
{
    uint32_t index = report_origins_find(&origins, 1);
    (void)state;
    report_origins_advance(&origins, 5);
    report_origins_take(&origins, index, 100);
    report_origins_advance(&origins, UINT64_MAX);
    report_origins_take(&origins, index, 10);
    report_origins_advance(&origins, 7); /* late: counts as the present */
    report_origins_take(&origins, index, 1);
    assert_true(origins.columns.used <= REPORT_MOMENTS);
    assert_int_equal(origins.origins[index].changes.used, 2);
    assert_int_equal(live_at_the_end_of(&origins.origins[index].changes, 0).bytes, 100);
    assert_int_equal(live_at_the_end_of(&origins.origins[index].changes, origins.columns.used - 1).bytes, 111);
}

static void without_memory_all_changes_are_dropped_and_the_figures_go_on(void **state)
{
    uint32_t first = report_origins_find(&origins, 1), second = report_origins_find(&origins, 2);
    (void)state;
    report_origins_take(&origins, first, 100);
    has_memory = false;
    report_origins_take(&origins, second, 20);
    assert_true(origins.changes_are_lost);
    assert_int_equal(origins.origins[first].changes.used, 0);
    assert_int_equal(origins.origins[second].changes.used, 0);
    has_memory = true;
    report_origins_take(&origins, second, 20);
    report_origins_give_back(&origins, first, 100);
    report_origins_advance(&origins, 1000);
    assert_int_equal(origins.origins[second].live_bytes, 40);
    assert_int_equal(origins.origins[first].live_bytes, 0);
    assert_int_equal(origins.origins[second].changes.used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(columns_end_with_the_values_of_their_last_moments, begin, end),
        cmocka_unit_test_setup_teardown(time_may_leap, begin, end),
        cmocka_unit_test_setup_teardown(without_memory_all_changes_are_dropped_and_the_figures_go_on, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
