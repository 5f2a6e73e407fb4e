/* The ledger: sums that follow the bits, ranges at their ends, and removals at which only one thread succeeds. */
#include "books/ledger.h"

#include "check.h"

#define PAGE CHECK_PAGE
#define GRANULE CHECK_GRANULE
#define TABLE_KINDS (SIM_SET(SIM_TABLE_RESERVE) | SIM_SET(SIM_TABLE_COMMIT))

typedef struct fixture {
    sim_os *sim;
    hostmem_os *os;
    hmi_ledger ledger;
} fixture;

static fixture shared;

static int setup(void **state)
{
    shared.sim = sim_os_create(NULL);
    shared.os = sim_os_functions(shared.sim);
    shared.ledger = (hmi_ledger){0};
    *state = &shared;
    return hmi_ledger_init(&shared.ledger, shared.os) ? -1 : 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    BOOL clean;
    sim_os_fail(f->sim, 0, 0, 0, 0);
    hmi_ledger_destroy(&f->ledger);
    clean = sim_os_check(f->sim, NULL);
    sim_os_destroy(f->sim);
    return clean ? 0 : -1;
}

#define sums_are(f, reserved, committed, executable) check_sums(f, reserved, committed, executable, __FILE__, __LINE__)

static void check_sums(fixture *f, UINT64 reserved, UINT64 committed, UINT64 executable, const char *file, int line)
{
    _assert_int_equal(atomic_load(&f->ledger.reserved_bytes.now), reserved, file, line);
    _assert_int_equal(hmi_atomic_bitmap_count(&f->ledger.committed, (hmi_range){0, 1024 * GRANULE}) * PAGE, committed,
                      file, line);
    _assert_int_equal(atomic_load(&f->ledger.executable_bytes.now), executable, file, line);
}

static hmi_range pages_at(UINT_PTR start, SIZE_T pages)
{
    return (hmi_range){start, start + pages * PAGE};
}

static void add(fixture *f, hmi_range pages)
{
    assert_true(hmi_ledger_prepare_reservation(&f->ledger, pages));
    hmi_ledger_add_reservation(&f->ledger, pages);
}

static SIZE_T commit(fixture *f, hmi_range pages, bool executable)
{
    hmi_entry entry = {.pages = pages};
    hmi_ledger_find(&f->ledger, &entry);
    assert_true(hmi_ledger_prepare_commit(&f->ledger, &entry, executable));
    return hmi_ledger_commit(&f->ledger, &entry, executable);
}

static SIZE_T uncommitted(fixture *f, hmi_range pages)
{
    hmi_entry entry = {.pages = pages};
    hmi_ledger_find(&f->ledger, &entry);
    return hmi_ledger_uncommitted(&f->ledger, &entry);
}

static void ranges_become_the_pages_that_hold_them(void **state)
{
    static const struct {
        UINT_PTR address;
        SIZE_T size;
        UINT_PTR start, end;
    } good[] = {
        {0, 1, 0, PAGE},
        {0x10000, PAGE, 0x10000, 0x11000},
        {0x10000, PAGE + 1, 0x10000, 0x12000},
        {0x10001, PAGE, 0x10000, 0x12000},
        {0x10fff, 1, 0x10000, 0x11000},
        {0x10fff, 2, 0x10000, 0x12000},
        {UINTPTR_MAX - PAGE, 1, UINTPTR_MAX - 2 * PAGE + 1, UINTPTR_MAX - PAGE + 1},
        {UINTPTR_MAX - 2 * PAGE + 1, PAGE, UINTPTR_MAX - 2 * PAGE + 1, UINTPTR_MAX - PAGE + 1},
        {0, UINTPTR_MAX - PAGE + 1, 0, UINTPTR_MAX - PAGE + 1},
    };
    /* Empty, wrapping around, or including the last page, whose end is not a valid pointer. */
    static const struct {
        UINT_PTR address;
        SIZE_T size;
    } bad[] = {
        {0, 0},
        {0x10000, 0},
        {UINTPTR_MAX, 0},
        {UINTPTR_MAX, 1},
        {UINTPTR_MAX - PAGE + 1, 1},
        {UINTPTR_MAX - PAGE, 2},
        {UINTPTR_MAX, 2},
        {0x10000, SIZE_MAX},
        {0, SIZE_MAX},
        {0, SIZE_MAX - PAGE + 2},
        {1, SIZE_MAX},
        {2, SIZE_MAX},
        {UINTPTR_MAX, SIZE_MAX},
        {UINTPTR_MAX / 2 + 1, SIZE_MAX / 2 + 1},
        {0x10000, SIZE_MAX - 0x10000 + 1},
    };
    fixture *f = *state;
    hmi_range pages;
    size_t i;
    for (i = 0; i < CHECK_COUNT_OF(good); i++) {
        assert_true(hmi_ledger_pages(&f->ledger, good[i].address, good[i].size, &pages));
        assert_int_equal(pages.start, good[i].start);
        assert_int_equal(pages.end, good[i].end);
    }
    for (i = 0; i < CHECK_COUNT_OF(bad); i++) {
        if (hmi_ledger_pages(&f->ledger, bad[i].address, bad[i].size, &pages))
            fail_msg("bad range %u", (unsigned)i);
    }
}

