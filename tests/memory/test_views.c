/* Views that the runtime announces: their sizes, given or queried, replaced and removed; and memory committed in
 * them. */
#include "check.h"

#include <stdlib.h>

#include "core_state.h"
#include "memory/pages.h"
#include "memory/views.h"
#include "report/regions.h"

#define PAGE CHECK_PAGE
#define GRANULE CHECK_GRANULE

static UINT64 mapped(check_fixture *f)
{
    return check_stats(f).mapped_bytes;
}

static HRESULT add(check_fixture *f, UINT_PTR start, SIZE_T size)
{
    return hmi_views_add(f->core, (void *)start, size);
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
        hmi_views_remove(f->core, (void *)cases[i].start);
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
    hmi_views_remove(f->core, (void *)(7 * GRANULE));
    hmi_views_remove(f->core, (void *)(7 * GRANULE));
    assert_int_equal(mapped(f), PAGE);
    /* Never announced, not mapped, and beyond all addresses. */
    hmi_views_remove(f->core, (void *)(8 * GRANULE));
    hmi_views_remove(f->core, NULL);
    hmi_views_remove(f->core, (void *)UINTPTR_MAX);
    assert_int_equal(mapped(f), PAGE);
    hmi_views_remove(f->core, (void *)(9 * GRANULE));
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
    /* An image has pages of several kinds, and gaps. */
    assert_int_equal(hmi_pages_protect(f->core, view + GRANULE, PAGE, PAGE_EXECUTE_READ, &old), S_OK);
    assert_int_equal(f->os->virtual_free(f->os, view + 2 * GRANULE, PAGE, MEM_DECOMMIT), 0);
    assert_int_equal(add(f, (UINT_PTR)view, 0), S_OK);
    assert_int_equal(mapped(f), 4 * GRANULE);
    assert_int_equal(add(f, (UINT_PTR)neighbour, 0), S_OK);
    assert_int_equal(mapped(f), 5 * GRANULE);
    /* A size given by the caller is used without a query. */
    sim_os_reset_calls(f->sim);
    assert_int_equal(add(f, (UINT_PTR)view, PAGE), S_OK);
    assert_int_equal(sim_os_calls(f->sim, SIM_VIRTUAL_QUERY), 0);
    assert_int_equal(mapped(f), GRANULE + PAGE);
    hmi_views_remove(f->core, view);
    hmi_views_remove(f->core, neighbour);
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
    hmi_views_remove(f->core, (void *)(7 * GRANULE));
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
    hmi_views_remove(f->core, memory);
    hmi_views_remove(f->core, (void *)(7 * GRANULE));
    assert_int_equal(mapped(f), 0);
}

/* ---- Memory committed in views ---- */

#define PLACE(f) ((char *)(sim_os_arena_base((f)->sim) + 16 * GRANULE))

/* A view of a section created with SEC_RESERVE, as a runtime maps for its code. */
static char *map_reserved(check_fixture *f, SIZE_T size)
{
    char *view = sim_os_add_foreign(f->sim, PLACE(f), size, FALSE, PAGE_NOACCESS);
    assert_ptr_equal(view, PLACE(f));
    assert_int_equal(add(f, (UINT_PTR)view, size), S_OK);
    return view;
}

static void unmap(check_fixture *f, char *view)
{
    hmi_views_remove(f->core, view);
    sim_os_remove_foreign(f->sim, view);
}

static void commits_in_views_are_counted_by_kind_and_go_with_the_view(void **state)
{
    check_fixture *f = *state;
    char *view = map_reserved(f, 4 * GRANULE);
    alloc_ok(f, view + PAGE, 3 * PAGE, MEM_COMMIT, PAGE_READWRITE);
    books_are(f, 0, 3 * PAGE, 0);
    assert_int_equal(check_stats(f).used_bytes, 3 * PAGE);
    alloc_ok(f, view + GRANULE - PAGE, GRANULE + 1, MEM_COMMIT, PAGE_EXECUTE_READ);
    books_are(f, 0, 20 * PAGE, 17 * PAGE);
    /* Again, over committed and uncommitted pages. */
    alloc_ok(f, view, 8 * PAGE, MEM_COMMIT, PAGE_READWRITE);
    books_are(f, 0, 25 * PAGE, 17 * PAGE);
    assert_int_equal(mapped(f), 4 * GRANULE);
    hmi_views_remove(f->core, view);
    assert_int_equal(mapped(f), 0);
    books_are(f, 0, 0, 0);
    assert_int_equal(check_stats(f).used_bytes, 0);
    assert_int_equal(check_stats(f).peak_committed_bytes, 25 * PAGE);
    sim_os_remove_foreign(f->sim, view);
}

