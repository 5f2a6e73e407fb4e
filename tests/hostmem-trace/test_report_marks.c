/* Which events are marks of which kind, and that any number of them is handled. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report_marks.h"

static report_marks marks;

static int begin(void **state)
{
    (void)state;
    memset(&marks, 0, sizeof marks);
    report_marks_init(&marks);
    return 0;
}

static const struct {
    uint8_t what;
    uint16_t flags;
    uint32_t result, value;
    uint32_t kinds; /* a bit each */
} cases[] = {
    {HOSTMEM_TRACE_VIRTUAL_ALLOC, 0, 0, 0, 0},
    {HOSTMEM_TRACE_VIRTUAL_ALLOC, 0, 0x8007000e, 0, 1 << REPORT_MARK_REFUSED},
    {HOSTMEM_TRACE_ALLOC, 0, 0x80131024, 0, 1 << REPORT_MARK_REFUSED},
    {HOSTMEM_TRACE_DEBUG_ALLOC, 0, 0x80131026, 0, 1 << REPORT_MARK_REFUSED},
    {HOSTMEM_TRACE_CREATE_MALLOC, 0, 0x80131023, 0, 1 << REPORT_MARK_REFUSED},
    {HOSTMEM_TRACE_ALLOC, 0, 0x80004005, 0, 1 << REPORT_MARK_REFUSED},
    {HOSTMEM_TRACE_VIRTUAL_ALLOC, 0, 0x80070057, 0, 1 << REPORT_MARK_FAILED},
    {HOSTMEM_TRACE_FREE, 0, 0x80131022, 0, 1 << REPORT_MARK_FAILED},
    {HOSTMEM_TRACE_NEEDS_ADDRESS_SPACE, 0, 0x8007000e, 0, 1 << REPORT_MARK_FAILED},
    {HOSTMEM_TRACE_ALLOC, HOSTMEM_TRACE_INJECTED, 0x8007000e, 0, 1 << REPORT_MARK_INJECTED | 1 << REPORT_MARK_REFUSED},
    {HOSTMEM_TRACE_VIRTUAL_FREE, HOSTMEM_TRACE_INJECTED, 0, 0, 1 << REPORT_MARK_INJECTED},
    {HOSTMEM_TRACE_NOTIFICATION, 0, 0, 1, 1 << REPORT_MARK_LOW},
    {HOSTMEM_TRACE_NOTIFICATION, 0, 0, 2, 1 << REPORT_MARK_NEUTRAL},
    {HOSTMEM_TRACE_NOTIFICATION, 0, 0, 3, 1 << REPORT_MARK_HIGH},
    {HOSTMEM_TRACE_NOTIFICATION, 0, 0, 4, 0},
    {HOSTMEM_TRACE_NOTIFICATION, 0, 0, 0, 0},
    {HOSTMEM_TRACE_WAITED, 0, 0x80131024, 10, 1 << REPORT_MARK_WAITED},
    {HOSTMEM_TRACE_LIMIT, 0, 0, 0, 1 << REPORT_MARK_LIMIT},
    {HOSTMEM_TRACE_CLOSED, 0, 0, 2, 1 << REPORT_MARK_CLOSED},
    {HOSTMEM_TRACE_REFUSED, 0, 0x8007000e, 8, 0},
};

static void each_event_is_a_mark_of_the_right_kinds(void **state)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hostmem_trace_event event = {.what = cases[i].what,
                                     .flags = cases[i].flags,
                                     .result = cases[i].result,
                                     .value = cases[i].value,
                                     .level = 1};
        uint32_t found = 0;
        begin(state);
        report_marks_add(&marks, 5, &event);
        for (int kind = 0; kind < REPORT_MARK_KINDS; kind++)
            found |= (uint32_t)(marks.count[kind] > 0) << kind;
        assert_int_equal(found, cases[i].kinds);
        assert_int_equal(marks.refused[1], (cases[i].kinds & 1 << REPORT_MARK_REFUSED) != 0);
    }
}

static void add_refusal(uint32_t thread, uint32_t by, uint32_t error)
{
    const hostmem_trace_event event = {
        .what = HOSTMEM_TRACE_REFUSED, .result = 0x8007000e, .thread = thread, .type = by, .value = error};
    report_marks_add(&marks, 0, &event);
}

