/* A heap on a simulated system, for the tests of heaps. The teardown destroys it and then does the checks of
 * check.h. */
#ifndef HOSTMEM_TESTS_HEAP_CHECK_H
#define HOSTMEM_TESTS_HEAP_CHECK_H

#include "check.h"
#include "memory/heap.h"

typedef struct heap_fixture {
    check_fixture books; /* first, so that a pointer to it is also a pointer to this struct */
    hmi_heap *heap;      /* thread-safe; a test may destroy it itself and set this to NULL */
} heap_fixture;

int heap_setup(void **state);
int heap_teardown(void **state);

#define heap_test(function) cmocka_unit_test_setup_teardown(function, heap_setup, heap_teardown)

/* The figures of the heap have these values, and the accounts are right. */
#define heap_is(fixture, bytes, blocks) heap_check_is(fixture, bytes, blocks, __FILE__, __LINE__)
void heap_check_is(heap_fixture *fixture, UINT64 bytes, UINT64 blocks, const char *file, int line);

/* Allocations that have to succeed; heap_alloc at eTaskCritical. */
#define heap_alloc(fixture, size) heap_check_alloc(fixture, size, eTaskCritical, __FILE__, __LINE__)
#define heap_alloc_at(fixture, size, level) heap_check_alloc(fixture, size, level, __FILE__, __LINE__)
void *heap_check_alloc(heap_fixture *fixture, SIZE_T size, EMemoryCriticalLevel level, const char *file, int line);

/* An allocation that must be refused for lack of memory and change nothing. */
#define heap_alloc_refused(fixture, size, level) heap_check_alloc_refused(fixture, size, level, __FILE__, __LINE__)
void heap_check_alloc_refused(heap_fixture *fixture, SIZE_T size, EMemoryCriticalLevel level, const char *file,
                              int line);

#define heap_free_ok(fixture, block) succeeds(&(fixture)->books, hmi_heap_free((fixture)->heap, block))

#endif