static void reservations_are_summed_found_and_taken_once(void **state)
{
    fixture *f = *state;
    const UINT_PTR base = 4 * GRANULE;
    hmi_range taken;
    add(f, pages_at(base, 17));
    add(f, pages_at(base + 2 * GRANULE, 1));
    sums_are(f, 18 * PAGE, 0, 0);
    assert_true(hmi_ledger_reservation(&f->ledger, base, &taken));
    assert_int_equal(taken.start, base);
    assert_int_equal(taken.end, base + 17 * PAGE);
    assert_false(hmi_ledger_reservation(&f->ledger, base + PAGE, &taken));
    assert_false(hmi_ledger_reservation(&f->ledger, base + 1, &taken));
    assert_false(hmi_ledger_reservation(&f->ledger, base + GRANULE, &taken));
    assert_false(hmi_ledger_reservation(&f->ledger, UINTPTR_MAX, &taken));

    assert_true(hmi_ledger_take_reservation(&f->ledger, base, &taken));
    assert_int_equal(taken.start, base);
    assert_int_equal(taken.end, base + 17 * PAGE);
    sums_are(f, PAGE, 0, 0);
    assert_false(hmi_ledger_take_reservation(&f->ledger, base, &taken));
    assert_false(hmi_ledger_reservation(&f->ledger, base, &taken));
    sums_are(f, PAGE, 0, 0);
    assert_true(hmi_ledger_take_reservation(&f->ledger, base + 2 * GRANULE, &taken));
    sums_are(f, 0, 0, 0);
}

static void only_the_base_takes_a_reservation(void **state)
{
    fixture *f = *state;
    hmi_range taken;
    add(f, pages_at(4 * GRANULE, 20));
    assert_false(hmi_ledger_take_reservation(&f->ledger, 4 * GRANULE + 1, &taken));
    assert_false(hmi_ledger_take_reservation(&f->ledger, 4 * GRANULE + PAGE, &taken));
    assert_false(hmi_ledger_take_reservation(&f->ledger, 5 * GRANULE, &taken));
    sums_are(f, 20 * PAGE, 0, 0);
    assert_true(hmi_ledger_owns(&f->ledger, pages_at(4 * GRANULE, 20)));
    assert_true(hmi_ledger_take_reservation(&f->ledger, 4 * GRANULE, &taken));
    sums_are(f, 0, 0, 0);
}

static void a_reservation_recorded_twice_counts_once(void **state)
{
    fixture *f = *state;
    add(f, pages_at(GRANULE, 16));
    add(f, pages_at(GRANULE, 32));
    sums_are(f, 32 * PAGE, 0, 0);
}

