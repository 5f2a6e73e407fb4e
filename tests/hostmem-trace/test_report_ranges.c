/* Ranges of states, compared with an array that has a state for each address. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report_ranges.h"

#define ADDRESSES 4096u

static uint32_t model[ADDRESSES];
static uint32_t seed = 12345;

static uint32_t draw(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

typedef struct wish {
    uint32_t from, to; /* pieces in state `from` (9: any) become `to` */
    uint64_t next;     /* where the next piece must begin */
} wish;

static uint32_t choose(void *context, uint64_t start, uint64_t end, uint32_t old)
{
    wish *wanted = context;
    assert_int_equal(start, wanted->next);
    assert_true(end > start);
    for (uint64_t i = start; i < end; i++)
        assert_int_equal(model[i], old);
    wanted->next = end;
    return wanted->from == 9 || wanted->from == old ? wanted->to : old;
}

static void update(report_ranges *ranges, uint64_t start, uint64_t end, uint32_t from, uint32_t to)
{
    wish wanted = {from, to, start};
    assert_true(report_ranges_update(ranges, start, end, choose, &wanted));
    assert_int_equal(wanted.next, end > start ? end : start);
    for (uint64_t i = start; i < end; i++) {
        if (from == 9 || model[i] == from)
            model[i] = to;
    }
}

/* Every address has the right state, and neighbours are merged. Returns the number of ranges. */
static unsigned check(const report_ranges *ranges)
{
    unsigned count = 0;
    uint64_t at = 0;
    for (;;) {
        report_range range = report_ranges_next(ranges, at);
        uint64_t until = range.state ? range.start : ADDRESSES;
        for (; at < until; at++)
            assert_int_equal(model[at], 0);
        if (!range.state)
            return count;
        assert_true(range.end > range.start);
        for (; at < range.end; at++)
            assert_int_equal(model[at], range.state);
        assert_true(at == ADDRESSES || model[at] != range.state);
        count++;
    }
}

static void random_updates_leave_what_an_array_would_have(void **state)
{
    report_ranges ranges = {0};
    unsigned most = 0;
    (void)state;
    memset(model, 0, sizeof model);
    for (int i = 0; i < 20000; i++) {
        uint32_t start = draw(ADDRESSES), length = draw(draw(100) ? 4 : 400);
        uint32_t end = start + length < ADDRESSES ? start + length : ADDRESSES;
        update(&ranges, start, end, draw(2) ? 9 : draw(4), draw(4));
        if (i % 50 == 0) {
            unsigned count = check(&ranges);
            most = most < count ? count : most;
        }
    }
    assert_true(most > 600); /* so that there were several leaves */
    update(&ranges, 0, ADDRESSES, 9, 0);
    assert_int_equal(check(&ranges), 0);
    assert_int_equal(ranges.leaf_count, 0);
    report_ranges_destroy(&ranges);
}

static void many_ranges_in_either_order_are_all_found(void **state)
{
    (void)state;
    for (int order = 0; order < 3; order++) {
        report_ranges ranges = {0};
        memset(model, 0, sizeof model);
        for (uint32_t i = 0; i < ADDRESSES / 2; i++) {
            uint32_t at = order == 0 ? i : order == 1 ? ADDRESSES / 2 - 1 - i : i * 767u % (ADDRESSES / 2);
            update(&ranges, 2 * at, 2 * at + 1, 9, 1 + at % 3);
        }
        assert_int_equal(check(&ranges), ADDRESSES / 2);
        update(&ranges, 1, ADDRESSES - 1, 0, 2);
        check(&ranges);
        report_ranges_destroy(&ranges);
    }
}

static uint32_t become_one(void *context, uint64_t start, uint64_t end, uint32_t old)
{
    (void)context, (void)start, (void)end, (void)old;
    return 1;
}

static void the_ends_of_the_address_space_are_addresses_too(void **state)
{
    report_ranges ranges = {0};
    report_range range;
    (void)state;
    assert_true(report_ranges_update(&ranges, UINT64_MAX - 10, UINT64_MAX, become_one, NULL));
    assert_true(report_ranges_update(&ranges, 0, 1, become_one, NULL));
    range = report_ranges_next(&ranges, 1);
    assert_true(range.start == UINT64_MAX - 10 && range.end == UINT64_MAX);
    assert_true(report_ranges_update(&ranges, 1, UINT64_MAX - 10, become_one, NULL));
    range = report_ranges_next(&ranges, 77);
    assert_true(range.start == 0 && range.end == UINT64_MAX);
    assert_int_equal(report_ranges_next(&ranges, UINT64_MAX).state, 0);
    report_ranges_destroy(&ranges);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_updates_leave_what_an_array_would_have),
        cmocka_unit_test(many_ranges_in_either_order_are_all_found),
        cmocka_unit_test(the_ends_of_the_address_space_are_addresses_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
