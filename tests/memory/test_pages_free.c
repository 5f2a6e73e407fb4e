/* Decommitting, releasing and protecting: the instance's own memory and others', whole and in part, and every
 * invalid call. */
#include "check.h"

#include <string.h>

#include "memory/pages.h"

#define PAGE CHECK_PAGE
#define GRANULE CHECK_GRANULE
#define RW PAGE_READWRITE
#define RWX PAGE_EXECUTE_READWRITE
#define PRESERVE_PLACEHOLDER 2u
#define COALESCE_PLACEHOLDERS 1u
#define REFUSED HOST_E_INVALIDOPERATION

static UINT64 frees(check_fixture *f)
{
    return sim_os_calls(f->sim, SIM_VIRTUAL_FREE);
}

static void parts_are_decommitted_by_page(void **state)
{
    check_fixture *f = *state;
    char *memory = alloc_ok(f, NULL, GRANULE, MEM_COMMIT, RW);
    memset(memory, 0x11, GRANULE);
    free_ok(f, memory + 3 * PAGE, PAGE, MEM_DECOMMIT);
    books_are(f, GRANULE, 15 * PAGE, 0);
    free_ok(f, memory + 3 * PAGE, PAGE, MEM_DECOMMIT);
    books_are(f, GRANULE, 15 * PAGE, 0);
    /* One byte affects its page, two bytes across a boundary both pages. */
    free_ok(f, memory + 5 * PAGE + 7, 1, MEM_DECOMMIT);
    books_are(f, GRANULE, 14 * PAGE, 0);
    free_ok(f, memory + 8 * PAGE - 1, 2, MEM_DECOMMIT);
    books_are(f, GRANULE, 12 * PAGE, 0);
    free_ok(f, memory, PAGE + 1, MEM_DECOMMIT);
    books_are(f, GRANULE, 10 * PAGE, 0);
    assert_int_equal(memory[2 * PAGE], 0x11);
    /* Committed again it is zero. */
    alloc_ok(f, memory, 4 * PAGE, MEM_COMMIT, RW);
    assert_int_equal(memory[0], 0);
    assert_int_equal(memory[2 * PAGE], 0x11);
    assert_int_equal(memory[3 * PAGE], 0);
    books_are(f, GRANULE, 13 * PAGE, 0);
}

static void decommit_of_size_0_at_the_base_is_the_whole_reservation(void **state)
{
    check_fixture *f = *state;
    char *memory = alloc_ok(f, NULL, 5 * GRANULE + PAGE, MEM_RESERVE, RW);
    alloc_ok(f, memory, 3 * PAGE, MEM_COMMIT, RWX);
    alloc_ok(f, memory + 5 * GRANULE, PAGE, MEM_COMMIT, RW);
    books_are(f, 5 * GRANULE + PAGE, 4 * PAGE, 3 * PAGE);
    free_ok(f, memory, 0, MEM_DECOMMIT);
    books_are(f, 5 * GRANULE + PAGE, 0, 0);
    free_ok(f, memory, 0, MEM_DECOMMIT);
    /* Win32 rounds the base down to a page. */
    alloc_ok(f, memory, PAGE, MEM_COMMIT, RW);
    free_ok(f, memory + PAGE - 1, 0, MEM_DECOMMIT);
    books_are(f, 5 * GRANULE + PAGE, 0, 0);
    free_ok(f, memory + 1, 0, MEM_RELEASE);
    books_are(f, 0, 0, 0);
}

static void a_whole_decommit_then_a_release(void **state)
{
    check_fixture *f = *state;
    char *memory = alloc_ok(f, NULL, 3 * GRANULE, MEM_RESERVE | MEM_COMMIT, RWX);
    books_are(f, 3 * GRANULE, 3 * GRANULE, 3 * GRANULE);
    free_ok(f, memory, 3 * GRANULE, MEM_DECOMMIT);
    books_are(f, 3 * GRANULE, 0, 0);
    free_ok(f, memory, 0, MEM_RELEASE);
    books_are(f, 0, 0, 0);
}