static void whole_granules_are_owned(void **state)
{
    fixture *f = *state;
    const UINT_PTR base = 8 * GRANULE;
    hmi_range taken;
    add(f, pages_at(base, 17));
    assert_true(hmi_ledger_owns(&f->ledger, pages_at(base, 1)));
    assert_true(hmi_ledger_owns(&f->ledger, pages_at(base + 15 * PAGE, 2)));
    assert_true(hmi_ledger_owns(&f->ledger, pages_at(base, 17)));
    /* Nobody can reserve the rest of the last granule. */
    assert_true(hmi_ledger_owns(&f->ledger, pages_at(base + 17 * PAGE, 15)));
    assert_false(hmi_ledger_owns(&f->ledger, pages_at(base + 17 * PAGE, 16)));
    assert_false(hmi_ledger_owns(&f->ledger, pages_at(base - PAGE, 1)));
    assert_false(hmi_ledger_owns(&f->ledger, pages_at(base - PAGE, 2)));
    assert_false(hmi_ledger_owns(&f->ledger, pages_at(base + 2 * GRANULE, 1)));
    assert_false(hmi_ledger_owns(&f->ledger, pages_at(UINTPTR_MAX - 2 * PAGE + 1, 1)));
    /* A gap between two reservations is not the instance's. */
    add(f, pages_at(base + 3 * GRANULE, 16));
    assert_false(hmi_ledger_owns(&f->ledger, pages_at(base, 4 * 16)));
    add(f, pages_at(base + 2 * GRANULE, 16));
    assert_true(hmi_ledger_owns(&f->ledger, pages_at(base, 4 * 16)));

    assert_true(hmi_ledger_take_reservation(&f->ledger, base, &taken));
    assert_false(hmi_ledger_owns(&f->ledger, pages_at(base, 1)));
    assert_false(hmi_ledger_owns(&f->ledger, pages_at(base + 16 * PAGE, 1)));
    assert_true(hmi_ledger_owns(&f->ledger, pages_at(base + 2 * GRANULE, 16)));
}

static void commits_count_what_is_new(void **state)
{
    fixture *f = *state;
    const UINT_PTR base = 16 * GRANULE;
    assert_int_equal(uncommitted(f, pages_at(base, 10)), 10 * PAGE);
    assert_int_equal(commit(f, pages_at(base + 2 * PAGE, 3), false), 3 * PAGE);
    assert_int_equal(uncommitted(f, pages_at(base, 10)), 7 * PAGE);
    assert_int_equal(commit(f, pages_at(base, 10), false), 7 * PAGE);
    assert_int_equal(commit(f, pages_at(base, 10), false), 0);
    assert_int_equal(uncommitted(f, pages_at(base, 10)), 0);
    sums_are(f, 0, 10 * PAGE, 0);
    assert_int_equal(hmi_ledger_decommit(&f->ledger, pages_at(base + 8 * PAGE, 100)), 2 * PAGE);
    assert_int_equal(hmi_ledger_decommit(&f->ledger, pages_at(base + 8 * PAGE, 100)), 0);
    sums_are(f, 0, 8 * PAGE, 0);
    assert_int_equal(commit(f, pages_at(base + 8 * PAGE, 2), false), 2 * PAGE);
    assert_int_equal(commit(f, pages_at(base + 10 * PAGE, 1), false), PAGE);
    hmi_ledger_decommit(&f->ledger, pages_at(base, 20));
    sums_are(f, 0, 0, 0);
}

static void execution_follows_the_last_word_about_each_page(void **state)
{
    fixture *f = *state;
    const UINT_PTR base = 16 * GRANULE;
    commit(f, pages_at(base, 10), true);
    sums_are(f, 0, 10 * PAGE, 10 * PAGE);
    commit(f, pages_at(base + 5 * PAGE, 10), false);
    sums_are(f, 0, 15 * PAGE, 5 * PAGE);
    hmi_ledger_protect(&f->ledger, pages_at(base + 4 * PAGE, 2), true);
    sums_are(f, 0, 15 * PAGE, 6 * PAGE);
    hmi_ledger_protect(&f->ledger, pages_at(base, 1), false);
    hmi_ledger_protect(&f->ledger, pages_at(base, 1), false);
    sums_are(f, 0, 15 * PAGE, 5 * PAGE);
    hmi_ledger_decommit(&f->ledger, pages_at(base + 1 * PAGE, 3));
    sums_are(f, 0, 12 * PAGE, 2 * PAGE);
    commit(f, pages_at(base + 1 * PAGE, 1), false);
    sums_are(f, 0, 13 * PAGE, 2 * PAGE);
    hmi_ledger_decommit(&f->ledger, pages_at(base, 20));
    sums_are(f, 0, 0, 0);
}

