/* The origins of sampled commits: exact by page, whichever calls commit, decommit, release and unmap; and what
 * inspection says of them. */
#include "host_fixture.h"

#include <string.h>

#include "sim_thread.h"

#define PAGE FIXTURE_PAGE
#define MOST 16

typedef struct list {
    hostmem_origin origins[MOST];
    unsigned count;
} list;

static BOOL collect(void *context, const hostmem_origin *origin)
{
    list *to = context;
    assert_int_equal(origin->size, sizeof *origin);
    assert_true(to->count < MOST);
    to->origins[to->count++] = *origin;
    return TRUE;
}

/* No call is running, so the sums must equal the figures. */
static list origins_of(host_fixture *f)
{
    hostmem_stats stats = host_fixture_stats(f);
    UINT64 page_bytes = 0, bytes = 0;
    list all = {.count = 0};
    unsigned i;
    assert_int_equal(hostmem_for_each_origin(f->instance, collect, &all), S_OK);
    for (i = 0; i < all.count; i++) {
        UINT64 both = all.origins[i].live_bytes + all.origins[i].live_page_bytes;
        assert_true(both > 0);
        assert_true(!i || both <= all.origins[i - 1].live_bytes + all.origins[i - 1].live_page_bytes);
        bytes += all.origins[i].live_bytes;
        page_bytes += all.origins[i].live_page_bytes;
    }
    assert_int_equal(page_bytes, stats.committed_bytes);
    assert_int_equal(bytes, stats.heap_bytes);
    return all;
}

static int setup(void **state)
{
    host_fixture *f;
    hostmem_config config = {.size = sizeof config, .sample_bytes = 4 * PAGE};
    int result = host_fixture_setup(state);
    if (result)
        return result;
    f = *state;
    IHostMemoryManager_Release(f->manager);
    hostmem_release(f->instance);
    config.os = f->os;
    assert_int_equal(hostmem_create(&config, &f->instance), S_OK);
    assert_int_equal(hostmem_get_manager(f->instance, &f->manager), S_OK);
    return 0;
}

#define sampled_test(function) cmocka_unit_test_setup_teardown(function, setup, host_fixture_teardown)

/* VirtualAlloc with another call stack for each caller. */
static char *commit_from(host_fixture *f, UINT32 caller, void *address, SIZE_T size, DWORD type)
{
    sim_os_set_stack(f->sim, TRUE, caller);
    return host_fixture_alloc(f, address, size, type, PAGE_READWRITE);
}

static void give_back(host_fixture *f, void *address, SIZE_T size, DWORD type)
{
    expect_success(f, IHostMemoryManager_VirtualFree(f->manager, address, size, type));
}

/* caller 0: the unknown origin. */
static UINT64 pages_of(host_fixture *f, UINT32 caller)
{
    list all = origins_of(f);
    unsigned i;
    for (i = 0; i < all.count; i++) {
        const hostmem_origin *origin = &all.origins[i];
        if (!caller && origin->kind == HOSTMEM_ORIGIN_UNKNOWN)
            return origin->live_page_bytes / PAGE;
        if (caller && origin->kind == HOSTMEM_ORIGIN_STACK &&
            (UINT_PTR)origin->frames[1] == SIM_MODULE_BASE + 0x2000 + caller)
            return origin->live_page_bytes / PAGE;
    }
    return 0;
}

static void pages_belong_to_the_call_that_committed_them(void **state)
{
    host_fixture *f = *state;
    char *base = commit_from(f, 8, NULL, 100 * PAGE, MEM_RESERVE), *whole;
    assert_int_equal(origins_of(f).count, 0);
    commit_from(f, 8, base, 10 * PAGE, MEM_COMMIT);
    commit_from(f, 16, base + 5 * PAGE, 10 * PAGE, MEM_COMMIT); /* half of it is committed */
    assert_int_equal(pages_of(f, 8), 10);
    assert_int_equal(pages_of(f, 16), 5);
    give_back(f, base + 8 * PAGE, 4 * PAGE, MEM_DECOMMIT); /* of both */
    assert_int_equal(pages_of(f, 8), 8);
    assert_int_equal(pages_of(f, 16), 3);
    commit_from(f, 24, base + 7 * PAGE, 3 * PAGE, MEM_COMMIT);
    assert_int_equal(pages_of(f, 8), 8);
    assert_int_equal(pages_of(f, 24), 2);
    /* What was sampled before is not taken for the origin of what is committed now. */
    give_back(f, base, 0, MEM_DECOMMIT);
    sim_os_set_stack(f->sim, FALSE, 0);
    host_fixture_alloc(f, base, 20 * PAGE, MEM_COMMIT, PAGE_READWRITE);
    assert_int_equal(pages_of(f, 0), 20);
    assert_int_equal(origins_of(f).count, 1);
    whole = commit_from(f, 8, NULL, 6 * PAGE, MEM_RESERVE | MEM_COMMIT);
    assert_int_equal(pages_of(f, 8), 6);
    give_back(f, whole, 0, MEM_RELEASE);
    give_back(f, base, 0, MEM_RELEASE);
    assert_int_equal(origins_of(f).count, 0);
}

