/* The checks of check.h, and the comparison of the library's accounts with the simulated system. */
#include "check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config.h"
#include "memory/pages.h"
#include "core_state.h"
#include "report/statistics.h"

/* ---- The fixture ---- */

void check_create(check_fixture *fixture)
{
    hostmem_config config = {.size = sizeof config, .flags = fixture->flags};
    fixture->sim = sim_os_create(NULL);
    fixture->os = sim_os_functions(fixture->sim);
    config.os = fixture->os;
    fixture->core = check_core(&config);
}

hmi_core *check_core(const hostmem_config *config)
{
    hmi_settings settings;
    hmi_config_mistake mistake;
    hostmem_budget *budget;
    hmi_core *core;
    if (FAILED(hmi_config_complete(config, &settings, &mistake)) ||
        hmi_budget_make(&settings.budget, settings.config.os, &budget))
        return NULL;
    core = hmi_core_create(&settings.config, budget);
    hostmem_budget_release(budget);
    return core;
}

bool check_destroy(check_fixture *fixture)
{
    hmi_ledger *ledger = &fixture->core->ledger;
    UINT_PTR start = 0;
    SIZE_T length;
    hostmem_stats rest;
    bool clean;

    sim_os_set_hooks(fixture->sim, 0, NULL, NULL, NULL);
    sim_os_fail(fixture->sim, 0, 0, 0, 0);
    while (hmi_extent_table_next(&ledger->reservations, start, &start, &length)) {
        if (hmi_pages_free(fixture->core, (void *)start, 0, MEM_RELEASE)) {
            fprintf(stderr, "the reservation at %p cannot be released\n", (void *)start);
            break;
        }
    }
    rest = check_stats(fixture);
    clean = !rest.reserved_bytes && !rest.committed_bytes && !rest.executable_bytes && !rest.used_bytes &&
            !rest.heap_bytes && !rest.heap_blocks;
    if (!clean)
        fprintf(stderr, "the accounts are not empty at the end\n");
    if (hmi_core_release(fixture->core)) {
        fprintf(stderr, "the core has references at the end\n");
        clean = false;
    }
    clean = sim_os_check(fixture->sim, NULL) && clean;
    sim_os_destroy(fixture->sim);
    fixture->core = NULL;
    fixture->sim = NULL;
    return clean;
}

static int setup(void **state, UINT32 flags)
{
    check_fixture *fixture = calloc(1, sizeof *fixture);
    if (!fixture)
        return -1;
    fixture->flags = flags;
    check_create(fixture);
    *state = fixture;
    return fixture->core ? 0 : -1;
}

int check_setup(void **state)
{
    return setup(state, 0);
}

int check_setup_free_foreign(void **state)
{
    return setup(state, HOSTMEM_FREE_FOREIGN);
}

int check_teardown(void **state)
{
    bool clean = check_destroy(*state);
    free(*state);
    return clean ? 0 : -1;
}

/* ---- Comparing the accounts with the system ---- */

hostmem_stats check_stats(check_fixture *fixture)
{
    hostmem_stats stats = {.size = sizeof stats};
    hmi_statistics_read(fixture->core, &stats);
    return stats;
}

/* A figure of the accounts and its expected value. */
typedef struct figure {
    const char *name;
    UINT64 booked;
    UINT64 found;
} figure;

static void check_figures(const figure *figures, size_t count, const char *file, int line)
{
    size_t i;
    for (i = 0; i < count; i++) {
        if (figures[i].booked != figures[i].found)
            print_error("%s: booked %" PRIu64 ", found %" PRIu64 "\n", figures[i].name, figures[i].booked,
                        figures[i].found);
    }
    for (i = 0; i < count; i++)
        _assert_int_equal(figures[i].booked, figures[i].found, file, line);
}

typedef struct books_walk {
    hmi_ledger *ledger;
    UINT64 wrong_runs;
    UINT64 view_committed; /* committed bytes that the accounts have in views */
    UINT64 view_executable;
} books_walk;

static bool those_committed_are_in_views(hmi_ledger *ledger, hmi_range pages)
{
    hmi_range run, page;
    for (; hmi_atomic_bitmap_run(&ledger->committed, pages, true, &run); pages.start = run.end) {
        for (page.start = run.start; page.start < run.end; page.start = page.end) {
            page.end = page.start + CHECK_PAGE;
            if (!hmi_ledger_views_hold(ledger, page))
                return false;
        }
    }
    return true;
}

