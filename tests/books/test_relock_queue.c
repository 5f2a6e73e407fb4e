/* Ranges are queued, rest for some time, and are handed out. */
#include "books/relock_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sim_os.h"

#define PAGE ((UINT_PTR)4096)
#define REST HMI_RELOCK_DELAY_MS

typedef struct fixture {
    sim_os *sim;
    hmi_relock_queue resets;
    hmi_range taken[8];
    unsigned count;
} fixture;

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    f->sim = sim_os_create(NULL);
    *state = f;
    return (int)hmi_relock_queue_init(&f->resets, sim_os_functions(f->sim), PAGE);
}

static int teardown(void **state)
{
    fixture *f = *state;
    BOOL clean;
    hmi_relock_queue_destroy(&f->resets);
    clean = sim_os_check(f->sim, NULL);
    sim_os_destroy(f->sim);
    free(f);
    return clean ? 0 : -1;
}

static hmi_range pages(UINT_PTR first, UINT_PTR count)
{
    return (hmi_range){first * PAGE, (first + count) * PAGE};
}

static void take(void *context, hmi_range run)
{
    fixture *f = context;
    assert_true(f->count < 8);
    f->taken[f->count++] = run;
}

/* How many runs are handed out at that time. */
static unsigned handed_out(fixture *f, UINT64 now_ms)
{
    f->count = 0;
    hmi_relock_queue_take_due(&f->resets, now_ms, take, f);
    return f->count;
}

#define expect_run(f, index, first, number)                   \
    (assert_int_equal((f)->taken[index].start, (first)*PAGE), \
     assert_int_equal((f)->taken[index].end, ((first) + (number)) * PAGE))

static void nothing_noted_is_nothing_pending(void **state)
{
    fixture *f = *state;
    assert_false(hmi_relock_queue_pending(&f->resets));
    assert_int_equal(handed_out(f, 1000000), 0);
}

static void what_is_noted_is_handed_out_once_when_it_has_rested(void **state)
{
    fixture *f = *state;
    assert_true(hmi_relock_queue_note(&f->resets, pages(100, 3), 1000));
    assert_true(hmi_relock_queue_note(&f->resets, pages(103, 2), 1000));
    assert_true(hmi_relock_queue_note(&f->resets, pages(500000, 1), 1000));
    assert_int_equal(handed_out(f, 1000), 0);
    assert_int_equal(handed_out(f, 1000 + REST - 1), 0);
    assert_true(hmi_relock_queue_pending(&f->resets));
    assert_int_equal(handed_out(f, 1000 + REST), 2);
    expect_run(f, 0, 100, 5);
    expect_run(f, 1, 500000, 1);
    assert_false(hmi_relock_queue_pending(&f->resets));
    assert_int_equal(handed_out(f, 1000000), 0);
}

static void what_has_just_come_is_not_due_with_the_others(void **state)
{
    fixture *f = *state;
    assert_true(hmi_relock_queue_note(&f->resets, pages(1, 1), 1000));
    assert_true(hmi_relock_queue_note(&f->resets, pages(3, 1), 1000 + REST - 1));
    assert_int_equal(handed_out(f, 1000 + REST), 0);
    assert_int_equal(handed_out(f, 1000 + 2 * REST - 1), 0);
    assert_int_equal(handed_out(f, 1000 + 2 * REST), 2);
    expect_run(f, 0, 1, 1);
    expect_run(f, 1, 3, 1);
}

static void notes_that_never_cease_delay_none_of_them(void **state)
{
    fixture *f = *state;
    UINT64 now_ms = 7;
    UINT_PTR page;
    for (page = 1; page <= 40; page++, now_ms += REST / 4) {
        unsigned i, count = handed_out(f, now_ms);
        for (i = 0; i < count; i++) {
            UINT_PTR last = f->taken[i].end / PAGE - 1;
            assert_true(page - last >= 4);                     /* long enough */
            assert_true(page - f->taken[i].start / PAGE <= 8); /* but not longer than that */
        }
        assert_true(page < 10 || hmi_relock_queue_pending(&f->resets));
        assert_true(hmi_relock_queue_note(&f->resets, pages(page, 1), now_ms));
    }
}

/* While a range is handed out another one is queued, and another thread looks. */
static void note_and_look(void *context, hmi_range run)
{
    fixture *f = context;
    take(context, run);
    assert_true(hmi_relock_queue_note(&f->resets, pages(7, 1), 11 + 2 * REST)); /* its clock is ahead */
    hmi_relock_queue_take_due(&f->resets, 10 + 2 * REST, take, f);
}

static void what_comes_meanwhile_has_its_turn_later(void **state)
{
    fixture *f = *state;
    assert_true(hmi_relock_queue_note(&f->resets, pages(5, 1), 10));
    assert_true(hmi_relock_queue_note(&f->resets, pages(6, 1), 10));
    hmi_relock_queue_take_due(&f->resets, 10 + 2 * REST, note_and_look, f);
    assert_int_equal(f->count, 1);
    expect_run(f, 0, 5, 2);
    assert_true(hmi_relock_queue_pending(&f->resets));
    assert_int_equal(handed_out(f, 11 + 3 * REST), 1);
    expect_run(f, 0, 7, 1);
}

static void without_memory_the_note_fails_and_nothing_is_pending(void **state)
{
    fixture *f = *state;
    sim_os_fail(f->sim, SIM_SET(SIM_TABLE_COMMIT) | SIM_SET(SIM_TABLE_RESERVE), 0, SIM_FOREVER,
                ERROR_NOT_ENOUGH_MEMORY);
    assert_false(hmi_relock_queue_note(&f->resets, pages(9, 1), 10));
    assert_false(hmi_relock_queue_pending(&f->resets));
    sim_os_fail(f->sim, 0, 0, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_noted_is_nothing_pending, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_noted_is_handed_out_once_when_it_has_rested, setup, teardown),
        cmocka_unit_test_setup_teardown(what_has_just_come_is_not_due_with_the_others, setup, teardown),
        cmocka_unit_test_setup_teardown(notes_that_never_cease_delay_none_of_them, setup, teardown),
        cmocka_unit_test_setup_teardown(what_comes_meanwhile_has_its_turn_later, setup, teardown),
        cmocka_unit_test_setup_teardown(without_memory_the_note_fails_and_nothing_is_pending, setup, teardown),
    };
    return cmocka_run_group_tests_name("relock_queue", tests, NULL, NULL);
}