static void a_release_takes_what_is_committed_along(void **state)
{
    check_fixture *f = *state;
    char *memory = alloc_ok(f, NULL, 17 * PAGE, MEM_RESERVE, RW);
    char *other = alloc_ok(f, NULL, PAGE, MEM_COMMIT, RWX);
    alloc_ok(f, memory + 3 * PAGE, 5 * PAGE, MEM_COMMIT, RW);
    alloc_ok(f, memory + 16 * PAGE, PAGE, MEM_COMMIT, RWX);
    books_are(f, 18 * PAGE, 7 * PAGE, 2 * PAGE);
    free_ok(f, memory, 0, MEM_RELEASE);
    books_are(f, PAGE, PAGE, PAGE);
    free_ok(f, other, 0, MEM_RELEASE);
    books_are(f, 0, 0, 0);
}

static void wrong_ways_to_free_ours(void **state)
{
    check_fixture *f = *state;
    char *memory = alloc_ok(f, NULL, 2 * GRANULE, MEM_RESERVE | MEM_COMMIT, RWX);
    const struct {
        char *address;
        SIZE_T size;
        UINT32 type;
        HRESULT hr;
        UINT32 error;
    } cases[] = {
        /* Win32 refuses a release with a size, even the correct one. */
        {memory, 2 * GRANULE, MEM_RELEASE, E_INVALIDARG, 87},
        {memory, 1, MEM_RELEASE, E_INVALIDARG, 87},
        {memory + PAGE, PAGE, MEM_RELEASE, E_INVALIDARG, 87},
        {memory, 0, 0, E_INVALIDARG, 87},
        {memory, 0, MEM_RELEASE | MEM_DECOMMIT, E_INVALIDARG, 87},
        {memory, PAGE, MEM_RESET, E_INVALIDARG, 87},
        {memory, PAGE, MEM_COMMIT, E_INVALIDARG, 87},
        {memory, PAGE, 0xffffffff, E_INVALIDARG, 87},
        /* Size 0 away from the base. */
        {memory + PAGE, 0, MEM_DECOMMIT, E_INVALIDARG, 487},
        {memory + GRANULE, 0, MEM_DECOMMIT, E_INVALIDARG, 487},
        {memory + PAGE, 0, MEM_RELEASE, E_INVALIDARG, 487},
        {memory + GRANULE, 0, MEM_RELEASE, E_INVALIDARG, 487},
        /* Around the end of the address space. */
        {memory, SIZE_MAX, MEM_DECOMMIT, E_INVALIDARG, 87},
        {memory + 1, SIZE_MAX, MEM_DECOMMIT, E_INVALIDARG, 87},
        {(char *)UINTPTR_MAX, 0, MEM_RELEASE, E_INVALIDARG, 87},
        {(char *)UINTPTR_MAX, 1, MEM_DECOMMIT, E_INVALIDARG, 87},
        /* From the instance's memory into free memory, and the reverse. */
        {memory + GRANULE, GRANULE + 1, MEM_DECOMMIT, E_INVALIDARG, 87},
        {memory, 5 * GRANULE, MEM_DECOMMIT, E_INVALIDARG, 87},
        {memory - 1, 2, MEM_DECOMMIT, REFUSED, 487},
        /* It is not a placeholder, and the flag is not valid for a decommit. */
        {memory, PAGE, MEM_RELEASE | PRESERVE_PLACEHOLDER, E_INVALIDARG, 487},
        {memory, 0, MEM_RELEASE | PRESERVE_PLACEHOLDER, E_INVALIDARG, 487},
        {memory, 2 * GRANULE, MEM_RELEASE | COALESCE_PLACEHOLDERS, E_INVALIDARG, 487},
        {memory, PAGE, MEM_RELEASE | PRESERVE_PLACEHOLDER | COALESCE_PLACEHOLDERS, E_INVALIDARG, 87},
        {memory, PAGE, MEM_DECOMMIT | PRESERVE_PLACEHOLDER, E_INVALIDARG, 87},
    };
    size_t i;
    for (i = 0; i < CHECK_COUNT_OF(cases); i++) {
        free_fails(f, cases[i].address, cases[i].size, cases[i].type, cases[i].hr, cases[i].error);
        books_are(f, 2 * GRANULE, 2 * GRANULE, 2 * GRANULE);
    }
}

