/* The address space that is kept reserved for views. The simulated system's address space is small and full of
 * foreign regions, which also represent the views here. */
#include "host_fixture.h"
#include "sim_thread.h"

#include <stdlib.h>
#include <string.h>

#define ARENA ((SIZE_T)4 << 20)
#define RESERVE ((SIZE_T)1 << 20)
#define GAP (2 * FIXTURE_GRANULE) /* free space after the reserve */
#define ROOM (RESERVE + GAP)      /* free space when the reserve is released */

static int setup_on(void **state, SIZE_T arena_bytes, UINT64 reserve_bytes)
{
    const sim_os_config system = {.arena_bytes = arena_bytes};
    hostmem_config config = {.size = sizeof config, .address_reserve_bytes = reserve_bytes, .limit_bytes = 65536};
    host_fixture *fixture = calloc(1, sizeof *fixture);
    *state = fixture;
    fixture->sim = sim_os_create(&system);
    config.os = fixture->os = sim_os_functions(fixture->sim);
    return hostmem_create(&config, &fixture->instance) == S_OK &&
                   hostmem_get_manager(fixture->instance, &fixture->manager) == S_OK
               ? 0
               : -1;
}

/* The reserve is at the start of the arena, and only the gap after it is free. */
static int setup_full(void **state)
{
    host_fixture *fixture;
    if (setup_on(state, ARENA, RESERVE))
        return -1;
    fixture = *state;
    return sim_os_add_foreign(fixture->sim, (void *)(sim_os_arena_base(fixture->sim) + ROOM), ARENA - ROOM, FALSE,
                              PAGE_NOACCESS)
               ? 0
               : -1;
}

static int setup_plain(void **state)
{
    return setup_on(state, ARENA, RESERVE);
}

#define full_test(function) cmocka_unit_test_setup_teardown(function, setup_full, host_fixture_teardown)
#define plain_test(function) cmocka_unit_test_setup_teardown(function, setup_plain, host_fixture_teardown)

static void *at(host_fixture *fixture, SIZE_T offset)
{
    return (void *)(sim_os_arena_base(fixture->sim) + offset);
}

/* So many bytes are reserved, by the figures and on the system, and they are not in the ledger. own: what the
 * ledger has. */
#define expect_held(fixture, bytes) check_held(fixture, bytes, 0, __FILE__, __LINE__)
#define expect_held_beside(fixture, bytes, own) check_held(fixture, bytes, own, __FILE__, __LINE__)
static void check_held(host_fixture *fixture, UINT64 bytes, UINT64 own, const char *file, int line)
{
    hostmem_stats stats = host_fixture_stats(fixture);
    sim_os_totals totals;
    sim_os_total(fixture->sim, &totals);
    _assert_int_equal(stats.address_reserve_bytes, bytes, file, line);
    _assert_int_equal(stats.reserved_bytes, own, file, line);
    _assert_int_equal(totals.reserved_bytes, bytes + own, file, line);
}

#define needs(fixture, start, size) IHostMemoryManager_NeedsVirtualAddressSpace((fixture)->manager, (start), (size))

/* Refused without a trace: no change in the figures, the last error or the counts of refusals. */
#define needs_in_vain(fixture, start, size) check_vain((fixture), (start), (size), __FILE__, __LINE__)
static void check_vain(host_fixture *fixture, void *start, SIZE_T size, const char *file, int line)
{
    hostmem_stats now;
    host_fixture_before(fixture);
    host_fixture_after(fixture, needs(fixture, start, size), E_OUTOFMEMORY, FIXTURE_LAST_ERROR, TRUE, "needs", file,
                       line);
    now = host_fixture_stats(fixture);
    now.calls[HOSTMEM_CALL_NEEDS_ADDRESS_SPACE]--;
    _assert_memory_equal(&now, &fixture->before, sizeof now, file, line);
}

static void *map(host_fixture *fixture, void *start, SIZE_T size)
{
    return sim_os_add_foreign(fixture->sim, start, size, TRUE, PAGE_READONLY);
}

static void unmap(host_fixture *fixture, void *view)
{
    sim_os_remove_foreign(fixture->sim, view);
}

/* ---- Creation and release ---- */