static void pages_of_views_go_with_the_view(void **state)
{
    host_fixture *f = *state;
    char *view = sim_os_add_foreign(f->sim, (void *)(sim_os_arena_base(f->sim) + 16 * FIXTURE_GRANULE),
                                    2 * FIXTURE_GRANULE, FALSE, PAGE_NOACCESS);
    assert_non_null(view);
    expect_success(f, IHostMemoryManager_AcquiredVirtualAddressSpace(f->manager, view, 2 * FIXTURE_GRANULE));
    commit_from(f, 8, view + PAGE, 3 * PAGE, MEM_COMMIT);
    assert_int_equal(pages_of(f, 8), 3);
    expect_success(f, IHostMemoryManager_ReleasedVirtualAddressSpace(f->manager, view));
    sim_os_remove_foreign(f->sim, view);
    assert_int_equal(origins_of(f).count, 0);
}

static void a_commit_that_fails_has_no_pages(void **state)
{
    host_fixture *f = *state;
    char *base = commit_from(f, 8, NULL, 100 * PAGE, MEM_RESERVE);
    void *out;
    commit_from(f, 8, base + 10 * PAGE, 4 * PAGE, MEM_COMMIT);
    sim_os_set_stack(f->sim, TRUE, 16);
    sim_os_fail(f->sim, SIM_SET(SIM_VIRTUAL_ALLOC), 0, 1, ERROR_COMMITMENT_LIMIT);
    expect_failure(
        f,
        IHostMemoryManager_VirtualAlloc(f->manager, base, 20 * PAGE, MEM_COMMIT, PAGE_READWRITE, eTaskCritical, &out),
        E_OUTOFMEMORY, ERROR_COMMITMENT_LIMIT);
    sim_os_fail(f->sim, 0, 0, 0, 0);
    sim_os_set_stack(f->sim, FALSE, 0);
    host_fixture_alloc(f, base, 20 * PAGE, MEM_COMMIT, PAGE_READWRITE);
    assert_int_equal(pages_of(f, 8), 4);
    assert_int_equal(pages_of(f, 16), 0);
    assert_int_equal(pages_of(f, 0), 16);
    give_back(f, base, 0, MEM_RELEASE);
}

static void without_memory_for_it_a_commit_has_no_origin(void **state)
{
    host_fixture *f = *state;
    char *base = commit_from(f, 8, NULL, 100 * PAGE, MEM_RESERVE);
    sim_os_set_stack(f->sim, FALSE, 0);
    host_fixture_alloc(f, base, PAGE, MEM_COMMIT, PAGE_READWRITE); /* makes the memory of the other books */
    sim_os_fail(f->sim, SIM_SET(SIM_TABLE_RESERVE) | SIM_SET(SIM_TABLE_COMMIT), 0, SIM_FOREVER,
                ERROR_NOT_ENOUGH_MEMORY);
    commit_from(f, 16, base + 10 * PAGE, 4 * PAGE, MEM_COMMIT);
    sim_os_fail(f->sim, 0, 0, 0, 0);
    assert_int_equal(pages_of(f, 16), 0);
    assert_int_equal(pages_of(f, 0), 5);
    give_back(f, base, 0, MEM_RELEASE);
}