/* A reservation belongs to the instance up to its end, not up to the end of its last granule. */
static void the_rest_of_a_granule_is_nobodys(void **state)
{
    check_fixture *f = *state;
    char *memory = alloc_ok(f, NULL, GRANULE + 3 * PAGE, MEM_RESERVE | MEM_COMMIT, RW);
    char *end = memory + GRANULE + 3 * PAGE;
    free_fails(f, end - PAGE, 2 * PAGE, MEM_DECOMMIT, E_INVALIDARG, 87);
    free_fails(f, memory, GRANULE + 4 * PAGE, MEM_DECOMMIT, E_INVALIDARG, 87);
    free_fails(f, memory, 3 * GRANULE, MEM_DECOMMIT, E_INVALIDARG, 87);
    free_fails(f, end, PAGE, MEM_DECOMMIT, REFUSED, 487);
    free_fails(f, end, 0, MEM_DECOMMIT, REFUSED, 487);
    free_fails(f, end, 0, MEM_RELEASE, REFUSED, 487);
    free_fails(f, end, 3 * GRANULE, MEM_DECOMMIT, REFUSED, 487);
    free_fails(f, end + PAGE, PAGE, MEM_RELEASE | PRESERVE_PLACEHOLDER, REFUSED, 487);
    books_are(f, GRANULE + 3 * PAGE, GRANULE + 3 * PAGE, 0);
    free_ok(f, end - PAGE, 1, MEM_DECOMMIT);
    free_ok(f, memory, 0, MEM_RELEASE);
}

static void the_rest_of_a_granule_is_the_systems_where_the_host_allows_it(void **state)
{
    check_fixture *f = *state;
    char *memory = alloc_ok(f, NULL, 3 * PAGE, MEM_RESERVE, RW);
    sim_os_reset_calls(f->sim);
    free_fails(f, memory + 3 * PAGE, 0, MEM_RELEASE, E_INVALIDARG, 487);
    assert_int_equal(frees(f), 1);
    free_fails(f, memory + 8 * PAGE, PAGE, MEM_DECOMMIT, E_INVALIDARG, 487);
    assert_int_equal(frees(f), 2);
    /* A range belongs to the instance if it begins in its memory. */
    free_fails(f, memory, 2 * GRANULE, MEM_DECOMMIT, E_INVALIDARG, 87);
    assert_int_equal(frees(f), 2);
}

static void two_neighbours_are_not_decommitted_as_one(void **state)
{
    check_fixture *f = *state;
    char *place = (char *)(sim_os_arena_base(f->sim) + 16 * GRANULE);
    alloc_ok(f, place, GRANULE, MEM_RESERVE | MEM_COMMIT, RW);
    alloc_ok(f, place + GRANULE, GRANULE, MEM_RESERVE | MEM_COMMIT, RW);
    free_fails(f, place + GRANULE - PAGE, 2 * PAGE, MEM_DECOMMIT, E_INVALIDARG, 87);
    books_are(f, 2 * GRANULE, 2 * GRANULE, 0);
    free_ok(f, place, 0, MEM_DECOMMIT);
    books_are(f, 2 * GRANULE, GRANULE, 0);
}

static void a_double_release_is_refused_untouched(void **state)
{
    check_fixture *f = *state;
    char *memory = alloc_ok(f, NULL, GRANULE, MEM_COMMIT, RW);
    free_ok(f, memory, 0, MEM_RELEASE);
    sim_os_reset_calls(f->sim);
    free_fails(f, memory, 0, MEM_RELEASE, REFUSED, 487);
    free_fails(f, memory, 0, MEM_DECOMMIT, REFUSED, 487);
    free_fails(f, memory, PAGE, MEM_DECOMMIT, REFUSED, 487);
    assert_int_equal(frees(f), 0);
    books_are(f, 0, 0, 0);
}

