/* An address is in one of the few slots after its hash, or not in the set: without chains there is nothing to lock. */
#include "books.h"

#define WINDOW 128u

static PVOID volatile *slot_of(books *books, void *address, unsigned step)
{
    UINT32 hash = (UINT32)((UINT_PTR)address >> 3) * 2654435761u;
    return &books->slots[((hash >> 16) + step) % BOOKS_SLOTS];
}

static BOOL replace(books *books, void *address, void *from, void *to)
{
    unsigned step;
    for (step = 0; step < WINDOW; step++) {
        PVOID volatile *slot = slot_of(books, address, step);
        if (*slot == from && InterlockedCompareExchangePointer(slot, to, from) == from)
            return TRUE;
    }
    return FALSE;
}

BOOL books_add(books *books, void *address)
{
    return replace(books, address, NULL, address);
}

BOOL books_remove(books *books, void *address)
{
    return address && replace(books, address, address, NULL);
}

BOOL books_have(books *books, void *address)
{
    return address && replace(books, address, address, address);
}