static bool set_view(fixture *f, UINT_PTR address, SIZE_T size)
{
    if (size && !hmi_ledger_prepare_view(&f->ledger, address, size))
        return false;
    hmi_ledger_set_view(&f->ledger, address, size);
    return true;
}

static void views_are_replaced_and_removed(void **state)
{
    fixture *f = *state;
    assert_true(set_view(f, 5 * GRANULE, 100 * PAGE));
    assert_true(set_view(f, 9 * GRANULE, PAGE));
    assert_int_equal(atomic_load(&f->ledger.mapped_bytes.now), 101 * PAGE);
    assert_true(set_view(f, 5 * GRANULE, 3 * PAGE));
    assert_int_equal(atomic_load(&f->ledger.mapped_bytes.now), 4 * PAGE);
    assert_true(set_view(f, 5 * GRANULE, 0));
    assert_true(set_view(f, 5 * GRANULE, 0));
    assert_int_equal(atomic_load(&f->ledger.mapped_bytes.now), PAGE);
    assert_true(set_view(f, UINTPTR_MAX, 0));
    assert_false(set_view(f, UINTPTR_MAX, PAGE));
    assert_true(set_view(f, 9 * GRANULE, 0));
    assert_int_equal(atomic_load(&f->ledger.mapped_bytes.now), 0);
    sums_are(f, 0, 0, 0);
}

static void views_are_told_with_what_was_there(void **state)
{
    fixture *f = *state;
    assert_true(hmi_ledger_prepare_view(&f->ledger, 5 * GRANULE, 100 * PAGE));
    assert_int_equal(hmi_ledger_set_view(&f->ledger, 5 * GRANULE, 100 * PAGE), 0);
    assert_true(hmi_ledger_prepare_view(&f->ledger, 5 * GRANULE, PAGE));
    assert_int_equal(hmi_ledger_set_view(&f->ledger, 5 * GRANULE, PAGE), 100 * PAGE);
    assert_int_equal(hmi_ledger_set_view(&f->ledger, 5 * GRANULE, 0), PAGE);
    assert_int_equal(hmi_ledger_set_view(&f->ledger, 5 * GRANULE, 0), 0);
}

static void pages_are_in_views_or_not(void **state)
{
    fixture *f = *state;
    const hmi_range all = pages_at(5 * GRANULE, 32), reservation = pages_at(6 * GRANULE, 16);
    assert_false(hmi_ledger_views_hold(&f->ledger, all));
    assert_true(set_view(f, 5 * GRANULE, 2 * GRANULE));
    assert_true(hmi_ledger_views_hold(&f->ledger, all));
    assert_true(hmi_ledger_views_hold(&f->ledger, pages_at(6 * GRANULE + PAGE, 1)));
    assert_false(hmi_ledger_views_hold(&f->ledger, pages_at(5 * GRANULE, 33)));
    assert_false(hmi_ledger_views_hold(&f->ledger, pages_at(5 * GRANULE - PAGE, 2)));
    /* A view inside of a reservation belongs to the reservation. */
    assert_true(hmi_ledger_prepare_reservation(&f->ledger, reservation));
    hmi_ledger_add_reservation(&f->ledger, reservation);
    assert_false(hmi_ledger_views_hold(&f->ledger, all));
    assert_true(hmi_ledger_views_hold(&f->ledger, pages_at(5 * GRANULE, 16)));
    commit(f, pages_at(5 * GRANULE + PAGE, 20), true);
    sums_are(f, GRANULE, 20 * PAGE, 20 * PAGE);
    assert_int_equal(hmi_ledger_decommit_unowned(&f->ledger, pages_at(5 * GRANULE + 2 * PAGE, 30)), 14 * PAGE);
    sums_are(f, GRANULE, 6 * PAGE, 6 * PAGE);
    assert_true(set_view(f, 5 * GRANULE, PAGE));
    assert_false(hmi_ledger_views_hold(&f->ledger, pages_at(6 * GRANULE, 1)));
    assert_true(set_view(f, 5 * GRANULE, 0));
    assert_false(hmi_ledger_views_hold(&f->ledger, pages_at(5 * GRANULE, 1)));
    hmi_ledger_decommit(&f->ledger, all);
}

