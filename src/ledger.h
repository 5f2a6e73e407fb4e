/* The books of an instance: which address space it has reserved, which pages of that are committed and executable, which
 * views the CLR has announced, and the exact sums. It records what was done and decides nothing: the callers talk to the
 * operating system and to the budget. Any thread may call anything at any time; nothing waits. */
#ifndef HOSTMEM_SRC_LEDGER_H
#define HOSTMEM_SRC_LEDGER_H

#include "extents.h"
#include "pagemap.h"

/* A sum of bytes, and the largest that it ever was. */
typedef struct hostmem_sum {
    _Atomic uint64_t now;
    _Atomic uint64_t peak;
} hostmem_sum;

typedef struct hostmem_ledger {
    SIZE_T page_size;
    SIZE_T granularity;
    hostmem_pagemap owned;      /* granules of our reservations */
    hostmem_pagemap committed;  /* pages */
    hostmem_pagemap executable; /* committed pages that may be executed */
    hostmem_extents reservations;
    hostmem_extents views;
    hostmem_sum reserved_bytes;
    hostmem_sum executable_bytes;
    hostmem_sum mapped_bytes;
} hostmem_ledger;

/* The bytes of a sum now. peak: is never less than that, nor than it was the last time. */
uint64_t hostmem_sum_read(hostmem_sum *sum, UINT64 *peak);

/* Returns a Win32 error, 0 for success. After a failure, too, the ledger may be destroyed. */
UINT32 hostmem_ledger_init(hostmem_ledger *ledger, hostmem_os *os);

/* Precondition: nobody else uses the ledger. A zeroed struct may be passed. */
void hostmem_ledger_destroy(hostmem_ledger *ledger);

/* The pages that hold size bytes at address. False: the range is empty or wraps around. */
bool hostmem_ledger_pages(const hostmem_ledger *ledger, UINT_PTR address, SIZE_T size, hostmem_range *pages);

/* Whether every granule that the pages touch belongs to our reservations. */
bool hostmem_ledger_owns(hostmem_ledger *ledger, hostmem_range pages);

/* The reservation that begins at address; false if none does. */
bool hostmem_ledger_reservation(hostmem_ledger *ledger, UINT_PTR address, hostmem_range *pages);

/* Puts memory under what the next steps record about the pages, so that they cannot fail. False: there is none. */
bool hostmem_ledger_prepare_reservation(hostmem_ledger *ledger, hostmem_range pages);
bool hostmem_ledger_prepare_commit(hostmem_ledger *ledger, hostmem_range pages, bool executable);
bool hostmem_ledger_prepare_executable(hostmem_ledger *ledger, hostmem_range pages);

/* Records a reservation. Precondition: prepared. */
void hostmem_ledger_add_reservation(hostmem_ledger *ledger, hostmem_range pages);

/* Takes the reservation that begins at address out of the books; false if none does (any more). Of several threads that
 * try, one succeeds. */
bool hostmem_ledger_take_reservation(hostmem_ledger *ledger, UINT_PTR address, hostmem_range *pages);

/* How many bytes of the pages are not committed. */
SIZE_T hostmem_ledger_uncommitted(hostmem_ledger *ledger, hostmem_range pages);

/* Records that the pages are committed, and executable or not; returns how many bytes were not committed before.
 * Precondition: prepared. */
SIZE_T hostmem_ledger_commit(hostmem_ledger *ledger, hostmem_range pages, bool executable);

/* Records that the pages are not committed; returns how many bytes were. */
SIZE_T hostmem_ledger_decommit(hostmem_ledger *ledger, hostmem_range pages);

/* Records whether the pages may be executed. Precondition: if so, they are committed and prepared. */
void hostmem_ledger_protect(hostmem_ledger *ledger, hostmem_range pages, bool executable);

/* Records a view of size bytes at address, in place of a former one there; size 0 removes it. False: no memory. */
bool hostmem_ledger_set_view(hostmem_ledger *ledger, UINT_PTR address, SIZE_T size);

#endif
