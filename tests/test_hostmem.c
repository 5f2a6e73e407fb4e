/* The public entry points: valid arguments, what is left after a failure, and which references keep what alive. */
#include "host_fixture.h"

#include <stdlib.h>
#include <string.h>

/* ---- hostmem_create ---- */

/* HRESULT_FROM_WIN32 may be a function, which cannot be used in a table. */
#define FROM_WIN32(error) ((HRESULT)(0x80070000u | (unsigned)(error)))
#define WRONG_SIZE FROM_WIN32(ERROR_BAD_LENGTH)
#define UNKNOWN_FIELD FROM_WIN32(ERROR_NOT_SUPPORTED)
#define UNKNOWN_FLAG FROM_WIN32(ERROR_INVALID_FLAGS)

static void create_without_an_out_pointer_is_refused(void **state)
{
    hostmem_config config = {.size = sizeof config, .os = ((host_fixture *)*state)->os};
    assert_int_equal(hostmem_create(&config, NULL), E_POINTER);
    assert_int_equal(hostmem_create(NULL, NULL), E_POINTER);
}

/* A config as programs of another version may pass it. */
typedef struct other_config {
    hostmem_config known;
    unsigned char rest[64];
} other_config;

static void config_is_checked_by_its_size(void **state)
{
    host_fixture *fixture = *state;
    static const struct {
        UINT32 size;
        UINT32 flags;
        unsigned rest_at; /* index of a byte after the known fields that is set; 64: none */
        HRESULT hr;
    } cases[] = {
        {0, 0, 64, WRONG_SIZE},
        {1, 0, 64, WRONG_SIZE},
        {sizeof(UINT32), 0, 64, WRONG_SIZE},
        {offsetof(hostmem_config, limit_bytes), 0, 64, WRONG_SIZE},
        {offsetof(hostmem_config, os), 0, 64, WRONG_SIZE},
        {offsetof(hostmem_config, os) + sizeof(void *) - 1, 0, 64, WRONG_SIZE},
        {offsetof(hostmem_config, os) + sizeof(void *), 0, 64, S_OK},
        {sizeof(hostmem_config), 0, 64, S_OK},
        {sizeof(hostmem_config), 0, 0, S_OK}, /* after the size: not read */
        {sizeof(hostmem_config) + 1, 0, 64, S_OK},
        {sizeof(hostmem_config) + 1, 0, 0, UNKNOWN_FIELD},
        {sizeof(hostmem_config) + 1, 0, 1, S_OK},
        {sizeof(other_config), 0, 64, S_OK},
        {sizeof(other_config), 0, 0, UNKNOWN_FIELD},
        {sizeof(other_config), 0, 63, UNKNOWN_FIELD},
        {sizeof(hostmem_config), HOSTMEM_FREE_FOREIGN, 64, S_OK},
        {sizeof(hostmem_config), 0x100, 64, UNKNOWN_FLAG},
        {sizeof(hostmem_config), 0x80000000u, 64, UNKNOWN_FLAG},
        {sizeof(hostmem_config), HOSTMEM_FREE_FOREIGN | 0x200, 64, UNKNOWN_FLAG},
    };
    unsigned i;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        other_config config;
        hostmem *instance = COM_POISON;
        HRESULT hr;
        memset(&config, 0, sizeof config);
        config.known.size = cases[i].size;
        config.known.flags = cases[i].flags;
        config.known.os = fixture->os;
        if (cases[i].rest_at < 64)
            config.rest[cases[i].rest_at] = 1;
        hr = hostmem_create(&config.known, &instance);
        if (hr != cases[i].hr)
            fail_msg("case %u: %#x", i, (unsigned)hr);
        if (FAILED(hr))
            assert_null(instance);
        else
            assert_int_equal(hostmem_release(instance), 0);
    }
}

