/* IHostMalloc as its callers see it: results, last errors, out parameters, and which pointers Free accepts. */
#include "host_fixture.h"

#include <string.h>

/* The alignment of Win32's heaps. */
#define ALIGNMENT ((UINT_PTR)(2 * sizeof(void *)))

static void is_a_com_object(void **state)
{
    IHostMalloc *heap = host_fixture_malloc(*state, MALLOC_THREADSAFE);
    expect_ref(heap, 1);
    expect_com_object(heap, &IID_IHostMalloc);
    expect_query(heap, &IID_IHostMemoryManager, E_NOINTERFACE);
    assert_int_equal(IHostMalloc_AddRef(heap), 2);
    assert_int_equal(IHostMalloc_Release(heap), 1);
    assert_int_equal(IHostMalloc_Release(heap), 0);
}

static void blocks_are_aligned_distinct_and_counted(void **state)
{
    static const SIZE_T sizes[] = {0, 0, 1, 7, 8, 9, 15, 16, 17, 100, 4095, 4096, 4097, 65536, 1000000};
    enum { COUNT = sizeof sizes / sizeof *sizes };
    host_fixture *fixture = *state;
    IHostMalloc *heap = host_fixture_malloc(fixture, MALLOC_THREADSAFE);
    unsigned char *blocks[COUNT];
    UINT64 bytes = 0;
    unsigned i;
    for (i = 0; i < COUNT; i++) {
        void *block = COM_POISON;
        expect_success(fixture, IHostMalloc_Alloc(heap, sizes[i], (EMemoryCriticalLevel)(i % 3), &block));
        assert_non_null(block);
        assert_int_equal((UINT_PTR)block % ALIGNMENT, 0);
        memset(block, (int)i, sizes[i]);
        blocks[i] = block;
        bytes += sizes[i];
        assert_int_equal(host_fixture_stats(fixture).heap_bytes, bytes);
        assert_int_equal(host_fixture_stats(fixture).used_bytes, bytes);
        assert_int_equal(host_fixture_stats(fixture).heap_blocks, i + 1);
    }
    assert_ptr_not_equal(blocks[0], blocks[1]);
    for (i = 0; i < COUNT; i++) {
        SIZE_T at;
        for (at = 0; at < sizes[i]; at++)
            assert_int_equal(blocks[i][at], i);
        expect_success(fixture, IHostMalloc_Free(heap, blocks[i]));
    }
    assert_int_equal(host_fixture_stats(fixture).heap_bytes, 0);
    assert_int_equal(host_fixture_stats(fixture).heap_blocks, 0);
    assert_int_equal(host_fixture_stats(fixture).used_bytes, 0);
    assert_int_equal(host_fixture_stats(fixture).peak_used_bytes, bytes);
    assert_int_equal(IHostMalloc_Release(heap), 0);
}

static void bad_arguments_are_refused_and_change_nothing(void **state)
{
    host_fixture *fixture = *state;
    IHostMalloc *heap = host_fixture_malloc(fixture, MALLOC_THREADSAFE);
    static const int levels[] = {3, 4, -1, 0x7fffffff, -0x7fffffff - 1, 0x100, 0x10000};
    char file[] = "file.cpp";
    void *block;
    UINT64 objects;
    unsigned i;
    sim_os_reset_calls(fixture->sim);
    expect_failure(fixture, IHostMalloc_Alloc(heap, 1, eTaskCritical, NULL), E_POINTER, ERROR_NOACCESS);
    expect_failure(fixture, IHostMalloc_Alloc(heap, 1, (EMemoryCriticalLevel)3, NULL), E_POINTER, ERROR_NOACCESS);
    expect_failure(fixture, IHostMalloc_DebugAlloc(heap, 1, eTaskCritical, file, 1, NULL), E_POINTER, ERROR_NOACCESS);
    for (i = 0; i < sizeof levels / sizeof *levels; i++) {
        EMemoryCriticalLevel level = (EMemoryCriticalLevel)levels[i];
        block = COM_POISON;
        expect_failure(fixture, IHostMalloc_Alloc(heap, 1, level, &block), E_INVALIDARG, ERROR_INVALID_PARAMETER);
        assert_null(block);
        block = COM_POISON;
        expect_failure(fixture, IHostMalloc_DebugAlloc(heap, 1, level, file, 1, &block), E_INVALIDARG,
                       ERROR_INVALID_PARAMETER);
        assert_null(block);
    }
    objects = sim_os_calls(fixture->sim, SIM_OBJECT_ALLOC) + sim_os_calls(fixture->sim, SIM_HEAP_ALLOC);
    assert_int_equal(objects, 0); /* not even the source line is recorded */
    assert_int_equal(IHostMalloc_Release(heap), 0);
}

