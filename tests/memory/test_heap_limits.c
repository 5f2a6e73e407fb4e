/* The heap: its cost, sizes up to the maximum, refusals by the limit and by each call of the operating system, and
 * other threads in the middle of a Free. */
#include "heap_check.h"
#include "core_state.h"

#include <string.h>

#define ALIGNMENT ((SIZE_T)MEMORY_ALLOCATION_ALIGNMENT)

static void sizes_that_nobody_has_are_refused_at_every_level(void **state)
{
    static const SIZE_T sizes[] = {
        SIZE_MAX,         SIZE_MAX - 1, SIZE_MAX - ALIGNMENT + 1, SIZE_MAX - ALIGNMENT, SIZE_MAX - ALIGNMENT - 1,
        SIZE_MAX / 2 + 1, SIZE_MAX / 2};
    static const UINT64 limits[] = {0, 1000, UINT64_MAX - 1};
    heap_fixture *f = *state;
    size_t size, limit;
    int level;
    for (limit = 0; limit < CHECK_COUNT_OF(limits); limit++) {
        hmi_budget_set_limit(f->books.core->budget, limits[limit]);
        for (size = 0; size < CHECK_COUNT_OF(sizes); size++) {
            for (level = 0; level < 3; level++)
                heap_alloc_refused(f, sizes[size], (EMemoryCriticalLevel)level);
        }
    }
    heap_is(f, 0, 0);
    assert_int_equal(check_stats(&f->books).peak_used_bytes, 0);
}

static void the_limit_counts_what_callers_asked_for(void **state)
{
    heap_fixture *f = *state;
    void *first, *second, *third;
    hmi_budget_set_limit(f->books.core->budget, 100);
    first = heap_alloc(f, 60);
    heap_alloc_refused(f, 41, eTaskCritical);
    heap_alloc_refused(f, 41, eAppDomainCritical);
    second = heap_alloc(f, 40);
    heap_alloc_refused(f, 1, eTaskCritical);
    heap_free_ok(f, heap_alloc(f, 0));
    third = heap_alloc_at(f, 50, eProcessCritical);
    heap_is(f, 150, 3);
    assert_int_equal(check_stats(&f->books).overdraft_bytes, 50);
    assert_int_equal(check_stats(&f->books).peak_used_bytes, 150);
    heap_alloc_refused(f, 1, eAppDomainCritical);
    heap_free_ok(f, first);
    heap_alloc_refused(f, 11, eTaskCritical);
    heap_free_ok(f, heap_alloc(f, 10));
    heap_free_ok(f, second);
    heap_free_ok(f, third);
    heap_is(f, 0, 0);
}

static void no_system_call_is_made_for_what_the_limit_refuses(void **state)
{
    heap_fixture *f = *state;
    hmi_budget_set_limit(f->books.core->budget, 1);
    sim_os_reset_calls(f->books.sim);
    heap_alloc_refused(f, 2, eTaskCritical);
    assert_int_equal(sim_os_calls(f->books.sim, SIM_HEAP_ALLOC), 0);
}

static void a_heap_that_cannot_be_made_leaves_nothing(void **state)
{
    heap_fixture *f = *state;
    hmi_heap *heap = CHECK_POISON;
    UINT32 skip, error;
    for (skip = 0;; skip++) {
        sim_os_totals before, after;
        sim_os_total(f->books.sim, &before);
        sim_os_fail(f->books.sim, SIM_ALL_KINDS, skip, 1, ERROR_NOT_ENOUGH_MEMORY);
        error = hmi_heap_create(f->books.core, MALLOC_THREADSAFE, &heap);
        if (!sim_os_failed(f->books.sim))
            break;
        assert_int_equal(error, ERROR_NOT_ENOUGH_MEMORY);
        assert_ptr_equal(heap, CHECK_POISON);
        sim_os_total(f->books.sim, &after);
        assert_memory_equal(&before, &after, sizeof before);
    }
    assert_int_equal(error, 0);
#if defined(HOSTMEM_TEST_ON_MIMALLOC)
    assert_int_equal(skip, 2);
#else
    assert_int_equal(skip, 3);
#endif
    hmi_heap_destroy(heap);
}

