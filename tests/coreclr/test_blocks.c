/* Blocks with an owner and a size over both kinds of heaps: the library's own, which knows the size, and another
 * manager's, whose blocks get a header. Every test runs with both. */
#include "check.h"

#include <string.h>

#include "core_state.h"
#include "com/host_malloc.h"
#include "com/memory_manager.h"
#include "coreclr/blocks.h"
#include "stranger.h"

typedef struct fixture {
    check_fixture check;
    stranger other;
    IHostMemoryManager *manager;
    hmi_blocks blocks;
    bool own;
} fixture;

static int setup(void **state, bool own)
{
    fixture *f = calloc(1, sizeof *f);
    f->own = own;
    check_create(&f->check);
    stranger_init(&f->other);
    if (own)
        assert_int_equal(hmi_memory_manager_create(f->check.core, &f->manager), 0);
    else
        f->manager = &f->other.manager;
    assert_int_equal(hmi_blocks_init(&f->blocks, f->check.os, f->manager, MALLOC_THREADSAFE), S_OK);
    *state = f;
    return 0;
}

static int setup_own(void **state)
{
    return setup(state, true);
}

static int setup_other(void **state)
{
    return setup(state, false);
}

static int teardown(void **state)
{
    fixture *f = *state;
    bool clean;
    hmi_blocks_destroy(&f->blocks);
    if (f->own)
        f->manager->lpVtbl->Release(f->manager);
    clean = check_destroy(&f->check) && !f->other.blocks && !f->other.heap_references;
    free(f);
    return clean ? 0 : -1;
}

static void *alloc(fixture *f, SIZE_T size)
{
    void *block = hmi_blocks_alloc(&f->blocks, size, eTaskCritical, NULL);
    assert_non_null(block);
    assert_int_equal((UINT_PTR)block % MEMORY_ALLOCATION_ALIGNMENT, 0);
    memset(block, 0xaa, size);
    return block;
}

static void no_second_head_is_made(void **state)
{
    fixture *f = *state;
    void *block = alloc(f, 100);
    assert_int_equal(f->blocks.own != NULL, f->own);
    if (f->own)
        assert_int_equal(check_stats(&f->check).heap_bytes, 100);
    else
        assert_int_equal(f->other.block_bytes, 100 + MEMORY_ALLOCATION_ALIGNMENT);
    assert_true(hmi_blocks_free(&f->blocks, block));
}

static void blocks_have_the_size_that_was_asked_for(void **state)
{
    static const SIZE_T sizes[] = {0, 1, 15, 16, 17, 4095, 100000};
    fixture *f = *state;
    size_t i;
    for (i = 0; i < CHECK_COUNT_OF(sizes); i++) {
        void *block = alloc(f, sizes[i]);
        SIZE_T size = 1;
        assert_true(hmi_blocks_size(&f->blocks, block, &size));
        assert_int_equal(size, sizes[i]);
        assert_true(hmi_blocks_free(&f->blocks, block));
        assert_false(hmi_blocks_size(&f->blocks, block, &size));
        assert_int_equal(size, 0);
    }
}

/* They are not read; nothing is counted or reported, and no error is set. */
static void blocks_of_others_are_told_untouched(void **state)
{
    fixture *f = *state;
    char *block = alloc(f, 64);
    void *const others[] = {NULL, block + 8, block + 16, (void *)16, (void *)(UINTPTR_MAX - 15), f, block};
    UINT64 frees;
    size_t i;
    SIZE_T size;
    assert_true(hmi_blocks_free(&f->blocks, block));
    frees = check_stats(&f->check).calls[HOSTMEM_CALL_FREE];
    f->check.os->set_last_error(f->check.os, CHECK_LAST_ERROR);
    for (i = 0; i < CHECK_COUNT_OF(others); i++) {
        assert_false(hmi_blocks_free(&f->blocks, others[i]));
        assert_false(hmi_blocks_size(&f->blocks, others[i], &size));
    }
    assert_int_equal(f->check.os->get_last_error(f->check.os), CHECK_LAST_ERROR);
    assert_int_equal(check_stats(&f->check).calls[HOSTMEM_CALL_FREE], frees);
    assert_int_equal(f->other.blocks, 0);
}

static void refusals_give_no_block(void **state)
{
    fixture *f = *state;
    assert_true(hmi_budget_set_limit(f->check.core->budget, 1000));
    f->other.refuse = E_OUTOFMEMORY;
    assert_null(hmi_blocks_alloc(&f->blocks, 1001, eTaskCritical, NULL));
    assert_null(hmi_blocks_alloc(&f->blocks, SIZE_MAX, eProcessCritical, NULL));
    assert_null(hmi_blocks_alloc(&f->blocks, SIZE_MAX - 8, eProcessCritical, NULL));
    f->other.refuse = S_OK;
    assert_false(hmi_blocks_any(&f->blocks));
}

