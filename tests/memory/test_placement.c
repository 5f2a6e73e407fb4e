/* Locking, NUMA nodes and the direction of reservations. */
#include "memory/placement.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "memory/pages.h"
#include "core_state.h"

#define RW PAGE_READWRITE
#define PAGES(count) ((SIZE_T)(count)*CHECK_PAGE)
#define STEP ((SIZE_T)1 << 20) /* minimum by which the working set is raised */

/* The configuration of a test's instance. */
typedef struct placement_options {
    UINT32 flags;
    UINT32 node;
} placement_options;

static placement_options plain = {0, 0};
static placement_options lenient = {HOSTMEM_LOCK_PAGES, 0};
static placement_options strict = {HOSTMEM_LOCK_PAGES | HOSTMEM_LOCK_STRICT, 0};
static placement_options current_node = {HOSTMEM_NUMA, HOSTMEM_NUMA_CURRENT};
static placement_options node_3 = {HOSTMEM_NUMA, 3};
static placement_options node_9 = {HOSTMEM_NUMA, 9};
static placement_options top_down = {HOSTMEM_TOP_DOWN, 0};
static placement_options all = {HOSTMEM_LOCK_PAGES | HOSTMEM_LOCK_STRICT | HOSTMEM_NUMA | HOSTMEM_TOP_DOWN,
                                HOSTMEM_NUMA_CURRENT};

static int setup(void **state)
{
    const placement_options *options = *state;
    hostmem_config config = {.size = sizeof config, .flags = options->flags, .numa_node = options->node};
    check_fixture *f = calloc(1, sizeof *f);
    f->sim = sim_os_create(NULL);
    config.os = f->os = sim_os_functions(f->sim);
    f->core = check_core(&config);
    sim_os_set_nodes(f->sim, 4, 2);
    *state = f;
    return f->core ? 0 : -1;
}

#define test_with(function, options) cmocka_unit_test_prestate_setup_teardown(function, setup, check_teardown, &options)

static SIZE_T locked_bytes(check_fixture *f)
{
    sim_os_totals totals;
    sim_os_total(f->sim, &totals);
    return (SIZE_T)totals.locked_bytes;
}

#define expect_all_locked(f) assert_int_equal(locked_bytes(f), check_stats(f).committed_bytes)

static UINT32 protection_of(check_fixture *f, const void *address)
{
    MEMORY_BASIC_INFORMATION region;
    SIZE_T written;
    assert_int_equal(f->os->virtual_query(f->os, address, &region, sizeof region, &written), 0);
    return region.State == MEM_COMMIT ? region.Protect : 0;
}

/* ---- Locking ---- */

static void committed_memory_is_locked_however_it_comes(void **state)
{
    check_fixture *f = *state;
    char *whole = alloc_ok(f, NULL, PAGES(3), MEM_RESERVE | MEM_COMMIT, RW), *pieces;
    expect_all_locked(f);
    alloc_ok(f, NULL, 1, MEM_COMMIT, PAGE_EXECUTE_READ);
    expect_all_locked(f);
    pieces = alloc_ok(f, NULL, PAGES(20), MEM_RESERVE, PAGE_NOACCESS);
    expect_all_locked(f);
    alloc_ok(f, pieces + PAGES(2), PAGES(2), MEM_COMMIT, RW);
    alloc_ok(f, pieces + PAGES(7) + 1, PAGES(2), MEM_COMMIT, RW);
    alloc_ok(f, pieces + PAGES(1), PAGES(10), MEM_COMMIT, RW); /* over both */
    expect_all_locked(f);
    free_ok(f, pieces + PAGES(3), PAGES(2), MEM_DECOMMIT);
    expect_all_locked(f);
    free_ok(f, whole, 0, MEM_RELEASE);
    expect_all_locked(f);
    books_are(f, PAGES(21), PAGES(9), PAGES(1));
    assert_int_equal(check_stats(f).lock_failures, 0);
}

