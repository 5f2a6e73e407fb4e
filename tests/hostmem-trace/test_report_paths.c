/* The call paths of a report: in order, with what each shares with the one before, and nothing of the totals lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report_paths.h"

static int allocations_left = -1; /* that succeed; -1: all */

static void *may_malloc(size_t bytes)
{
    if (!allocations_left)
        return NULL;
    allocations_left -= allocations_left > 0;
    return malloc(bytes);
}

#define malloc may_malloc
#include "../../examples/hostmem-trace/report_paths.c"
#undef malloc

static report_origins origins;
static report_paths paths;

static int begin(void **state)
{
    (void)state;
    memset(&origins, 0, sizeof origins);
    memset(&paths, 0xdd, sizeof paths);
    allocations_left = -1;
    return report_origins_init(&origins) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    report_paths_destroy(&paths);
    report_origins_destroy(&origins);
    return 0;
}

/* frames: from the innermost on. */
static void stack(uint64_t id, uint32_t count, const uint64_t *frames)
{
    const hostmem_trace_stack one = {.id = id, .frame_count = count};
    assert_true(report_origins_stack(&origins, &one, frames));
}

static void take(uint64_t id, uint64_t bytes)
{
    report_origins_take(&origins, report_origins_find(&origins, id), bytes);
}

static void paths_are_in_the_order_of_their_frames(void **state)
{
    static const uint64_t ids[] = {0, 3, 12, 11, 10, 9}, shared[] = {0, 0, 0, 2, 2, 1}, frames[] = {1, 2, 5, 6, 7};
    (void)state;
    stack(10, 3, (const uint64_t[]){7, 2, 1});
    stack(11, 3, (const uint64_t[]){6, 2, 1});
    stack(12, 2, (const uint64_t[]){2, 1});
    stack(13, 1, (const uint64_t[]){99}); /* no block */
    stack(9, 2, (const uint64_t[]){5, 1});
    assert_true(report_origins_site(&origins, &(hostmem_trace_site){.id = 3, .line = 7}, "a.cpp", 5));
    for (uint64_t id = 9; id <= 12; id++)
        take(id, 100 * id);
    take(3, 50);
    take(0, 1);
    report_paths_init(&paths, &origins);
    assert_int_equal(paths.count, 6);
    assert_int_equal(paths.other_count, 0);
    assert_int_equal(paths.others.count, 0);
    for (uint32_t i = 0; i < 6; i++) {
        assert_int_equal(paths.paths[i].origin->id, ids[i]);
        assert_int_equal(paths.paths[i].shared, shared[i]);
    }
    assert_int_equal(paths.frame_count, 5);
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(paths.frames[i], frames[i]);
        assert_int_equal(report_paths_frame(&paths, frames[i]), i);
    }
}

/* Those that requested most are kept, and those of which most is left, however little they requested. */
static void too_many_are_counted_as_others(void **state)
{
    enum { EXTRA = 100, LEAKED = 50 };
    const uint32_t count = REPORT_MAX_PATHS + EXTRA;
    uint64_t all = 0, listed = 0, left = 0;
    (void)state;
    for (uint64_t id = 1; id <= count; id++) {
        stack(id, 1, &id);
        take(id, 1000 + id);
        if (id > LEAKED)
            report_origins_give_back(&origins, report_origins_find(&origins, id), 1000 + id);
        all += 1000 + id;
    }
    report_paths_init(&paths, &origins);
    assert_int_equal(paths.count, REPORT_MAX_PATHS);
    assert_int_equal(paths.other_count, EXTRA);
    assert_int_equal(paths.others.count, EXTRA);
    assert_int_equal(paths.others.live_count, 0);
    for (uint32_t i = 0; i < paths.count; i++) {
        const report_origin *origin = paths.paths[i].origin;
        assert_true(origin->id <= LEAKED || origin->id > LEAKED + EXTRA);
        listed += origin->bytes;
        left += origin->live_count;
    }
    assert_int_equal(listed + paths.others.bytes, all);
    assert_int_equal(left, LEAKED);
}

/* Blocks whose origins are beyond those that a report keeps. */
static void origins_counted_together_are_others(void **state)
{
    (void)state;
    stack(5, 1, (const uint64_t[]){4});
    take(5, 10);
    report_origins_take(&origins, REPORT_ORIGIN_OTHERS, 30);
    report_origins_take(&origins, REPORT_ORIGIN_OTHERS, 40);
    report_origins_give_back(&origins, REPORT_ORIGIN_OTHERS, 40);
    report_paths_init(&paths, &origins);
    assert_int_equal(paths.count, 1);
    assert_int_equal(paths.other_count, 1);
    assert_int_equal(paths.others.count, 2);
    assert_int_equal(paths.others.bytes, 70);
    assert_int_equal(paths.others.live_count, 1);
    assert_int_equal(paths.others.live_bytes, 30);
}

/* What was live over time is summed up as well. */
static void the_changes_of_others_are_summed_up(void **state)
{
    static const uint64_t bytes[] = {10, 10, 47, 47, 40, 40};
    static const uint32_t counts[] = {1, 1, 3, 3, 2, 2};
    const uint32_t more = report_origins_find(&origins, 5);
    (void)state;
    report_origins_take(&origins, REPORT_ORIGIN_OTHERS, 10);
    report_origins_advance(&origins, 2);
    report_origins_take(&origins, REPORT_ORIGIN_OTHERS, 30);
    report_origins_take(&origins, more, 7);
    report_origins_advance(&origins, 4);
    report_origins_give_back(&origins, more, 7);
    report_origins_advance(&origins, 5);
    allocations_left = 0; /* all are others then */
    report_paths_init(&paths, &origins);
    for (uint32_t column = 0; column < 6; column++) {
        assert_int_equal(paths.others_live[column].bytes, bytes[column]);
        assert_int_equal(paths.others_live[column].count, counts[column]);
    }
}

static void without_memory_all_are_others(void **state)
{
    (void)state;
    stack(5, 1, (const uint64_t[]){4});
    stack(6, 2, (const uint64_t[]){4, 3});
    stack(7, 1, (const uint64_t[]){9}); /* no block */
    take(5, 10);
    take(6, 20);
    take(6, 30);
    for (int allocations = 0; allocations < 2; allocations++) {
        allocations_left = allocations;
        report_paths_init(&paths, &origins);
        assert_int_equal(allocations_left, 0);
        assert_int_equal(paths.count, 0);
        assert_int_equal(paths.frame_count, 0);
        assert_int_equal(paths.other_count, 2);
        assert_int_equal(paths.others.count, 3);
        assert_int_equal(paths.others.bytes, 60);
        assert_int_equal(paths.others.live_count, 3);
        assert_int_equal(paths.others_live[0].bytes, 60);
        report_paths_destroy(&paths);
    }
}

static void without_blocks_there_is_nothing(void **state)
{
    (void)state;
    stack(5, 1, (const uint64_t[]){4});
    report_paths_init(&paths, &origins);
    assert_int_equal(paths.count, 0);
    assert_int_equal(paths.frame_count, 0);
    assert_int_equal(paths.other_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(paths_are_in_the_order_of_their_frames, begin, end),
        cmocka_unit_test_setup_teardown(too_many_are_counted_as_others, begin, end),
        cmocka_unit_test_setup_teardown(origins_counted_together_are_others, begin, end),
        cmocka_unit_test_setup_teardown(the_changes_of_others_are_summed_up, begin, end),
        cmocka_unit_test_setup_teardown(without_memory_all_are_others, begin, end),
        cmocka_unit_test_setup_teardown(without_blocks_there_is_nothing, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
