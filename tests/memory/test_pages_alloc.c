/* Reserving and committing: every flag, alignment and odd size that the runtime uses or a caller may try. The
 * result, the last error and every figure are checked after each step. */
#include "check.h"

#include <string.h>

#include "memory/pages.h"
#include "core_state.h"

#define PAGE CHECK_PAGE
#define GRANULE CHECK_GRANULE
#define RW PAGE_READWRITE
#define RWX PAGE_EXECUTE_READWRITE

/* The middle of the arena, where nothing is allocated. */
static char *free_place(check_fixture *f)
{
    return (char *)((sim_os_arena_base(f->sim) + sim_os_arena_bytes(f->sim) / 2) & ~(UINT_PTR)(GRANULE - 1));
}

static bool is_zero(const char *memory, SIZE_T size)
{
    SIZE_T i;
    for (i = 0; i < size; i++) {
        if (memory[i])
            return false;
    }
    return true;
}

static void a_reservation_counts_its_pages_wherever_it_lands(void **state)
{
    static const struct {
        SIZE_T size;
        SIZE_T reserved;
    } sizes[] = {{1, PAGE},
                 {PAGE - 1, PAGE},
                 {PAGE, PAGE},
                 {PAGE + 1, 2 * PAGE},
                 {GRANULE - 1, GRANULE},
                 {GRANULE, GRANULE},
                 {GRANULE + 1, GRANULE + PAGE},
                 {0x100000, 0x100000}};
    check_fixture *f = *state;
    size_t i;
    for (i = 0; i < CHECK_COUNT_OF(sizes); i++) {
        void *memory = alloc_ok(f, NULL, sizes[i].size, MEM_RESERVE, PAGE_NOACCESS);
        books_are(f, sizes[i].reserved, 0, 0);
        free_ok(f, memory, 0, MEM_RELEASE);
        books_are(f, 0, 0, 0);
    }
}

static void a_hint_is_rounded_down_and_the_end_up(void **state)
{
    static const struct {
        UINT_PTR offset;
        SIZE_T size;
        SIZE_T reserved;
    } cases[] = {{0, 1, PAGE},
                 {1, 1, PAGE},
                 {PAGE - 1, 1, PAGE},
                 {PAGE - 1, 2, 2 * PAGE},
                 {PAGE, PAGE, 2 * PAGE},
                 {0x1234, 0x5678, 0x7000},
                 {GRANULE - 1, 1, GRANULE},
                 {GRANULE - 1, 2, GRANULE + PAGE}};
    static const UINT32 types[] = {MEM_RESERVE, MEM_RESERVE | MEM_COMMIT, MEM_RESERVE | MEM_COMMIT | MEM_TOP_DOWN};
    check_fixture *f = *state;
    char *base = free_place(f);
    size_t i, type;
    for (type = 0; type < CHECK_COUNT_OF(types); type++) {
        for (i = 0; i < CHECK_COUNT_OF(cases); i++) {
            SIZE_T committed = types[type] & MEM_COMMIT ? cases[i].reserved : 0;
            assert_ptr_equal(alloc_ok(f, base + cases[i].offset, cases[i].size, types[type], RWX), base);
            books_are(f, cases[i].reserved, committed, committed);
            free_ok(f, base, 0, MEM_RELEASE);
            books_are(f, 0, 0, 0);
        }
    }
}

static void commit_without_an_address_reserves_too(void **state)
{
    check_fixture *f = *state;
    char *memory = alloc_ok(f, NULL, 3 * PAGE + 1, MEM_COMMIT, RW);
    books_are(f, 4 * PAGE, 4 * PAGE, 0);
    assert_true(is_zero(memory, 4 * PAGE));
    memset(memory, 0xcc, 4 * PAGE);
    free_ok(f, memory, 0, MEM_RELEASE);
    books_are(f, 0, 0, 0);
}

