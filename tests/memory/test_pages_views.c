/* Views that the runtime announces: their sizes, known or asked for, replaced and removed. */
#include "check.h"

#include "memory/pages.h"
#include "core_state.h"

#define PAGE CHECK_PAGE
#define GRANULE CHECK_GRANULE

static UINT64 mapped(check_fixture *f)
{
    return check_stats(f).mapped_bytes;
}

static HRESULT add(check_fixture *f, UINT_PTR start, SIZE_T size)
{
    return hmi_pages_add_view(f->core, (void *)start, size);
}

static void views_are_counted_in_whole_pages(void **state)
{
    static const struct {
        UINT_PTR start;
        SIZE_T size;
        SIZE_T mapped;
    } cases[] = {{7 * GRANULE, 1, PAGE},
                 {7 * GRANULE, PAGE, PAGE},
                 {7 * GRANULE, PAGE + 1, 2 * PAGE},
                 {7 * GRANULE, 100 * GRANULE, 100 * GRANULE},
                 {7 * GRANULE + PAGE - 1, 2, 2 * PAGE}};
    check_fixture *f = *state;
    size_t i;
    for (i = 0; i < CHECK_COUNT_OF(cases); i++) {
        assert_int_equal(add(f, cases[i].start, cases[i].size), S_OK);
        assert_int_equal(mapped(f), cases[i].mapped);
        hmi_pages_remove_view(f->core, (void *)cases[i].start);
        assert_int_equal(mapped(f), 0);
    }
}

static void views_are_replaced_and_removed_once(void **state)
{
    check_fixture *f = *state;
    assert_int_equal(add(f, 7 * GRANULE, 5 * PAGE), S_OK);
    assert_int_equal(add(f, 9 * GRANULE, PAGE), S_OK);
    assert_int_equal(add(f, 7 * GRANULE, 2 * PAGE), S_OK);
    assert_int_equal(mapped(f), 3 * PAGE);
    hmi_pages_remove_view(f->core, (void *)(7 * GRANULE));
    hmi_pages_remove_view(f->core, (void *)(7 * GRANULE));
    assert_int_equal(mapped(f), PAGE);
    /* Never announced, nowhere, and beyond everything. */
    hmi_pages_remove_view(f->core, (void *)(8 * GRANULE));
    hmi_pages_remove_view(f->core, NULL);
    hmi_pages_remove_view(f->core, (void *)UINTPTR_MAX);
    assert_int_equal(mapped(f), PAGE);
    hmi_pages_remove_view(f->core, (void *)(9 * GRANULE));
    assert_int_equal(mapped(f), 0);
}

static void a_view_of_unknown_size_is_asked_for(void **state)
{
    check_fixture *f = *state;
    char *place = (char *)(sim_os_arena_base(f->sim) + 16 * GRANULE);
    char *view = sim_os_add_foreign(f->sim, place, 4 * GRANULE, TRUE, PAGE_READONLY);
    char *neighbour = sim_os_add_foreign(f->sim, place + 4 * GRANULE, GRANULE, TRUE, PAGE_READONLY);
    UINT32 old;
    assert_ptr_equal(view, place);
    assert_ptr_equal(neighbour, place + 4 * GRANULE);
    /* An image has pages of several kinds, and holes. */
    assert_int_equal(hmi_pages_protect(f->core, view + GRANULE, PAGE, PAGE_EXECUTE_READ, &old), S_OK);
    assert_int_equal(f->os->virtual_free(f->os, view + 2 * GRANULE, PAGE, MEM_DECOMMIT), 0);
    assert_int_equal(add(f, (UINT_PTR)view, 0), S_OK);
    assert_int_equal(mapped(f), 4 * GRANULE);
    assert_int_equal(add(f, (UINT_PTR)neighbour, 0), S_OK);
    assert_int_equal(mapped(f), 5 * GRANULE);
    /* What the caller says counts without asking. */
    sim_os_reset_calls(f->sim);
    assert_int_equal(add(f, (UINT_PTR)view, PAGE), S_OK);
    assert_int_equal(sim_os_calls(f->sim, SIM_VIRTUAL_QUERY), 0);
    assert_int_equal(mapped(f), GRANULE + PAGE);
    hmi_pages_remove_view(f->core, view);
    hmi_pages_remove_view(f->core, neighbour);
    assert_int_equal(mapped(f), 0);
    sim_os_remove_foreign(f->sim, view);
    sim_os_remove_foreign(f->sim, neighbour);
}