static void config_is_copied_and_its_limit_holds(void **state)
{
    host_fixture *fixture = *state;
    hostmem_config config = {.size = sizeof config, .limit_bytes = 3 * FIXTURE_PAGE, .os = fixture->os};
    hostmem_stats stats = {.size = sizeof stats};
    IHostMemoryManager *manager;
    hostmem *instance;
    void *memory;
    assert_int_equal(hostmem_create(&config, &instance), S_OK);
    memset(&config, 0xdd, sizeof config);
    assert_int_equal(hostmem_get_manager(instance, &manager), S_OK);
    assert_int_equal(IHostMemoryManager_VirtualAlloc(manager, NULL, 4 * FIXTURE_PAGE, MEM_COMMIT, PAGE_READWRITE,
                                                     eTaskCritical, &memory),
                     E_OUTOFMEMORY);
    assert_int_equal(IHostMemoryManager_VirtualAlloc(manager, NULL, 3 * FIXTURE_PAGE, MEM_COMMIT, PAGE_READWRITE,
                                                     eTaskCritical, &memory),
                     S_OK);
    assert_int_equal(hostmem_get_stats(instance, &stats), S_OK);
    assert_int_equal(stats.limit_bytes, 3 * FIXTURE_PAGE);
    assert_int_equal(stats.used_bytes, 3 * FIXTURE_PAGE);
    assert_int_equal(IHostMemoryManager_VirtualFree(manager, memory, 0, MEM_RELEASE), S_OK);
    IHostMemoryManager_Release(manager);
    assert_int_equal(hostmem_release(instance), 0);
}

static UINT64 holds_of(sim_os *sim)
{
    sim_os_totals totals;
    sim_os_total(sim, &totals);
    return totals.holds;
}

/* Makes one call after the other fail until creation succeeds; no attempt may leave anything. */
static void create_leaves_nothing_behind_when_any_of_its_calls_fails(void **state)
{
    static const UINT32 kinds[] = {SIM_SET(SIM_OBJECT_ALLOC), SIM_SET(SIM_TABLE_RESERVE), SIM_SET(SIM_TABLE_COMMIT),
                                   SIM_ALL_KINDS};
    UINT32 refusals = 0;
    unsigned i;
    (void)state;
    for (i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        UINT32 skip = 0;
        BOOL through = FALSE;
        for (skip = 0; !through; skip++) {
            sim_os *sim = sim_os_create(NULL);
            hostmem_config config = {.size = sizeof config, .os = sim_os_functions(sim)};
            hostmem *instance = COM_POISON;
            HRESULT hr;
            sim_os_fail(sim, kinds[i], skip, 1, ERROR_COMMITMENT_LIMIT);
            hr = hostmem_create(&config, &instance);
            through = sim_os_failed(sim) == 0;
            if (through) {
                assert_int_equal(hr, S_OK);
                assert_int_equal(hostmem_release(instance), 0);
            } else {
                refusals++;
                assert_int_equal(hr, E_OUTOFMEMORY);
                assert_null(instance);
            }
            assert_true(sim_os_check(sim, NULL));
            assert_int_equal(holds_of(sim), 0);
            sim_os_destroy(sim);
        }
    }
    assert_true(refusals >= 2 * 3); /* at least the handle, the core and the manager, in each of two rounds */
}

/* ---- Objects from an instance ---- */

static void get_manager_gives_the_same_object_every_time(void **state)
{
    host_fixture *fixture = *state;
    IHostMemoryManager *again = NULL, *poisoned = COM_POISON;
    assert_int_equal(hostmem_get_manager(fixture->instance, &again), S_OK);
    assert_ptr_equal(again, fixture->manager);
    expect_ref(again, 3); /* the handle's, the fixture's and this one */
    assert_int_equal(IHostMemoryManager_Release(again), 2);

    assert_int_equal(hostmem_get_manager(fixture->instance, NULL), E_POINTER);
    assert_int_equal(hostmem_get_manager(NULL, &poisoned), E_POINTER);
    assert_null(poisoned);
    assert_int_equal(hostmem_get_manager(NULL, NULL), E_POINTER);
    expect_ref(fixture->manager, 2);
}

