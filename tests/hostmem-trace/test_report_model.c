/* What a report computes from a whole trace: figures that agree with events and samples, blocks and their origins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report_model.h"

#define START 1000u
#define MIB (1u << 20)

static report_model *model;

static int begin(void **state)
{
    const hostmem_trace_file_header header = {
        .ticks_per_second = 1000, .start_ticks = START, .pointer_bytes = 8, .page_bytes = 4096, .granularity = 65536};
    (void)state;
    model = report_model_create(&header);
    return model ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    report_model_destroy(model);
    return 0;
}

static void event(uint64_t at, hostmem_trace_event one)
{
    const hostmem_trace_item item = {.kind = HOSTMEM_TRACE_ITEM_EVENT, .ticks = START + at, .as.event = &one};
    assert_true(report_model_add(model, &item));
}

static void commit(uint64_t at, uint64_t address, uint64_t size)
{
    event(at, (hostmem_trace_event){.what = HOSTMEM_TRACE_VIRTUAL_ALLOC,
                                    .type = 0x1000,
                                    .protect = 4,
                                    .address = address,
                                    .out = address,
                                    .size = size});
}

static void alloc(uint64_t at, uint64_t heap, uint64_t block, uint64_t size, uint64_t origin)
{
    event(at, (hostmem_trace_event){
                  .what = HOSTMEM_TRACE_ALLOC, .address = heap, .out = block, .size = size, .origin = origin});
}

static void sample(uint64_t at, uint64_t committed, uint64_t heap, uint64_t used, uint64_t dropped)
{
    const hostmem_trace_sample one = {.committed_bytes = committed,
                                      .heap_bytes = heap,
                                      .used_bytes = used,
                                      .limit_bytes = 100,
                                      .low_bytes = 90,
                                      .neutral_bytes = 80,
                                      .high_bytes = 50,
                                      .events_dropped = dropped};
    const hostmem_trace_item item = {.kind = HOSTMEM_TRACE_ITEM_SAMPLE, .ticks = START + at, .as.sample = &one};
    assert_true(report_model_add(model, &item));
}

static uint64_t now(int figure)
{
    return model->moment.figures[figure];
}

static void the_beginning_is_known_from_regions_and_the_first_sample(void **state)
{
    const hostmem_trace_region region = {.address = 0x800000,
                                         .size = 2 * MIB,
                                         .allocation_address = 0x800000,
                                         .state = 0x1000,
                                         .protect = 4,
                                         .kind = HOSTMEM_TRACE_PAGES};
    const hostmem_trace_item item = {.kind = HOSTMEM_TRACE_ITEM_REGION, .as.region = &region};
    (void)state;
    assert_true(report_model_add(model, &item));
    commit(10, 0x100000, MIB);
    sample(20, 3 * MIB, 500, 4 * MIB + 500, 0); /* others use 1 MiB of the budget */
    assert_int_equal(now(REPORT_USED), 4 * MIB + 500);
    assert_int_equal(now(REPORT_COMMITTED), 3 * MIB);
    commit(30, 0x300000, MIB);
    report_model_end(model);
    assert_int_equal(model->timeline.column[0].last.figures[REPORT_COMMITTED], 2 * MIB); /* before the first event */
    assert_int_equal(model->timeline.column[10].last.figures[REPORT_COMMITTED], 3 * MIB);
    assert_int_equal(model->timeline.column[30].last.figures[REPORT_COMMITTED], 4 * MIB);
    assert_int_equal(model->timeline.column[0].last.figures[REPORT_HEAP], 500);
    assert_int_equal(model->timeline.column[0].last.figures[REPORT_USED], 3 * MIB + 500);
    assert_int_equal(model->timeline.column[0].last.limits.limit, 100);
}

static void it_may_be_shown_before_its_beginning_is_known(void **state)
{
    const hostmem_trace_region region = {.address = 0x10000,
                                         .size = 8192,
                                         .allocation_address = 0x10000,
                                         .state = 0x1000,
                                         .protect = 4,
                                         .kind = HOSTMEM_TRACE_PAGES};
    const hostmem_trace_item item = {.kind = HOSTMEM_TRACE_ITEM_REGION, .as.region = &region};
    (void)state;
    for (int i = 0; i < 3; i++) {
        report_model_end(model);
        report_model_resume(model);
        if (i == 1)
            assert_true(report_model_add(model, &item));
    }
    sample(0, 8192, 0, 8192, 0);
    report_model_end(model);
    assert_int_equal(model->timeline.columns.used, 1);
    assert_int_equal(model->timeline.column[0].least[REPORT_COMMITTED], 8192);
    assert_int_equal(model->timeline.column[0].most[REPORT_COMMITTED], 8192);
}