static void foreign_memory_is_refused_untouched(void **state)
{
    check_fixture *f = *state;
    char *foreign = sim_os_add_foreign(f->sim, NULL, 2 * GRANULE, TRUE, RW);
    char *ours = alloc_ok(f, NULL, GRANULE, MEM_COMMIT, RW);
    assert_non_null(foreign);
    memset(foreign, 0x33, 2 * GRANULE);
    sim_os_reset_calls(f->sim);
    free_fails(f, foreign, 0, MEM_RELEASE, REFUSED, 487);
    free_fails(f, foreign, 0, MEM_DECOMMIT, REFUSED, 487);
    free_fails(f, foreign + GRANULE, 1, MEM_DECOMMIT, REFUSED, 487);
    free_fails(f, NULL, 0, MEM_RELEASE, REFUSED, 487);
    free_fails(f, NULL, PAGE, MEM_DECOMMIT, REFUSED, 487);
    free_fails(f, f, 0, MEM_RELEASE, REFUSED, 487);
    /* The last error is the one that the system would set. */
    free_fails(f, foreign + GRANULE, 0, MEM_DECOMMIT, REFUSED, 487);
    free_fails(f, foreign + GRANULE, GRANULE + 1, MEM_DECOMMIT, REFUSED, 87);
    free_fails(f, UINTPTR_MAX - 2 * PAGE, 1, MEM_DECOMMIT, REFUSED, 87);
    free_fails(f, UINTPTR_MAX - 2 * PAGE, 0, MEM_RELEASE, REFUSED, 87);
    /* Invalid arguments are reported before the owner is looked at. */
    free_fails(f, foreign, GRANULE, MEM_RELEASE, E_INVALIDARG, 87);
    free_fails(f, foreign, GRANULE, MEM_COMMIT, E_INVALIDARG, 87);
    assert_int_equal(frees(f), 0);
    assert_int_equal(foreign[0] + foreign[2 * GRANULE - 1], 0x66);
    books_are(f, GRANULE, GRANULE, 0);
    free_ok(f, ours, 0, MEM_RELEASE);
    sim_os_remove_foreign(f->sim, foreign);
}

static void foreign_memory_goes_to_the_system_where_the_host_allows_it(void **state)
{
    check_fixture *f = *state;
    char *foreign = sim_os_add_foreign(f->sim, NULL, 2 * GRANULE, TRUE, RWX);
    char *ours = alloc_ok(f, NULL, GRANULE, MEM_COMMIT, RWX);
    assert_non_null(foreign);
    free_ok(f, foreign + PAGE, PAGE, MEM_DECOMMIT);
    free_ok(f, foreign, 0, MEM_DECOMMIT);
    books_are(f, GRANULE, GRANULE, GRANULE);
    free_fails(f, foreign + GRANULE, 0, MEM_RELEASE, E_INVALIDARG, 487);
    free_ok(f, foreign, 0, MEM_RELEASE);
    books_are(f, GRANULE, GRANULE, GRANULE);
    /* The second time nothing is there, and the system reports that. */
    free_fails(f, foreign, 0, MEM_RELEASE, E_INVALIDARG, 487);
    free_fails(f, ours - PAGE, 2 * PAGE, MEM_DECOMMIT, E_INVALIDARG, 487);
    sim_os_fail(f->sim, SIM_SET(SIM_VIRTUAL_FREE), 0, 1, ERROR_ACCESS_DENIED);
    free_fails(f, foreign, 0, MEM_RELEASE, E_ACCESSDENIED, 5);
    free_ok(f, ours, 0, MEM_RELEASE);
    books_are(f, 0, 0, 0);
}

/* A placeholder of the host, as VirtualAlloc2 makes it. */
static void placeholders_are_the_systems_where_the_host_allows_it(void **state)
{
    check_fixture *f = *state;
    char *whole = sim_os_add_placeholder(f->sim, NULL, 4 * GRANULE);
    assert_non_null(whole);
    free_ok(f, whole + GRANULE, GRANULE, MEM_RELEASE | PRESERVE_PLACEHOLDER);
    free_fails(f, whole, 3 * GRANULE, MEM_RELEASE | COALESCE_PLACEHOLDERS, E_INVALIDARG, 487);
    free_ok(f, whole, 2 * GRANULE, MEM_RELEASE | COALESCE_PLACEHOLDERS);
    free_ok(f, whole, 0, MEM_RELEASE);
    free_ok(f, whole + 2 * GRANULE, 0, MEM_RELEASE);
    books_are(f, 0, 0, 0);
}

static void placeholders_are_refused_untouched(void **state)
{
    check_fixture *f = *state;
    char *whole = sim_os_add_placeholder(f->sim, NULL, 4 * GRANULE);
    sim_os_reset_calls(f->sim);
    free_fails(f, whole, GRANULE, MEM_RELEASE | PRESERVE_PLACEHOLDER, REFUSED, 487);
    free_fails(f, whole, 0, MEM_RELEASE, REFUSED, 487);
    assert_int_equal(frees(f), 0);
    sim_os_remove_foreign(f->sim, whole);
}