static void get_control_makes_a_new_object_every_time(void **state)
{
    host_fixture *fixture = *state;
    IHostControl *one = NULL, *two = NULL, *poisoned = COM_POISON;
    assert_int_equal(hostmem_get_control(fixture->instance, NULL, &one), S_OK);
    assert_int_equal(hostmem_get_control(fixture->instance, NULL, &two), S_OK);
    assert_ptr_not_equal(one, two);
    expect_ref(one, 1);
    assert_int_equal(IHostControl_Release(one), 0);
    assert_int_equal(IHostControl_Release(two), 0);

    assert_int_equal(hostmem_get_control(fixture->instance, NULL, NULL), E_POINTER);
    assert_int_equal(hostmem_get_control(NULL, NULL, &poisoned), E_POINTER);
    assert_null(poisoned);

    poisoned = COM_POISON;
    sim_os_fail(fixture->sim, SIM_SET(SIM_OBJECT_ALLOC), 0, 1, ERROR_NOT_ENOUGH_MEMORY);
    assert_int_equal(hostmem_get_control(fixture->instance, NULL, &poisoned), E_OUTOFMEMORY);
    assert_null(poisoned);
    expect_ref(fixture->manager, 2);
}

/* ---- hostmem_get_stats ---- */

static void stats_of_a_new_instance_are_all_zero(void **state)
{
    hostmem_stats stats = host_fixture_stats(*state), zero = {.size = sizeof zero};
    assert_true(stats.largest_free_bytes > 0);
    zero.largest_free_bytes = stats.largest_free_bytes;
    assert_memory_equal(&stats, &zero, sizeof stats);
}

static void stats_are_written_within_the_size_given_and_nowhere_else(void **state)
{
    host_fixture *fixture = *state;
    static const UINT32 first = offsetof(hostmem_stats, waits); /* the first version's struct ended there */
    const UINT32 sizes[] = {0,
                            1,
                            sizeof(UINT32),
                            first - 1,
                            first,
                            first + 1,
                            sizeof(hostmem_stats) - 1,
                            sizeof(hostmem_stats),
                            sizeof(hostmem_stats) + 1,
                            sizeof(hostmem_stats) + 40};
    void *memory = host_fixture_alloc(fixture, NULL, 5 * FIXTURE_PAGE, MEM_COMMIT, PAGE_EXECUTE_READ);
    unsigned i;
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct {
            hostmem_stats known;
            unsigned char rest[64];
        } given, poison;
        const unsigned char *bytes = (const unsigned char *)&given;
        BOOL enough = sizes[i] >= first;
        unsigned at;
        memset(&poison, 0xdd, sizeof poison);
        poison.known.size = sizes[i];
        given = poison;
        assert_int_equal(hostmem_get_stats(fixture->instance, &given.known), enough ? S_OK : E_INVALIDARG);
        if (!enough) {
            assert_memory_equal(&given, &poison, sizeof given);
            continue;
        }
        assert_int_equal(given.known.size, sizes[i]);
        assert_int_equal(given.known.reserved_word, 0);
        assert_int_equal(given.known.committed_bytes, 5 * FIXTURE_PAGE);
        assert_int_equal(given.known.executable_bytes, 5 * FIXTURE_PAGE);
        assert_int_equal(given.known.refused[2], 0);
        for (at = sizeof given.known; at < sizes[i]; at++)
            assert_int_equal(bytes[at], 0);
        for (at = sizes[i]; at < sizeof given; at++)
            assert_int_equal(bytes[at], 0xdd);
    }
    assert_int_equal(hostmem_get_stats(fixture->instance, NULL), E_POINTER);
    assert_int_equal(hostmem_get_stats(NULL, NULL), E_POINTER);
    expect_success(fixture, IHostMemoryManager_VirtualFree(fixture->manager, memory, 0, MEM_RELEASE));
}

static void stats_without_an_instance_are_left_alone(void **state)
{
    hostmem_stats given, poison;
    (void)state;
    memset(&poison, 0xdd, sizeof poison);
    poison.size = sizeof poison;
    given = poison;
    assert_int_equal(hostmem_get_stats(NULL, &given), E_POINTER);
    assert_memory_equal(&given, &poison, sizeof given);
}

/* ---- hostmem_set_limit ---- */

