/* The books of an instance: which address space it has reserved, which pages of that are committed and executable,
 * which views the CLR has announced, and the exact sums. It records what was done and decides nothing: the callers talk
 * to the operating system and to the budget. Any thread may call anything at any time; nothing waits. */
#ifndef HOSTMEM_SRC_LEDGER_H
#define HOSTMEM_SRC_LEDGER_H

#include "compiler.h"
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

/* Pages, and where the books say which of them are committed: looked up once for all that a call does with them. */
typedef struct hostmem_entry {
    hostmem_range pages;
    hostmem_pagemap_spot committed;
} hostmem_entry;

/* The bytes of a sum now. peak: is never less than that, nor than it was the last time. */
uint64_t hostmem_sum_read(hostmem_sum *sum, UINT64 *peak);

/* Returns a Win32 error, 0 for success. After a failure, too, the ledger may be destroyed. */
UINT32 hostmem_ledger_init(hostmem_ledger *ledger, hostmem_os *os);

/* Precondition: nobody else uses the ledger. A zeroed struct may be passed. */
void hostmem_ledger_destroy(hostmem_ledger *ledger);

/* What most calls of the CLR come to is in line, here and further down. */

/* The pages that hold size bytes at address. False: the range is empty or wraps around. */
static inline bool hostmem_ledger_pages(const hostmem_ledger *ledger, UINT_PTR address, SIZE_T size,
                                        hostmem_range *pages)
{
    UINT_PTR mask = ledger->page_size - 1;
    if (!size || size - 1 > UINTPTR_MAX - address || ((address + (size - 1)) | mask) == UINTPTR_MAX)
        return false;
    pages->start = address & ~mask;
    pages->end = ((address + (size - 1)) | mask) + 1;
    return true;
}

/* The granules that the pages touch. */
static inline hostmem_range hostmem_ledger_granules(const hostmem_ledger *ledger, hostmem_range pages)
{
    UINT_PTR mask = ledger->granularity - 1;
    return (hostmem_range){pages.start & ~mask, ((pages.end - 1) | mask) + 1};
}

/* Looks the rest of an entry up, whose pages are known. */
HOSTMEM_IN_LINE void hostmem_ledger_find(hostmem_ledger *ledger, hostmem_entry *entry)
{
    hostmem_pagemap_find(&ledger->committed, entry->pages, &entry->committed);
}

/* Whether every granule that the pages touch belongs to our reservations. */
HOSTMEM_IN_LINE bool hostmem_ledger_owns(hostmem_ledger *ledger, hostmem_range pages)
{
    hostmem_range granules;
    if (!hostmem_pagemap_test(&ledger->owned, pages.start))
        return false;
    granules = hostmem_ledger_granules(ledger, pages);
    if (granules.end - granules.start == ledger->granularity)
        return true;
    return hostmem_pagemap_count(&ledger->owned, granules) == (granules.end - granules.start) / ledger->granularity;
}

/* The reservation that begins at address; false if none does. */
bool hostmem_ledger_reservation(hostmem_ledger *ledger, UINT_PTR address, hostmem_range *pages);

/* Puts memory under what the next steps record about the pages, so that they cannot fail. False: there is none. */
bool hostmem_ledger_prepare_reservation(hostmem_ledger *ledger, hostmem_range pages);
bool hostmem_ledger_prepare_commit(hostmem_ledger *ledger, hostmem_entry *entry, bool executable);
bool hostmem_ledger_prepare_executable(hostmem_ledger *ledger, hostmem_range pages);

/* Records a reservation. Precondition: prepared. */
void hostmem_ledger_add_reservation(hostmem_ledger *ledger, hostmem_range pages);

/* Has the processor fetch what the next function and a decommit will look at: where there are many reservations, most
 * entries are far away, and steps that are one for all threads are not begun before the one in front of them has
 * ended. */
static inline void hostmem_ledger_fetch(hostmem_ledger *ledger, UINT_PTR address)
{
    hostmem_extents_fetch(&ledger->reservations, address);
    hostmem_pagemap_fetch(&ledger->committed, address);
}

/* Takes the reservation that begins at address out of the books; false if none does (any more). Of several threads that
 * try, one succeeds. */
bool hostmem_ledger_take_reservation(hostmem_ledger *ledger, UINT_PTR address, hostmem_range *pages);

/* The rest of the next function. */
SIZE_T hostmem_ledger_uncommitted_words(hostmem_ledger *ledger, hostmem_range pages);

/* How many bytes of the pages are not committed. */
HOSTMEM_IN_LINE SIZE_T hostmem_ledger_uncommitted(hostmem_ledger *ledger, const hostmem_entry *entry)
{
    hostmem_word missing;
    if (!entry->committed.cell)
        return hostmem_ledger_uncommitted_words(ledger, entry->pages);
    missing = entry->committed.mask & ~atomic_load_explicit(entry->committed.cell, memory_order_acquire);
    return missing ? hostmem_bits_count(missing) * ledger->page_size : 0;
}

/* The parts of the next function. */
void hostmem_ledger_allow_execution(hostmem_ledger *ledger, hostmem_range pages);
void hostmem_ledger_forbade_execution(hostmem_ledger *ledger, SIZE_T pages);

/* Records whether the pages may be executed. Precondition: if so, they are committed and prepared. */
static inline void hostmem_ledger_protect(hostmem_ledger *ledger, hostmem_range pages, bool executable)
{
    SIZE_T cleared = executable ? 0 : hostmem_pagemap_clear(&ledger->executable, pages);
    if (executable)
        hostmem_ledger_allow_execution(ledger, pages);
    else if (cleared)
        hostmem_ledger_forbade_execution(ledger, cleared);
}

/* Records that the pages are committed, and executable or not; returns how many bytes were not committed before.
 * Precondition: prepared. */
HOSTMEM_IN_LINE SIZE_T hostmem_ledger_commit(hostmem_ledger *ledger, const hostmem_entry *entry, bool executable)
{
    SIZE_T set = entry->committed.cell ? hostmem_pagemap_word_set(entry->committed.cell, entry->committed.mask)
                                       : hostmem_pagemap_set_words(&ledger->committed, entry->pages);
    SIZE_T added = set * ledger->page_size;
    if (executable || added != entry->pages.end - entry->pages.start) /* what was not committed was not executable */
        hostmem_ledger_protect(ledger, entry->pages, executable);
    return added;
}

/* Records that the pages are not committed; returns how many bytes were. */
HOSTMEM_IN_LINE SIZE_T hostmem_ledger_decommit(hostmem_ledger *ledger, hostmem_range pages)
{
    SIZE_T removed = hostmem_pagemap_clear(&ledger->committed, pages) * ledger->page_size;
    hostmem_ledger_protect(ledger, pages, false);
    return removed;
}

/* Records a view of size bytes at address, in place of a former one there; size 0 removes it. False: no memory. */
bool hostmem_ledger_set_view(hostmem_ledger *ledger, UINT_PTR address, SIZE_T size);

#endif