static void the_working_set_is_raised_in_steps(void **state)
{
    check_fixture *f = *state;
    char *pages = alloc_ok(f, NULL, 8 * STEP, MEM_RESERVE, PAGE_NOACCESS);
    SIZE_T at;
    sim_os_set_working_set(f->sim, 0, UINT64_MAX, 0);
    for (at = 0; at < STEP; at += PAGES(1)) {
        void *out;
        assert_int_equal(hmi_pages_alloc(f->core, pages + at, 1, MEM_COMMIT, RW, eTaskCritical, &out), S_OK);
    }
    assert_int_equal(sim_os_calls(f->sim, SIM_WORKING_SET_RAISE), 1);
    alloc_ok(f, pages + STEP, 1, MEM_COMMIT, RW);
    assert_int_equal(sim_os_calls(f->sim, SIM_WORKING_SET_RAISE), 2);
    alloc_ok(f, pages + 2 * STEP, 6 * STEP, MEM_COMMIT, RW);
    assert_int_equal(sim_os_calls(f->sim, SIM_WORKING_SET_RAISE), 3);
    assert_int_equal(sim_os_lock_quota(f->sim), 8 * STEP);
    expect_all_locked(f);
}

/* Another process uses up the memory that a raise made lockable, so many times. */
typedef struct rival {
    check_fixture *f;
    unsigned times;
} rival;

static void take_what_was_raised(void *context, const sim_os_call *call)
{
    rival *self = context;
    (void)call;
    if (self->times) {
        self->times--;
        sim_os_set_working_set(self->f->sim, 0, UINT64_MAX, 0);
    }
}

static void it_is_raised_again_if_others_were_quicker_but_not_for_ever(void **state)
{
    check_fixture *f = *state;
    rival other = {f, 2};
    sim_os_set_working_set(f->sim, 0, UINT64_MAX, 0);
    sim_os_set_hooks(f->sim, SIM_SET(SIM_WORKING_SET_RAISE), NULL, take_what_was_raised, &other);
    alloc_ok(f, NULL, 1, MEM_COMMIT, RW);
    expect_all_locked(f);
    assert_int_equal(sim_os_calls(f->sim, SIM_WORKING_SET_RAISE), 3);
    other.times = 1000;
    sim_os_set_working_set(f->sim, 0, UINT64_MAX, 0);
    alloc_ok(f, NULL, 1, MEM_COMMIT, RW);
    assert_int_equal(check_stats(f).lock_failures, 1);
    assert_in_range(1000 - other.times, 3, 10);
}

static void what_cannot_be_locked_is_counted(void **state)
{
    check_fixture *f = *state;
    char *memory;
    sim_os_set_working_set(f->sim, PAGES(2), PAGES(2), ERROR_PRIVILEGE_NOT_HELD);
    alloc_ok(f, NULL, PAGES(2), MEM_COMMIT, RW);
    assert_int_equal(check_stats(f).lock_failures, 0);
    memory = alloc_ok(f, NULL, 1, MEM_COMMIT, RW);
    assert_int_equal(check_stats(f).lock_failures, 1);
    sim_os_fail(f->sim, SIM_SET(SIM_VIRTUAL_LOCK), 0, 2, ERROR_ACCESS_DENIED);
    sim_os_reset_calls(f->sim);
    alloc_ok(f, memory, 1, MEM_COMMIT, RW);
    assert_int_equal(sim_os_calls(f->sim, SIM_WORKING_SET_RAISE), 0); /* no raise would help */
    assert_int_equal(check_stats(f).lock_failures, 2);
    memory[0] = 1;
    assert_int_equal(locked_bytes(f), PAGES(2));
    assert_int_equal(check_stats(f).refused[eTaskCritical], 0);
}

#define lock_fails(f, address, size, type, protect, hr, error) \
    check_lock_fails(f, address, size, type, protect, hr, error, __FILE__, __LINE__)
static void check_lock_fails(check_fixture *f, void *address, SIZE_T size, UINT32 type, UINT32 protect, HRESULT hr,
                             UINT32 error, const char *file, int line)
{
    void *out = CHECK_POISON;
    SIZE_T locked = locked_bytes(f);
    HRESULT result;
    check_begin(f);
    f->before.lock_failures++;
    result = hmi_pages_alloc(f->core, address, size, type, protect, eTaskCritical, &out);
    check_failure(f, result, hr, error, eTaskCritical, file, line);
    _assert_true(out == CHECK_POISON, "the out parameter is unchanged", file, line);
    _assert_int_equal(locked_bytes(f), locked, file, line);
}