static void top_down_and_write_watch(void **state)
{
    check_fixture *f = *state;
    char *low = alloc_ok(f, NULL, GRANULE, MEM_RESERVE, RW);
    char *high = alloc_ok(f, NULL, GRANULE, MEM_RESERVE | MEM_TOP_DOWN, RW);
    char *watched = alloc_ok(f, NULL, 1 << 20, MEM_RESERVE | MEM_WRITE_WATCH, RW);
    assert_true(high > low);
    books_are(f, 2 * GRANULE + (1 << 20), 0, 0);
    assert_ptr_equal(alloc_ok(f, watched, GRANULE, MEM_COMMIT, RW), watched);
    assert_ptr_equal(alloc_ok(f, high + 1, 1, MEM_COMMIT | MEM_TOP_DOWN, RW), high);
    books_are(f, 2 * GRANULE + (1 << 20), GRANULE + PAGE, 0);
    /* Write watch is only valid for a reservation. */
    alloc_fails(f, watched, PAGE, MEM_COMMIT | MEM_WRITE_WATCH, RW, eTaskCritical, E_INVALIDARG, 87);
}

static void a_segment_is_committed_in_steps(void **state)
{
    check_fixture *f = *state;
    char *segment = alloc_ok(f, NULL, 4 << 20, MEM_RESERVE | MEM_WRITE_WATCH, RW);
    SIZE_T step;
    for (step = 1; step <= 16; step++) {
        alloc_ok(f, segment + (step - 1) * GRANULE, GRANULE, MEM_COMMIT, RW);
        books_are(f, 4 << 20, step * GRANULE, 0);
    }
    memset(segment, 0x5a, 16 * GRANULE);
    /* A reset changes no figure, and charges nothing. */
    hmi_budget_set_limit(f->core->budget, 1);
    assert_ptr_equal(alloc_ok(f, segment, 4 * GRANULE, MEM_RESET, RW), segment);
    assert_ptr_equal(alloc_ok(f, segment + 1, 1, MEM_RESET, PAGE_NOACCESS), segment);
    books_are(f, 4 << 20, 16 * GRANULE, 0);
}

static void odd_commits_round_to_pages(void **state)
{
    check_fixture *f = *state;
    char *memory = alloc_ok(f, NULL, GRANULE, MEM_RESERVE, PAGE_NOACCESS);
    assert_ptr_equal(alloc_ok(f, memory + PAGE - 1, 2, MEM_COMMIT, RW), memory);
    books_are(f, GRANULE, 2 * PAGE, 0);
    assert_ptr_equal(alloc_ok(f, memory + 5 * PAGE + 7, 1, MEM_COMMIT, RW), memory + 5 * PAGE);
    books_are(f, GRANULE, 3 * PAGE, 0);
    assert_ptr_equal(alloc_ok(f, memory + GRANULE - 1, 1, MEM_COMMIT, RW), memory + GRANULE - PAGE);
    books_are(f, GRANULE, 4 * PAGE, 0);
    alloc_fails(f, memory + GRANULE - 1, 2, MEM_COMMIT, RW, eTaskCritical, E_OUTOFMEMORY, 487);
    alloc_fails(f, memory, GRANULE + 1, MEM_COMMIT, RW, eTaskCritical, E_OUTOFMEMORY, 487);
}

static void commits_that_overlap_keep_content_and_count_once(void **state)
{
    check_fixture *f = *state;
    char *memory = alloc_ok(f, NULL, GRANULE, MEM_RESERVE, PAGE_NOACCESS);
    alloc_ok(f, memory + 2 * PAGE, 3 * PAGE, MEM_COMMIT, RW);
    memset(memory + 2 * PAGE, 0x77, 3 * PAGE);
    alloc_ok(f, memory, 4 * PAGE, MEM_COMMIT, RW);
    books_are(f, GRANULE, 5 * PAGE, 0);
    alloc_ok(f, memory, 8 * PAGE, MEM_COMMIT, RW);
    books_are(f, GRANULE, 8 * PAGE, 0);
    assert_true(is_zero(memory, 2 * PAGE));
    assert_int_equal(memory[2 * PAGE], 0x77);
    assert_int_equal(memory[5 * PAGE - 1], 0x77);
    assert_true(is_zero(memory + 5 * PAGE, 3 * PAGE));
    /* After a change of protection they count as executable, or no longer do. */
    alloc_ok(f, memory + PAGE, 2 * PAGE, MEM_COMMIT, RWX);
    books_are(f, GRANULE, 8 * PAGE, 2 * PAGE);
    assert_int_equal(memory[2 * PAGE], 0x77);
    alloc_ok(f, memory + 2 * PAGE, 10 * PAGE, MEM_COMMIT, RW);
    books_are(f, GRANULE, 12 * PAGE, PAGE);
}

