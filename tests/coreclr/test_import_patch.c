/* Changing import tables over the simulated system: either all slots or none, and pages keep their protection. */
#include "check.h"

#include <stdatomic.h>

#include "coreclr/import_patch.h"

#define PAGE CHECK_PAGE

/* Three pages of slots with different protections. */
typedef struct fixture {
    sim_os *sim;
    hostmem_os *os;
    char *pages;
    hmi_import_patch patch;
} fixture;

static const UINT32 protections[] = {PAGE_READONLY, PAGE_EXECUTE_READ, PAGE_READWRITE};

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    UINT32 ignored;
    size_t i;
    f->sim = sim_os_create(NULL);
    f->os = sim_os_functions(f->sim);
    f->pages = sim_os_add_foreign(f->sim, NULL, 3 * PAGE, TRUE, PAGE_READWRITE);
    for (i = 0; i < 3 * PAGE / sizeof(UINT_PTR); i++)
        ((UINT_PTR *)f->pages)[i] = 1000 + i;
    for (i = 0; i < 3; i++)
        assert_int_equal(f->os->virtual_protect(f->os, f->pages + i * PAGE, PAGE, protections[i], &ignored), 0);
    hmi_import_patch_init(&f->patch, f->os);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    bool clean;
    hmi_import_patch_destroy(&f->patch);
    sim_os_remove_foreign(f->sim, f->pages);
    clean = sim_os_check(f->sim, NULL);
    sim_os_destroy(f->sim);
    free(f);
    return clean ? 0 : -1;
}

static _Atomic(UINT_PTR) *slot(fixture *f, size_t page, size_t index)
{
    return (_Atomic(UINT_PTR) *)(f->pages + page * PAGE) + index;
}

static UINT_PTR original(size_t page, size_t index)
{
    return 1000 + page * (PAGE / sizeof(UINT_PTR)) + index;
}

/* Two slots of each page. */
static void add_six(fixture *f)
{
    size_t page;
    for (page = 0; page < 3; page++) {
        assert_true(hmi_import_patch_add(&f->patch, slot(f, page, 3), 10 + page, 0));
        assert_true(hmi_import_patch_add(&f->patch, slot(f, page, 400), 20 + page, 0));
    }
}

static void protections_are_as_before(fixture *f)
{
    MEMORY_BASIC_INFORMATION is;
    SIZE_T written;
    size_t page;
    for (page = 0; page < 3; page++) {
        assert_int_equal(f->os->virtual_query(f->os, f->pages + page * PAGE, &is, sizeof is, &written), 0);
        assert_int_equal(is.Protect, protections[page]);
    }
}

static void slots_are(fixture *f, bool patched)
{
    size_t page;
    for (page = 0; page < 3; page++) {
        assert_int_equal(*slot(f, page, 3), patched ? 10 + page : original(page, 3));
        assert_int_equal(*slot(f, page, 400), patched ? 20 + page : original(page, 400));
        assert_int_equal(*slot(f, page, 4), original(page, 4));
    }
    protections_are_as_before(f);
}

static void slots_change_and_change_back(void **state)
{
    fixture *f = *state;
    add_six(f);
    slots_are(f, false);
    assert_int_equal(hmi_import_patch_apply(&f->patch), 0);
    slots_are(f, true);
    assert_int_equal(f->patch.changes[0].before, original(0, 3));
    assert_int_equal(hmi_import_patch_revert(&f->patch), 0);
    slots_are(f, false);
}

/* Executable pages stay executable, and a page is queried once, however many slots it has. */
static void pages_are_opened_once_and_stay_executable(void **state)
{
    fixture *f = *state;
    add_six(f);
    sim_os_reset_calls(f->sim);
    assert_int_equal(hmi_import_patch_apply(&f->patch), 0);
    assert_int_equal(sim_os_calls(f->sim, SIM_VIRTUAL_PROTECT), 4); /* two pages that were not writable, changed and
                                                                     * restored */
    assert_int_equal(hmi_import_patch_revert(&f->patch), 0);
}

