/* A set of addresses that any thread may change at any time: what was allocated and not freed. */
#ifndef HOSTMEM_TESTS_CONFORMANCE_BOOKS_H
#define HOSTMEM_TESTS_CONFORMANCE_BOOKS_H

#include <windows.h>

#define BOOKS_SLOTS 16384

/* Zero-initialized it is empty. */
typedef struct books {
    PVOID volatile slots[BOOKS_SLOTS];
} books;

/* FALSE: there is no free slot near the address's hash. */
BOOL books_add(books *books, void *address);

/* If several threads remove the same address, one gets TRUE. */
BOOL books_remove(books *books, void *address);

BOOL books_have(books *books, void *address);

#endif
