/* Refusals: by the limit, level by level, and by the operating system, at each of its calls. After each the
 * accounts are exact, nothing is kept, and the same request succeeds when the reason is gone. */
#include "check.h"

#include <string.h>

#include "memory/pages.h"
#include "core_state.h"

#define PAGE CHECK_PAGE
#define GRANULE CHECK_GRANULE
#define RW PAGE_READWRITE
#define RWX PAGE_EXECUTE_READWRITE

static HRESULT commit_at(check_fixture *f, EMemoryCriticalLevel level, SIZE_T size, void **out)
{
    return hmi_pages_alloc(f->core, NULL, size, MEM_COMMIT, RW, level, out);
}

static void reserving_costs_nothing(void **state)
{
    check_fixture *f = *state;
    char *memory;
    hmi_budget_set_limit(f->core->budget, 1);
    memory = alloc_ok(f, NULL, 100 * GRANULE, MEM_RESERVE, RW);
    alloc_fails(f, memory, 1, MEM_COMMIT, RW, eTaskCritical, E_OUTOFMEMORY, 1455);
    books_are(f, 100 * GRANULE, 0, 0);
}

static void the_limit_admits_to_its_last_page(void **state)
{
    static const UINT32 types[] = {MEM_COMMIT, MEM_RESERVE | MEM_COMMIT};
    check_fixture *f = *state;
    char *memory = alloc_ok(f, NULL, GRANULE, MEM_RESERVE, RW);
    size_t i;
    hmi_budget_set_limit(f->core->budget, 4 * PAGE);
    alloc_ok(f, memory, 3 * PAGE, MEM_COMMIT, RW);
    alloc_fails(f, memory + 3 * PAGE, PAGE + 1, MEM_COMMIT, RW, eTaskCritical, E_OUTOFMEMORY, 1455);
    alloc_fails(f, memory + 3 * PAGE, PAGE + 1, MEM_COMMIT, RW, eAppDomainCritical, E_OUTOFMEMORY, 1455);
    /* Only pages not committed yet are charged. */
    alloc_ok(f, memory, 4 * PAGE, MEM_COMMIT, RW);
    alloc_fails(f, memory, 5 * PAGE, MEM_COMMIT, RW, eTaskCritical, E_OUTOFMEMORY, 1455);
    alloc_ok(f, memory, 4 * PAGE, MEM_COMMIT, RWX);
    books_are(f, GRANULE, 4 * PAGE, 4 * PAGE);
    for (i = 0; i < CHECK_COUNT_OF(types); i++)
        alloc_fails(f, NULL, 1, types[i], RW, eTaskCritical, E_OUTOFMEMORY, 1455);
    /* Freed memory is available again, after either way of freeing. */
    free_ok(f, memory, PAGE, MEM_DECOMMIT);
    alloc_ok(f, memory + 9 * PAGE, PAGE, MEM_COMMIT, RW);
    free_ok(f, memory, 0, MEM_RELEASE);
    alloc_ok(f, NULL, 4 * PAGE, MEM_COMMIT, RW);
    books_are(f, 4 * PAGE, 4 * PAGE, 0);
}

static void no_system_call_is_made_for_what_the_limit_refuses(void **state)
{
    check_fixture *f = *state;
    char *memory = alloc_ok(f, NULL, GRANULE, MEM_RESERVE, RW);
    hmi_budget_set_limit(f->core->budget, PAGE);
    sim_os_reset_calls(f->sim);
    alloc_fails(f, memory, GRANULE, MEM_COMMIT, RW, eTaskCritical, E_OUTOFMEMORY, 1455);
    alloc_fails(f, NULL, GRANULE, MEM_COMMIT, RW, eTaskCritical, E_OUTOFMEMORY, 1455);
    assert_int_equal(sim_os_calls(f->sim, SIM_VIRTUAL_ALLOC), 0);
}

