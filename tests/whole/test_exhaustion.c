/* The real system refuses: under a limit on the process's address space or on its commit, memory is allocated
 * through the manager until there is none, and freed, ten times. Every refusal is compared with the failure table,
 * the figures with a walk with VirtualQuery while nothing is left, and at the end of each round with those at its
 * start.
 *
 * Nothing is asserted while memory is exhausted: the first mistake is recorded without allocating, and reported
 * afterwards. */
#include "exhaustion.h"
#include "held_stats.h"

#include <stdlib.h>
#include <string.h>

#define ROUNDS 10
#define LONG_WAIT_MS 300000u
#define SHORT_WAIT_MS 20u

static scene the_scene;

/* ---- Checks while nothing is left ---- */

static void walk(scene *s, const piece *region, UINT64 *reserved, UINT64 *committed)
{
    char *at = region->address;
    MEMORY_BASIC_INFORMATION now;
    SIZE_T written;
    while (IHostMemoryManager_VirtualQuery(s->manager, at, &now, sizeof now, &written) == S_OK &&
           now.State != MEM_FREE && now.AllocationBase == region->address) {
        *reserved += now.RegionSize;
        *committed += now.State == MEM_COMMIT ? now.RegionSize : 0;
        at = (char *)now.BaseAddress + now.RegionSize;
    }
}

static void compare_with_a_walk(scene *s)
{
    UINT64 reserved = 0, committed = 0, bytes = 0, blocks = 0;
    UINT64 charged = UINT64_MAX;
    hostmem_stats stats = exhaustion_stats(s);
    unsigned i;
    for (i = 0; i < s->count; i++) {
        const piece *piece = &s->pieces[i];
        if (piece->way == BLOCK) {
            bytes += piece->bytes;
            blocks++;
        } else if (piece->way != COMMIT) {
            walk(s, piece, &reserved, &committed);
        }
    }
    if (stats.reserved_bytes != reserved)
        exhaustion_wrong(s, "reserved_bytes", -1, stats.reserved_bytes, reserved);
    if (stats.committed_bytes != committed)
        exhaustion_wrong(s, "committed_bytes", -1, stats.committed_bytes, committed);
    if (stats.heap_bytes != bytes || stats.heap_blocks != blocks)
        exhaustion_wrong(s, "heap_bytes, heap_blocks", -1, stats.heap_bytes, stats.heap_blocks);
    if (stats.used_bytes != committed + bytes || stats.peak_used_bytes < stats.used_bytes)
        exhaustion_wrong(s, "used_bytes, peak_used_bytes", -1, stats.used_bytes, stats.peak_used_bytes);
    if (hostmem_budget_get_use(s->budget, &charged) != S_OK || charged != stats.used_bytes)
        exhaustion_wrong(s, "what the budget was charged", -1, charged, stats.used_bytes);
    if (memcmp(stats.refused, s->refused, sizeof stats.refused))
        exhaustion_wrong(s, "refused", -1, stats.refused[eTaskCritical], s->refused[eTaskCritical]);
}

static void expect_result(scene *s, const char *call, HRESULT hr, HRESULT expected)
{
    if (hr != expected)
        exhaustion_wrong(s, call, -1, (UINT32)hr, (UINT32)expected);
}

static HRESULT protect(scene *s, const piece *piece, DWORD protect)
{
    DWORD old;
    return IHostMemoryManager_VirtualProtect(s->manager, piece->address, 1, protect, &old);
}

/* Calls that need no memory still work. Making a page writable again is not among them: Linux, below Wine, counts
 * writable pages as committed. */
static void use_the_rest(scene *s)
{
    DWORD load;
    SIZE_T available;
    unsigned i;
    for (i = 0; i < s->count; i++) {
        const piece *piece = &s->pieces[i];
        if (piece->way == COMMIT || piece->way == RESERVE_AND_COMMIT) {
            expect_result(s, "VirtualProtect", protect(s, piece, PAGE_READONLY), S_OK);
            expect_result(s, "VirtualProtect", protect(s, piece, PAGE_NOACCESS), S_OK);
            break;
        }
    }
    expect_result(s, "GetMemoryLoad", IHostMemoryManager_GetMemoryLoad(s->manager, &load, &available), S_OK);
    expect_result(s, "VirtualFree", IHostMemoryManager_VirtualFree(s->manager, s, 0, MEM_RELEASE),
                  HOST_E_INVALIDOPERATION);
    expect_result(s, "Free", IHostMalloc_Free(s->heap, s->pieces), HOST_E_INVALIDOPERATION);
    expect_result(s, "Free of NULL", IHostMalloc_Free(s->heap, NULL), S_OK);
}