static void impossible_sizes_are_out_of_memory(void **state)
{
    static const SIZE_T sizes[] = {(SIZE_T)-1,
                                   (SIZE_T)-2,
                                   (SIZE_T)-7,
                                   (SIZE_T)-8,
                                   (SIZE_T)-9,
                                   (SIZE_T)-15,
                                   (SIZE_T)-16,
                                   (SIZE_T)-17,
                                   (SIZE_T)-4096,
                                   (SIZE_T)-65536,
                                   ((SIZE_T)-1 >> 1) + 1,
                                   (SIZE_T)-1 >> 1};
    host_fixture *fixture = *state;
    IHostMalloc *heap = host_fixture_malloc(fixture, MALLOC_THREADSAFE);
    int level;
    unsigned i;
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (level = 0; level < 3; level++) {
            void *block = COM_POISON;
            UINT64 refused = host_fixture_stats(fixture).refused[level];
            expect_failure(fixture, IHostMalloc_Alloc(heap, sizes[i], (EMemoryCriticalLevel)level, &block),
                           E_OUTOFMEMORY, ERROR_NOT_ENOUGH_MEMORY);
            assert_null(block);
            assert_int_equal(host_fixture_stats(fixture).refused[level], refused + 1);
        }
    }
    assert_int_equal(IHostMalloc_Release(heap), 0);
}

/* What is charged while the system works on a call. */
typedef struct budget_probe {
    host_fixture *fixture;
    UINT64 lowest_used;
} budget_probe;

static void look_at_use(void *context, const sim_os_call *call)
{
    budget_probe *probe = context;
    UINT64 used = host_fixture_stats(probe->fixture).used_bytes;
    (void)call;
    if (used < probe->lowest_used)
        probe->lowest_used = used;
}

static void no_request_makes_use_look_smaller(void **state)
{
    host_fixture *fixture = *state;
    IHostMalloc *heap = host_fixture_malloc(fixture, MALLOC_THREADSAFE);
    budget_probe probe = {fixture, ~(UINT64)0};
    void *block, *huge = NULL;
    expect_success(fixture, IHostMalloc_Alloc(heap, 1000, eTaskCritical, &block));
    sim_os_set_hooks(fixture->sim, SIM_SET(SIM_HEAP_ALLOC) | SIM_SET(SIM_VIRTUAL_ALLOC), look_at_use, NULL, &probe);
    expect_failure(fixture, IHostMalloc_Alloc(heap, (SIZE_T)-100, eProcessCritical, &huge), E_OUTOFMEMORY,
                   ERROR_NOT_ENOUGH_MEMORY);
    assert_null(huge);
    assert_int_not_equal(IHostMemoryManager_VirtualAlloc(fixture->manager, NULL, (SIZE_T)-1 - 2 * FIXTURE_GRANULE,
                                                         MEM_COMMIT, PAGE_READWRITE, eProcessCritical, &huge),
                         S_OK);
    assert_null(huge);
    assert_true(probe.lowest_used >= 1000);
    expect_success(fixture, IHostMalloc_Free(heap, block));
    assert_int_equal(IHostMalloc_Release(heap), 0);
}

