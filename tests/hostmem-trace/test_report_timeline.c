/* The timeline, compared with every moment that was set: each is included in its column, however wide that is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report_timeline.h"

#define MOMENTS 5000

static report_timeline timeline;
static uint32_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

static int begin(void **state)
{
    (void)state;
    memset(&timeline, 0xdd, sizeof timeline);
    report_timeline_init(&timeline);
    seed = 99;
    return 0;
}

static report_moment moment_of(uint64_t committed, uint64_t heap, uint64_t limit)
{
    return (report_moment){.figures = {committed, heap, committed + heap}, .limits = {limit, 3, 2, 1}};
}

static void columns_have_least_most_and_last_of_their_time(void **state)
{
    static uint64_t ticks[MOMENTS], committed[MOMENTS];
    uint64_t at = 0, calls = 0;
    (void)state;
    for (int i = 0; i < MOMENTS; i++) {
        report_moment moment;
        at += draw(20) ? draw(50) : draw(100000);
        ticks[i] = at;
        committed[i] = draw(1000000);
        moment = moment_of(committed[i], draw(1000), i < MOMENTS / 2 ? 7 : 8);
        report_timeline_set(&timeline, at, &moment);
        report_timeline_count_call(&timeline);
        assert_true(timeline.columns.used <= REPORT_TIMELINE_COLUMNS);
    }
    at += 12345;
    report_timeline_end(&timeline, at);
    assert_int_equal(timeline.columns.used, at / timeline.columns.width + 1);
    assert_true(timeline.columns.used > REPORT_TIMELINE_COLUMNS / 2);
    for (uint32_t c = 0, i = 0; c < timeline.columns.used; c++) {
        const report_column *column = &timeline.column[c];
        uint64_t now = i ? committed[i - 1] : committed[0], least = now, most = now;
        for (; i < MOMENTS && ticks[i] / timeline.columns.width == c; i++) {
            now = committed[i];
            least = least < now ? least : now;
            most = most > now ? most : now;
        }
        assert_int_equal(column->least[REPORT_COMMITTED], least);
        assert_int_equal(column->most[REPORT_COMMITTED], most);
        assert_int_equal(column->last.figures[REPORT_COMMITTED], now);
        calls += column->calls;
    }
    assert_int_equal(calls, MOMENTS);
    assert_int_equal(timeline.column[0].last.limits.limit, 7);
    assert_int_equal(timeline.column[timeline.columns.used - 1].last.limits.limit, 8);
}

static void a_short_time_has_a_column_for_each_tick(void **state)
{
    report_moment low = moment_of(1, 0, 0), high = moment_of(5, 0, 0);
    (void)state;
    report_timeline_set(&timeline, 0, &low);
    report_timeline_set(&timeline, 2, &high);
    report_timeline_end(&timeline, 3);
    assert_int_equal(timeline.columns.used, 4);
    assert_int_equal(timeline.columns.width, 1);
    assert_int_equal(timeline.column[1].most[REPORT_COMMITTED], 1);
    assert_int_equal(timeline.column[2].least[REPORT_COMMITTED], 1);
    assert_int_equal(timeline.column[2].most[REPORT_COMMITTED], 5);
    assert_int_equal(timeline.column[3].least[REPORT_COMMITTED], 5);
}

static void the_longest_time_fits_and_the_past_counts_as_now(void **state)
{
    report_moment one = moment_of(1, 0, 0), two = moment_of(2, 0, 0);
    (void)state;
    report_timeline_set(&timeline, 0, &one);
    report_timeline_set(&timeline, UINT64_MAX, &two);
    report_timeline_set(&timeline, 17, &one);
    report_timeline_end(&timeline, 0);
    assert_int_equal(timeline.columns.used, REPORT_TIMELINE_COLUMNS);
    assert_int_equal(timeline.column[REPORT_TIMELINE_COLUMNS - 1].last.figures[REPORT_COMMITTED], 1);
    assert_int_equal(timeline.column[REPORT_TIMELINE_COLUMNS - 1].most[REPORT_COMMITTED], 2);
}

static void a_correction_reaches_back_and_stops_at_nothing(void **state)
{
    const int64_t by[REPORT_FIGURES] = {100, -50, 50};
    const report_limits limits = {40, 30, 20, 10};
    report_moment moment = moment_of(10, 20, 0);
    (void)state;
    report_timeline_set(&timeline, 0, &moment);
    report_timeline_end(&timeline, 9);
    report_timeline_add(&timeline, by);
    report_timeline_limit(&timeline, &limits);
    for (uint32_t c = 0; c < 10; c++) {
        assert_int_equal(timeline.column[c].least[REPORT_COMMITTED], 110);
        assert_int_equal(timeline.column[c].most[REPORT_HEAP], 0);
        assert_int_equal(timeline.column[c].last.figures[REPORT_USED], 80);
        assert_int_equal(timeline.column[c].last.limits.limit, 40);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(columns_have_least_most_and_last_of_their_time, begin),
        cmocka_unit_test_setup(a_short_time_has_a_column_for_each_tick, begin),
        cmocka_unit_test_setup(the_longest_time_fits_and_the_past_counts_as_now, begin),
        cmocka_unit_test_setup(a_correction_reaches_back_and_stops_at_nothing, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