static void where_nothing_is_there_is_no_view(void **state)
{
    check_fixture *f = *state;
    assert_int_equal(add(f, sim_os_arena_base(f->sim) + 16 * GRANULE, 0), S_OK);
    assert_int_equal(add(f, f->core->info.highest_address, 0), S_OK);
    sim_os_fail(f->sim, SIM_SET(SIM_VIRTUAL_QUERY), 0, 1, ERROR_INVALID_PARAMETER);
    assert_int_equal(add(f, sim_os_arena_base(f->sim), 0), S_OK);
    assert_int_equal(mapped(f), 0);
}

static void bad_views_are_refused(void **state)
{
    check_fixture *f = *state;
    assert_int_equal((UINT32)add(f, 0, PAGE), (UINT32)E_INVALIDARG);
    assert_int_equal((UINT32)add(f, 0, 0), (UINT32)E_INVALIDARG);
    assert_int_equal((UINT32)add(f, 7 * GRANULE, SIZE_MAX), (UINT32)E_INVALIDARG);
    assert_int_equal((UINT32)add(f, UINTPTR_MAX, 2), (UINT32)E_INVALIDARG);
    assert_int_equal((UINT32)add(f, UINTPTR_MAX, 1), (UINT32)E_INVALIDARG);
    assert_int_equal(mapped(f), 0);
}

static void without_memory_for_the_books_there_is_no_view(void **state)
{
    check_fixture *f = *state;
    sim_os_fail(f->sim, SIM_SET(SIM_TABLE_COMMIT) | SIM_SET(SIM_TABLE_RESERVE), 0, 1, ERROR_NOT_ENOUGH_MEMORY);
    assert_int_equal((UINT32)add(f, 7 * GRANULE, PAGE), (UINT32)E_OUTOFMEMORY);
    assert_int_equal(mapped(f), 0);
    assert_int_equal(add(f, 7 * GRANULE, PAGE), S_OK);
    assert_int_equal(mapped(f), PAGE);
    hmi_pages_remove_view(f->core, (void *)(7 * GRANULE));
}

static void views_have_nothing_to_do_with_reservations(void **state)
{
    check_fixture *f = *state;
    char *memory = alloc_ok(f, NULL, GRANULE, MEM_COMMIT, PAGE_READWRITE);
    assert_int_equal(add(f, (UINT_PTR)memory, GRANULE), S_OK);
    books_are(f, GRANULE, GRANULE, 0);
    free_ok(f, memory, 0, MEM_RELEASE);
    assert_int_equal(mapped(f), GRANULE);
    assert_int_equal(add(f, 7 * GRANULE, PAGE), S_OK);
    free_fails(f, 7 * GRANULE, 0, MEM_RELEASE, HOST_E_INVALIDOPERATION, 487);
    hmi_pages_remove_view(f->core, memory);
    hmi_pages_remove_view(f->core, (void *)(7 * GRANULE));
    assert_int_equal(mapped(f), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        check_test(views_are_counted_in_whole_pages),
        check_test(views_are_replaced_and_removed_once),
        check_test(a_view_of_unknown_size_is_asked_for),
        check_test(where_nothing_is_there_is_no_view),
        check_test(bad_views_are_refused),
        check_test(without_memory_for_the_books_there_is_no_view),
        check_test(views_have_nothing_to_do_with_reservations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