static void protection_in_views_moves_what_is_executable(void **state)
{
    check_fixture *f = *state;
    char *view = map_reserved(f, GRANULE);
    alloc_ok(f, view, 4 * PAGE, MEM_COMMIT, PAGE_READWRITE);
    protect_ok(f, view + PAGE, 2 * PAGE, PAGE_EXECUTE_READ, PAGE_READWRITE);
    books_are(f, 0, 4 * PAGE, 2 * PAGE);
    protect_ok(f, view + 2 * PAGE, PAGE, PAGE_READONLY, PAGE_EXECUTE_READ);
    books_are(f, 0, 4 * PAGE, PAGE);
    protect_fails(f, view + 3 * PAGE, 2 * PAGE, PAGE_EXECUTE_READ, E_INVALIDARG, 487);
    unmap(f, view);
    books_are(f, 0, 0, 0);
}

/* A mapped file, a section created as committed, or pages committed through another view. */
static void what_a_view_shows_as_committed_is_not_charged(void **state)
{
    check_fixture *f = *state;
    char *view = sim_os_add_foreign(f->sim, PLACE(f), GRANULE, TRUE, PAGE_READWRITE);
    assert_int_equal(add(f, (UINT_PTR)view, GRANULE), S_OK);
    books_are(f, 0, 0, 0);
    protect_ok(f, view, 4 * PAGE, PAGE_EXECUTE_READ, PAGE_READWRITE);
    books_are(f, 0, 0, 0);
    /* A page committed explicitly is charged: the section may have kept it from a view that is gone. */
    alloc_ok(f, view + PAGE, PAGE, MEM_COMMIT, PAGE_EXECUTE_READ);
    books_are(f, 0, PAGE, PAGE);
    protect_ok(f, view, 8 * PAGE, PAGE_EXECUTE_READWRITE, PAGE_EXECUTE_READ);
    books_are(f, 0, PAGE, PAGE);
    unmap(f, view);
    books_are(f, 0, 0, 0);
}

static void the_budget_limits_commits_in_views(void **state)
{
    check_fixture *f = *state;
    char *view = map_reserved(f, 4 * GRANULE);
    void *out = CHECK_POISON;
    assert_true(hmi_budget_set_limit(f->core->budget, 4 * PAGE));
    alloc_ok(f, view, 3 * PAGE, MEM_COMMIT, PAGE_EXECUTE_READWRITE);
    alloc_fails(f, view + 2 * PAGE, 3 * PAGE, MEM_COMMIT, PAGE_EXECUTE_READWRITE, eTaskCritical, E_OUTOFMEMORY, 1455);
    alloc_ok(f, view + 2 * PAGE, 2 * PAGE, MEM_COMMIT, PAGE_READWRITE);
    alloc_fails(f, view + 4 * PAGE, 1, MEM_COMMIT, PAGE_READWRITE, eAppDomainCritical, E_OUTOFMEMORY, 1455);
    /* The rest of the overdraft ends with the view, too. */
    assert_int_equal(
        hmi_pages_alloc(f->core, view + GRANULE, GRANULE, MEM_COMMIT, PAGE_READWRITE, eProcessCritical, &out), S_OK);
    assert_int_equal(check_stats(f).overdraft_bytes, GRANULE);
    unmap(f, view);
    assert_int_equal(check_stats(f).overdraft_bytes, 0);
    books_are(f, 0, 0, 0);
    alloc_ok(f, NULL, 4 * PAGE, MEM_COMMIT, PAGE_READWRITE);
}

