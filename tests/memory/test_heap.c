/* The heap: every block that it returns, every pointer that it must refuse, and what is reported to its owner. */
#include "heap_check.h"
#include "core_state.h"

#include <stdlib.h>
#include <string.h>

#define ALIGNMENT ((SIZE_T)MEMORY_ALLOCATION_ALIGNMENT)

/* Refused before the operating system is called. */
static void free_refused(heap_fixture *f, void *block)
{
    UINT64 calls = 0;
    int kind;
    sim_os_reset_calls(f->books.sim);
    fails(&f->books, CHECK_UNCOUNTED, HOST_E_INVALIDOPERATION, 487, hmi_heap_free(f->heap, block));
    for (kind = 0; kind < SIM_KIND_COUNT; kind++)
        calls += sim_os_calls(f->books.sim, (sim_os_kind)kind);
    assert_int_equal(calls, 0);
}

static void blocks_are_aligned_counted_and_whole(void **state)
{
    static const SIZE_T sizes[] = {0, 1, 7, 8, 9, 15, 16, 17, 31, 100, 4095, 4096, 65536, 1 << 20, (5 << 20) + 3};
    heap_fixture *f = *state;
    void *blocks[CHECK_COUNT_OF(sizes)];
    UINT64 bytes = 0;
    size_t i;
    for (i = 0; i < CHECK_COUNT_OF(sizes); i++) {
        blocks[i] = heap_alloc(f, sizes[i]);
        assert_int_equal((UINT_PTR)blocks[i] % ALIGNMENT, 0);
        memset(blocks[i], (int)i, sizes[i]);
        bytes += sizes[i];
        heap_is(f, bytes, i + 1);
    }
    for (i = 0; i < CHECK_COUNT_OF(sizes); i++) {
        if (sizes[i])
            assert_int_equal(((unsigned char *)blocks[i])[sizes[i] - 1], i);
        heap_free_ok(f, blocks[i]);
        bytes -= sizes[i];
        heap_is(f, bytes, CHECK_COUNT_OF(sizes) - 1 - i);
    }
}

static void every_empty_block_is_one_of_its_own(void **state)
{
    heap_fixture *f = *state;
    void *first = heap_alloc(f, 0), *second = heap_alloc(f, 0);
    assert_ptr_not_equal(first, second);
    heap_is(f, 0, 2);
    heap_free_ok(f, first);
    heap_is(f, 0, 1);
    free_refused(f, first);
    heap_free_ok(f, second);
}

/* So that each has its own mark, whatever the allocator below makes of small sizes. */
static void the_smallest_blocks_keep_their_distance(void **state)
{
    enum { BLOCKS = 500 };
    heap_fixture *f = *state;
    char *blocks[BLOCKS];
    size_t i, j;
    for (i = 0; i < BLOCKS; i++) {
        blocks[i] = heap_alloc(f, i % 2);
        for (j = 0; j < i; j++)
            assert_true((SIZE_T)(blocks[i] > blocks[j] ? blocks[i] - blocks[j] : blocks[j] - blocks[i]) >=
                        HMI_OS_BLOCK_DISTANCE);
    }
    heap_is(f, BLOCKS / 2, BLOCKS);
    for (i = 0; i < BLOCKS; i++)
        heap_free_ok(f, blocks[i]);
    heap_is(f, 0, 0);
}

static void whatever_is_no_block_is_refused_untouched(void **state)
{
    static const SIZE_T sizes[] = {64, 3 << 20};
    heap_fixture *f = *state;
    char on_the_stack[64];
    size_t i;
    for (i = 0; i < CHECK_COUNT_OF(sizes); i++) {
        char *block = heap_alloc(f, sizes[i]), *freed = heap_alloc(f, sizes[i]);
        char *foreign = malloc(sizes[i]);
        SIZE_T offset;
        memset(block, 0x42, sizes[i]);
        assert_non_null(foreign);
        heap_free_ok(f, freed);
        free_refused(f, freed);
        free_refused(f, freed);
        for (offset = 1; offset < sizes[i]; offset = offset < 64 ? offset + 1 : offset * 2)
            free_refused(f, block + offset);
        free_refused(f, block + sizes[i] - 1);
        free_refused(f, block - 1);
        free_refused(f, block - ALIGNMENT); /* the header */
        free_refused(f, foreign);
        assert_int_equal(block[0], 0x42);
        assert_int_equal(block[sizes[i] - 1], 0x42);
        heap_free_ok(f, block);
        free(foreign);
    }
    free_refused(f, NULL);
    free_refused(f, on_the_stack);
    free_refused(f, (void *)(UINT_PTR)&hmi_heap_create);
    free_refused(f, (void *)ALIGNMENT);
    free_refused(f, (void *)UINTPTR_MAX);
    free_refused(f, (void *)(UINTPTR_MAX - (ALIGNMENT - 1)));
    free_refused(f, (void *)(f->books.core->info.highest_address + 1));
    heap_is(f, 0, 0);
}

static void another_heaps_block_is_foreign(void **state)
{
    heap_fixture *f = *state;
    hmi_heap *own = f->heap, *other = NULL;
    void *block = heap_alloc(f, 10);
    assert_int_equal(hmi_heap_create(f->books.core, 0, &other), 0);
    f->heap = other;
    free_refused(f, block);
    f->heap = own;
    heap_is(f, 10, 1);
    succeeds(&f->books, hmi_heap_free(own, block));
    hmi_heap_destroy(other);
}