static void the_process_overdraws_and_the_others_are_refused_by_level(void **state)
{
    check_fixture *f = *state;
    void *first = NULL, *second = NULL;
    hostmem_stats stats;
    hmi_budget_set_limit(f->core->budget, 2 * PAGE);
    succeeds(f, commit_at(f, eAppDomainCritical, PAGE, &first));
    succeeds(f, commit_at(f, eProcessCritical, 3 * PAGE, &second));
    stats = check_stats(f);
    assert_int_equal(stats.overdraft_bytes, 2 * PAGE);
    assert_int_equal(stats.used_bytes, 4 * PAGE);
    assert_int_equal(stats.peak_used_bytes, 4 * PAGE);
    alloc_fails(f, NULL, 1, MEM_COMMIT, RW, eTaskCritical, E_OUTOFMEMORY, 1455);
    alloc_fails(f, NULL, 1, MEM_COMMIT, RW, eAppDomainCritical, E_OUTOFMEMORY, 1455);
    alloc_fails(f, NULL, 1, MEM_COMMIT, RW, eAppDomainCritical, E_OUTOFMEMORY, 1455);
    /* Process-level requests are only refused by the system. */
    sim_os_set_commit_limit(f->sim, 4 * PAGE);
    alloc_fails(f, NULL, 1, MEM_COMMIT, RW, eProcessCritical, E_OUTOFMEMORY, 1455);
    stats = check_stats(f);
    assert_int_equal(stats.refused[eTaskCritical], 1);
    assert_int_equal(stats.refused[eAppDomainCritical], 2);
    assert_int_equal(stats.refused[eProcessCritical], 1);
    free_ok(f, second, 0, MEM_RELEASE);
    stats = check_stats(f);
    assert_int_equal(stats.overdraft_bytes, 0);
    assert_int_equal(stats.peak_used_bytes, 4 * PAGE);
    succeeds(f, commit_at(f, eTaskCritical, PAGE, &second));
}

static void the_system_refuses_and_nothing_is_charged(void **state)
{
    check_fixture *f = *state;
    char *memory = alloc_ok(f, NULL, GRANULE, MEM_RESERVE, RW);
    hmi_budget_set_limit(f->core->budget, 10 * PAGE);
    sim_os_set_commit_limit(f->sim, 2 * PAGE);
    alloc_ok(f, memory, PAGE, MEM_COMMIT, RW);
    alloc_fails(f, memory, 3 * PAGE, MEM_COMMIT, RWX, eTaskCritical, E_OUTOFMEMORY, 1455);
    alloc_fails(f, NULL, 2 * PAGE, MEM_COMMIT, RWX, eTaskCritical, E_OUTOFMEMORY, 1455);
    sim_os_set_reserve_limit(f->sim, GRANULE);
    alloc_fails(f, NULL, 1, MEM_COMMIT, RWX, eTaskCritical, E_OUTOFMEMORY, 8);
    alloc_fails(f, NULL, 1, MEM_RESERVE, RWX, eTaskCritical, E_OUTOFMEMORY, 8);
    books_are(f, GRANULE, PAGE, 0);
    sim_os_set_reserve_limit(f->sim, 0);
    sim_os_set_commit_limit(f->sim, 0);
    /* All of the limit is available. */
    alloc_ok(f, memory, 10 * PAGE, MEM_COMMIT, RWX);
    books_are(f, GRANULE, 10 * PAGE, 10 * PAGE);
}

/* ---- Every call that the operating system can refuse, one at a time ---- */

#define PAGE_KINDS                                                                         \
    (SIM_SET(SIM_VIRTUAL_ALLOC) | SIM_SET(SIM_VIRTUAL_FREE) | SIM_SET(SIM_VIRTUAL_QUERY) | \
     SIM_SET(SIM_VIRTUAL_PROTECT) | SIM_SET(SIM_TABLE_RESERVE) | SIM_SET(SIM_TABLE_COMMIT))

/* One request, made on a core that has `memory` reserved. */
typedef HRESULT request(check_fixture *f, char *memory);

static HRESULT reserve_only(check_fixture *f, char *memory)
{
    void *out = CHECK_POISON;
    HRESULT hr = hmi_pages_alloc(f->core, memory + 64 * GRANULE, GRANULE, MEM_RESERVE, RW, eTaskCritical, &out);
    assert_ptr_equal(out, hr ? CHECK_POISON : (void *)(memory + 64 * GRANULE));
    return hr;
}

static HRESULT reserve_and_commit(check_fixture *f, char *memory)
{
    void *out = CHECK_POISON;
    HRESULT hr = hmi_pages_alloc(f->core, NULL, 3 * PAGE, MEM_RESERVE | MEM_COMMIT, RWX, eProcessCritical, &out);
    (void)memory;
    assert_int_equal(out == CHECK_POISON, hr != S_OK);
    return hr;
}

