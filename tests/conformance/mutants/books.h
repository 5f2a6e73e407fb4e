/* A set of addresses that any thread may change at any time: what was handed out and not given back. */
#ifndef HOSTMEM_TESTS_CONFORMANCE_BOOKS_H
#define HOSTMEM_TESTS_CONFORMANCE_BOOKS_H

#include <windows.h>

#define BOOKS_SLOTS 16384

/* Zeroed memory is an empty one. */
typedef struct books {
    PVOID volatile slots[BOOKS_SLOTS];
} books;

/* FALSE: there is no room near the address's place. */
BOOL books_add(books *books, void *address);

/* Of several threads that remove the same address one is told TRUE. */
BOOL books_remove(books *books, void *address);

BOOL books_have(books *books, void *address);

#endif