/* Of memory that is not the library's, the accounts have only what was committed in a view through the manager. */
static bool is_right_about_foreign(books_walk *walk, const sim_os_run *run, SIZE_T committed, SIZE_T executable,
                                   bool can_be_executed)
{
    hmi_range pages = {run->base, run->base + run->size};
    walk->view_committed += (UINT64)committed * CHECK_PAGE;
    walk->view_executable += (UINT64)executable * CHECK_PAGE;
    return !hmi_ledger_owns(walk->ledger, pages) && executable == (can_be_executed ? committed : 0) &&
           (!committed || (run->state == MEM_COMMIT && those_committed_are_in_views(walk->ledger, pages)));
}

/* Compares one run of pages: of the library's own pages each bitmap must have all or none. */
static void compare_run(void *context, const sim_os_run *run)
{
    books_walk *walk = context;
    hmi_range pages = {run->base, run->base + run->size};
    SIZE_T count = run->size / CHECK_PAGE;
    SIZE_T committed = hmi_atomic_bitmap_count(&walk->ledger->committed, pages);
    SIZE_T executable = hmi_atomic_bitmap_count(&walk->ledger->executable, pages);
    bool is_committed = run->state == MEM_COMMIT;
    bool can_be_executed = is_committed && (run->protect & (PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE |
                                                            PAGE_EXECUTE_WRITECOPY));
    bool right = run->foreign ? is_right_about_foreign(walk, run, committed, executable, can_be_executed)
                              : hmi_ledger_owns(walk->ledger, pages) && committed == (is_committed ? count : 0) &&
                                    executable == (can_be_executed ? count : 0);
    if (!right) {
        print_error("the accounts are wrong for %p, %" PRIu64 " bytes\n", (void *)run->base, (UINT64)run->size);
        walk->wrong_runs++;
    }
}

void check_books(check_fixture *fixture, const char *file, int line)
{
    hmi_ledger *ledger = &fixture->core->ledger;
    hmi_range everything = {0, fixture->core->info.highest_address & ~(UINT_PTR)(CHECK_GRANULE - 1)};
    books_walk walk = {.ledger = ledger};
    hostmem_stats stats = check_stats(fixture);
    sim_os_totals totals;
    UINT64 reservations = 0;
    UINT_PTR start;
    SIZE_T length;

    for (start = 0; hmi_extent_table_next(&ledger->reservations, start, &start, &length); start += CHECK_GRANULE)
        reservations++;
    sim_os_total(fixture->sim, &totals);
    sim_os_walk(fixture->sim, compare_run, &walk);
    totals.committed_bytes += walk.view_committed;
    totals.executable_bytes += walk.view_executable;
    {
        const figure figures[] = {
            {"wrong runs", walk.wrong_runs, 0},
            {"reservations", reservations, totals.reservations},
            {"reserved_bytes", stats.reserved_bytes, totals.reserved_bytes},
            {"committed_bytes", stats.committed_bytes, totals.committed_bytes},
            {"executable_bytes", stats.executable_bytes, totals.executable_bytes},
            {"heap_blocks", stats.heap_blocks, totals.heap_blocks},
            {"heap_bytes", stats.heap_bytes, totals.heap_bytes - totals.heap_blocks * MEMORY_ALLOCATION_ALIGNMENT},
            {"used_bytes", stats.used_bytes, stats.committed_bytes + stats.heap_bytes},
            {"bits of committed pages", (UINT64)hmi_atomic_bitmap_count(&ledger->committed, everything) * CHECK_PAGE,
             totals.committed_bytes},
            {"bits of executable pages", (UINT64)hmi_atomic_bitmap_count(&ledger->executable, everything) * CHECK_PAGE,
             totals.executable_bytes},
        };
        check_figures(figures, CHECK_COUNT_OF(figures), file, line);
    }
    _assert_true(stats.peak_committed_bytes >= stats.committed_bytes, "peak_committed_bytes is a peak", file, line);
    _assert_true(stats.peak_used_bytes >= stats.used_bytes, "peak_used_bytes is a peak", file, line);
}

void check_books_are(check_fixture *fixture, UINT64 reserved, UINT64 committed, UINT64 executable, const char *file,
                     int line)
{
    hostmem_stats stats = check_stats(fixture);
    const figure figures[] = {
        {"reserved_bytes", stats.reserved_bytes, reserved},
        {"committed_bytes", stats.committed_bytes, committed},
        {"executable_bytes", stats.executable_bytes, executable},
    };
    check_figures(figures, CHECK_COUNT_OF(figures), file, line);
    check_books(fixture, file, line);
}

/* ---- Calls ---- */

void check_begin(check_fixture *fixture)
{
    fixture->before = check_stats(fixture);
    fixture->os->set_last_error(fixture->os, CHECK_LAST_ERROR);
}