static void execution_is_allowed_where_pages_are_committed(void **state)
{
    fixture *f = *state;
    assert_true(hmi_ledger_prepare_executable(&f->ledger, pages_at(5 * GRANULE, 200)));
    commit(f, pages_at(5 * GRANULE + 3 * PAGE, 2), false);
    commit(f, pages_at(5 * GRANULE + 100 * PAGE, 70), false);
    hmi_ledger_allow_execution_of_committed(&f->ledger, pages_at(5 * GRANULE + 4 * PAGE, 100));
    sums_are(f, 0, 72 * PAGE, 5 * PAGE);
    hmi_ledger_decommit(&f->ledger, pages_at(5 * GRANULE, 200));
    sums_are(f, 0, 0, 0);
}

static void a_refused_table_call_changes_no_figure(void **state)
{
    const hmi_range pages = pages_at(4 * GRANULE, 40);
    fixture *f = *state;
    hmi_entry entry;
    UINT32 skip, failed;
    bool done;
    for (skip = 0, done = false; !done; skip++) {
        assert_int_equal(teardown(state), 0);
        assert_int_equal(setup(state), 0);
        sim_os_fail(f->sim, TABLE_KINDS, skip, 1, ERROR_NOT_ENOUGH_MEMORY);
        entry = (hmi_entry){.pages = pages};
        hmi_ledger_find(&f->ledger, &entry);
        done = hmi_ledger_prepare_reservation(&f->ledger, pages) &&
               hmi_ledger_prepare_commit(&f->ledger, &entry, true) && set_view(f, 50 * GRANULE, PAGE);
        failed = sim_os_failed(f->sim);
        assert_int_equal(done, !failed);
        sums_are(f, 0, 0, 0);
        assert_int_equal(atomic_load(&f->ledger.mapped_bytes.now), done ? PAGE : 0);
        assert_false(hmi_ledger_owns(&f->ledger, pages));
    }
    assert_true(skip > 10);
    hmi_ledger_add_reservation(&f->ledger, pages);
    assert_int_equal(hmi_ledger_commit(&f->ledger, &entry, true), 40 * PAGE);
    sums_are(f, 40 * PAGE, 40 * PAGE, 40 * PAGE);
}

static void a_ledger_that_was_never_made_can_be_destroyed(void **state)
{
    fixture *f = *state;
    hmi_ledger ledger = {0};
    UINT32 skip;
    hmi_ledger_destroy(&ledger);
    for (skip = 0; skip < 100; skip++) {
        UINT32 error;
        ledger = (hmi_ledger){0};
        sim_os_fail(f->sim, TABLE_KINDS, skip, 1, ERROR_COMMITMENT_LIMIT);
        error = hmi_ledger_init(&ledger, f->os);
        hmi_ledger_destroy(&ledger);
        if (!error)
            break;
        assert_int_equal(error, ERROR_COMMITMENT_LIMIT);
    }
    assert_int_equal(skip, 8); /* tables */
}

#define ledger_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ledger_test(ranges_become_the_pages_that_hold_them),
        ledger_test(reservations_are_summed_found_and_taken_once),
        ledger_test(only_the_base_takes_a_reservation),
        ledger_test(a_reservation_recorded_twice_counts_once),
        ledger_test(whole_granules_are_owned),
        ledger_test(commits_count_what_is_new),
        ledger_test(execution_follows_the_last_word_about_each_page),
        ledger_test(views_are_replaced_and_removed),
        ledger_test(views_are_told_with_what_was_there),
        ledger_test(pages_are_in_views_or_not),
        ledger_test(execution_is_allowed_where_pages_are_committed),
        ledger_test(a_refused_table_call_changes_no_figure),
        ledger_test(a_ledger_that_was_never_made_can_be_destroyed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
