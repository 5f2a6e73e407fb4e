/* The tests' own record of what a runtime has allocated through the manager: addresses and sizes. Which pages are
 * committed is queried from Windows. No locks: a runtime suspends threads anywhere. */
#ifndef OWN_BOOKS_H
#define OWN_BOOKS_H

#include <windows.h>

/* Called after a success. */
void own_books_reserved(void *base, SIZE_T size);
void own_books_mapped(void *view);
void own_books_committed(void *address, SIZE_T size);

/* Called before the memory is freed: afterwards its addresses may belong to others. Returns TRUE if it was recorded. */
BOOL own_books_released(void *base);
void own_books_unmapped(void *view);

BOOL own_books_has_view(const void *address);

typedef struct own_books {
    UINT64 reserved_bytes, committed_bytes, executable_bytes;
    /* Committed in the collector's ranges for objects. */
    UINT64 object_bytes;
    UINT32 reservations, views;
} own_books;

/* What VirtualQuery reports for everything that is left. In reservations each committed page counts; in views each
 * that was committed through the manager, because the others are shared with a file or another view. */
void own_books_walk(own_books *out);

#endif