static void a_sample_in_the_middle_of_a_call_is_no_error(void **state)
{
    (void)state;
    sample(0, 0, 0, 0, 0);
    sample(10, MIB, 0, MIB, 0); /* the call that has just charged it has not ended */
    assert_int_equal(now(REPORT_COMMITTED), 0);
    commit(11, 0x100000, MIB);
    assert_int_equal(now(REPORT_COMMITTED), MIB);
    sample(20, MIB, 0, MIB, 0);
    assert_int_equal(now(REPORT_COMMITTED), MIB);
}

static void what_samples_agree_on_for_a_second_is_made_good(void **state)
{
    (void)state;
    sample(0, 0, 0, 0, 0);
    sample(100, 3 * MIB, 0, 3 * MIB, 0);
    sample(300, 2 * MIB, 0, 2 * MIB, 0);
    sample(1099, 4 * MIB, 0, 4 * MIB, 0);
    assert_int_equal(now(REPORT_COMMITTED), 0);
    sample(1100, 3 * MIB, 0, 3 * MIB, 0);
    assert_int_equal(now(REPORT_COMMITTED), 2 * MIB);
    sample(1200, MIB, 0, MIB, 0);
    sample(1300, 2 * MIB, 0, 2 * MIB, 0); /* correct again */
    for (uint64_t at = 1400; at <= 2300; at += 100)
        sample(at, MIB, 0, MIB, 0);
    assert_int_equal(now(REPORT_COMMITTED), 2 * MIB);
    sample(2400, MIB, 0, MIB, 0);
    assert_int_equal(now(REPORT_COMMITTED), MIB);
    for (uint64_t at = 4000; at <= 8000; at += 2000) /* three samples are not enough, whatever their distance */
        sample(at, 0, 0, 0, 0);
    assert_int_equal(now(REPORT_COMMITTED), MIB);
}

static void a_region_of_what_is_made_later_was_not_there_before(void **state)
{
    const hostmem_trace_region region = {.address = 0x800000,
                                         .size = MIB,
                                         .allocation_address = 0x800000,
                                         .state = 0x1000,
                                         .protect = 4,
                                         .kind = HOSTMEM_TRACE_PAGES};
    const hostmem_trace_item item = {.kind = HOSTMEM_TRACE_ITEM_REGION, .as.region = &region};
    (void)state;
    assert_true(report_model_add(model, &item));
    commit(5, 0x100000, MIB);
    assert_int_equal(now(REPORT_COMMITTED), 2 * MIB);
    event(10, (hostmem_trace_event){.what = HOSTMEM_TRACE_VIRTUAL_ALLOC, .type = 0x2000, .out = 0x800000, .size = MIB});
    assert_int_equal(now(REPORT_COMMITTED), MIB);
    commit(20, 0x800000, MIB / 2);
    report_model_end(model);
    assert_int_equal(model->timeline.column[0].last.figures[REPORT_COMMITTED], 0);
    assert_int_equal(model->timeline.column[9].most[REPORT_USED], MIB);
    assert_int_equal(model->timeline.column[20].last.figures[REPORT_COMMITTED], MIB + MIB / 2);
    assert_int_equal(model->space.listed_count, 1);
    for (uint32_t r = 0; r < model->space.row_count; r++) {
        if (model->space.rows[r]->chunk * 65536 >= 0x800000)
            assert_int_equal(model->space.rows[r]->cells[9], 0);
    }
}

static void lost_events_are_made_good_at_once(void **state)
{
    (void)state;
    sample(0, 0, 0, 0, 0);
    sample(10, 3 * MIB, 77, 3 * MIB + 77, 5);
    assert_int_equal(now(REPORT_COMMITTED), 3 * MIB);
    assert_int_equal(now(REPORT_HEAP), 77);
    assert_int_equal(model->dropped, 5);
}

static void figures_are_never_below_zero(void **state)
{
    (void)state;
    commit(1, 0x100000, MIB);
    sample(2, 0, 0, 0, 1);
    event(3,
          (hostmem_trace_event){.what = HOSTMEM_TRACE_VIRTUAL_FREE, .type = 0x4000, .address = 0x100000, .size = MIB});
    assert_int_equal(now(REPORT_COMMITTED), 0);
    assert_int_equal(now(REPORT_USED), 0);
}