static void strictly_a_failed_lock_leaves_nothing_of_the_commit(void **state)
{
    check_fixture *f = *state;
    char *pages = alloc_ok(f, NULL, PAGES(10), MEM_RESERVE, PAGE_NOACCESS);
    sim_os_set_working_set(f->sim, PAGES(3), PAGES(3), ERROR_PRIVILEGE_NOT_HELD);
    alloc_ok(f, pages + PAGES(2), PAGES(1), MEM_COMMIT, PAGE_READWRITE);
    alloc_ok(f, pages + PAGES(5), PAGES(1), MEM_COMMIT, PAGE_READWRITE);
    memset(pages + PAGES(2), 2, PAGES(1));
    memset(pages + PAGES(5), 5, PAGES(1));

    lock_fails(f, NULL, PAGES(4), MEM_COMMIT, RW, E_OUTOFMEMORY, ERROR_WORKING_SET_QUOTA);
    lock_fails(f, NULL, PAGES(4), MEM_RESERVE | MEM_COMMIT, PAGE_EXECUTE_READ, E_OUTOFMEMORY, ERROR_WORKING_SET_QUOTA);
    lock_fails(f, pages + PAGES(6), PAGES(2), MEM_COMMIT, RW, E_OUTOFMEMORY, ERROR_WORKING_SET_QUOTA);
    lock_fails(f, pages, PAGES(10), MEM_COMMIT, RW, E_OUTOFMEMORY, ERROR_WORKING_SET_QUOTA);
    lock_fails(f, pages + PAGES(1), PAGES(3), MEM_COMMIT, RW, E_OUTOFMEMORY, ERROR_WORKING_SET_QUOTA);
    sim_os_fail(f->sim, SIM_SET(SIM_VIRTUAL_LOCK), 0, 1, ERROR_ACCESS_DENIED);
    lock_fails(f, pages, PAGES(1), MEM_COMMIT, RW, E_ACCESSDENIED, ERROR_ACCESS_DENIED);
    books_are(f, PAGES(10), PAGES(2), 0);
    assert_int_equal(pages[PAGES(2)] + pages[PAGES(3) - 1] + pages[PAGES(5)] + pages[PAGES(6) - 1], 14);

    alloc_ok(f, pages, PAGES(1), MEM_COMMIT, RW); /* one more page fits */
    expect_all_locked(f);
}

static void strictly_a_failed_lock_leaves_the_protection_of_other_pages(void **state)
{
    check_fixture *f = *state;
    char *pages = alloc_ok(f, NULL, PAGES(10), MEM_RESERVE, PAGE_NOACCESS);
    sim_os_set_working_set(f->sim, PAGES(3), PAGES(3), 0);
    alloc_ok(f, pages + PAGES(2), PAGES(1), MEM_COMMIT, PAGE_READWRITE);
    alloc_ok(f, pages + PAGES(5), PAGES(1), MEM_COMMIT, PAGE_EXECUTE_READ);
    lock_fails(f, pages, PAGES(10), MEM_COMMIT, PAGE_EXECUTE_READWRITE, E_OUTOFMEMORY, ERROR_WORKING_SET_QUOTA);
    lock_fails(f, pages, PAGES(10), MEM_COMMIT, PAGE_READONLY, E_OUTOFMEMORY, ERROR_WORKING_SET_QUOTA);
    assert_int_equal(protection_of(f, pages + PAGES(2)), PAGE_READWRITE);
    assert_int_equal(protection_of(f, pages + PAGES(5)), PAGE_EXECUTE_READ);
    /* While the commit that changes all of them succeeds. */
    alloc_ok(f, pages + PAGES(4), PAGES(2), MEM_COMMIT, PAGE_EXECUTE_READWRITE);
    assert_int_equal(protection_of(f, pages + PAGES(5)), PAGE_EXECUTE_READWRITE);
    books_are(f, PAGES(10), PAGES(3), PAGES(2));
    expect_all_locked(f);
}

static void strictly_a_refused_commit_is_not_a_failed_lock(void **state)
{
    check_fixture *f = *state;
    char *pages = alloc_ok(f, NULL, PAGES(10), MEM_RESERVE, PAGE_NOACCESS);
    alloc_ok(f, pages + PAGES(4), PAGES(1), MEM_COMMIT, RW);
    sim_os_set_commit_limit(f->sim, PAGES(6)); /* enough for one side of it */
    alloc_fails(f, pages, PAGES(10), MEM_COMMIT, RW, eTaskCritical, E_OUTOFMEMORY, ERROR_COMMITMENT_LIMIT);
    hmi_budget_set_limit(f->core->budget, PAGES(6));
    alloc_fails(f, pages, PAGES(10), MEM_COMMIT, RW, eTaskCritical, E_OUTOFMEMORY, ERROR_COMMITMENT_LIMIT);
    alloc_fails(f, pages, PAGES(2), MEM_COMMIT, 0, eTaskCritical, E_INVALIDARG, ERROR_INVALID_PARAMETER);
    assert_int_equal(check_stats(f).lock_failures, 0);
    expect_all_locked(f);
}