static void without_memory_for_its_bit_there_is_no_block(void **state)
{
    fixture *f = *state;
    sim_os_fail(f->check.sim, SIM_SET(SIM_TABLE_COMMIT) | SIM_SET(SIM_TABLE_RESERVE), 0, 1, ERROR_NOT_ENOUGH_MEMORY);
    assert_null(hmi_blocks_alloc(&f->blocks, 100, eTaskCritical, NULL));
    sim_os_fail(f->check.sim, 0, 0, 0, 0);
    assert_int_equal(f->other.blocks, 0);
    assert_false(hmi_blocks_any(&f->blocks));
    assert_true(hmi_blocks_free(&f->blocks, alloc(f, 100)));
}

static void sizes_change_and_what_is_in_them_stays(void **state)
{
    fixture *f = *state;
    char *block = alloc(f, 100), *larger, *smaller;
    char expected[200];
    SIZE_T size;
    memset(expected, 0xaa, 100);
    memset(expected + 100, 0, 100);
    larger = hmi_blocks_resize(&f->blocks, block, 100, 200, eTaskCritical, true, NULL);
    assert_memory_equal(larger, expected, 200);
    assert_true(hmi_blocks_size(&f->blocks, larger, &size));
    assert_int_equal(size, 200);
    smaller = hmi_blocks_resize(&f->blocks, larger, 200, 50, eTaskCritical, true, NULL);
    assert_memory_equal(smaller, expected, 50);
    assert_ptr_equal(hmi_blocks_resize(&f->blocks, smaller, 50, 50, eTaskCritical, false, NULL), smaller);
    assert_true(hmi_blocks_free(&f->blocks, smaller));
    assert_false(hmi_blocks_any(&f->blocks));
}

static void a_block_that_cannot_grow_stays_and_one_that_shrinks_does_not_fail(void **state)
{
    fixture *f = *state;
    char *block = alloc(f, 100);
    SIZE_T size;
    assert_true(hmi_budget_set_limit(f->check.core->budget, 1));
    f->other.refuse = E_OUTOFMEMORY;
    assert_null(hmi_blocks_resize(&f->blocks, block, 100, 101, eTaskCritical, false, NULL));
    assert_ptr_equal(hmi_blocks_resize(&f->blocks, block, 100, 99, eTaskCritical, false, NULL), block);
    assert_true(hmi_blocks_size(&f->blocks, block, &size));
    assert_int_equal(size, 100);
    assert_int_equal((unsigned char)block[99], 0xaa);
    assert_true(hmi_blocks_free(&f->blocks, block));
    f->other.refuse = S_OK;
}

static void blocks_that_are_left_go_with_the_heap(void **state)
{
    fixture *f = *state;
    int i;
    for (i = 0; i < 100; i++)
        alloc(f, 100);
    assert_true(hmi_blocks_any(&f->blocks)); /* and the teardown finds none */
}

static void a_heap_that_is_refused_is_none(void **state)
{
    fixture *f = *state;
    hmi_blocks blocks;
    stranger other;
    stranger_init(&other);
    other.refuse = HOST_E_CLRNOTAVAILABLE;
    assert_int_equal((UINT32)hmi_blocks_init(&blocks, f->check.os, &other.manager, 0), (UINT32)HOST_E_CLRNOTAVAILABLE);
    hmi_blocks_destroy(&blocks);
    other.refuse = S_FALSE;
    assert_int_equal((UINT32)hmi_blocks_init(&blocks, f->check.os, &other.manager, 0), (UINT32)E_UNEXPECTED);
    other.refuse = S_OK;
    sim_os_fail(f->check.sim, SIM_SET(SIM_TABLE_RESERVE), 0, 1, ERROR_NOT_ENOUGH_MEMORY);
    assert_int_equal((UINT32)hmi_blocks_init(&blocks, f->check.os, &other.manager, 0), (UINT32)E_OUTOFMEMORY);
    sim_os_fail(f->check.sim, 0, 0, 0, 0);
    assert_int_equal(other.heap_references, 0);
}

int main(void)
{
#define both(function)                                              \
    {#function " (own)", function, setup_own, teardown, NULL},      \
    {                                                               \
#function " (other)", function, setup_other, teardown, NULL \
    }
    const struct CMUnitTest tests[] = {
        both(no_second_head_is_made),
        both(blocks_have_the_size_that_was_asked_for),
        both(blocks_of_others_are_told_untouched),
        both(refusals_give_no_block),
        both(without_memory_for_its_bit_there_is_no_block),
        both(sizes_change_and_what_is_in_them_stays),
        both(a_block_that_cannot_grow_stays_and_one_that_shrinks_does_not_fail),
        both(blocks_that_are_left_go_with_the_heap),
        both(a_heap_that_is_refused_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