static void blocks_belong_to_heaps_and_origins(void **state)
{
    const hostmem_trace_site site = {.id = 5, .line = 12};
    const hostmem_trace_item item = {
        .kind = HOSTMEM_TRACE_ITEM_SITE, .as.site = &site, .name = "a.cpp", .name_bytes = 5};
    const report_origin *origins;
    const report_origin **sorted;
    (void)state;
    assert_true(report_model_add(model, &item));
    alloc(10, 1, 0x1000, 100, 5);
    alloc(11, 1, 0x2000, 50, 5);
    alloc(12, 2, 0x3000, 7, 6);
    alloc(13, 2, 0x4000, 1, 0);
    assert_int_equal(model->heap_bytes, 158);
    event(14, (hostmem_trace_event){.what = HOSTMEM_TRACE_FREE, .address = 1, .out = 0x1000});
    event(15, (hostmem_trace_event){.what = HOSTMEM_TRACE_FREE, .address = 1, .out = 0x9999}); /* not known */
    event(15, (hostmem_trace_event){.what = HOSTMEM_TRACE_FREE, .address = 1});                /* NULL */
    event(16, (hostmem_trace_event){.what = HOSTMEM_TRACE_FREE, .address = 1, .out = 0x2000, .result = 0x80131022});
    event(17, (hostmem_trace_event){.what = HOSTMEM_TRACE_HEAP_RELEASED, .address = 2});
    assert_int_equal(model->heap_bytes, 50);
    assert_int_equal(model->blocks.count, 1);
    alloc(18, 1, 0x2000, 3, 5); /* the free of the previous block was not recorded */
    assert_int_equal(model->heap_bytes, 3);
    report_model_end(model);
    assert_int_equal(model->histograms[REPORT_SIZES_BLOCKS].total, 5);
    assert_int_equal(model->histograms[REPORT_LIVES_BLOCKS].total, 4);
    assert_int_equal(model->histograms[REPORT_LIVES_BLOCKS].sum[report_bucket(4000000)], 101); /* 4 ms, in ns */
    origins = model->origins.origins + report_origins_find(&model->origins, 5);
    assert_int_equal(origins->count, 3);
    assert_int_equal(origins->bytes, 153);
    assert_int_equal(origins->live_count, 1);
    assert_int_equal(origins->live_bytes, 3);
    assert_int_equal(origins->peak_bytes, 150);
    assert_memory_equal(origins->name, "a.cpp", 5);
    sorted = report_origins_sorted(&model->origins);
    assert_non_null(sorted);
    assert_int_equal(sorted[0]->id, 5);
    assert_int_equal(sorted[1]->id, 6);
    assert_int_equal(sorted[3]->count, 0);
    free(sorted);
}

static void origins_beyond_the_most_are_counted_together(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= REPORT_MAX_ORIGINS + 10; i++)
        alloc(i, 1, i * 16, 1, i);
    assert_int_equal(model->origins.count, REPORT_MAX_ORIGINS);
    assert_int_equal(model->origins.origins[REPORT_ORIGIN_OTHERS].count, 13); /* and three indices are not for ids */
    event(1u << 20, (hostmem_trace_event){.what = HOSTMEM_TRACE_HEAP_RELEASED, .address = 1});
    assert_int_equal(model->origins.origins[REPORT_ORIGIN_OTHERS].live_count, 0);
    assert_int_equal(model->heap_bytes, 0);
}

static void commit_from(uint64_t at, uint64_t address, uint64_t size, uint64_t origin)
{
    event(at, (hostmem_trace_event){.what = HOSTMEM_TRACE_VIRTUAL_ALLOC,
                                    .type = 0x1000,
                                    .protect = 4,
                                    .address = address,
                                    .out = address,
                                    .size = size,
                                    .origin = origin});
}