static void pages_that_nobody_may_touch_are_let_be(void **state)
{
    static const UINT32 untouchable[] = {PAGE_NOACCESS, PAGE_READWRITE | PAGE_GUARD};
    check_fixture *f = *state;
    unsigned i;
    for (i = 0; i < CHECK_COUNT_OF(untouchable); i++) {
        char *pages = alloc_ok(f, NULL, PAGES(4), MEM_RESERVE, PAGE_NOACCESS);
        sim_os_reset_calls(f->sim);
        alloc_ok(f, NULL, PAGES(2), MEM_COMMIT, untouchable[i]);
        alloc_ok(f, pages, PAGES(3), MEM_COMMIT, untouchable[i]);
        assert_int_equal(sim_os_calls(f->sim, SIM_VIRTUAL_LOCK), 0);
        assert_int_equal(locked_bytes(f), i * PAGES(3));
        protect_ok(f, pages, PAGES(3), RW, untouchable[i]); /* now it can be locked */
        assert_int_equal(locked_bytes(f), (i + 1) * PAGES(3));
        protect_ok(f, pages, PAGES(1), PAGE_NOACCESS, RW);
        protect_ok(f, pages + PAGES(1), PAGES(1), PAGE_READWRITE | PAGE_GUARD, RW);
        assert_int_equal(locked_bytes(f), i * PAGES(3) + PAGES(1));
        alloc_ok(f, pages, PAGES(4), MEM_COMMIT, RW); /* it can be locked again, and one page more */
        assert_int_equal(locked_bytes(f), i * PAGES(3) + PAGES(4));
        free_ok(f, pages + PAGES(3), PAGES(1), MEM_DECOMMIT);
    }
    assert_int_equal(check_stats(f).lock_failures, 0);
}

static void pages_of_others_are_not_locked(void **state)
{
    check_fixture *f = *state;
    char *foreign = sim_os_add_foreign(f->sim, NULL, PAGES(4), FALSE, RW);
    alloc_ok(f, foreign, PAGES(2), MEM_COMMIT, RW);
    alloc_ok(f, foreign, PAGES(2), MEM_RESET, RW);
    protect_ok(f, foreign, PAGES(2), PAGE_READONLY, RW);
    assert_int_equal(sim_os_calls(f->sim, SIM_VIRTUAL_LOCK), 0);
    sim_os_remove_foreign(f->sim, foreign);
}

/* What the garbage collector does with free memory, in this order. */
static void collector_resets(check_fixture *f, void *pages, SIZE_T size)
{
    alloc_ok(f, pages, size, MEM_RESET, RW);
    sim_os_unlock_behind(f->sim, pages, size);
}

/* The manager's next call, when everything reset so far has waited long enough. */
static void call_when_rested(check_fixture *f)
{
    sim_os_advance(f->sim, HMI_RELOCK_DELAY_MS);
    hmi_placement_relock_due(f->core);
}

static void what_the_collector_has_reset_and_unlocked_is_locked_again(void **state)
{
    check_fixture *f = *state;
    char *pages = alloc_ok(f, NULL, PAGES(16), MEM_RESERVE, RW);
    alloc_ok(f, pages + PAGES(1), PAGES(3), MEM_COMMIT, RW);
    alloc_ok(f, pages + PAGES(6), PAGES(4), MEM_COMMIT, RW);
    collector_resets(f, pages + PAGES(2), PAGES(6)); /* also over pages that are not committed */
    hmi_placement_relock_due(f->core);
    assert_int_equal(locked_bytes(f), PAGES(3)); /* not yet: another thread's call must not come before the unlocking */
    f->os->set_last_error(f->os, CHECK_LAST_ERROR);
    call_when_rested(f);
    assert_int_equal(f->os->get_last_error(f->os), CHECK_LAST_ERROR);
    expect_all_locked(f);
    assert_int_equal(sim_os_calls(f->sim, SIM_VIRTUAL_LOCK), 4); /* what stayed locked was not touched */

    sim_os_reset_calls(f->sim);
    sim_os_fail(f->sim, SIM_SET(SIM_VIRTUAL_ALLOC), 0, 1, ERROR_ACCESS_DENIED);
    alloc_fails(f, pages, PAGES(16), MEM_RESET, RW, eTaskCritical, E_ACCESSDENIED, ERROR_ACCESS_DENIED);
    call_when_rested(f);
    assert_int_equal(sim_os_calls(f->sim, SIM_VIRTUAL_LOCK), 0); /* once is enough, and nothing was reset since */
}