static HRESULT try_commit(host_fixture *fixture, SIZE_T size, EMemoryCriticalLevel level, void **memory)
{
    return IHostMemoryManager_VirtualAlloc(fixture->manager, NULL, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE,
                                           level, memory);
}

static void limit_can_be_moved_while_memory_is_in_use(void **state)
{
    host_fixture *fixture = *state;
    void *first, *second = COM_POISON, *third;
    hostmem_stats stats;
    assert_int_equal(hostmem_set_limit(NULL, 1), E_POINTER);
    assert_int_equal(try_commit(fixture, 4 * FIXTURE_PAGE, eTaskCritical, &first), S_OK);

    assert_int_equal(hostmem_set_limit(fixture->instance, FIXTURE_PAGE), S_OK);
    stats = host_fixture_stats(fixture);
    assert_int_equal(stats.limit_bytes, FIXTURE_PAGE);
    assert_int_equal(stats.overdraft_bytes, 3 * FIXTURE_PAGE);
    expect_failure(fixture, try_commit(fixture, FIXTURE_PAGE, eTaskCritical, &second), E_OUTOFMEMORY,
                   ERROR_COMMITMENT_LIMIT);
    assert_null(second);
    expect_failure(fixture, try_commit(fixture, FIXTURE_PAGE, eAppDomainCritical, &second), E_OUTOFMEMORY,
                   ERROR_COMMITMENT_LIMIT);
    expect_success(fixture, try_commit(fixture, FIXTURE_PAGE, eProcessCritical, &second));
    stats = host_fixture_stats(fixture);
    assert_int_equal(stats.overdraft_bytes, 4 * FIXTURE_PAGE);
    assert_int_equal(stats.refused[eTaskCritical], 1);
    assert_int_equal(stats.refused[eAppDomainCritical], 1);
    assert_int_equal(stats.refused[eProcessCritical], 0);

    assert_int_equal(hostmem_set_limit(fixture->instance, 0), S_OK);
    expect_success(fixture, try_commit(fixture, 64 * FIXTURE_PAGE, eTaskCritical, &third));
    stats = host_fixture_stats(fixture);
    assert_int_equal(stats.limit_bytes, 0);
    assert_int_equal(stats.overdraft_bytes, 0);
    assert_int_equal(stats.peak_used_bytes, 69 * FIXTURE_PAGE);
    expect_success(fixture, IHostMemoryManager_VirtualFree(fixture->manager, first, 0, MEM_RELEASE));
    expect_success(fixture, IHostMemoryManager_VirtualFree(fixture->manager, second, 0, MEM_RELEASE));
    expect_success(fixture, IHostMemoryManager_VirtualFree(fixture->manager, third, 0, MEM_RELEASE));
    assert_int_equal(host_fixture_stats(fixture).used_bytes, 0);
}

/* ---- Release ---- */

/* Everything that a program does with an instance, through the references that are left. */
static void use(host_fixture *fixture, IHostMemoryManager *manager)
{
    IHostMalloc *heap = NULL;
    void *memory = NULL, *block = NULL;
    MEMORY_BASIC_INFORMATION region;
    SIZE_T written = 0;
    DWORD old = 0;
    expect_success(fixture, IHostMemoryManager_CreateMalloc(manager, MALLOC_THREADSAFE, &heap));
    expect_success(fixture, IHostMalloc_Alloc(heap, 100, eTaskCritical, &block));
    memset(block, 1, 100);
    expect_success(fixture, IHostMalloc_Free(heap, block));
    assert_int_equal(IHostMalloc_Release(heap), 0);
    expect_success(fixture, IHostMemoryManager_VirtualAlloc(manager, NULL, FIXTURE_PAGE, MEM_COMMIT, PAGE_READWRITE,
                                                            eTaskCritical, &memory));
    memset(memory, 1, FIXTURE_PAGE);
    expect_success(fixture, IHostMemoryManager_VirtualQuery(manager, memory, &region, sizeof region, &written));
    expect_success(fixture, IHostMemoryManager_VirtualProtect(manager, memory, 1, PAGE_READONLY, &old));
    expect_success(fixture, IHostMemoryManager_VirtualFree(manager, memory, 0, MEM_RELEASE));
}