/* Whether the stack is described before its first commit or after it, and whether blocks have the same one. */
static void pages_have_origins_of_their_own(void **state)
{
    static const uint64_t frames[] = {0x1234, 0x5678};
    const hostmem_trace_stack stacks[] = {{.id = 7, .frame_count = 2}, {.id = 8, .frame_count = 2}};
    hostmem_trace_item item = {.kind = HOSTMEM_TRACE_ITEM_STACK, .frames = frames};
    const report_origin *unknown, *pages[2], **sorted;
    (void)state;
    event(1, (hostmem_trace_event){
                 .what = HOSTMEM_TRACE_VIRTUAL_ALLOC, .type = 0x2000, .protect = 4, .out = 0x100000, .size = 0x300000});
    alloc(1, 1, 0x1000, 30, 7);
    commit(1, 0x100000, 3 * 4096);
    /* Without a stack of pages nothing is said about them. */
    sorted = report_origins_sorted(&model->origins);
    assert_non_null(sorted);
    assert_true(report_origins_show(&model->origins, sorted[0]) && !report_origins_show(&model->origins, sorted[1]));
    free(sorted);
    item.as.stack = &stacks[0];
    assert_true(report_model_add(model, &item));
    commit_from(2, 0x200000, 8 * 4096, 7);
    commit_from(3, 0x300000, 65536, 8);
    item.as.stack = &stacks[1];
    assert_true(report_model_add(model, &item));
    event(4, (hostmem_trace_event){
                 .what = HOSTMEM_TRACE_VIRTUAL_FREE, .type = 0x4000, .address = 0x201000, .size = 2 * 4096});
    commit_from(5, 0x200000, 4 * 4096, 8); /* two of them are committed */
    report_model_end(model);
    unknown = &model->origins.origins[REPORT_ORIGIN_PAGES];
    pages[0] = &model->origins.origins[report_origins_commit(&model->origins, 7)];
    pages[1] = &model->origins.origins[report_origins_commit(&model->origins, 8)];
    assert_true(unknown->is_pages && pages[0]->is_pages && pages[1]->is_pages);
    assert_int_equal(unknown->live_bytes, 3 * 4096);
    assert_int_equal(pages[0]->bytes, 8 * 4096);
    assert_int_equal(pages[0]->live_bytes, 6 * 4096);
    assert_int_equal(pages[0]->peak_bytes, 8 * 4096);
    assert_int_equal(pages[0]->count, 2); /* with the one above */
    assert_int_equal(pages[1]->live_bytes, 65536 + 2 * 4096);
    assert_int_equal(pages[1]->live_count, 0);
    assert_int_equal(pages[0]->changes.used, 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pages[i]->frame_count, 2);
        assert_memory_equal(pages[i]->frames, frames, sizeof frames);
    }
    assert_int_equal(unknown->live_bytes + pages[0]->live_bytes + pages[1]->live_bytes,
                     report_pages_committed(&model->pages));
    assert_int_equal(model->origins.origins[report_origins_find(&model->origins, 7)].live_bytes, 30);
    sorted = report_origins_sorted(&model->origins);
    assert_non_null(sorted);
    assert_ptr_equal(sorted[0], pages[1]);
    assert_ptr_equal(sorted[1], pages[0]);
    assert_ptr_equal(sorted[2], unknown);
    assert_int_equal(sorted[3]->live_bytes, 30);
    free(sorted);
}

static void only_what_ended_has_a_lifetime(void **state)
{
    (void)state;
    event(1,
          (hostmem_trace_event){.what = HOSTMEM_TRACE_VIRTUAL_ALLOC, .type = 0x2000, .out = 0x100000, .size = 65536});
    event(1,
          (hostmem_trace_event){.what = HOSTMEM_TRACE_VIRTUAL_ALLOC, .type = 0x2000, .out = 0x200000, .size = 65536});
    event(2, (hostmem_trace_event){.what = HOSTMEM_TRACE_ACQUIRED_ADDRESS_SPACE, .address = 0x300000, .size = 65536});
    event(9, (hostmem_trace_event){.what = HOSTMEM_TRACE_VIRTUAL_FREE, .type = 0x8000, .address = 0x100000});
    event(9, (hostmem_trace_event){.what = HOSTMEM_TRACE_RELEASED_ADDRESS_SPACE, .address = 0x300000});
    report_model_end(model);
    assert_int_equal(model->histograms[REPORT_LIVES_RESERVED].total, 1);
    assert_int_equal(model->histograms[REPORT_LIVES_RESERVED].count[report_bucket(8000000)], 1);
    assert_int_equal(model->space.ended, 3);
    assert_true(model->space.listed[0].is_live != model->space.listed[1].is_live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_beginning_is_known_from_regions_and_the_first_sample, begin, end),
        cmocka_unit_test_setup_teardown(it_may_be_shown_before_its_beginning_is_known, begin, end),
        cmocka_unit_test_setup_teardown(a_sample_in_the_middle_of_a_call_is_no_error, begin, end),
        cmocka_unit_test_setup_teardown(what_samples_agree_on_for_a_second_is_made_good, begin, end),
        cmocka_unit_test_setup_teardown(a_region_of_what_is_made_later_was_not_there_before, begin, end),
        cmocka_unit_test_setup_teardown(lost_events_are_made_good_at_once, begin, end),
        cmocka_unit_test_setup_teardown(figures_are_never_below_zero, begin, end),
        cmocka_unit_test_setup_teardown(blocks_belong_to_heaps_and_origins, begin, end),
        cmocka_unit_test_setup_teardown(origins_beyond_the_most_are_counted_together, begin, end),
        cmocka_unit_test_setup_teardown(pages_have_origins_of_their_own, begin, end),
        cmocka_unit_test_setup_teardown(only_what_ended_has_a_lifetime, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