static HRESULT commit_data(check_fixture *f, char *memory)
{
    void *out = CHECK_POISON;
    HRESULT hr = hmi_pages_alloc(f->core, memory + 1, PAGE, MEM_COMMIT, RW, eAppDomainCritical, &out);
    assert_ptr_equal(out, hr ? CHECK_POISON : memory);
    return hr;
}

static HRESULT commit_code(check_fixture *f, char *memory)
{
    void *out = CHECK_POISON;
    HRESULT hr = hmi_pages_alloc(f->core, memory, PAGE, MEM_COMMIT, RWX, eAppDomainCritical, &out);
    assert_ptr_equal(out, hr ? CHECK_POISON : memory);
    return hr;
}

static HRESULT protect_code(check_fixture *f, char *memory)
{
    UINT32 old = 77;
    HRESULT hr = hmi_pages_protect(f->core, memory + GRANULE, PAGE, RWX, &old);
    assert_int_equal(old, hr ? 77 : RW);
    return hr;
}

static HRESULT decommit_part(check_fixture *f, char *memory)
{
    return hmi_pages_free(f->core, memory + GRANULE, PAGE, MEM_DECOMMIT);
}

static HRESULT release_all(check_fixture *f, char *memory)
{
    return hmi_pages_free(f->core, memory, 0, MEM_RELEASE);
}

static const struct {
    const char *name;
    request *make;
    UINT32 least; /* system calls that can fail */
    bool counted; /* counts as refused */
} requests[] = {
    {"reserve", reserve_only, 1, true},  {"reserve and commit", reserve_and_commit, 2, true},
    {"commit", commit_data, 1, true},    {"commit code", commit_code, 5, true},
    {"protect", protect_code, 5, false}, {"decommit", decommit_part, 1, false},
    {"release", release_all, 1, false},
};

/* A core with a reservation of 32 granules, in which the second begins with 4 committed pages. */
static char *prepare(check_fixture *f)
{
    char *memory = alloc_ok(f, sim_os_arena_base(f->sim) + 32 * GRANULE, 32 * GRANULE, MEM_RESERVE, RW);
    alloc_ok(f, memory + GRANULE, 4 * PAGE, MEM_COMMIT, RW);
    return memory;
}

static void every_request_survives_the_refusal_of_every_call(void **state)
{
    size_t i;
    (void)state;
    for (i = 0; i < CHECK_COUNT_OF(requests); i++) {
        UINT32 skip, failed = 1;
        for (skip = 0; failed; skip++) {
            check_fixture fixture = {0}, *f = &fixture;
            hostmem_stats before, after;
            char *memory;
            HRESULT hr;
            check_create(f);
            memory = prepare(f);
            before = check_stats(f);
            f->os->set_last_error(f->os, CHECK_LAST_ERROR);
            sim_os_fail(f->sim, PAGE_KINDS, skip, 1, ERROR_NOT_ENOUGH_MEMORY);
            hr = requests[i].make(f, memory);
            failed = sim_os_failed(f->sim);
            sim_os_fail(f->sim, 0, 0, 0, 0);
            print_message("%s, call %u: 0x%08x\n", requests[i].name, (unsigned)skip + 1, (unsigned)hr);
            books_are_true(f);
            if (failed) {
                assert_int_equal((UINT32)hr, (UINT32)E_OUTOFMEMORY);
                assert_int_equal(f->os->get_last_error(f->os), ERROR_NOT_ENOUGH_MEMORY);
                after = check_stats(f);
                assert_int_equal(after.refused[0] + after.refused[1] + after.refused[2], requests[i].counted);
                assert_int_equal(after.refused_by[HOSTMEM_REFUSER_SYSTEM][eTaskCritical] +
                                     after.refused_by[HOSTMEM_REFUSER_SYSTEM][eAppDomainCritical] +
                                     after.refused_by[HOSTMEM_REFUSER_SYSTEM][eProcessCritical],
                                 requests[i].counted);
                assert_int_equal(after.last_system_error, requests[i].counted ? ERROR_NOT_ENOUGH_MEMORY : 0);
                memcpy(after.refused, before.refused, sizeof after.refused);
                memcpy(after.refusals, before.refusals, sizeof after.refusals);
                memcpy(after.refused_by, before.refused_by, sizeof after.refused_by);
                after.last_system_error = before.last_system_error;
                assert_memory_equal(&after, &before, sizeof after);
                hr = requests[i].make(f, memory);
                books_are_true(f);
            } else {
                assert_int_equal(f->os->get_last_error(f->os), CHECK_LAST_ERROR);
            }
            assert_int_equal((UINT32)hr, (UINT32)S_OK);
            assert_true(check_destroy(f));
        }
        assert_true(skip > requests[i].least);
    }
}