static void shutdown_may_be_repeated_and_calls_work_after_it(void **state)
{
    host_fixture *fixture = *state;
    hostmem_shutdown(NULL);
    hostmem_shutdown(fixture->instance);
    use(fixture, fixture->manager);
    hostmem_shutdown(fixture->instance);
    use(fixture, fixture->manager);
    assert_int_equal(hostmem_set_limit(fixture->instance, 0), S_OK);
    assert_int_equal(host_fixture_stats(fixture).used_bytes, 0);
}

static void objects_outlive_the_handle_and_work(void **state)
{
    host_fixture *fixture = *state;
    IHostControl *control;
    IHostMemoryManager *again = NULL;
    assert_int_equal(hostmem_get_control(fixture->instance, NULL, &control), S_OK);
    assert_int_equal(hostmem_release(fixture->instance), 2); /* the control and the manager */
    fixture->instance = NULL;
    use(fixture, fixture->manager);
    assert_int_equal(IHostControl_GetHostManager(control, &IID_IHostMemoryManager, (void **)&again), S_OK);
    assert_ptr_equal(again, fixture->manager);
    IHostMemoryManager_Release(again);
    IHostMemoryManager_Release(fixture->manager);
    fixture->manager = NULL;
    assert_int_equal(IHostControl_GetHostManager(control, &IID_IHostMemoryManager, (void **)&again), S_OK);
    use(fixture, again);
    assert_int_equal(IHostControl_Release(control), 0);
    use(fixture, again);
    assert_int_equal(IHostMemoryManager_Release(again), 0);
    assert_true(sim_os_check(fixture->sim, NULL));
}

static void release_tells_how_many_objects_are_held(void **state)
{
    host_fixture *fixture = *state;
    hostmem *another = host_fixture_another(fixture);
    IHostMemoryManager *manager, *more;
    IHostMalloc *heap;
    assert_int_equal(hostmem_release(NULL), 0);
    assert_int_equal(hostmem_get_manager(another, &manager), S_OK);
    assert_int_equal(hostmem_get_manager(another, &more), S_OK);
    assert_int_equal(IHostMemoryManager_CreateMalloc(manager, MALLOC_THREADSAFE, &heap), S_OK);
    assert_int_equal(hostmem_release(another), 2); /* number of objects, not of references */
    assert_int_equal(IHostMemoryManager_Release(manager), 1);
    assert_int_equal(IHostMemoryManager_Release(more), 0);
    assert_int_equal(IHostMalloc_Release(heap), 0);
    assert_int_equal(hostmem_release(host_fixture_another(fixture)), 0);
}

/* The handle, the manager, the control and a heap are released in each of the 24 orders. The module is released
 * with the handle if that is last; otherwise it stays, because it is not known when a Release has returned. */
static void last_release_frees_everything_in_any_order(void **state)
{
    unsigned order;
    (void)state;
    for (order = 0; order < 4 * 3 * 2; order++) {
        sim_os *sim = sim_os_create(NULL);
        hostmem_config config = {.size = sizeof config, .os = sim_os_functions(sim)};
        unsigned left[] = {0, 1, 2, 3}, number = order, remaining;
        BOOL handle_was_last = FALSE;
        hostmem *instance;
        IHostMemoryManager *manager;
        IHostControl *control;
        IHostMalloc *heap;
        void *block, *memory;
        assert_int_equal(hostmem_create(&config, &instance), S_OK);
        assert_int_equal(hostmem_get_manager(instance, &manager), S_OK);
        assert_int_equal(hostmem_get_control(instance, NULL, &control), S_OK);
        assert_int_equal(IHostMemoryManager_CreateMalloc(manager, MALLOC_THREADSAFE, &heap), S_OK);
        assert_int_equal(IHostMalloc_DebugAlloc(heap, 10, eTaskCritical, "file", 1, &block), S_OK);
        assert_int_equal(IHostMemoryManager_VirtualAlloc(manager, NULL, FIXTURE_PAGE, MEM_COMMIT, PAGE_READWRITE,
                                                         eTaskCritical, &memory),
                         S_OK);
        assert_int_equal(IHostMemoryManager_VirtualFree(manager, memory, 0, MEM_RELEASE), S_OK);
        for (remaining = 4; remaining; number /= remaining, remaining--) {
            unsigned pick = number % remaining, what = left[pick];
            left[pick] = left[remaining - 1];
            assert_false(remaining < 4 && sim_os_calls(sim, SIM_OBJECT_ALLOC) == sim_os_calls(sim, SIM_OBJECT_FREE));
            switch (what) {
            case 0:
                handle_was_last = remaining == 1;
                assert_int_equal(holds_of(sim), 1);
                hostmem_release(instance);
                break;
            case 1:
                IHostMemoryManager_Release(manager);
                break;
            case 2:
                IHostControl_Release(control);
                break;
            default:
                IHostMalloc_Release(heap);
                break;
            }
        }
        assert_true(sim_os_check(sim, NULL));
        assert_int_equal(holds_of(sim), handle_was_last ? 0 : 1);
        sim_os_destroy(sim);
    }
}