/* A call that needs memory either gets it or fails as documented. */
static void ask_for_objects(scene *s)
{
    IHostMalloc *heap = POISON;
    hostmem *instance = POISON;
    HRESULT hr;
    SetLastError(LAST_ERROR);
    hr = IHostMemoryManager_CreateMalloc(s->manager, MALLOC_THREADSAFE, &heap);
    if (hr == S_OK)
        IHostMalloc_Release(heap);
    else if (heap || hr != exhaustion_result(GetLastError()))
        exhaustion_wrong(s, "CreateMalloc", -1, (UINT32)hr, GetLastError());
    hr = hostmem_create(NULL, &instance);
    if (hr == S_OK)
        hostmem_release(instance);
    else if (instance || hr != E_OUTOFMEMORY)
        exhaustion_wrong(s, "hostmem_create", -1, (UINT32)hr, 0);
}

/* Memory that was freed can be allocated again at once. */
static void exchange_the_last(scene *s)
{
    piece last = s->pieces[s->count - 1];
    exhaustion_give_back_last(s);
    if (!exhaustion_take(s, last.way, last.bytes))
        exhaustion_wrong(s, "memory that was given back is not to be had", (int)last.way, last.bytes, 0);
}

static void look_around(scene *s)
{
    if (!s->count) {
        exhaustion_wrong(s, "nothing could be taken", -1, 0, 0);
        return;
    }
    compare_with_a_walk(s);
    use_the_rest(s);
    ask_for_objects(s);
    exchange_the_last(s);
    compare_with_a_walk(s);
}

/* ---- Rounds ---- */

/* The seed of the random operations. */
static UINT64 first_seed(void)
{
    const char *given = getenv("HOSTMEM_TEST_SEED");
    return given ? strtoull(given, NULL, 10) : 1;
}

/* The figures without those that only increase. */
static hostmem_stats holdings(scene *s)
{
    hostmem_stats stats = exhaustion_stats(s);
    return held_stats(&stats);
}

static void in_rounds(scene *s, void (*exhaust)(scene *s))
{
    hostmem_stats start = holdings(s), now;
    UINT64 most = 0, least = UINT64_MAX;
    unsigned round;
    for (round = 0; round < ROUNDS && !s->wrong[0]; round++) {
        UINT64 refusals = s->refusals, taken;
        s->seed = first_seed() + round;
        exhaust(s);
        look_around(s);
        now = exhaustion_stats(s);
        taken = now.reserved_bytes + now.heap_bytes;
        most = taken > most ? taken : most;
        least = taken < least ? taken : least;
        exhaustion_give_all_back(s);
        compare_with_a_walk(s);
        now = holdings(s);
        if (memcmp(&now, &start, sizeof now))
            exhaustion_wrong(s, "the figures are not those of the start", -1, now.reserved_bytes, now.heap_bytes);
        if (s->refusals == refusals)
            exhaustion_wrong(s, "nothing was refused", -1, round, 0);
    }
    if (s->wrong[0])
        fail_msg("%s", s->wrong);
    print_message("    %u rounds, %llu to %llu MiB at the peak\n", round, (unsigned long long)(least / MIB),
                  (unsigned long long)(most / MIB));
}

static void by_reservations(scene *s)
{
    exhaustion_take_all(s, RESERVE);
}

static void by_committed_reservations(scene *s)
{
    exhaustion_take_all(s, RESERVE_AND_COMMIT);
}

static void by_commits(scene *s)
{
    exhaustion_take_all(s, COMMIT);
}

static void by_blocks(scene *s)
{
    exhaustion_take_all(s, BLOCK);
}

static unsigned below(scene *s, unsigned limit)
{
    s->seed = s->seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)((s->seed >> 33) % limit);
}

/* In random order and size, with random frees, until there have been many refusals; then until nothing is left. */
static void by_everything(scene *s)
{
    UINT64 refusals = 0;
    while (refusals < 300 && !s->wrong[0]) {
        static const unsigned shift[WAYS] = {16, 16, 12, 0};
        way way = (enum way)below(s, WAYS);
        /* A limit on commit does not refuse reservations. */
        if (way == RESERVE && s->limit.kind == OS_LIMIT_COMMIT)
            continue;
        refusals += !exhaustion_take(s, way, ((SIZE_T)1 + below(s, 16)) << (shift[way] + below(s, 8)));
        if (below(s, 4) == 0 && s->count)
            exhaustion_give_back_last(s);
    }
    exhaustion_take_all(s, RESERVE_AND_COMMIT);
    exhaustion_take_all(s, COMMIT);
    exhaustion_take_all(s, BLOCK);
}

static void reservations_until_there_is_no_address_space(void **state)
{
    in_rounds(*state, by_reservations);
}

static void committed_reservations_until_there_is_nothing(void **state)
{
    in_rounds(*state, by_committed_reservations);
}

static void commits_piece_by_piece_until_there_is_nothing(void **state)
{
    in_rounds(*state, by_commits);
}

static void blocks_of_all_sizes_until_there_is_nothing(void **state)
{
    in_rounds(*state, by_blocks);
}

static void everything_at_once_until_there_is_nothing(void **state)
{
    in_rounds(*state, by_everything);
}

/* ---- Waiting for the system ---- */

typedef struct waiter {
    scene *scene;
    HANDLE go;
    HRESULT hr;
    DWORD error;
    void *out;
} waiter;