static void every_protection_is_counted_by_whether_it_executes(void **state)
{
    static const struct {
        UINT32 protect;
        bool executes;
    } protections[] = {
        {PAGE_NOACCESS, false},
        {PAGE_READONLY, false},
        {PAGE_READWRITE, false},
        {PAGE_EXECUTE, true},
        {PAGE_EXECUTE_READ, true},
        {PAGE_EXECUTE_READWRITE, true},
        {PAGE_READWRITE | PAGE_GUARD, false},
        {PAGE_EXECUTE_READ | PAGE_GUARD, true},
        {PAGE_READWRITE | PAGE_NOCACHE, false},
        {PAGE_EXECUTE_READWRITE | PAGE_NOCACHE, true},
        {PAGE_READWRITE | PAGE_WRITECOMBINE, false},
    };
    check_fixture *f = *state;
    size_t i;
    for (i = 0; i < CHECK_COUNT_OF(protections); i++) {
        SIZE_T executable = protections[i].executes ? GRANULE : 0;
        void *memory = alloc_ok(f, NULL, GRANULE, MEM_RESERVE | MEM_COMMIT, protections[i].protect);
        books_are(f, GRANULE, GRANULE, executable);
        free_ok(f, memory, 0, MEM_RELEASE);
        /* Reserved pages do not count as executable. */
        memory = alloc_ok(f, NULL, GRANULE, MEM_RESERVE, protections[i].protect);
        books_are(f, GRANULE, 0, 0);
        alloc_ok(f, memory, PAGE, MEM_COMMIT, protections[i].protect);
        books_are(f, GRANULE, PAGE, protections[i].executes ? PAGE : 0);
        free_ok(f, memory, 0, MEM_RELEASE);
    }
}