static void it_is_reserved_from_the_start_and_counts_as_nothing_else(void **state)
{
    host_fixture *fixture = *state;
    hostmem_stats stats = host_fixture_stats(fixture);
    sim_os_totals totals;
    expect_held(fixture, RESERVE); /* under a limit of 64 KiB */
    sim_os_total(fixture->sim, &totals);
    assert_int_equal(totals.reservations, 1);
    assert_int_equal(totals.committed_bytes, 0);
    assert_int_equal(stats.used_bytes, 0);
    assert_int_equal(stats.mapped_bytes, 0);
    assert_null(map(fixture, at(fixture, RESERVE - FIXTURE_GRANULE), FIXTURE_GRANULE));
    /* Nobody can free it. */
    expect_failure(fixture, IHostMemoryManager_VirtualFree(fixture->manager, at(fixture, 0), 0, MEM_RELEASE),
                   HOST_E_INVALIDOPERATION, ERROR_INVALID_ADDRESS);
    expect_held(fixture, RESERVE);
}

static void it_goes_with_the_last_reference(void **state)
{
    host_fixture *fixture = *state;
    assert_int_equal(hostmem_release(fixture->instance), 1);
    fixture->instance = NULL;
    assert_null(map(fixture, at(fixture, 0), RESERVE));
    assert_int_equal(IHostMemoryManager_Release(fixture->manager), 0);
    fixture->manager = NULL;
    assert_true(sim_os_check(fixture->sim, NULL));
    assert_non_null(map(fixture, at(fixture, 0), RESERVE));
}

static void without_it_there_is_no_instance(void **state)
{
    static const sim_os_config narrow = {.arena_bytes = 1 << 20};
    sim_os *sim = sim_os_create(&narrow);
    hostmem_config config = {
        .size = sizeof config, .os = sim_os_functions(sim), .address_reserve_bytes = (1 << 20) + 1};
    hostmem *instance = COM_POISON;
    (void)state;
    assert_int_equal((UINT32)hostmem_create(&config, &instance), (UINT32)E_OUTOFMEMORY);
    assert_null(instance);
    assert_true(sim_os_check(sim, NULL));
    config.address_reserve_bytes = 1 << 20;
    sim_os_fail(sim, SIM_SET(SIM_VIRTUAL_ALLOC), 0, 1, ERROR_NOT_ENOUGH_MEMORY);
    instance = COM_POISON;
    assert_int_equal((UINT32)hostmem_create(&config, &instance), (UINT32)E_OUTOFMEMORY);
    assert_null(instance);
    assert_true(sim_os_check(sim, NULL));
    assert_int_equal(hostmem_create(&config, &instance), S_OK);
    assert_int_equal(hostmem_release(instance), 0);
    assert_true(sim_os_check(sim, NULL));
    sim_os_destroy(sim);
}

static void none_by_default(void **state)
{
    host_fixture *fixture;
    assert_int_equal(host_fixture_setup(state), 0);
    fixture = *state;
    expect_held(fixture, 0);
    needs_in_vain(fixture, NULL, FIXTURE_PAGE); /* there is space for the view: nothing was released, so the CLR
                                                 * need not try again */
    needs_in_vain(fixture, NULL, 0);
    assert_int_equal(sim_os_calls(fixture->sim, SIM_VIRTUAL_ALLOC), 0);
    assert_int_equal(host_fixture_teardown(state), 0);
}

/* ---- Releasing it for a view ---- */

static const struct {
    SIZE_T start; /* offset in the arena; 1: no address given */
    SIZE_T size;
    BOOL fits;
} views[] = {
    {1, ROOM, TRUE},
    {1, ROOM - 1, TRUE},
    {1, ROOM + 1, FALSE},
    {1, GAP + 1, TRUE},
    {1, 0, TRUE}, /* size not known: may fit */
    {1, (SIZE_T)-1, FALSE},
    {1, (SIZE_T)-1 >> 1, FALSE},
    {0, RESERVE, TRUE},
    {0, ROOM, TRUE},
    {0, ROOM + 1, FALSE},
    {FIXTURE_GRANULE, RESERVE, TRUE},
    {FIXTURE_GRANULE, ROOM, FALSE},
    {RESERVE, GAP + 1, FALSE},
    {ROOM, FIXTURE_PAGE, FALSE}, /* others are there */
    {ARENA - FIXTURE_GRANULE, FIXTURE_PAGE, FALSE},
};