/* Small commits, of which some are sampled, are estimated; without sampling there are no pages. */
static void small_commits_are_estimated(void **state)
{
    host_fixture *f = *state;
    char *base = commit_from(f, 8, NULL, 2000 * PAGE, MEM_RESERVE);
    list all;
    unsigned i;
    for (i = 0; i < 2000; i++)
        commit_from(f, 8, base + i * PAGE, PAGE, MEM_COMMIT);
    all = origins_of(f);
    assert_int_equal(all.count, 2);
    assert_int_equal(all.origins[0].kind, HOSTMEM_ORIGIN_UNKNOWN);
    assert_int_equal(all.origins[0].estimated_page_bytes, all.origins[0].live_page_bytes);
    assert_in_range(all.origins[1].live_page_bytes / PAGE, 400, 600); /* 500, and five times the standard deviation */
    assert_int_equal(all.origins[1].estimated_page_bytes, 4 * all.origins[1].live_page_bytes);
    assert_int_equal(all.origins[1].live_blocks, 0);
    give_back(f, base, 0, MEM_RELEASE);
}

static BOOL collect_growth(void *context, const hostmem_growth *growth)
{
    list *to = context;
    to->origins[to->count] = *growth->origin;
    to->origins[to->count].live_bytes = (UINT64)growth->bytes;
    to->origins[to->count++].live_page_bytes = (UINT64)growth->page_bytes;
    return TRUE;
}

static void count_line(void *context, const char *line)
{
    (void)line;
    ++*(unsigned *)context;
}

static void growth_counts_pages_and_leaks_do_not(void **state)
{
    host_fixture *f = *state;
    char *base = commit_from(f, 8, NULL, 100 * PAGE, MEM_RESERVE);
    hostmem_baseline *baseline;
    unsigned lines = 0;
    list grown = {.count = 0};
    commit_from(f, 8, base, 10 * PAGE, MEM_COMMIT);
    commit_from(f, 16, base + 10 * PAGE, 10 * PAGE, MEM_COMMIT);
    assert_int_equal(hostmem_baseline_create(f->instance, &baseline), S_OK);
    give_back(f, base, 4 * PAGE, MEM_DECOMMIT);
    commit_from(f, 24, base + 20 * PAGE, 7 * PAGE, MEM_COMMIT);
    assert_int_equal(hostmem_baseline_for_each_growth(baseline, collect_growth, &grown), S_OK);
    assert_int_equal(grown.count, 2);
    assert_int_equal(grown.origins[0].live_page_bytes, 7 * PAGE);
    assert_int_equal((INT64)grown.origins[1].live_page_bytes, -(INT64)(4 * PAGE));
    assert_int_equal(grown.origins[1].live_bytes, 0);
    hostmem_baseline_release(baseline);
    assert_int_equal(hostmem_report_leaks(f->instance, count_line, &lines), S_OK);
    assert_int_equal(lines, 0);
    give_back(f, base, 0, MEM_RELEASE);
}

static void without_sampling_no_pages_are_told(void **state)
{
    host_fixture *f = *state;
    list all = {.count = 0};
    char *base = commit_from(f, 8, NULL, 100 * PAGE, MEM_RESERVE | MEM_COMMIT);
    assert_int_equal(hostmem_for_each_origin(f->instance, collect, &all), S_OK);
    assert_int_equal(all.count, 0);
    give_back(f, base, 0, MEM_RELEASE);
}

/* ---- Random calls ---- */

#define PAGES 600u
#define CALLERS 5u

/* Calls at random leave the origins that a model with one for each page has. */
static void random_calls_leave_what_a_model_has(void **state)
{
    static UINT8 by[PAGES]; /* 0: not committed; 1: unknown; others: a caller */
    host_fixture *f = *state;
    char *base = commit_from(f, 8, NULL, PAGES * PAGE, MEM_RESERVE);
    UINT32 seed = 11, step, i;
    memset(by, 0, sizeof by);
    for (step = 0; step < 3000; step++) {
        UINT32 first, count, caller;
        seed = seed * 1664525 + 1013904223;
        first = (seed >> 8) % PAGES;
        count = 2 + (seed >> 20) % 200; /* always sampled, if there is a stack */
        caller = 1 + (seed >> 28) % CALLERS;
        if (first + count > PAGES)
            count = PAGES - first;
        if (count < 2)
            continue;
        if (seed >> 7 & 1) {
            give_back(f, base + first * PAGE, count * PAGE, MEM_DECOMMIT);
            memset(by + first, 0, count);
            continue;
        }
        sim_os_set_stack(f->sim, caller > 1, 8 * caller);
        host_fixture_alloc(f, base + first * PAGE, count * PAGE, MEM_COMMIT, PAGE_READWRITE);
        for (i = first; i < first + count; i++)
            by[i] = by[i] ? by[i] : (UINT8)caller;
        if (step % 50)
            continue;
        for (caller = 1; caller <= CALLERS; caller++) {
            UINT64 expected = 0;
            for (i = 0; i < PAGES; i++)
                expected += by[i] == caller;
            assert_int_equal(pages_of(f, caller > 1 ? 8 * caller : 0), expected);
        }
    }
    give_back(f, base, 0, MEM_RELEASE);
    assert_int_equal(origins_of(f).count, 0);
}

