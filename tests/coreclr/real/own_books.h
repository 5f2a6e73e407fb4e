/* Books of the tests' own, about what a runtime has taken through the manager: just where it lies. What is committed
 * there is asked of Windows, page by page. No locks: threads of a runtime are suspended anywhere. */
#ifndef OWN_BOOKS_H
#define OWN_BOOKS_H

#include <windows.h>

/* After a success. */
void own_books_reserved(void *base);
void own_books_mapped(void *view);
void own_books_committed(void *address, SIZE_T size);

/* Before the memory is given back: afterwards its addresses may be somebody else's. Returns TRUE: it was known. */
BOOL own_books_released(void *base);
void own_books_unmapped(void *view);

BOOL own_books_has_view(const void *address);

typedef struct own_books {
    UINT64 reserved_bytes, committed_bytes, executable_bytes;
    UINT32 reservations, views;
} own_books;

/* What VirtualQuery says of what is left now. In reservations each committed page counts; in views each that was
 * committed through the manager, because the others are shared with a file or another view. */
void own_books_walk(own_books *out);

#endif
