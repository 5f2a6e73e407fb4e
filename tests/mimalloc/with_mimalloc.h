/* What with_mimalloc.c can do for a test beside what it does unasked. */
#ifndef HOSTMEM_TESTS_WITH_MIMALLOC_H
#define HOSTMEM_TESTS_WITH_MIMALLOC_H

/* Calls hook once, by the thread that gives a block to mimalloc next, before it does. Main thread only. */
void with_mimalloc_when_freeing(void (*hook)(void *context), void *context);

#endif