static DWORD WINAPI wait_for_memory(void *context)
{
    waiter *self = context;
    WaitForSingleObject(self->go, INFINITE);
    self->out = POISON;
    SetLastError(LAST_ERROR);
    self->hr = IHostMemoryManager_VirtualAlloc(self->scene->manager, NULL, ROOM, MEM_RESERVE | MEM_COMMIT,
                                               PAGE_READWRITE, eTaskCritical, &self->out);
    self->error = GetLastError();
    return 0;
}

/* Until there is not enough memory for the request that will follow. */
static void fill_without_waiting(scene *s)
{
    while (exhaustion_take_at(s, RESERVE_AND_COMMIT, ROOM, eProcessCritical))
        ;
}

static void a_request_waits_for_what_another_thread_gives_back(void **state)
{
    scene *s = *state;
    waiter waiter = {.scene = s, .go = CreateEventA(NULL, TRUE, FALSE, NULL)};
    HANDLE thread = CreateThread(NULL, 0, wait_for_memory, &waiter, 0, NULL);
    assert_non_null(thread);
    fill_without_waiting(s);
    SetEvent(waiter.go);
    while (!exhaustion_stats(s).waits[eTaskCritical])
        Sleep(1);
    exhaustion_give_all_back(s);
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    CloseHandle(waiter.go);
    assert_string_equal(s->wrong, "");
    assert_int_equal(waiter.hr, S_OK);
    assert_int_equal(waiter.error, LAST_ERROR);
    assert_int_equal(exhaustion_stats(s).committed_bytes, ROOM);
    assert_int_equal(IHostMemoryManager_VirtualFree(s->manager, waiter.out, 0, MEM_RELEASE), S_OK);
}

static void a_wait_in_vain_ends_with_a_time_out(void **state)
{
    scene *s = *state;
    void *out = POISON;
    DWORD error;
    HRESULT hr;
    fill_without_waiting(s);
    SetLastError(LAST_ERROR);
    hr = IHostMemoryManager_VirtualAlloc(s->manager, NULL, ROOM, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE,
                                         eAppDomainCritical, &out);
    error = GetLastError();
    exhaustion_give_all_back(s);
    assert_int_equal((UINT32)hr, (UINT32)HOST_E_TIMEOUT);
    assert_int_equal(error, ERROR_TIMEOUT);
    assert_null(out);
    assert_true(exhaustion_stats(s).waits[eAppDomainCritical] > 0);
}

/* ---- Scenes ---- */

static int open_scene(void **state, const hostmem_budget_config *policy, hostmem_os *os)
{
    hostmem_config config = {.size = sizeof config, .os = os};
    scene *s = *state = &the_scene;
    os_limit limit = s->limit;
    memset(s, 0, sizeof *s);
    s->limit = limit;
    if (hostmem_budget_create(policy, os, &s->budget) != S_OK)
        return -1;
    config.budget = s->budget;
    return hostmem_create(&config, &s->instance) == S_OK && hostmem_get_manager(s->instance, &s->manager) == S_OK &&
                   IHostMemoryManager_CreateMalloc(s->manager, MALLOC_THREADSAFE, &s->heap) == S_OK
               ? 0
               : -1;
}

static int setup(void **state)
{
    return open_scene(state, NULL, NULL);
}

/* With Windows' error codes, for which requests wait. */
static int setup_with_waits(void **state)
{
    const hostmem_budget_config policy = {.size = sizeof policy, .wait_ms = {LONG_WAIT_MS, SHORT_WAIT_MS, 0}};
    return open_scene(state, &policy, os_limit_system());
}

static int teardown(void **state)
{
    scene *s = *state;
    exhaustion_give_all_back(s);
    IHostMalloc_Release(s->heap);
    IHostMemoryManager_Release(s->manager);
    return hostmem_release(s->instance) || hostmem_budget_release(s->budget) ? -1 : 0;
}

#define exhaustion_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
#define waiting_test(function) cmocka_unit_test_setup_teardown(function, setup_with_waits, teardown)

int main(void)
{
    const struct CMUnitTest address_space[] = {
        exhaustion_test(reservations_until_there_is_no_address_space),
    };
    const struct CMUnitTest both[] = {
        exhaustion_test(committed_reservations_until_there_is_nothing),
        exhaustion_test(commits_piece_by_piece_until_there_is_nothing),
        exhaustion_test(blocks_of_all_sizes_until_there_is_nothing),
        exhaustion_test(everything_at_once_until_there_is_nothing),
        waiting_test(a_request_waits_for_what_another_thread_gives_back),
        waiting_test(a_wait_in_vain_ends_with_a_time_out),
    };
    int failed = 0;

    if (!os_limit_begin(&the_scene.limit)) {
        print_error("there is no limit as HOSTMEM_TEST_LIMIT says\n");
        return 1;
    }
    if (the_scene.limit.kind == OS_LIMIT_ADDRESS_SPACE)
        failed += cmocka_run_group_tests_name("exhaustion of address space", address_space, NULL, NULL);
    return failed + cmocka_run_group_tests_name("exhaustion", both, NULL, NULL);
}