static void instances_know_nothing_of_each_other(void **state)
{
    host_fixture *fixture = *state;
    hostmem *another = host_fixture_another(fixture);
    hostmem_stats stats = {.size = sizeof stats};
    IHostMemoryManager *other;
    void *memory = host_fixture_alloc(fixture, NULL, 2 * FIXTURE_PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    assert_int_equal(hostmem_get_manager(another, &other), S_OK);
    assert_ptr_not_equal(other, fixture->manager);

    memset(memory, 0x5a, 2 * FIXTURE_PAGE);
    expect_failure(fixture, IHostMemoryManager_VirtualFree(other, memory, 0, MEM_RELEASE), HOST_E_INVALIDOPERATION,
                   ERROR_INVALID_ADDRESS);
    expect_failure(fixture, IHostMemoryManager_VirtualFree(other, memory, FIXTURE_PAGE, MEM_DECOMMIT),
                   HOST_E_INVALIDOPERATION, ERROR_INVALID_ADDRESS);
    assert_int_equal(((unsigned char *)memory)[FIXTURE_PAGE], 0x5a);
    assert_int_equal(sim_os_calls(fixture->sim, SIM_VIRTUAL_FREE), 0);

    assert_int_equal(hostmem_set_limit(another, 1), S_OK);
    assert_int_equal(hostmem_get_stats(another, &stats), S_OK);
    assert_int_equal(stats.used_bytes + stats.reserved_bytes, 0);
    hostmem_shutdown(another);
    assert_int_equal(host_fixture_stats(fixture).limit_bytes, 0);
    assert_int_equal(IHostMemoryManager_RegisterMemoryNotificationCallback(fixture->manager, NULL), S_OK);
    expect_success(fixture, IHostMemoryManager_VirtualFree(fixture->manager, memory, 0, MEM_RELEASE));
    assert_int_equal(hostmem_release(another), 1);
    assert_int_equal(IHostMemoryManager_Release(other), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(create_without_an_out_pointer_is_refused),
        fixture_test(config_is_checked_by_its_size),
        fixture_test(config_is_copied_and_its_limit_holds),
        cmocka_unit_test(create_leaves_nothing_behind_when_any_of_its_calls_fails),
        fixture_test(get_manager_gives_the_same_object_every_time),
        fixture_test(get_control_makes_a_new_object_every_time),
        fixture_test(stats_of_a_new_instance_are_all_zero),
        fixture_test(stats_are_written_within_the_size_given_and_nowhere_else),
        fixture_test(stats_without_an_instance_are_left_alone),
        fixture_test(limit_can_be_moved_while_memory_is_in_use),
        fixture_test(shutdown_may_be_repeated_and_calls_work_after_it),
        fixture_test(objects_outlive_the_handle_and_work),
        fixture_test(release_tells_how_many_objects_are_held),
        cmocka_unit_test(last_release_frees_everything_in_any_order),
        fixture_test(instances_know_nothing_of_each_other),
    };
    return cmocka_run_group_tests_name("hostmem", tests, NULL, NULL);
}