static void a_refusal_of_the_system_leaves_nothing(void **state)
{
    check_fixture *f = *state;
    char *view = map_reserved(f, GRANULE);
    UINT32 skip;
    sim_os_fail(f->sim, SIM_SET(SIM_VIRTUAL_ALLOC), 0, 1, ERROR_COMMITMENT_LIMIT);
    alloc_fails(f, view, 3 * PAGE, MEM_COMMIT, PAGE_READWRITE, eTaskCritical, E_OUTOFMEMORY, 1455);
    books_are(f, 0, 0, 0);
    for (skip = 0; skip < 2; skip++) { /* the tables of committed and of executable pages */
        void *out = CHECK_POISON;
        sim_os_fail(f->sim, SIM_SET(SIM_TABLE_COMMIT) | SIM_SET(SIM_TABLE_RESERVE), skip, 1, ERROR_NOT_ENOUGH_MEMORY);
        if (!hmi_pages_alloc(f->core, view, PAGE, MEM_COMMIT, PAGE_EXECUTE_READ, eTaskCritical, &out))
            break;
        books_are(f, 0, 0, 0);
    }
    sim_os_fail(f->sim, 0, 0, 0, 0);
    alloc_ok(f, view, 3 * PAGE, MEM_COMMIT, PAGE_EXECUTE_READ);
    unmap(f, view);
}

static void beyond_a_view_nothing_is_counted(void **state)
{
    check_fixture *f = *state;
    char *view = map_reserved(f, GRANULE);
    char *neighbour = sim_os_add_foreign(f->sim, PLACE(f) + GRANULE, GRANULE, FALSE, PAGE_NOACCESS);
    alloc_ok(f, neighbour, PAGE, MEM_COMMIT, PAGE_READWRITE); /* left to the system */
    books_are(f, 0, 0, 0);
    alloc_ok(f, view, PAGE, MEM_COMMIT, PAGE_READWRITE);
    unmap(f, view);
    sim_os_remove_foreign(f->sim, neighbour);
    books_are(f, 0, 0, 0);
}

/* The announced size may be less than the real one. */
static void calls_across_the_end_of_a_view_leave_its_pages_as_they_are(void **state)
{
    check_fixture *f = *state;
    char *view = sim_os_add_foreign(f->sim, PLACE(f), 2 * GRANULE, FALSE, PAGE_NOACCESS);
    assert_int_equal(add(f, (UINT_PTR)view, 2 * PAGE), S_OK);
    alloc_ok(f, view, PAGE, MEM_COMMIT, PAGE_EXECUTE_READWRITE);
    books_are(f, 0, PAGE, PAGE);
    alloc_ok(f, view, 5 * PAGE, MEM_COMMIT, PAGE_READWRITE);
    books_are(f, 0, PAGE, 0);
    alloc_ok(f, view, 5 * PAGE, MEM_COMMIT, PAGE_EXECUTE_READ);
    books_are(f, 0, PAGE, PAGE);
    protect_ok(f, view, 5 * PAGE, PAGE_READWRITE, PAGE_EXECUTE_READ);
    books_are(f, 0, PAGE, 0);
    protect_ok(f, view, 5 * PAGE, PAGE_EXECUTE_READ, PAGE_READWRITE);
    books_are(f, 0, PAGE, PAGE);
    unmap(f, view);
    books_are(f, 0, 0, 0);
}