static void limit_refuses_all_but_the_process_level(void **state)
{
    host_fixture *fixture = *state;
    IHostMalloc *heap = host_fixture_malloc(fixture, MALLOC_THREADSAFE);
    void *fits, *block = COM_POISON, *nothing = NULL;
    hostmem_set_limit(fixture->instance, 1000);
    expect_success(fixture, IHostMalloc_Alloc(heap, 1000, eTaskCritical, &fits));
    expect_failure(fixture, IHostMalloc_Alloc(heap, 1, eTaskCritical, &block), E_OUTOFMEMORY, ERROR_NOT_ENOUGH_MEMORY);
    assert_null(block);
    block = COM_POISON;
    expect_failure(fixture, IHostMalloc_DebugAlloc(heap, 1, eAppDomainCritical, NULL, 0, &block), E_OUTOFMEMORY,
                   ERROR_NOT_ENOUGH_MEMORY);
    assert_null(block);
    expect_success(fixture, IHostMalloc_Alloc(heap, 0, eTaskCritical, &nothing));
    expect_success(fixture, IHostMalloc_Alloc(heap, 24, eProcessCritical, &block));
    assert_int_equal(host_fixture_stats(fixture).overdraft_bytes, 24);
    expect_success(fixture, IHostMalloc_Free(heap, block));
    expect_success(fixture, IHostMalloc_Free(heap, nothing));
    expect_success(fixture, IHostMalloc_Free(heap, fits));
    expect_success(fixture, IHostMalloc_Alloc(heap, 1000, eTaskCritical, &fits));
    assert_int_equal(IHostMalloc_Release(heap), 0);
}

static void every_failing_call_below_is_out_of_memory_and_leaves_nothing(void **state)
{
    host_fixture *fixture = *state;
    UINT32 skip, refusals = 0;
    void *block;
    for (skip = 0;; skip++) {
        IHostMalloc *heap = host_fixture_malloc(fixture, MALLOC_THREADSAFE);
        UINT32 failed;
        block = COM_POISON;
        sim_os_fail(fixture->sim, SIM_ALL_KINDS, skip, 1, ERROR_COMMITMENT_LIMIT);
        host_fixture_before(fixture);
        if (IHostMalloc_Alloc(heap, 64, eTaskCritical, &block) == S_OK) {
            failed = sim_os_failed(fixture->sim);
            assert_non_null(block);
        } else {
            failed = sim_os_failed(fixture->sim);
            host_fixture_after(fixture, E_OUTOFMEMORY, E_OUTOFMEMORY, ERROR_NOT_ENOUGH_MEMORY, TRUE, "Alloc", __FILE__,
                               __LINE__);
            assert_null(block);
            refusals++;
        }
        assert_int_equal(IHostMalloc_Release(heap), 0);
        if (!failed)
            break;
    }
    sim_os_fail(fixture->sim, 0, 0, 0, 0);
    assert_true(refusals >= 2); /* the block and its entry in the bitmap */
}

static void debug_alloc_works_without_memory_for_its_site(void **state)
{
    host_fixture *fixture = *state;
    IHostMalloc *heap = host_fixture_malloc(fixture, MALLOC_THREADSAFE);
    char file[] = "some\\file.cpp";
    void *first, *second, *third;
    sim_os_fail(fixture->sim, SIM_SET(SIM_OBJECT_ALLOC), 0, 1, ERROR_NOT_ENOUGH_MEMORY);
    expect_success(fixture, IHostMalloc_DebugAlloc(heap, 10, eTaskCritical, file, 12, &first));
    assert_int_equal(sim_os_failed(fixture->sim), 1);
    expect_success(fixture, IHostMalloc_DebugAlloc(heap, 10, eTaskCritical, file, -1, &second));
    memset(file, 'x', sizeof file - 1); /* the name is copied */
    expect_success(fixture, IHostMalloc_DebugAlloc(heap, 0, eProcessCritical, NULL, 0, &third));
    expect_success(fixture, IHostMalloc_Free(heap, first));
    expect_success(fixture, IHostMalloc_Free(heap, second));
    expect_success(fixture, IHostMalloc_Free(heap, third));
    assert_int_equal(host_fixture_stats(fixture).heap_blocks, 0);
    assert_int_equal(IHostMalloc_Release(heap), 0);
}

/* ---- Free ---- */

static void free_of_null_is_a_success(void **state)
{
    host_fixture *fixture = *state;
    IHostMalloc *heap = host_fixture_malloc(fixture, 0);
    expect_success_and_no_change(fixture, IHostMalloc_Free(heap, NULL));
    assert_int_equal(sim_os_calls(fixture->sim, SIM_HEAP_FREE), 0);
    assert_int_equal(IHostMalloc_Release(heap), 0);
}