static void a_reset_that_cannot_be_locked_again_is_counted(void **state)
{
    check_fixture *f = *state;
    char *pages = alloc_ok(f, NULL, PAGES(4), MEM_COMMIT, RW);
    sim_os_fail(f->sim, SIM_SET(SIM_TABLE_COMMIT) | SIM_SET(SIM_TABLE_RESERVE), 0, SIM_FOREVER,
                ERROR_NOT_ENOUGH_MEMORY);
    collector_resets(f, pages, PAGES(2)); /* there is not even memory to queue it */
    assert_int_equal(check_stats(f).lock_failures, 1);
    sim_os_fail(f->sim, 0, 0, 0, 0);
    collector_resets(f, pages, PAGES(4)); /* also in strict mode: the reset has happened */
    sim_os_set_working_set(f->sim, 0, 0, 0);
    call_when_rested(f);
    assert_int_equal(check_stats(f).lock_failures, 2);
    assert_int_equal(locked_bytes(f), 0);
}

static void one_page_that_nobody_may_touch_does_not_keep_its_neighbours_unlocked(void **state)
{
    check_fixture *f = *state;
    char *pages = alloc_ok(f, NULL, PAGES(7), MEM_COMMIT, RW);
    collector_resets(f, pages, PAGES(7));
    protect_ok(f, pages + PAGES(2), PAGES(1), PAGE_NOACCESS, RW);
    protect_ok(f, pages + PAGES(5), PAGES(1), PAGE_READWRITE | PAGE_GUARD, RW);
    call_when_rested(f);
    assert_int_equal(locked_bytes(f), PAGES(5));
    assert_int_equal(check_stats(f).lock_failures, 0);
}

static void what_was_given_up_while_it_rested_is_let_be(void **state)
{
    check_fixture *f = *state;
    char *released = alloc_ok(f, NULL, PAGES(16), MEM_COMMIT, RW),
         *decommitted = alloc_ok(f, NULL, PAGES(4), MEM_COMMIT, RW);
    char *foreign;
    collector_resets(f, released, PAGES(16));
    collector_resets(f, decommitted, PAGES(4));
    free_ok(f, released, 0, MEM_RELEASE);
    free_ok(f, decommitted + PAGES(1), PAGES(2), MEM_DECOMMIT);
    foreign = sim_os_add_foreign(f->sim, released, PAGES(16), TRUE, RW);
    assert_ptr_equal(foreign, released);
    call_when_rested(f);
    expect_all_locked(f);
    assert_int_equal(check_stats(f).lock_failures, 0);
    sim_os_remove_foreign(f->sim, foreign);
}

static void a_small_lock_needs_no_room_for_a_whole_step(void **state)
{
    check_fixture *f = *state;
    sim_os_set_working_set(f->sim, 0, PAGES(3), 0);
    alloc_ok(f, NULL, PAGES(2), MEM_COMMIT, RW);
    expect_all_locked(f);
    assert_int_equal(check_stats(f).lock_failures, 0);
}

/* ---- Nodes ---- */

static void allocations_ask_for_the_node(check_fixture *f, UINT32 node)
{
    char *pages = alloc_ok(f, NULL, PAGES(8), MEM_RESERVE, PAGE_NOACCESS);
    alloc_ok(f, pages, PAGES(3), MEM_COMMIT, RW);
    alloc_ok(f, pages + PAGES(2), PAGES(3), MEM_COMMIT, RW);
    alloc_ok(f, NULL, PAGES(2), MEM_COMMIT, RW);
    alloc_ok(f, NULL, PAGES(2), MEM_RESERVE | MEM_COMMIT, RW);
    alloc_ok(f, pages, PAGES(1), MEM_RESET, RW);
    assert_int_equal(sim_os_node_bytes(f->sim, node), PAGES(9));
    assert_int_equal(sim_os_calls(f->sim, SIM_VIRTUAL_ALLOC_NODE), 5); /* all but the reset */
    assert_int_equal(check_stats(f).numa_misses, 0);
}

