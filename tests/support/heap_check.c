/* The fixture of heap_check.h. */
#include "heap_check.h"

#include <stdlib.h>

int heap_setup(void **state)
{
    heap_fixture *fixture = calloc(1, sizeof *fixture);
    if (!fixture)
        return -1;
    check_create(&fixture->books);
    *state = fixture;
    return fixture->books.core && !hmi_heap_create(fixture->books.core, MALLOC_THREADSAFE, &fixture->heap) ? 0 : -1;
}

int heap_teardown(void **state)
{
    heap_fixture *fixture = *state;
    sim_os_set_hooks(fixture->books.sim, 0, NULL, NULL, NULL);
    if (fixture->heap)
        hmi_heap_destroy(fixture->heap);
    return check_teardown(state);
}

void heap_check_is(heap_fixture *fixture, UINT64 bytes, UINT64 blocks, const char *file, int line)
{
    hostmem_stats stats = check_stats(&fixture->books);
    _assert_int_equal(stats.heap_bytes, bytes, file, line);
    _assert_int_equal(stats.heap_blocks, blocks, file, line);
    check_books(&fixture->books, file, line);
}

void *heap_check_alloc(heap_fixture *fixture, SIZE_T size, EMemoryCriticalLevel level, const char *file, int line)
{
    void *block = CHECK_POISON;
    HRESULT hr;
    check_begin(&fixture->books);
    hr = hmi_heap_alloc(fixture->heap, size, level, NULL, &block);
    check_success(&fixture->books, hr, file, line);
    _assert_true(block && block != CHECK_POISON, "a block was returned", file, line);
    return block;
}

void heap_check_alloc_refused(heap_fixture *fixture, SIZE_T size, EMemoryCriticalLevel level, const char *file,
                              int line)
{
    void *block = CHECK_POISON;
    HRESULT hr;
    check_begin(&fixture->books);
    hr = hmi_heap_alloc(fixture->heap, size, level, NULL, &block);
    check_failure(&fixture->books, hr, E_OUTOFMEMORY, ERROR_NOT_ENOUGH_MEMORY, (int)level, file, line);
    _assert_true(block == CHECK_POISON, "the out parameter is unchanged", file, line);
}