static void protecting_ours_is_counted(void **state)
{
    check_fixture *f = *state;
    char *memory = alloc_ok(f, NULL, GRANULE, MEM_RESERVE, PAGE_NOACCESS);
    alloc_ok(f, memory, 8 * PAGE, MEM_COMMIT, RW);
    protect_ok(f, memory + PAGE, 2 * PAGE, PAGE_EXECUTE_READ, RW);
    books_are(f, GRANULE, 8 * PAGE, 2 * PAGE);
    /* Unaligned ranges are rounded outwards; the old protection is that of the first page. */
    protect_ok(f, memory + 3 * PAGE - 1, 2, RWX, PAGE_EXECUTE_READ);
    books_are(f, GRANULE, 8 * PAGE, 3 * PAGE);
    protect_ok(f, memory, 8 * PAGE, PAGE_NOACCESS, RW);
    books_are(f, GRANULE, 8 * PAGE, 0);
    protect_ok(f, memory, 1, PAGE_EXECUTE_READ | PAGE_GUARD, PAGE_NOACCESS);
    books_are(f, GRANULE, 8 * PAGE, PAGE);

    protect_fails(f, memory, 0, RW, E_INVALIDARG, 87);
    protect_fails(f, memory, SIZE_MAX, RW, E_INVALIDARG, 87);
    protect_fails(f, memory, PAGE, 0, E_INVALIDARG, 87);
    protect_fails(f, memory, PAGE, RW | RWX, E_INVALIDARG, 87);
    /* Reserved pages, and pages after the end. */
    protect_fails(f, memory + 7 * PAGE, 2 * PAGE, RWX, E_INVALIDARG, 487);
    protect_fails(f, memory, GRANULE + 1, RWX, E_INVALIDARG, 487);
    sim_os_fail(f->sim, SIM_SET(SIM_VIRTUAL_PROTECT), 0, 1, 1655);
    protect_fails(f, memory, PAGE, RWX, E_ACCESSDENIED, 1655);
    books_are(f, GRANULE, 8 * PAGE, PAGE);
}

static void protecting_foreign_memory_is_not(void **state)
{
    check_fixture *f = *state;
    char *place = (char *)(sim_os_arena_base(f->sim) + 16 * GRANULE);
    char *foreign = sim_os_add_foreign(f->sim, place, GRANULE, TRUE, RW);
    assert_ptr_equal(foreign, place);
    alloc_ok(f, place + GRANULE, GRANULE, MEM_RESERVE | MEM_COMMIT, RWX);
    protect_ok(f, foreign, PAGE, RWX, RW);
    books_are(f, GRANULE, GRANULE, GRANULE);
    protect_ok(f, foreign, PAGE, PAGE_READWRITE | PAGE_GUARD, RWX);
    books_are(f, GRANULE, GRANULE, GRANULE);
    protect_fails(f, foreign + GRANULE - PAGE, 2 * PAGE, RWX, E_INVALIDARG, 487);
    protect_fails(f, place - PAGE, PAGE, RWX, E_INVALIDARG, 487);
    protect_fails(f, foreign, 0, RWX, E_INVALIDARG, 87);
    books_are(f, GRANULE, GRANULE, GRANULE);
    sim_os_remove_foreign(f->sim, foreign);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        check_test(parts_are_decommitted_by_page),
        check_test(decommit_of_size_0_at_the_base_is_the_whole_reservation),
        check_test(a_whole_decommit_then_a_release),
        check_test(a_release_takes_what_is_committed_along),
        check_test(wrong_ways_to_free_ours),
        check_test(the_rest_of_a_granule_is_nobodys),
        cmocka_unit_test_setup_teardown(the_rest_of_a_granule_is_the_systems_where_the_host_allows_it,
                                        check_setup_free_foreign, check_teardown),
        check_test(two_neighbours_are_not_decommitted_as_one),
        check_test(a_double_release_is_refused_untouched),
        check_test(foreign_memory_is_refused_untouched),
        cmocka_unit_test_setup_teardown(foreign_memory_goes_to_the_system_where_the_host_allows_it,
                                        check_setup_free_foreign, check_teardown),
        cmocka_unit_test_setup_teardown(placeholders_are_the_systems_where_the_host_allows_it, check_setup_free_foreign,
                                        check_teardown),
        check_test(placeholders_are_refused_untouched),
        check_test(protecting_ours_is_counted),
        check_test(protecting_foreign_memory_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