static void allocations_ask_for_the_node_of_the_thread(void **state)
{
    check_fixture *f = *state;
    allocations_ask_for_the_node(f, 2);
    sim_os_set_nodes(f->sim, 4, 1); /* the thread has moved to another node */
    alloc_ok(f, NULL, 1, MEM_COMMIT, RW);
    assert_int_equal(sim_os_node_bytes(f->sim, 1), PAGES(1));
}

static void allocations_ask_for_the_node_that_is_configured(void **state)
{
    check_fixture *f = *state;
    allocations_ask_for_the_node(f, 3);
    assert_int_equal(sim_os_calls(f->sim, SIM_CURRENT_NODE), 0);
}

static void a_node_that_cannot_be_asked_is_a_miss(void **state)
{
    check_fixture *f = *state;
    char *pages = alloc_ok(f, NULL, PAGES(8), MEM_RESERVE, PAGE_NOACCESS);
    alloc_ok(f, pages, PAGES(3), MEM_COMMIT, RW);
    alloc_ok(f, NULL, PAGES(3), MEM_COMMIT, RW);
    assert_int_equal(check_stats(f).numa_misses, 3);
    /* What the system refuses anyway is not counted. */
    alloc_fails(f, pages, PAGES(3), MEM_COMMIT, 0, eTaskCritical, E_INVALIDARG, ERROR_INVALID_PARAMETER);
    sim_os_set_commit_limit(f->sim, PAGES(6));
    alloc_fails(f, NULL, 1, MEM_COMMIT, RW, eTaskCritical, E_OUTOFMEMORY, ERROR_COMMITMENT_LIMIT);
    assert_int_equal(check_stats(f).numa_misses, 3);
}

static void a_thread_on_no_node_is_a_miss(void **state)
{
    check_fixture *f = *state;
    sim_os_fail(f->sim, SIM_SET(SIM_CURRENT_NODE), 0, 1, ERROR_INVALID_PARAMETER);
    alloc_ok(f, NULL, 1, MEM_COMMIT, RW);
    assert_int_equal(sim_os_calls(f->sim, SIM_VIRTUAL_ALLOC_NODE), 0);
    assert_int_equal(check_stats(f).numa_misses, 1);
    sim_os_fail(f->sim, SIM_SET(SIM_VIRTUAL_ALLOC_NODE), 0, 1, ERROR_NOT_ENOUGH_MEMORY);
    alloc_ok(f, NULL, 1, MEM_COMMIT, RW);
    assert_int_equal(check_stats(f).numa_misses, 2);
}

/* ---- Direction of reservations ---- */

static void watch_type(void *context, const sim_os_call *call)
{
    *(UINT32 *)context = call->type;
}

static void reservations_without_an_address_come_from_the_top(void **state)
{
    const UINT32 from_top = sizeof(void *) == 8 ? MEM_TOP_DOWN : 0;
    check_fixture *f = *state;
    char *place = (char *)sim_os_arena_base(f->sim) + 64 * CHECK_GRANULE, *memory;
    UINT32 type = 0;
    sim_os_set_hooks(f->sim, SIM_SET(SIM_VIRTUAL_ALLOC), watch_type, NULL, &type);
    memory = alloc_ok(f, NULL, CHECK_GRANULE, MEM_RESERVE | MEM_WRITE_WATCH, RW);
    assert_int_equal(type, MEM_RESERVE | MEM_WRITE_WATCH | from_top);
    if (from_top)
        assert_int_equal((UINT_PTR)memory, sim_os_arena_base(f->sim) + sim_os_arena_bytes(f->sim) - CHECK_GRANULE);
    alloc_ok(f, NULL, 1, MEM_COMMIT, RW);
    assert_int_equal(type, MEM_COMMIT | from_top);
    alloc_ok(f, memory, 1, MEM_COMMIT, RW);
    assert_int_equal(type, MEM_COMMIT);
    alloc_ok(f, memory, 1, MEM_RESET, RW);
    assert_int_equal(type, MEM_RESET);
    assert_ptr_equal(alloc_ok(f, place, 1, MEM_RESERVE, RW), place);
    assert_int_equal(type, MEM_RESERVE);
    alloc_ok(f, NULL, 1, MEM_RESERVE | MEM_TOP_DOWN, RW);
    assert_int_equal(type, MEM_RESERVE | MEM_TOP_DOWN); /* callers that ask for it get it on any system */
}