void check_success(check_fixture *fixture, HRESULT hr, const char *file, int line)
{
    _assert_int_equal((UINT32)hr, (UINT32)S_OK, file, line);
    _assert_int_equal(fixture->os->get_last_error(fixture->os), CHECK_LAST_ERROR, file, line);
    check_books(fixture, file, line);
}

/* Adds to the figures what a refusal of the checked call must add. */
static void count_refusal(hostmem_stats *stats, HRESULT hr, int level)
{
    unsigned result = hr == E_FAIL             ? HOSTMEM_REFUSAL_FAIL_FAST
                      : hr == HOST_E_TIMEOUT   ? HOSTMEM_REFUSAL_TIMEOUT
                      : hr == HOST_E_ABANDONED ? HOSTMEM_REFUSAL_ABANDONED
                                               : HOSTMEM_REFUSAL_OUT_OF_MEMORY;
    stats->refused[level]++;
    stats->refusals[result][level]++;
}

void check_failure(check_fixture *fixture, HRESULT hr, HRESULT expected, UINT32 error, int level, const char *file,
                   int line)
{
    hostmem_stats after = check_stats(fixture);
    UINT32 last_error = fixture->os->get_last_error(fixture->os);
    if (level != CHECK_UNCOUNTED && hmi_failure_is_out_of_memory(error)) {
        count_refusal(&fixture->before, expected, level);
        /* The error does not say who refused: one of the two counters must have it. */
        _assert_int_equal(after.refused_by[HOSTMEM_REFUSER_BUDGET][level] +
                              after.refused_by[HOSTMEM_REFUSER_SYSTEM][level],
                          fixture->before.refused[level], file, line);
        memcpy(fixture->before.refused_by, after.refused_by, sizeof after.refused_by);
        fixture->before.last_system_error = after.last_system_error;
    }
    _assert_int_equal((UINT32)hr, (UINT32)expected, file, line);
    _assert_int_equal(last_error, error, file, line);
    _assert_memory_equal(&after, &fixture->before, sizeof after, file, line);
    check_books(fixture, file, line);
}

void *check_alloc_ok(check_fixture *fixture, void *address, SIZE_T size, UINT32 type, UINT32 protect, const char *file,
                     int line)
{
    void *out = CHECK_POISON;
    HRESULT hr;
    check_begin(fixture);
    hr = hmi_pages_alloc(fixture->core, address, size, type, protect, eTaskCritical, &out);
    check_success(fixture, hr, file, line);
    _assert_true(out != CHECK_POISON && out, "an address was returned", file, line);
    return out;
}

void check_alloc_fails(check_fixture *fixture, void *address, SIZE_T size, UINT32 type, UINT32 protect,
                       EMemoryCriticalLevel level, HRESULT hr, UINT32 error, const char *file, int line)
{
    void *out = CHECK_POISON;
    HRESULT result;
    check_begin(fixture);
    result = hmi_pages_alloc(fixture->core, address, size, type, protect, level, &out);
    check_failure(fixture, result, hr, error, (int)level, file, line);
    _assert_true(out == CHECK_POISON, "the out parameter is unchanged", file, line);
}

void check_protect_ok(check_fixture *fixture, void *address, SIZE_T size, UINT32 protect, UINT32 old, const char *file,
                      int line)
{
    UINT32 reported = CHECK_LAST_ERROR;
    HRESULT hr;
    check_begin(fixture);
    hr = hmi_pages_protect(fixture->core, address, size, protect, &reported);
    check_success(fixture, hr, file, line);
    _assert_int_equal(reported, old, file, line);
}

void check_protect_fails(check_fixture *fixture, void *address, SIZE_T size, UINT32 protect, HRESULT hr, UINT32 error,
                         const char *file, int line)
{
    UINT32 reported = CHECK_LAST_ERROR;
    HRESULT result;
    check_begin(fixture);
    result = hmi_pages_protect(fixture->core, address, size, protect, &reported);
    check_failure(fixture, result, hr, error, CHECK_UNCOUNTED, file, line);
    _assert_int_equal(reported, CHECK_LAST_ERROR, file, line);
}

/* ---- Random numbers ---- */

UINT64 check_random_seed(void)
{
    const char *given = getenv("HOSTMEM_TEST_SEED");
    UINT64 seed = given ? strtoull(given, NULL, 0) : (UINT64)time(NULL);
    print_message("HOSTMEM_TEST_SEED=%" PRIu64 "\n", seed);
    return seed;
}

/* SplitMix64, which accepts any seed. */
UINT64 check_random(UINT64 *state)
{
    UINT64 z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}