static void a_release_that_the_system_refuses_restores_the_books(void **state)
{
    check_fixture *f = *state;
    char *memory = alloc_ok(f, NULL, 17 * PAGE, MEM_RESERVE, PAGE_NOACCESS);
    alloc_ok(f, memory, 2 * PAGE, MEM_COMMIT, RW);
    alloc_ok(f, memory + 2 * PAGE, PAGE, MEM_COMMIT, RWX);
    alloc_ok(f, memory + 5 * PAGE, 3 * PAGE, MEM_COMMIT, PAGE_EXECUTE | PAGE_GUARD);
    alloc_ok(f, memory + 16 * PAGE, PAGE, MEM_COMMIT, RWX);
    protect_ok(f, memory + PAGE, PAGE, PAGE_EXECUTE_READ, RW);
    hmi_budget_set_limit(f->core->budget, 8 * PAGE);
    books_are(f, 17 * PAGE, 7 * PAGE, 6 * PAGE);
    sim_os_fail(f->sim, SIM_SET(SIM_VIRTUAL_FREE), 0, 2, ERROR_ACCESS_DENIED);
    free_fails(f, memory, 0, MEM_RELEASE, E_ACCESSDENIED, 5);
    books_are(f, 17 * PAGE, 7 * PAGE, 6 * PAGE);
    free_fails(f, memory, 0, MEM_DECOMMIT, E_ACCESSDENIED, 5);
    books_are(f, 17 * PAGE, 7 * PAGE, 6 * PAGE);
    /* Still the instance's, with the budget unchanged. */
    alloc_fails(f, memory + 10 * PAGE, 2 * PAGE, MEM_COMMIT, RW, eTaskCritical, E_OUTOFMEMORY, 1455);
    alloc_ok(f, memory + 10 * PAGE, PAGE, MEM_COMMIT, RW);
    free_ok(f, memory, 0, MEM_RELEASE);
    books_are(f, 0, 0, 0);
}

/* It is not known then what is committed. The reservation still belongs to the instance and can be released later. */
static void a_release_and_its_queries_refused_leave_the_reservation_ours(void **state)
{
    check_fixture *f = *state;
    char *memory = alloc_ok(f, NULL, 3 * PAGE, MEM_RESERVE | MEM_COMMIT, RWX);
    hostmem_stats stats;
    HRESULT hr;
    sim_os_fail(f->sim, SIM_SET(SIM_VIRTUAL_FREE) | SIM_SET(SIM_VIRTUAL_QUERY), 0, 3, ERROR_ACCESS_DENIED);
    hr = hmi_pages_free(f->core, memory, 0, MEM_RELEASE);
    assert_int_equal(sim_os_failed(f->sim), 3);
    assert_int_equal((UINT32)hr, (UINT32)E_ACCESSDENIED);
    assert_int_equal(f->os->get_last_error(f->os), ERROR_ACCESS_DENIED);
    stats = check_stats(f);
    assert_int_equal(stats.reserved_bytes, 3 * PAGE);
    assert_int_equal(stats.committed_bytes, 0);
    assert_int_equal(stats.executable_bytes, 0);
    /* Committing again corrects the accounts. */
    alloc_ok(f, memory, 3 * PAGE, MEM_COMMIT, RWX);
    books_are(f, 3 * PAGE, 3 * PAGE, 3 * PAGE);
    free_ok(f, memory, 0, MEM_RELEASE);
    books_are(f, 0, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        check_test(reserving_costs_nothing),
        check_test(the_limit_admits_to_its_last_page),
        check_test(no_system_call_is_made_for_what_the_limit_refuses),
        check_test(the_process_overdraws_and_the_others_are_refused_by_level),
        check_test(the_system_refuses_and_nothing_is_charged),
        cmocka_unit_test(every_request_survives_the_refusal_of_every_call),
        check_test(a_release_that_the_system_refuses_restores_the_books),
        check_test(a_release_and_its_queries_refused_leave_the_reservation_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