static void a_destroyed_heap_refunds_what_was_alive_in_it(void **state)
{
    heap_fixture *f = *state;
    hmi_heap *other = NULL;
    void *block = CHECK_POISON;
    SIZE_T size;
    UINT64 bytes = 0;
    heap_alloc(f, 11);
    assert_int_equal(hmi_heap_create(f->books.core, MALLOC_THREADSAFE | MALLOC_EXECUTABLE, &other), 0);
    for (size = 0; size < 1000; size++) {
        assert_int_equal(hmi_heap_alloc(other, size, eTaskCritical, NULL, &block), S_OK);
        bytes += size;
    }
    assert_int_equal(hmi_heap_free(other, block), S_OK);
    heap_is(f, 11 + bytes - 999, 1000);
    hmi_heap_destroy(other);
    heap_is(f, 11, 1);
    hmi_heap_destroy(f->heap);
    f->heap = NULL;
    heap_is(f, 0, 0);
    assert_int_equal(check_stats(&f->books).peak_used_bytes, 11 + bytes);
}

static void options_seen(void *context, const sim_os_call *call)
{
    *(UINT32 *)context = call->type;
}

static void the_type_becomes_the_options_of_the_heap_below(void **state)
{
    static const struct {
        DWORD type;
        UINT32 options;
    } types[] = {
#if !defined(HOSTMEM_TEST_ON_MIMALLOC) /* on mimalloc only executable heaps are Win32's */
        {0, HEAP_NO_SERIALIZE},
        {MALLOC_THREADSAFE, 0},
#endif
        {MALLOC_EXECUTABLE, HEAP_NO_SERIALIZE | HEAP_CREATE_ENABLE_EXECUTE},
        {MALLOC_THREADSAFE | MALLOC_EXECUTABLE, HEAP_CREATE_ENABLE_EXECUTE},
    };
    heap_fixture *f = *state;
    size_t i;
    for (i = 0; i < CHECK_COUNT_OF(types); i++) {
        UINT32 options = 0xdddddddd;
        hmi_heap *heap = NULL;
        sim_os_set_hooks(f->books.sim, SIM_SET(SIM_HEAP_CREATE), options_seen, NULL, &options);
        assert_int_equal(hmi_heap_create(f->books.core, types[i].type, &heap), 0);
        assert_int_equal(options, types[i].options);
        hmi_heap_destroy(heap);
    }
}

/* What for_each_block reports. */
typedef struct seen {
    hmi_records *records;
    UINT_PTR last;
    unsigned count;
    UINT64 bytes;
} seen;

static void see(void *context, void *block, SIZE_T size, hmi_record record)
{
    seen *all = context;
    const hmi_site *site = hmi_records_site(all->records, record);
    assert_true((UINT_PTR)block > all->last);
    assert_int_equal(*(SIZE_T *)block, size);
    assert_non_null(site);
    assert_int_equal(site->line, size);
    all->last = (UINT_PTR)block;
    all->count++;
    all->bytes += size;
}

static void live_blocks_are_visited_in_order_with_their_sizes_and_sites(void **state)
{
    static void *blocks[500];
    heap_fixture *f = *state;
    seen all = {.records = &f->books.core->records};
    SIZE_T i;
    UINT64 bytes = 0;
    for (i = 0; i < CHECK_COUNT_OF(blocks); i++) {
        SIZE_T size = sizeof size + i * 37 % 2000;
        const hmi_site *site = hmi_sites_intern(&f->books.core->sites, "test", (int)size);
        assert_int_equal(hmi_heap_alloc(f->heap, size, eTaskCritical, site, &blocks[i]), S_OK);
        *(SIZE_T *)blocks[i] = size;
    }
    for (i = 0; i < CHECK_COUNT_OF(blocks); i++) {
        if (i % 3)
            bytes += *(SIZE_T *)blocks[i];
        else
            assert_int_equal(hmi_heap_free(f->heap, blocks[i]), S_OK);
    }
    hmi_heap_for_each_block(f->heap, see, &all);
    assert_int_equal(all.count, CHECK_COUNT_OF(blocks) - (CHECK_COUNT_OF(blocks) + 2) / 3);
    assert_int_equal(all.bytes, bytes);
    heap_is(f, bytes, all.count);
}

static void an_empty_heap_has_no_blocks_to_visit(void **state)
{
    heap_fixture *f = *state;
    seen all = {.records = &f->books.core->records};
    hmi_heap_for_each_block(f->heap, see, &all);
    heap_free_ok(f, heap_alloc(f, 1));
    hmi_heap_for_each_block(f->heap, see, &all);
    assert_int_equal(all.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        heap_test(blocks_are_aligned_counted_and_whole),
        heap_test(every_empty_block_is_one_of_its_own),
        heap_test(the_smallest_blocks_keep_their_distance),
        heap_test(whatever_is_no_block_is_refused_untouched),
        heap_test(another_heaps_block_is_foreign),
        heap_test(a_destroyed_heap_refunds_what_was_alive_in_it),
        heap_test(the_type_becomes_the_options_of_the_heap_below),
        heap_test(live_blocks_are_visited_in_order_with_their_sizes_and_sites),
        heap_test(an_empty_heap_has_no_blocks_to_visit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