static void free_of_a_foreign_pointer_is_refused_untouched(void **state)
{
    host_fixture *fixture = *state;
    IHostMalloc *heap = host_fixture_malloc(fixture, MALLOC_THREADSAFE);
    IHostMalloc *sibling = host_fixture_malloc(fixture, MALLOC_THREADSAFE);
    hostmem *another = host_fixture_another(fixture);
    IHostMemoryManager *other_manager;
    IHostMalloc *stranger;
    char *block, *large, *of_sibling, *of_stranger, *freed;
    _Alignas(16) char local[64];
    void *pages = host_fixture_alloc(fixture, NULL, FIXTURE_PAGE, MEM_COMMIT, PAGE_READWRITE);
    void *reserved = host_fixture_alloc(fixture, NULL, FIXTURE_PAGE, MEM_RESERVE, PAGE_NOACCESS);
    unsigned i;

    assert_int_equal(hostmem_get_manager(another, &other_manager), S_OK);
    assert_int_equal(IHostMemoryManager_CreateMalloc(other_manager, MALLOC_THREADSAFE, &stranger), S_OK);
    expect_success(fixture, IHostMalloc_Alloc(heap, 256, eTaskCritical, (void **)&block));
    expect_success(fixture, IHostMalloc_Alloc(heap, 1 << 21, eTaskCritical, (void **)&large));
    expect_success(fixture, IHostMalloc_Alloc(heap, 48, eTaskCritical, (void **)&freed));
    expect_success(fixture, IHostMalloc_Alloc(sibling, 256, eTaskCritical, (void **)&of_sibling));
    expect_success(fixture, IHostMalloc_Alloc(stranger, 256, eTaskCritical, (void **)&of_stranger));
    expect_success(fixture, IHostMalloc_Free(heap, freed));
    memset(local, 0x5a, sizeof local);
    sim_os_reset_calls(fixture->sim);
    {
        void *foreign[] = {local,
                           pages,
                           reserved,
                           of_sibling,
                           of_stranger,
                           freed,
                           block + 1,
                           block + ALIGNMENT,
                           block - ALIGNMENT,
                           block + 255,
                           large + 1,
                           large + 4096,
                           large + (1 << 20),
                           (void *)1,
                           (void *)ALIGNMENT,
                           (void *)~(UINT_PTR)0,
                           (void *)(~(UINT_PTR)0 - ALIGNMENT + 1),
                           (void *)(~(UINT_PTR)0 >> 1),
                           (void *)((~(UINT_PTR)0 >> 1) + 1),
                           fixture,
                           heap,
                           fixture->manager};
        for (i = 0; i < sizeof foreign / sizeof *foreign; i++)
            expect_failure(fixture, IHostMalloc_Free(heap, foreign[i]), HOST_E_INVALIDOPERATION, ERROR_INVALID_ADDRESS);
    }
    assert_int_equal(sim_os_calls(fixture->sim, SIM_HEAP_FREE), 0);
    for (i = 0; i < sizeof local; i++)
        assert_int_equal(local[i], 0x5a);

    expect_success(fixture, IHostMalloc_Free(heap, block));
    expect_failure(fixture, IHostMalloc_Free(heap, block), HOST_E_INVALIDOPERATION, ERROR_INVALID_ADDRESS);
    expect_success(fixture, IHostMalloc_Free(heap, large));
    expect_failure(fixture, IHostMalloc_Free(heap, large), HOST_E_INVALIDOPERATION, ERROR_INVALID_ADDRESS);
    expect_success(fixture, IHostMalloc_Free(sibling, of_sibling));
    assert_int_equal(IHostMalloc_Free(stranger, of_stranger), S_OK);
    expect_success(fixture, IHostMemoryManager_VirtualFree(fixture->manager, pages, 0, MEM_RELEASE));
    expect_success(fixture, IHostMemoryManager_VirtualFree(fixture->manager, reserved, 0, MEM_RELEASE));
    assert_int_equal(IHostMalloc_Release(heap), 0);
    assert_int_equal(IHostMalloc_Release(sibling), 0);
    assert_int_equal(IHostMalloc_Release(stranger), 0);
    IHostMemoryManager_Release(other_manager);
    assert_int_equal(hostmem_release(another), 0);
}