static void add_call(uint32_t thread)
{
    const hostmem_trace_event event = {.what = HOSTMEM_TRACE_ALLOC, .result = 0x8007000e, .thread = thread};
    report_marks_add(&marks, 0, &event);
}

static void a_refusal_is_of_who_has_refused_it_on_its_thread(void **state)
{
    const report_cluster *cluster = &marks.cluster[0][REPORT_MARK_REFUSED];
    (void)state;
    add_refusal(4, HOSTMEM_TRACE_BY_SYSTEM, 8);
    add_refusal(8, HOSTMEM_TRACE_BY_BUDGET, 1455);
    add_call(12); /* from an older trace, which does not say who refused */
    assert_int_equal(cluster->refused_by[0] + cluster->refused_by[1], 0);
    add_call(8);
    assert_int_equal(cluster->refused_by[0], 1);
    assert_int_equal(cluster->refused_by[1], 0);
    add_call(4);
    add_call(4); /* not the call that the refusal belongs to */
    assert_int_equal(cluster->refused_by[0], 1);
    assert_int_equal(cluster->refused_by[1], 1);
    assert_int_equal(marks.refused_by[0], 1);
    assert_int_equal(marks.refused_by[1], 1);
    assert_int_equal(marks.last_system_error, 8);
    add_refusal(4, 3, 99); /* by an unknown refuser */
    add_call(4);
    assert_int_equal(marks.refused_by[0] + marks.refused_by[1], 2);
    assert_int_equal(marks.count[REPORT_MARK_REFUSED], 5);
}

static void clusters_keep_the_number_the_first_and_the_sum(void **state)
{
    uint64_t counts = 0, bytes = 0, last = 0;
    (void)state;
    for (uint64_t i = 0; i < 100000; i++) {
        hostmem_trace_event event = {
            .what = HOSTMEM_TRACE_ALLOC, .result = 0x8007000e, .size = i, .thread = (uint32_t)i};
        report_marks_add(&marks, i * 37, &event);
    }
    assert_true(marks.columns.used <= REPORT_MARKS_COLUMNS && marks.columns.used > REPORT_MARKS_COLUMNS / 2);
    for (uint32_t c = 0; c < marks.columns.used; c++) {
        const report_cluster *cluster = &marks.cluster[c][REPORT_MARK_REFUSED];
        assert_true(cluster->count > 0);
        assert_int_equal(cluster->first_ticks / marks.columns.width, c);
        assert_int_equal(cluster->last_ticks / marks.columns.width, c);
        assert_int_equal(cluster->first.thread * 37ull, cluster->first_ticks);
        assert_true(!c || cluster->first_ticks == last + 37);
        last = cluster->last_ticks;
        counts += cluster->count;
        bytes += cluster->bytes;
    }
    assert_int_equal(counts, 100000);
    assert_int_equal(bytes, 100000ull * 99999 / 2);
    for (uint32_t c = 0; c < REPORT_MARKS_COLUMNS; c++)
        assert_int_equal(marks.cluster[c][REPORT_MARK_FAILED].count, 0);
}

static void sums_beyond_64_bits_stay_at_the_most(void **state)
{
    hostmem_trace_event event = {.what = HOSTMEM_TRACE_ALLOC, .result = 0x8007000e, .size = UINT64_MAX - 1};
    (void)state;
    report_marks_add(&marks, 3, &event);
    report_marks_add(&marks, 3, &event);
    report_marks_add(&marks, UINT64_MAX, &event);
    assert_true(marks.cluster[0][REPORT_MARK_REFUSED].bytes == UINT64_MAX);
    assert_int_equal(marks.cluster[REPORT_MARKS_COLUMNS - 1][REPORT_MARK_REFUSED].count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_event_is_a_mark_of_the_right_kinds, begin),
        cmocka_unit_test_setup(a_refusal_is_of_who_has_refused_it_on_its_thread, begin),
        cmocka_unit_test_setup(clusters_keep_the_number_the_first_and_the_sum, begin),
        cmocka_unit_test_setup(sums_beyond_64_bits_stay_at_the_most, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