static void an_alloc_survives_the_refusal_of_every_call(void **state)
{
    UINT32 skip, failed = 1;
    for (skip = 0; failed; skip++) {
        heap_fixture *f;
        void *block = CHECK_POISON;
        HRESULT hr;
        assert_int_equal(heap_teardown(state), 0);
        assert_int_equal(heap_setup(state), 0);
        f = *state;
        /* Whatever the system's error, a heap that refuses is out of memory. */
        sim_os_fail(f->books.sim, SIM_ALL_KINDS, skip, 1, ERROR_INVALID_HANDLE);
        hr = hmi_heap_alloc(f->heap, 100, eAppDomainCritical, NULL, &block);
        failed = sim_os_failed(f->books.sim);
        sim_os_fail(f->books.sim, 0, 0, 0, 0);
        if (failed) {
            assert_int_equal((UINT32)hr, (UINT32)E_OUTOFMEMORY);
            assert_ptr_equal(block, CHECK_POISON);
            assert_int_equal(f->books.os->get_last_error(f->books.os), 8);
            assert_int_equal(check_stats(&f->books).refused[eAppDomainCritical], 1);
            heap_is(f, 0, 0);
            block = heap_alloc(f, 100);
        } else {
            assert_int_equal(hr, S_OK);
        }
        heap_is(f, 100, 1);
        heap_free_ok(f, block);
    }
    assert_true(skip > 4);
}

#if !defined(HOSTMEM_TEST_ON_MIMALLOC) /* these need the simulated heap's hooks; test_mimalloc.c has tests of its own */
static void a_free_that_the_system_refuses_leaves_the_block(void **state)
{
    heap_fixture *f = *state;
    char *block = heap_alloc(f, 33);
    memset(block, 0x42, 33);
    sim_os_fail(f->books.sim, SIM_SET(SIM_HEAP_FREE), 0, 1, ERROR_INVALID_PARAMETER);
    fails(&f->books, CHECK_UNCOUNTED, E_INVALIDARG, 87, hmi_heap_free(f->heap, block));
    heap_is(f, 33, 1);
    assert_int_equal(block[32], 0x42);
    heap_free_ok(f, block);
    heap_is(f, 0, 0);
}

/* Another thread, in the middle of this thread's Free. */
typedef struct other {
    heap_fixture *f;
    void *block;
    HRESULT hr;
    void *allocated;
} other;

static void free_it_too(void *context, const sim_os_call *call)
{
    other *self = context;
    (void)call;
    self->hr = hmi_heap_free(self->f->heap, self->block);
}

static void alloc_after_it(void *context, const sim_os_call *call)
{
    other *self = context;
    (void)call;
    self->hr = hmi_heap_alloc(self->f->heap, 48, eTaskCritical, NULL, &self->allocated);
}

static void of_two_frees_of_a_block_one_is_refused(void **state)
{
    heap_fixture *f = *state;
    other thread = {.f = f, .block = heap_alloc(f, 48)};
    sim_os_set_hooks(f->books.sim, SIM_SET(SIM_HEAP_FREE), free_it_too, NULL, &thread);
    heap_free_ok(f, thread.block);
    assert_int_equal((UINT32)thread.hr, (UINT32)HOST_E_INVALIDOPERATION);
    heap_is(f, 0, 0);
}

static void memory_may_be_a_block_again_the_moment_it_is_free(void **state)
{
    heap_fixture *f = *state;
    other thread = {.f = f, .block = heap_alloc(f, 48)};
    sim_os_set_hooks(f->books.sim, SIM_SET(SIM_HEAP_FREE), NULL, alloc_after_it, &thread);
    heap_free_ok(f, thread.block);
    assert_int_equal(thread.hr, S_OK);
    sim_os_set_hooks(f->books.sim, 0, NULL, NULL, NULL);
    heap_is(f, 48, 1);
    heap_free_ok(f, thread.allocated);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        heap_test(sizes_that_nobody_has_are_refused_at_every_level),
        heap_test(the_limit_counts_what_callers_asked_for),
        heap_test(no_system_call_is_made_for_what_the_limit_refuses),
        heap_test(a_heap_that_cannot_be_made_leaves_nothing),
        heap_test(an_alloc_survives_the_refusal_of_every_call),
#if !defined(HOSTMEM_TEST_ON_MIMALLOC)
        heap_test(a_free_that_the_system_refuses_leaves_the_block),
        heap_test(of_two_frees_of_a_block_one_is_refused),
        heap_test(memory_may_be_a_block_again_the_moment_it_is_free),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