#if !defined(HOSTMEM_TEST_ON_MIMALLOC) /* mimalloc refuses none */
static void free_that_the_system_refuses_leaves_the_block_alive(void **state)
{
    host_fixture *fixture = *state;
    IHostMalloc *heap = host_fixture_malloc(fixture, MALLOC_THREADSAFE);
    void *block;
    expect_success(fixture, IHostMalloc_Alloc(heap, 40, eTaskCritical, &block));
    sim_os_fail(fixture->sim, SIM_SET(SIM_HEAP_FREE), 0, 1, ERROR_INVALID_PARAMETER);
    expect_failure(fixture, IHostMalloc_Free(heap, block), E_INVALIDARG, ERROR_INVALID_PARAMETER);
    memset(block, 1, 40);
    expect_success(fixture, IHostMalloc_Free(heap, block));
    assert_int_equal(host_fixture_stats(fixture).heap_blocks, 0);
    assert_int_equal(IHostMalloc_Release(heap), 0);
}
#endif

/* ---- The end of a heap ---- */

static void released_heap_refunds_what_was_alive_in_it(void **state)
{
    host_fixture *fixture = *state;
    IHostMalloc *heap = host_fixture_malloc(fixture, MALLOC_THREADSAFE);
    IHostMalloc *sibling = host_fixture_malloc(fixture, 0);
    void *block, *survivor;
    unsigned i;
    expect_success(fixture, IHostMalloc_Alloc(sibling, 77, eTaskCritical, &survivor));
    for (i = 0; i < 1000; i++)
        expect_success(fixture, IHostMalloc_Alloc(heap, i, eTaskCritical, &block));
    IHostMalloc_AddRef(heap);
    assert_int_equal(IHostMalloc_Release(heap), 1);
    assert_int_equal(host_fixture_stats(fixture).heap_blocks, 1001);
    assert_int_equal(IHostMalloc_Release(heap), 0);
    assert_int_equal(host_fixture_stats(fixture).heap_blocks, 1);
    assert_int_equal(host_fixture_stats(fixture).heap_bytes, 77);
    assert_int_equal(host_fixture_stats(fixture).used_bytes, 77);
    expect_success(fixture, IHostMalloc_Free(sibling, survivor));
    assert_int_equal(IHostMalloc_Release(sibling), 0);
}

static void heap_works_after_everything_else_is_gone(void **state)
{
    host_fixture *fixture = *state;
    IHostMalloc *heap = host_fixture_malloc(fixture, MALLOC_THREADSAFE);
    void *block;
    expect_success(fixture, IHostMalloc_Alloc(heap, 8, eTaskCritical, &block));
    assert_int_equal(IHostMemoryManager_Release(fixture->manager), 1);
    assert_int_equal(hostmem_release(fixture->instance), 1);
    fixture->manager = NULL;
    fixture->instance = NULL;
    expect_success(fixture, IHostMalloc_Free(heap, block));
    expect_failure(fixture, IHostMalloc_Free(heap, block), HOST_E_INVALIDOPERATION, ERROR_INVALID_ADDRESS);
    expect_success(fixture, IHostMalloc_DebugAlloc(heap, 8, eTaskCritical, NULL, 1, &block));
    assert_int_equal(IHostMalloc_Release(heap), 0);
    assert_true(sim_os_check(fixture->sim, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(is_a_com_object),
        fixture_test(blocks_are_aligned_distinct_and_counted),
        fixture_test(bad_arguments_are_refused_and_change_nothing),
        fixture_test(impossible_sizes_are_out_of_memory),
        fixture_test(no_request_makes_use_look_smaller),
        fixture_test(limit_refuses_all_but_the_process_level),
        fixture_test(every_failing_call_below_is_out_of_memory_and_leaves_nothing),
        fixture_test(debug_alloc_works_without_memory_for_its_site),
        fixture_test(free_of_null_is_a_success),
        fixture_test(free_of_a_foreign_pointer_is_refused_untouched),
#if !defined(HOSTMEM_TEST_ON_MIMALLOC)
        fixture_test(free_that_the_system_refuses_leaves_the_block_alive),
#endif
        fixture_test(released_heap_refunds_what_was_alive_in_it),
        fixture_test(heap_works_after_everything_else_is_gone),
    };
    return cmocka_run_group_tests_name("host_malloc", tests, NULL, NULL);
}