static void bad_requests_are_refused_as_win32_refuses_them(void **state)
{
    check_fixture *f = *state;
    char *memory = alloc_ok(f, NULL, GRANULE, MEM_RESERVE, PAGE_NOACCESS);
    char *place = free_place(f), *last = (char *)(UINTPTR_MAX - PAGE + 1);
    const struct {
        char *address;
        SIZE_T size;
        UINT32 type;
        UINT32 protect;
        HRESULT hr;
        UINT32 error;
    } cases[] = {
        {NULL, 0, MEM_RESERVE, RW, E_INVALIDARG, 87},
        {NULL, 0, MEM_COMMIT, RW, E_INVALIDARG, 87},
        {memory, 0, MEM_COMMIT, RW, E_INVALIDARG, 87},
        {memory, 0, MEM_RESET, RW, E_INVALIDARG, 87},
        /* Around the end of the address space. */
        {memory, SIZE_MAX, MEM_COMMIT, RW, E_INVALIDARG, 87},
        {memory, SIZE_MAX - (UINT_PTR)memory, MEM_COMMIT, RW, E_INVALIDARG, 87},
        {place, SIZE_MAX, MEM_RESERVE, RW, E_INVALIDARG, 87},
        {place, SIZE_MAX - (UINT_PTR)place + 1, MEM_RESERVE | MEM_COMMIT, RW, E_INVALIDARG, 87},
        {NULL, SIZE_MAX, MEM_RESERVE, RW, E_INVALIDARG, 87},
        {NULL, SIZE_MAX, MEM_COMMIT, RW, E_INVALIDARG, 87},
        {NULL, SIZE_MAX - PAGE, MEM_COMMIT, RW, E_INVALIDARG, 87},
        {last, 1, MEM_COMMIT, RW, E_INVALIDARG, 87},
        {last, PAGE, MEM_RESERVE, RW, E_INVALIDARG, 87},
        {last - PAGE, 1, MEM_COMMIT, RW, E_INVALIDARG, 87},
        {last - PAGE, 1, MEM_RESERVE, RW, E_INVALIDARG, 87},
        {(char *)1, 1, MEM_RESERVE, RW, E_INVALIDARG, 87},
        /* Invalid types and protections. */
        {NULL, PAGE, 0, RW, E_INVALIDARG, 87},
        {memory, PAGE, MEM_TOP_DOWN, RW, E_INVALIDARG, 87},
        {memory, PAGE, MEM_DECOMMIT, RW, E_INVALIDARG, 87},
        {memory, PAGE, MEM_RESET | MEM_COMMIT, RW, E_INVALIDARG, 87},
        {NULL, PAGE, MEM_RESET | MEM_COMMIT, RW, E_INVALIDARG, 87},
        {NULL, PAGE, MEM_COMMIT | MEM_WRITE_WATCH, RW, E_INVALIDARG, 87},
        {NULL, PAGE, MEM_RESERVE, 0, E_INVALIDARG, 87},
        {NULL, PAGE, MEM_RESERVE, PAGE_READWRITE | PAGE_READONLY, E_INVALIDARG, 87},
        {memory, PAGE, MEM_COMMIT, PAGE_NOACCESS | PAGE_GUARD, E_INVALIDARG, 87},
        {memory, PAGE, MEM_COMMIT, PAGE_EXECUTE_WRITECOPY, E_INVALIDARG, 87},
        {NULL, PAGE, MEM_RESERVE | MEM_COMMIT | MEM_LARGE_PAGES, RW, (HRESULT)0x80070522, 1314},
        /* Addresses that are not available. */
        {memory, PAGE, MEM_RESERVE, RW, E_OUTOFMEMORY, 487},
        {memory + PAGE, PAGE, MEM_RESERVE | MEM_COMMIT, RWX, E_OUTOFMEMORY, 487},
        {memory - PAGE, 2 * PAGE, MEM_RESERVE, RW, E_OUTOFMEMORY, 487},
        {place, PAGE, MEM_COMMIT, RW, E_OUTOFMEMORY, 487},
        {place, PAGE, MEM_RESET, RW, E_OUTOFMEMORY, 487},
        {NULL, PAGE, MEM_RESET | MEM_TOP_DOWN, RW, E_INVALIDARG, 87},
    };
    size_t i;
    for (i = 0; i < CHECK_COUNT_OF(cases); i++) {
        alloc_fails(f, cases[i].address, cases[i].size, cases[i].type, cases[i].protect, eProcessCritical, cases[i].hr,
                    cases[i].error);
    }
    books_are(f, GRANULE, 0, 0);
}

/* Whatever a call allocates is in the ledger. */
static void a_reset_at_null_is_a_reservation(void **state)
{
    check_fixture *f = *state;
    char *memory = alloc_ok(f, NULL, GRANULE + 1, MEM_RESET, RW);
    books_are(f, GRANULE + PAGE, 0, 0);
    alloc_ok(f, memory, PAGE, MEM_COMMIT, RWX);
    books_are(f, GRANULE + PAGE, PAGE, PAGE);
    free_ok(f, memory, 0, MEM_RELEASE);
    books_are(f, 0, 0, 0);
}

static void commits_across_two_reservations_are_refused_whole(void **state)
{
    check_fixture *f = *state;
    char *first = alloc_ok(f, free_place(f), GRANULE, MEM_RESERVE, RW);
    char *second = alloc_ok(f, first + GRANULE, GRANULE, MEM_RESERVE, RW);
    alloc_ok(f, second, PAGE, MEM_COMMIT, RW);
    alloc_fails(f, second - PAGE, 2 * PAGE, MEM_COMMIT, RWX, eTaskCritical, E_OUTOFMEMORY, 487);
    books_are(f, 2 * GRANULE, PAGE, 0);
    /* From the instance's memory into free memory, and the reverse. */
    alloc_fails(f, second + GRANULE - PAGE, 2 * PAGE, MEM_COMMIT, RW, eTaskCritical, E_OUTOFMEMORY, 487);
    alloc_fails(f, first - PAGE, 2 * PAGE, MEM_COMMIT, RW, eTaskCritical, E_OUTOFMEMORY, 487);
    books_are(f, 2 * GRANULE, PAGE, 0);
}