static void it_is_given_up_for_what_fits_then_and_nothing_else(void **state)
{
    unsigned i;
    (void)state;
    for (i = 0; i < sizeof views / sizeof *views; i++) {
        host_fixture *fixture;
        void *start;
        assert_int_equal(setup_full((void **)&fixture), 0);
        start = views[i].start == 1 ? NULL : at(fixture, views[i].start);
        if (views[i].size > GAP)
            assert_null(map(fixture, start, views[i].size)); /* as the CLR has already found */
        if (views[i].fits) {
            expect_success(fixture, needs(fixture, start, views[i].size));
            expect_held(fixture, 0);
            assert_non_null(map(fixture, start, views[i].size ? views[i].size : RESERVE));
        } else {
            needs_in_vain(fixture, start, views[i].size);
            expect_held(fixture, RESERVE);
        }
        if (host_fixture_teardown((void **)&fixture))
            fail_msg("case %u leaves something allocated", i);
    }
}

static void it_serves_one_view_and_the_next_when_that_is_gone(void **state)
{
    host_fixture *fixture = *state;
    unsigned round;
    for (round = 0; round < 3; round++) {
        void *view;
        expect_success(fixture, needs(fixture, NULL, ROOM));
        view = map(fixture, NULL, ROOM);
        expect_success(fixture, IHostMemoryManager_AcquiredVirtualAddressSpace(fixture->manager, view, ROOM));
        assert_int_equal(host_fixture_stats(fixture).mapped_bytes, ROOM);
        expect_held(fixture, 0);
        needs_in_vain(fixture, NULL, ROOM);
        needs_in_vain(fixture, NULL, 0);
        unmap(fixture, view);
        expect_success(fixture, IHostMemoryManager_ReleasedVirtualAddressSpace(fixture->manager, view));
        expect_held(fixture, RESERVE);
    }
}

/* ---- Reserving it again ---- */

static void it_is_taken_again_at_once_where_the_view_left_room(void **state)
{
    host_fixture *fixture = *state;
    void *view;
    expect_success(fixture, needs(fixture, NULL, 3 * FIXTURE_GRANULE));
    view = map(fixture, at(fixture, RESERVE), GAP); /* by chance not in the place of the reserve */
    expect_held(fixture, 0);
    expect_success(fixture, IHostMemoryManager_AcquiredVirtualAddressSpace(fixture->manager, view, GAP));
    expect_held(fixture, RESERVE);
}