/* The end of the old view was not reported. */
static void a_view_ends_those_that_it_overlaps(void **state)
{
    check_fixture *f = *state;
    char *view = map_reserved(f, 4 * GRANULE);
    alloc_ok(f, view, PAGE, MEM_COMMIT, PAGE_EXECUTE_READ);
    alloc_ok(f, view + 3 * GRANULE, PAGE, MEM_COMMIT, PAGE_READWRITE);
    sim_os_remove_foreign(f->sim, view);
    view = sim_os_add_foreign(f->sim, view + GRANULE, GRANULE, FALSE, PAGE_NOACCESS);
    assert_int_equal(add(f, (UINT_PTR)view, GRANULE), S_OK);
    assert_int_equal(mapped(f), GRANULE);
    books_are(f, 0, 0, 0);
    /* One that begins before it, and two at once. */
    alloc_ok(f, view, PAGE, MEM_COMMIT, PAGE_READWRITE);
    assert_int_equal(add(f, (UINT_PTR)view + 2 * GRANULE, PAGE), S_OK);
    assert_int_equal(mapped(f), GRANULE + PAGE);
    assert_int_equal(add(f, (UINT_PTR)view - GRANULE, 4 * GRANULE), S_OK);
    assert_int_equal(mapped(f), 4 * GRANULE);
    books_are(f, 0, 0, 0);
    hmi_views_remove(f->core, view);
    hmi_views_remove(f->core, view + 2 * GRANULE);
    assert_int_equal(mapped(f), 4 * GRANULE);
    hmi_views_remove(f->core, view - GRANULE);
    assert_int_equal(mapped(f), 0);
    /* If there is no memory for it the earlier ones stay. */
    assert_int_equal(add(f, (UINT_PTR)view, GRANULE), S_OK);
    if (sizeof(void *) == 8) { /* on 32-bit one page of the tables holds much more */
        sim_os_fail(f->sim, SIM_SET(SIM_TABLE_COMMIT), 0, UINT32_MAX, ERROR_NOT_ENOUGH_MEMORY);
        assert_int_equal((UINT32)add(f, (UINT_PTR)view - ((SIZE_T)1 << 30), ((SIZE_T)1 << 30) + PAGE),
                         (UINT32)E_OUTOFMEMORY);
        assert_int_equal(mapped(f), GRANULE);
        sim_os_fail(f->sim, 0, 0, 0, 0);
    }
    unmap(f, view);
}

/* It may be the same view, or another one mapped where one was unmapped without a report. */
static void a_view_that_is_announced_again_keeps_what_is_there(void **state)
{
    check_fixture *f = *state;
    char *view = map_reserved(f, 2 * GRANULE);
    alloc_ok(f, view, 4 * PAGE, MEM_COMMIT, PAGE_EXECUTE_READ);
    alloc_ok(f, view + GRANULE, 4 * PAGE, MEM_COMMIT, PAGE_READWRITE);
    assert_int_equal(add(f, (UINT_PTR)view, 2 * GRANULE), S_OK);
    books_are(f, 0, 8 * PAGE, 4 * PAGE);
    assert_int_equal(add(f, (UINT_PTR)view, GRANULE), S_OK);
    books_are(f, 0, 4 * PAGE, 4 * PAGE);
    sim_os_remove_foreign(f->sim, view);
    view = sim_os_add_foreign(f->sim, view, GRANULE, FALSE, PAGE_NOACCESS);
    assert_int_equal(add(f, (UINT_PTR)view, GRANULE), S_OK);
    books_are(f, 0, 0, 0);
    unmap(f, view);
}

