/* A function of with_mimalloc.c for tests. */
#ifndef HOSTMEM_TESTS_WITH_MIMALLOC_H
#define HOSTMEM_TESTS_WITH_MIMALLOC_H

/* Calls hook once, before the next block is freed to mimalloc, on that thread. Main thread only. */
void with_mimalloc_when_freeing(void (*hook)(void *context), void *context);

#endif