static void the_tail_of_a_granule_is_nobodys(void **state)
{
    check_fixture *f = *state;
    char *memory = alloc_ok(f, NULL, PAGE, MEM_RESERVE, RW);
    alloc_fails(f, memory + PAGE, PAGE, MEM_COMMIT, RW, eTaskCritical, E_OUTOFMEMORY, 487);
    alloc_fails(f, memory, 2 * PAGE, MEM_COMMIT, RW, eTaskCritical, E_OUTOFMEMORY, 487);
    alloc_fails(f, memory + PAGE, PAGE, MEM_RESERVE, RW, eTaskCritical, E_OUTOFMEMORY, 487);
    books_are(f, PAGE, 0, 0);
}

static void commits_in_a_foreign_reservation_pass_through_uncounted(void **state)
{
    check_fixture *f = *state;
    char *foreign = sim_os_add_foreign(f->sim, NULL, GRANULE, FALSE, RW);
    assert_non_null(foreign);
    hmi_budget_set_limit(f->core->budget, 1);
    assert_ptr_equal(alloc_ok(f, foreign + 5, PAGE, MEM_COMMIT, RWX), foreign);
    books_are(f, 0, 0, 0);
    memset(foreign, 1, 2 * PAGE);
    assert_ptr_equal(alloc_ok(f, foreign, PAGE, MEM_RESET, RW), foreign);
    alloc_fails(f, foreign + GRANULE - PAGE, 2 * PAGE, MEM_COMMIT, RW, eTaskCritical, E_OUTOFMEMORY, 487);
    alloc_fails(f, foreign, PAGE, MEM_RESERVE, RW, eTaskCritical, E_OUTOFMEMORY, 487);
    sim_os_fail(f->sim, SIM_SET(SIM_VIRTUAL_ALLOC), 0, 1, ERROR_COMMITMENT_LIMIT);
    alloc_fails(f, foreign, PAGE, MEM_COMMIT, RW, eAppDomainCritical, E_OUTOFMEMORY, 1455);
    books_are(f, 0, 0, 0);
    sim_os_remove_foreign(f->sim, foreign);
}

static void the_largest_reservation_and_one_too_large(void **state)
{
    check_fixture *f = *state;
    SIZE_T arena = sim_os_arena_bytes(f->sim);
    char *all = alloc_ok(f, NULL, arena, MEM_RESERVE | MEM_WRITE_WATCH, RW);
    books_are(f, arena, 0, 0);
    alloc_fails(f, NULL, PAGE, MEM_RESERVE, RW, eTaskCritical, E_OUTOFMEMORY, 8);
    alloc_ok(f, all + arena - 1, 1, MEM_COMMIT, RW);
    alloc_ok(f, all, 1, MEM_COMMIT, RW);
    books_are(f, arena, 2 * PAGE, 0);
    free_ok(f, all, 0, MEM_RELEASE);
    alloc_fails(f, NULL, arena + 1, MEM_RESERVE, RW, eAppDomainCritical, E_OUTOFMEMORY, 8);
    books_are(f, 0, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        check_test(a_reservation_counts_its_pages_wherever_it_lands),
        check_test(a_hint_is_rounded_down_and_the_end_up),
        check_test(commit_without_an_address_reserves_too),
        check_test(top_down_and_write_watch),
        check_test(a_segment_is_committed_in_steps),
        check_test(odd_commits_round_to_pages),
        check_test(commits_that_overlap_keep_content_and_count_once),
        check_test(every_protection_is_counted_by_whether_it_executes),
        check_test(bad_requests_are_refused_as_win32_refuses_them),
        check_test(a_reset_at_null_is_a_reservation),
        check_test(commits_across_two_reservations_are_refused_whole),
        check_test(the_tail_of_a_granule_is_nobodys),
        check_test(commits_in_a_foreign_reservation_pass_through_uncounted),
        check_test(the_largest_reservation_and_one_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