static void it_is_taken_again_when_a_reservation_is_released(void **state)
{
    host_fixture *fixture = *state;
    void *memory = host_fixture_alloc(fixture, NULL, RESERVE, MEM_RESERVE, PAGE_NOACCESS), *view;
    void *page = host_fixture_alloc(fixture, NULL, FIXTURE_GRANULE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    assert_non_null(map(fixture, NULL, ARENA - 2 * RESERVE - FIXTURE_GRANULE));
    expect_success(fixture, needs(fixture, NULL, RESERVE));
    view = map(fixture, NULL, RESERVE);
    expect_success(fixture, IHostMemoryManager_AcquiredVirtualAddressSpace(fixture->manager, view, 0));
    expect_held_beside(fixture, 0, RESERVE + FIXTURE_GRANULE);
    /* Decommitting frees no address space, and what a release frees next is too little. */
    sim_os_reset_calls(fixture->sim);
    expect_success(fixture, IHostMemoryManager_VirtualFree(fixture->manager, page, 0, MEM_DECOMMIT));
    assert_int_equal(sim_os_calls(fixture->sim, SIM_VIRTUAL_ALLOC), 0);
    expect_success(fixture, IHostMemoryManager_VirtualFree(fixture->manager, page, 0, MEM_RELEASE));
    expect_held_beside(fixture, 0, RESERVE);
    expect_success(fixture, IHostMemoryManager_VirtualFree(fixture->manager, memory, 0, MEM_RELEASE));
    expect_held(fixture, RESERVE);
    /* Not tried twice. */
    sim_os_reset_calls(fixture->sim);
    expect_success(fixture, IHostMemoryManager_ReleasedVirtualAddressSpace(fixture->manager, view));
    assert_int_equal(sim_os_calls(fixture->sim, SIM_VIRTUAL_ALLOC), 0);
}

static void it_keeps_away_between_a_promise_and_its_view(void **state)
{
    host_fixture *fixture = *state;
    void *memory = host_fixture_alloc(fixture, at(fixture, RESERVE), FIXTURE_GRANULE, MEM_RESERVE, PAGE_NOACCESS);
    expect_success(fixture, needs(fixture, NULL, RESERVE));
    expect_success(fixture, IHostMemoryManager_VirtualFree(fixture->manager, memory, 0, MEM_RELEASE));
    expect_success(fixture, IHostMemoryManager_ReleasedVirtualAddressSpace(fixture->manager, at(fixture, ROOM)));
    expect_held(fixture, 0);
    assert_non_null(map(fixture, NULL, ROOM));
}

static void a_promise_whose_view_never_came_is_given_again(void **state)
{
    host_fixture *fixture = *state;
    void *view;
    expect_success(fixture, needs(fixture, NULL, RESERVE));
    expect_success(fixture, needs(fixture, NULL, ROOM));
    host_fixture_before(fixture);
    host_fixture_after(fixture, needs(fixture, NULL, ROOM + 1), E_OUTOFMEMORY, FIXTURE_LAST_ERROR, FALSE, "needs",
                       __FILE__, __LINE__);
    expect_held(fixture, RESERVE); /* reserved again, since releasing it does not help */
    expect_success(fixture, needs(fixture, NULL, ROOM));
    view = map(fixture, NULL, ROOM); /* which the CLR does not announce, as early versions do for some views */
    needs_in_vain(fixture, NULL, FIXTURE_PAGE);
    unmap(fixture, view);
    expect_success(fixture, IHostMemoryManager_ReleasedVirtualAddressSpace(fixture->manager, view));
    expect_held(fixture, RESERVE);
}

/* ---- A system that refuses ---- */

static void what_the_system_refuses_leaves_it_as_it_was(void **state)
{
    /* The calls that release the reserve, and that try whether the view fits. */
    static const UINT32 kinds[] = {SIM_SET(SIM_VIRTUAL_FREE), SIM_SET(SIM_VIRTUAL_ALLOC)};
    host_fixture *fixture = *state;
    unsigned i;
    for (i = 0; i < 2; i++) {
        sim_os_fail(fixture->sim, kinds[i], 0, 1, ERROR_NOT_ENOUGH_MEMORY);
        needs_in_vain(fixture, NULL, RESERVE);
        assert_int_equal(sim_os_failed(fixture->sim), 1);
        expect_held(fixture, RESERVE);
    }
    expect_success(fixture, needs(fixture, NULL, RESERVE));
}

static void what_cannot_be_taken_again_at_once_is_taken_later(void **state)
{
    host_fixture *fixture = *state;
    unsigned i;
    for (i = 0; i < 2; i++) {
        sim_os_fail(fixture->sim, SIM_SET(SIM_VIRTUAL_ALLOC), 0, 2,
                    ERROR_NOT_ENOUGH_MEMORY); /* the try, and reserving again */
        host_fixture_before(fixture);
        host_fixture_after(fixture, needs(fixture, NULL, RESERVE), E_OUTOFMEMORY, FIXTURE_LAST_ERROR, FALSE, "needs",
                           __FILE__, __LINE__);
        expect_held(fixture, 0);
        sim_os_fail(fixture->sim, SIM_SET(SIM_VIRTUAL_ALLOC), 0, 1, ERROR_NOT_ENOUGH_MEMORY);
        expect_success(fixture, IHostMemoryManager_ReleasedVirtualAddressSpace(fixture->manager, at(fixture, 0)));
        assert_int_equal(sim_os_failed(fixture->sim), 1);
        expect_held(fixture, 0);
        expect_success(fixture, IHostMemoryManager_ReleasedVirtualAddressSpace(fixture->manager, at(fixture, 0)));
        expect_held(fixture, RESERVE);
    }
}

/* ---- Several threads ---- */

typedef enum other_call { NEEDS, ACQUIRES, RELEASES } other_call;

typedef struct other_thread {
    host_fixture *fixture;
    other_call what;
    HRESULT hr;
    UINT32 last_error;
} other_thread;

static void run_other(void *context)
{
    other_thread *other = context;
    host_fixture *fixture = other->fixture;
    fixture->os->set_last_error(fixture->os, FIXTURE_LAST_ERROR);
    switch (other->what) {
    case NEEDS:
        other->hr = needs(fixture, NULL, ROOM);
        break;
    case ACQUIRES:
        other->hr = IHostMemoryManager_AcquiredVirtualAddressSpace(fixture->manager, at(fixture, ROOM), FIXTURE_PAGE);
        break;
    case RELEASES:
        other->hr = IHostMemoryManager_ReleasedVirtualAddressSpace(fixture->manager, at(fixture, ROOM));
        break;
    }
    other->last_error = fixture->os->get_last_error(fixture->os);
}

/* Runs the call on a thread of its own, from start to end. */
static HRESULT by_another(host_fixture *fixture, other_call what)
{
    other_thread other = {fixture, what, E_FAIL, 0};
    void *thread = NULL;
    assert_int_equal(fixture->os->thread_start(fixture->os, run_other, &other, &thread), 0);
    assert_true(fixture->os->thread_join(fixture->os, thread, SIM_PATIENCE_MS));
    assert_int_equal(other.last_error, FIXTURE_LAST_ERROR);
    return other.hr;
}

static void others_do_not_take_what_was_promised(void **state)
{
    host_fixture *fixture = *state;
    expect_success(fixture, needs(fixture, NULL, ROOM));
    sim_os_advance(fixture->sim, 900); /* this may take any time */
    assert_int_equal((UINT32)by_another(fixture, NEEDS), (UINT32)E_OUTOFMEMORY);
    assert_int_equal(by_another(fixture, ACQUIRES), S_OK); /* a view for which there was space */
    assert_int_equal(by_another(fixture, RELEASES), S_OK);
    expect_held(fixture, 0);
    assert_non_null(map(fixture, NULL, ROOM));
}

static void others_get_what_was_promised_in_vain_long_ago(void **state)
{
    host_fixture *fixture = *state;
    expect_success(fixture, needs(fixture, NULL, ROOM));
    sim_os_advance(fixture->sim, 2000);
    assert_int_equal(by_another(fixture, NEEDS), S_OK);
    expect_held(fixture, 0);
    sim_os_advance(fixture->sim, 2000);
    assert_int_equal(by_another(fixture, RELEASES), S_OK);
    expect_held(fixture, RESERVE);
}

static void of_two_at_once_one_gets_it(void **state)
{
    host_fixture *fixture = *state;
    hostmem_os *os = fixture->os;
    unsigned round, i;
    for (round = 0; round < 200; round++) {
        other_thread others[2] = {{fixture, NEEDS, E_FAIL, 0}, {fixture, NEEDS, E_FAIL, 0}};
        void *threads[2];
        for (i = 0; i < 2; i++)
            assert_int_equal(os->thread_start(os, run_other, &others[i], &threads[i]), 0);
        for (i = 0; i < 2; i++)
            assert_true(os->thread_join(os, threads[i], SIM_PATIENCE_MS));
        assert_int_equal((others[0].hr == S_OK) + (others[1].hr == S_OK), 1);
        expect_held(fixture, 0);
        sim_os_advance(fixture->sim, 2000);
        expect_success(fixture, IHostMemoryManager_ReleasedVirtualAddressSpace(fixture->manager, at(fixture, 0)));
        expect_held(fixture, RESERVE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        plain_test(it_is_reserved_from_the_start_and_counts_as_nothing_else),
        plain_test(it_goes_with_the_last_reference),
        cmocka_unit_test(without_it_there_is_no_instance),
        cmocka_unit_test(none_by_default),
        cmocka_unit_test(it_is_given_up_for_what_fits_then_and_nothing_else),
        full_test(it_serves_one_view_and_the_next_when_that_is_gone),
        full_test(it_is_taken_again_at_once_where_the_view_left_room),
        plain_test(it_is_taken_again_when_a_reservation_is_released),
        full_test(it_keeps_away_between_a_promise_and_its_view),
        full_test(a_promise_whose_view_never_came_is_given_again),
        full_test(what_the_system_refuses_leaves_it_as_it_was),
        full_test(what_cannot_be_taken_again_at_once_is_taken_later),
        full_test(others_do_not_take_what_was_promised),
        full_test(others_get_what_was_promised_in_vain_long_ago),
        full_test(of_two_at_once_one_gets_it),
    };
    return cmocka_run_group_tests_name("address_reserve", tests, NULL, NULL);
}