/* ---- All options together, and none ---- */

static void all_of_it_together(void **state)
{
    check_fixture *f = *state;
    char *memory;
    allocations_ask_for_the_node(f, 2);
    expect_all_locked(f);
    sim_os_set_nodes(f->sim, 2, 1);
    memory = alloc_ok(f, NULL, PAGES(2), MEM_COMMIT, RW);
    assert_int_equal(sim_os_node_bytes(f->sim, 1), PAGES(2));
    sim_os_set_working_set(f->sim, locked_bytes(f), locked_bytes(f), 0);
    lock_fails(f, NULL, 1, MEM_COMMIT, RW, E_OUTOFMEMORY, ERROR_WORKING_SET_QUOTA);
    free_ok(f, memory, 0, MEM_RELEASE);
    assert_int_equal(sim_os_node_bytes(f->sim, 1), 0);
}

static void nothing_of_it_by_default(void **state)
{
    static const sim_os_kind kinds[] = {SIM_VIRTUAL_LOCK, SIM_WORKING_SET_RAISE, SIM_VIRTUAL_ALLOC_NODE,
                                        SIM_CURRENT_NODE};
    check_fixture *f = *state;
    char *pages;
    UINT32 type = 0;
    unsigned i;
    sim_os_set_hooks(f->sim, SIM_SET(SIM_VIRTUAL_ALLOC), watch_type, NULL, &type);
    pages = alloc_ok(f, NULL, PAGES(8), MEM_RESERVE, PAGE_NOACCESS);
    assert_int_equal(type, MEM_RESERVE);
    alloc_ok(f, pages, PAGES(3), MEM_COMMIT, RW);
    alloc_ok(f, pages, PAGES(3), MEM_RESET, RW);
    alloc_ok(f, NULL, PAGES(3), MEM_RESERVE | MEM_COMMIT, RW);
    protect_ok(f, pages, PAGES(1), PAGE_READONLY, RW);
    for (i = 0; i < CHECK_COUNT_OF(kinds); i++)
        assert_int_equal(sim_os_calls(f->sim, kinds[i]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with(committed_memory_is_locked_however_it_comes, lenient),
        test_with(committed_memory_is_locked_however_it_comes, strict),
        test_with(the_working_set_is_raised_in_steps, lenient),
        test_with(the_working_set_is_raised_in_steps, strict),
        test_with(it_is_raised_again_if_others_were_quicker_but_not_for_ever, lenient),
        test_with(what_cannot_be_locked_is_counted, lenient),
        test_with(strictly_a_failed_lock_leaves_nothing_of_the_commit, strict),
        test_with(strictly_a_failed_lock_leaves_the_protection_of_other_pages, strict),
        test_with(strictly_a_refused_commit_is_not_a_failed_lock, strict),
        test_with(pages_that_nobody_may_touch_are_let_be, lenient),
        test_with(pages_that_nobody_may_touch_are_let_be, strict),
        test_with(pages_of_others_are_not_locked, strict),
        test_with(what_the_collector_has_reset_and_unlocked_is_locked_again, lenient),
        test_with(what_the_collector_has_reset_and_unlocked_is_locked_again, strict),
        test_with(one_page_that_nobody_may_touch_does_not_keep_its_neighbours_unlocked, lenient),
        test_with(what_was_given_up_while_it_rested_is_let_be, lenient),
        test_with(a_small_lock_needs_no_room_for_a_whole_step, strict),
        test_with(a_reset_that_cannot_be_locked_again_is_counted, strict),
        test_with(allocations_ask_for_the_node_of_the_thread, current_node),
        test_with(allocations_ask_for_the_node_that_is_configured, node_3),
        test_with(a_node_that_cannot_be_asked_is_a_miss, node_9),
        test_with(a_thread_on_no_node_is_a_miss, current_node),
        test_with(reservations_without_an_address_come_from_the_top, top_down),
        test_with(all_of_it_together, all),
        test_with(nothing_of_it_by_default, plain),
    };
    return cmocka_run_group_tests_name("placement", tests, NULL, NULL);
}