static void each_refusal_leaves_all_as_it_was(void **state)
{
    const UINT32 kinds = SIM_SET(SIM_VIRTUAL_PROTECT) | SIM_SET(SIM_VIRTUAL_QUERY) | SIM_SET(SIM_OBJECT_ALLOC);
    fixture *f = *state;
    UINT32 skip, error = 1;
    add_six(f);
    for (skip = 0; error; skip++) {
        sim_os_fail(f->sim, kinds, skip, 1, ERROR_ACCESS_DENIED);
        error = hmi_import_patch_apply(&f->patch);
        assert_int_equal(!error, !sim_os_failed(f->sim));
        sim_os_fail(f->sim, 0, 0, 0, 0);
        slots_are(f, !error);
    }
    assert_int_equal(skip, 9); /* memory, three queries, four protections, and then none */
    for (skip = 0, error = 1; error; skip++) {
        sim_os_fail(f->sim, kinds, skip, 1, ERROR_ACCESS_DENIED);
        error = hmi_import_patch_revert(&f->patch);
        sim_os_fail(f->sim, 0, 0, 0, 0);
        if (error)
            slots_are(f, true);
    }
    assert_int_equal(skip, 9);
    slots_are(f, false);
}

static void a_slot_that_somebody_changed_since_is_left(void **state)
{
    fixture *f = *state;
    add_six(f);
    assert_int_equal(hmi_import_patch_apply(&f->patch), 0);
    atomic_store(slot(f, 2, 400), 77);
    assert_int_equal(hmi_import_patch_revert(&f->patch), ERROR_BUSY);
    assert_int_equal(*slot(f, 2, 400), 77);
    assert_int_equal(*slot(f, 0, 3), 10);
    atomic_store(slot(f, 2, 400), 22);
    assert_int_equal(hmi_import_patch_revert(&f->patch), 0);
    slots_are(f, false);
}

/* Each change is of the same slot, so the values before tell the order. */
static void changes_are_made_in_turns_and_undone_in_the_opposite_order(void **state)
{
    static const UINT32 turns[] = {2, 0, 3, 1, 0};
    static const UINT_PTR before[] = {4, 1000, 1, 5, 2}; /* each change's value is its number, from 1 */
    fixture *f = *state;
    size_t i;
    for (i = 0; i < 5; i++)
        assert_true(hmi_import_patch_add(&f->patch, slot(f, 0, 0), i + 1, turns[i]));
    sim_os_fail(f->sim, SIM_SET(SIM_VIRTUAL_PROTECT), 1, 1, ERROR_ACCESS_DENIED); /* after all are made */
    assert_int_equal(hmi_import_patch_apply(&f->patch), ERROR_ACCESS_DENIED);
    for (i = 0; i < 5; i++)
        assert_int_equal(f->patch.changes[i].before, before[i]);
    assert_int_equal(*slot(f, 0, 0), original(0, 0));
}

static void there_is_room_for_many_and_an_end_of_memory(void **state)
{
    fixture *f = *state;
    size_t i;
    for (i = 0; i < 300; i++)
        assert_true(hmi_import_patch_add(&f->patch, slot(f, 2, i), i, i % HMI_IMPORT_TURNS));
    assert_int_equal(hmi_import_patch_apply(&f->patch), 0);
    for (i = 0; i < 300; i++)
        assert_int_equal(*slot(f, 2, i), i);
    assert_int_equal(hmi_import_patch_revert(&f->patch), 0);
    hmi_import_patch_destroy(&f->patch);
    sim_os_fail(f->sim, SIM_SET(SIM_OBJECT_ALLOC), 0, 1, ERROR_NOT_ENOUGH_MEMORY);
    assert_false(hmi_import_patch_add(&f->patch, slot(f, 0, 0), 1, 0));
}

int main(void)
{
#define patch_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        patch_test(slots_change_and_change_back),
        patch_test(pages_are_opened_once_and_stay_executable),
        patch_test(each_refusal_leaves_all_as_it_was),
        patch_test(a_slot_that_somebody_changed_since_is_left),
        patch_test(changes_are_made_in_turns_and_undone_in_the_opposite_order),
        patch_test(there_is_room_for_many_and_an_end_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