static void a_view_in_a_reservation_takes_nothing_with_it(void **state)
{
    check_fixture *f = *state;
    char *memory = alloc_ok(f, NULL, 2 * GRANULE, MEM_RESERVE, PAGE_READWRITE);
    assert_int_equal(add(f, (UINT_PTR)memory, GRANULE), S_OK);
    alloc_ok(f, memory, 4 * PAGE, MEM_COMMIT, PAGE_EXECUTE_READWRITE);
    hmi_views_remove(f->core, memory);
    books_are(f, 2 * GRANULE, 4 * PAGE, 4 * PAGE);
    /* A view whose end was never reported, and then a reservation in its place. */
    assert_int_equal(add(f, (UINT_PTR)memory, GRANULE), S_OK);
    free_ok(f, memory, 0, MEM_RELEASE);
    memory = alloc_ok(f, memory, GRANULE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    hmi_views_remove(f->core, memory);
    books_are(f, GRANULE, GRANULE, 0);
}

static void the_audit_counts_what_was_committed_in_views(void **state)
{
    check_fixture *f = *state;
    char *view = map_reserved(f, 2 * GRANULE);
    char *file = sim_os_add_foreign(f->sim, PLACE(f) + 2 * GRANULE, GRANULE, TRUE, PAGE_READONLY);
    hostmem_audit audit = {.size = sizeof audit};
    assert_int_equal(add(f, (UINT_PTR)file, GRANULE), S_OK);
    alloc_ok(f, view, 4 * PAGE, MEM_COMMIT, PAGE_EXECUTE_READ);
    alloc_ok(f, view + GRANULE, 4 * PAGE, MEM_COMMIT, PAGE_READWRITE);
    alloc_ok(f, NULL, GRANULE, MEM_COMMIT, PAGE_READWRITE);
    hmi_regions_audit(f->core, &audit);
    assert_int_equal(audit.committed_bytes, GRANULE + 8 * PAGE);
    assert_int_equal(audit.executable_bytes, 4 * PAGE);
    assert_int_equal(audit.mapped_bytes, 3 * GRANULE);
    books_are(f, GRANULE, GRANULE + 8 * PAGE, 4 * PAGE);
    /* Without the manager. */
    assert_int_equal(f->os->virtual_free(f->os, view, PAGE, MEM_DECOMMIT), 0);
    audit = (hostmem_audit){.size = sizeof audit};
    hmi_regions_audit(f->core, &audit);
    assert_int_equal(audit.committed_bytes, GRANULE + 7 * PAGE);
    assert_int_equal(audit.executable_bytes, 3 * PAGE);
    unmap(f, view);
    unmap(f, file);
}

/* The announced view is not there; a reservation is. */
static void the_audit_sees_a_reservation_where_a_view_was_announced(void **state)
{
    check_fixture *f = *state;
    char *memory = alloc_ok(f, PLACE(f) + GRANULE, GRANULE, MEM_RESERVE, PAGE_READWRITE);
    char *view = sim_os_add_foreign(f->sim, PLACE(f), GRANULE, FALSE, PAGE_NOACCESS);
    char *rest = sim_os_add_foreign(f->sim, PLACE(f) + 2 * GRANULE, GRANULE, FALSE, PAGE_NOACCESS);
    hostmem_audit audit = {.size = sizeof audit};
    assert_int_equal(add(f, (UINT_PTR)view, 3 * GRANULE), S_OK);
    alloc_ok(f, view, PAGE, MEM_COMMIT, PAGE_READWRITE);
    alloc_ok(f, memory, 2 * PAGE, MEM_COMMIT, PAGE_READWRITE);
    alloc_ok(f, rest, 4 * PAGE, MEM_COMMIT, PAGE_EXECUTE_READ);
    books_are(f, GRANULE, 7 * PAGE, 4 * PAGE);
    hmi_regions_audit(f->core, &audit);
    assert_int_equal(audit.reserved_bytes, GRANULE);
    assert_int_equal(audit.mapped_bytes, 2 * GRANULE);
    assert_int_equal(audit.committed_bytes, 7 * PAGE);
    assert_int_equal(audit.executable_bytes, 4 * PAGE);
    /* A reservation that begins before the view. */
    assert_int_equal(add(f, (UINT_PTR)memory, 2 * GRANULE), S_OK);
    assert_int_equal(add(f, (UINT_PTR)rest, 4 * PAGE), S_OK);
    assert_int_equal(add(f, (UINT_PTR)memory, 2 * GRANULE), S_OK);
    alloc_ok(f, rest, 4 * PAGE, MEM_COMMIT, PAGE_EXECUTE_READ);
    books_are(f, GRANULE, 6 * PAGE, 4 * PAGE);
    audit = (hostmem_audit){.size = sizeof audit};
    hmi_regions_audit(f->core, &audit);
    assert_int_equal(audit.committed_bytes, 6 * PAGE);
    assert_int_equal(audit.mapped_bytes, GRANULE);
    /* A reservation that does not fill its granule. */
    free_ok(f, memory, 0, MEM_RELEASE);
    memory = alloc_ok(f, memory, PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    books_are(f, PAGE, 5 * PAGE, 4 * PAGE);
    audit = (hostmem_audit){.size = sizeof audit};
    hmi_regions_audit(f->core, &audit);
    assert_int_equal(audit.committed_bytes, 5 * PAGE);
    assert_int_equal(audit.mapped_bytes, GRANULE);
    /* The announced size may be more than the real one. */
    assert_int_equal(add(f, (UINT_PTR)view, 3 * GRANULE), S_OK);
    alloc_ok(f, view, PAGE, MEM_COMMIT, PAGE_READWRITE);
    alloc_ok(f, rest, 4 * PAGE, MEM_COMMIT, PAGE_EXECUTE_READ);
    free_ok(f, memory, 0, MEM_RELEASE);
    audit = (hostmem_audit){.size = sizeof audit};
    hmi_regions_audit(f->core, &audit);
    assert_int_equal(audit.mapped_bytes, 2 * GRANULE);
    assert_int_equal(audit.committed_bytes, 5 * PAGE);
    unmap(f, view);
    sim_os_remove_foreign(f->sim, rest);
    books_are(f, 0, 0, 0);
}

/* Pages of a section cannot be decommitted one by one, so those that cannot be locked stay, and are counted. */
static int setup_locked(void **state)
{
    check_fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    fixture->flags = HOSTMEM_LOCK_PAGES | HOSTMEM_LOCK_STRICT;
    check_create(fixture);
    *state = fixture;
    return fixture->core ? 0 : -1;
}

static void a_commit_in_a_view_that_cannot_be_locked_is_counted(void **state)
{
    check_fixture *f = *state;
    char *view = map_reserved(f, GRANULE);
    void *out = NULL;
    alloc_ok(f, view, PAGE, MEM_COMMIT, PAGE_READWRITE);
    assert_int_equal(check_stats(f).lock_failures, 0);
    sim_os_fail(f->sim, SIM_SET(SIM_VIRTUAL_LOCK), 0, 1, ERROR_ACCESS_DENIED);
    assert_int_equal(hmi_pages_alloc(f->core, view, 2 * PAGE, MEM_COMMIT, PAGE_READWRITE, eTaskCritical, &out), S_OK);
    assert_int_equal(check_stats(f).lock_failures, 1);
    books_are(f, 0, 2 * PAGE, 0);
    unmap(f, view);
}

/* A view that was unmapped without an announcement, and other memory in its place, of which some was committed. */
static void frees_of_others_where_a_view_was_take_its_commits_along(void **state)
{
    static const struct {
        SIZE_T size;
        UINT32 type;
        SIZE_T left;
    } cases[] = {{PAGE, MEM_DECOMMIT, 2 * PAGE}, {0, MEM_DECOMMIT, 0}, {0, MEM_RELEASE, 0}};
    check_fixture *f = *state;
    size_t i;
    for (i = 0; i < CHECK_COUNT_OF(cases); i++) {
        char *place = sim_os_add_foreign(f->sim, NULL, GRANULE, FALSE, PAGE_READWRITE);
        assert_non_null(place);
        assert_int_equal(add(f, (UINT_PTR)place, GRANULE), S_OK);
        alloc_ok(f, place, 3 * PAGE, MEM_COMMIT, PAGE_READWRITE);
        books_are(f, 0, 3 * PAGE, 0);
        assert_int_equal(hmi_pages_free(f->core, place, cases[i].size, cases[i].type), S_OK);
        books_are(f, 0, cases[i].left, 0);
        hmi_views_remove(f->core, place);
        books_are(f, 0, 0, 0);
    }
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
        check_test(commits_in_views_are_counted_by_kind_and_go_with_the_view),
        check_test(protection_in_views_moves_what_is_executable),
        check_test(what_a_view_shows_as_committed_is_not_charged),
        check_test(the_budget_limits_commits_in_views),
        check_test(a_refusal_of_the_system_leaves_nothing),
        check_test(beyond_a_view_nothing_is_counted),
        check_test(calls_across_the_end_of_a_view_leave_its_pages_as_they_are),
        check_test(a_view_ends_those_that_it_overlaps),
        check_test(the_audit_sees_a_reservation_where_a_view_was_announced),
        check_test(a_view_that_is_announced_again_keeps_what_is_there),
        check_test(a_view_in_a_reservation_takes_nothing_with_it),
        check_test(the_audit_counts_what_was_committed_in_views),
        cmocka_unit_test_setup_teardown(frees_of_others_where_a_view_was_take_its_commits_along,
                                        check_setup_free_foreign, check_teardown),
        cmocka_unit_test_setup_teardown(a_commit_in_a_view_that_cannot_be_locked_is_counted, setup_locked,
                                        check_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