/* ---- Threads ---- */

#define THREADS 4u
#define ROUNDS 3000u

typedef struct worker {
    sim_thread *thread;
    host_fixture *f;
    char *base; /* ten pages of its own, and ten that all share */
    char *shared;
    unsigned wrong;
} worker;

static void commit_and_decommit(void *context)
{
    worker *self = context;
    unsigned round;
    void *out;
    for (round = 0; round < ROUNDS; round++) {
        char *at = round & 1 ? self->shared : self->base;
        self->wrong += IHostMemoryManager_VirtualAlloc(self->f->manager, at + round % 8 * PAGE, 2 * PAGE, MEM_COMMIT,
                                                       PAGE_READWRITE, eTaskCritical, &out) != S_OK;
        self->wrong += IHostMemoryManager_VirtualFree(self->f->manager, at + round % 7 * PAGE, 3 * PAGE,
                                                      MEM_DECOMMIT) != S_OK;
    }
}

static BOOL ignore(void *context, const hostmem_origin *origin)
{
    (void)context, (void)origin;
    return TRUE;
}

static void in_a_storm_the_sums_stay_right(void **state)
{
    host_fixture *f = *state;
    static worker workers[THREADS];
    char *shared = commit_from(f, 8, NULL, 10 * PAGE, MEM_RESERVE);
    unsigned i;
    for (i = 0; i < THREADS; i++) {
        workers[i] = (worker){.f = f, .shared = shared, .base = commit_from(f, 8, NULL, 10 * PAGE, MEM_RESERVE)};
        workers[i].thread = sim_thread_start(commit_and_decommit, &workers[i]);
        assert_non_null(workers[i].thread);
    }
    for (i = 0; i < 50; i++)
        assert_int_equal(hostmem_for_each_origin(f->instance, ignore, NULL), S_OK);
    for (i = 0; i < THREADS; i++) {
        sim_thread_join(workers[i].thread);
        assert_int_equal(workers[i].wrong, 0);
    }
    /* No stack is left of what was decommitted: pages that are committed now without one have none. */
    origins_of(f);
    give_back(f, shared, 10 * PAGE, MEM_DECOMMIT);
    for (i = 0; i < THREADS; i++)
        give_back(f, workers[i].base, 10 * PAGE, MEM_DECOMMIT);
    assert_int_equal(origins_of(f).count, 0);
    sim_os_set_stack(f->sim, FALSE, 0);
    host_fixture_alloc(f, shared, 10 * PAGE, MEM_COMMIT, PAGE_READWRITE);
    for (i = 0; i < THREADS; i++)
        host_fixture_alloc(f, workers[i].base, 10 * PAGE, MEM_COMMIT, PAGE_READWRITE);
    assert_int_equal(pages_of(f, 0), (THREADS + 1) * 10);
    assert_int_equal(origins_of(f).count, 1);
    for (i = 0; i < THREADS; i++)
        give_back(f, workers[i].base, 0, MEM_RELEASE);
    give_back(f, shared, 0, MEM_RELEASE);
    assert_int_equal(origins_of(f).count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sampled_test(pages_belong_to_the_call_that_committed_them),
        sampled_test(pages_of_views_go_with_the_view),
        sampled_test(a_commit_that_fails_has_no_pages),
        sampled_test(without_memory_for_it_a_commit_has_no_origin),
        sampled_test(small_commits_are_estimated),
        sampled_test(growth_counts_pages_and_leaks_do_not),
        fixture_test(without_sampling_no_pages_are_told),
        sampled_test(random_calls_leave_what_a_model_has),
        sampled_test(in_a_storm_the_sums_stay_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
