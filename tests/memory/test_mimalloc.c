/* Which blocks come from mimalloc, and that mimalloc gets all of them back. */
#include "host_fixture.h"

#include <corerror.h>
#include <mimalloc.h>
#include <string.h>

#include "with_mimalloc.h"

#define BLOCKS 2000

static void only_executable_heaps_stay_on_win32(void **state)
{
    static const struct {
        DWORD type;
        BOOL is_mimallocs;
    } types[] = {
        {0, TRUE},
        {MALLOC_THREADSAFE, TRUE},
        {MALLOC_EXECUTABLE, FALSE},
        {MALLOC_THREADSAFE | MALLOC_EXECUTABLE, FALSE},
    };
    host_fixture *fixture = *state;
    unsigned i;
    for (i = 0; i < sizeof types / sizeof *types; i++) {
        IHostMalloc *heap = host_fixture_malloc(fixture, types[i].type);
        void *block = NULL;
        expect_success(fixture, IHostMalloc_Alloc(heap, 100, eTaskCritical, &block));
        assert_int_equal(mi_is_in_heap_region(block), types[i].is_mimallocs);
        expect_success(fixture, IHostMalloc_Free(heap, block));
        assert_int_equal(IHostMalloc_Release(heap), 0);
    }
}

/* mimalloc itself puts blocks of 16 bytes side by side. */
static void the_smallest_blocks_keep_their_distance(void **state)
{
    host_fixture *fixture = *state;
    IHostMalloc *heap = host_fixture_malloc(fixture, MALLOC_THREADSAFE);
    static void *blocks[BLOCKS];
    unsigned i;
    for (i = 0; i < BLOCKS; i++) {
        expect_success(fixture, IHostMalloc_Alloc(heap, 0, eTaskCritical, &blocks[i]));
        assert_true(!i || ((UINT_PTR)blocks[i] - (UINT_PTR)blocks[i - 1] >= HMI_OS_BLOCK_DISTANCE &&
                           (UINT_PTR)blocks[i - 1] - (UINT_PTR)blocks[i] >= HMI_OS_BLOCK_DISTANCE));
    }
    for (i = 0; i < BLOCKS; i++)
        expect_success(fixture, IHostMalloc_Free(heap, blocks[i]));
    assert_int_equal(IHostMalloc_Release(heap), 0);
}

/* If they were lost, all new ones would be elsewhere. */
static void blocks_left_in_a_released_heap_are_used_again(void **state)
{
    host_fixture *fixture = *state;
    static void *left[BLOCKS];
    unsigned round, i, again = 0;
    for (round = 0; round < 2; round++) {
        IHostMalloc *heap = host_fixture_malloc(fixture, MALLOC_THREADSAFE);
        for (i = 0; i < BLOCKS; i++) {
            void *block = NULL;
            unsigned j;
            expect_success(fixture, IHostMalloc_Alloc(heap, 1000, eTaskCritical, &block));
            for (j = 0; round && j < BLOCKS; j++)
                again += left[j] == block;
            if (!round)
                left[i] = block;
        }
        assert_int_equal(host_fixture_stats(fixture).heap_blocks, BLOCKS);
        assert_int_equal(IHostMalloc_Release(heap), 0);
        assert_int_equal(host_fixture_stats(fixture).heap_blocks, 0);
        assert_int_equal(host_fixture_stats(fixture).heap_bytes, 0);
    }
    assert_true(again > BLOCKS / 2);
}

/* Threads may have been ended inside of mimalloc. */
static void nothing_goes_through_mimalloc_while_the_process_ends(void **state)
{
    host_fixture *fixture = *state;
    IHostMalloc *heap = host_fixture_malloc(fixture, MALLOC_THREADSAFE);
    void *early = NULL, *late = NULL;
    expect_success(fixture, IHostMalloc_Alloc(heap, 100, eTaskCritical, &early));
    sim_os_set_process_ending(fixture->sim, TRUE);
    expect_success(fixture, IHostMalloc_Alloc(heap, 100, eTaskCritical, &late));
    assert_false(mi_is_in_heap_region(late));
    memset(late, 1, 100);
    expect_success(fixture, IHostMalloc_Free(heap, late));
    expect_success(fixture, IHostMalloc_Free(heap, early));
    assert_int_equal(host_fixture_stats(fixture).heap_blocks, 0);
    sim_os_set_process_ending(fixture->sim, FALSE);
    /* Both are still allocated, which the teardown would report. */
    mi_free((char *)early - MEMORY_ALLOCATION_ALIGNMENT);
    assert_int_equal(fixture->os->virtual_free(fixture->os, (char *)late - MEMORY_ALLOCATION_ALIGNMENT, 0, MEM_RELEASE),
                     0);
    assert_int_equal(IHostMalloc_Release(heap), 0);
}

/* Another thread, in the middle of this thread's Free. */
typedef struct other {
    IHostMalloc *heap;
    void *block;
    HRESULT hr;
} other;

static void free_it_too(void *context)
{
    other *self = context;
    self->hr = IHostMalloc_Free(self->heap, self->block);
}

static void of_two_frees_of_a_block_one_is_refused(void **state)
{
    host_fixture *fixture = *state;
    other thread = {.heap = host_fixture_malloc(fixture, MALLOC_THREADSAFE), .hr = E_PENDING};
    expect_success(fixture, IHostMalloc_Alloc(thread.heap, 48, eTaskCritical, &thread.block));
    with_mimalloc_when_freeing(free_it_too, &thread);
    assert_int_equal(IHostMalloc_Free(thread.heap, thread.block), S_OK);
    assert_int_equal(thread.hr, HOST_E_INVALIDOPERATION);
    assert_int_equal(host_fixture_stats(fixture).heap_blocks, 0);
    assert_int_equal(IHostMalloc_Release(thread.heap), 0);
}

/* Smaller than the address space, so that mimalloc refuses it. */
static void what_mimalloc_has_not_is_out_of_memory(void **state)
{
    host_fixture *fixture = *state;
    IHostMalloc *heap = host_fixture_malloc(fixture, MALLOC_THREADSAFE);
    const SIZE_T much = sizeof(SIZE_T) == 8 ? (SIZE_T)(1ull << 40) : 0x70000000u;
    void *block = COM_POISON;
    expect_failure(fixture, IHostMalloc_Alloc(heap, much, eTaskCritical, &block), E_OUTOFMEMORY,
                   ERROR_NOT_ENOUGH_MEMORY);
    assert_null(block);
    assert_int_equal(IHostMalloc_Release(heap), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(only_executable_heaps_stay_on_win32),
        fixture_test(the_smallest_blocks_keep_their_distance),
        fixture_test(blocks_left_in_a_released_heap_are_used_again),
        fixture_test(nothing_goes_through_mimalloc_while_the_process_ends),
        fixture_test(of_two_frees_of_a_block_one_is_refused),
        fixture_test(what_mimalloc_has_not_is_out_of_memory),
    };
    return cmocka_run_group_tests_name("mimalloc", tests, NULL, NULL);
}
