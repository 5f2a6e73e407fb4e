/* The books of an instance: which address space it has reserved, which pages of it are committed and executable, which
 * views the CLR has announced, and the sums of all these, which are exact while no call is running. They only record
 * what was done; callers use the operating system and the budget. */
#ifndef HMI_BOOKS_LEDGER_H
#define HMI_BOOKS_LEDGER_H

#include "base/compiler.h"
#include "books/extent_table.h"
#include "books/atomic_bitmap.h"
#include "books/overlap.h"
#include "books/page_origins.h"

/* A sum of bytes and its peak. */
typedef struct hmi_sum {
    _Atomic uint64_t now;
    _Atomic uint64_t peak;
} hmi_sum;

typedef struct hmi_ledger {
    SIZE_T page_size;
    SIZE_T granularity;
    hmi_atomic_bitmap owned;      /* granules of reservations of the instance */
    hmi_atomic_bitmap committed;  /* pages */
    hmi_atomic_bitmap executable; /* committed pages that are executable */
    hmi_atomic_bitmap viewed;     /* granules of announced views */
    hmi_extent_table reservations;
    hmi_extent_table views;
    hmi_sum reserved_bytes;
    hmi_sum executable_bytes;
    hmi_sum mapped_bytes;
    hmi_overlap overlap;
    hmi_page_origins origins; /* of committed pages; in use if the instance samples commits */
} hmi_ledger;

/* Pages, and the bitmap word with their committed bits, looked up once for all that a call does with them. */
typedef struct hmi_entry {
    hmi_range pages;
    hmi_atomic_bitmap_spot committed;
} hmi_entry;

/* Returns the sum. peak: receives a value that is not less than the sum, nor less than at the last call. */
uint64_t hmi_sum_read(hmi_sum *sum, UINT64 *peak);

/* Returns a Win32 error, 0 for success. The ledger may be destroyed after a failure, too. */
UINT32 hmi_ledger_init(hmi_ledger *ledger, hostmem_os *os);

/* Precondition: nobody else uses the ledger. A zeroed struct may be passed. */
void hmi_ledger_destroy(hmi_ledger *ledger);

/* Functions that most calls of the CLR use are inline, here and below. */

/* Computes the pages that contain size bytes at address. False: the range is empty or wraps around. */
static inline bool hmi_ledger_pages(const hmi_ledger *ledger, UINT_PTR address, SIZE_T size, hmi_range *pages)
{
    UINT_PTR mask = ledger->page_size - 1;
    if (!size || size - 1 > UINTPTR_MAX - address || ((address + (size - 1)) | mask) == UINTPTR_MAX)
        return false;
    pages->start = address & ~mask;
    pages->end = ((address + (size - 1)) | mask) + 1;
    return true;
}

/* The granules that the pages touch. */
static inline hmi_range hmi_ledger_granules(const hmi_ledger *ledger, hmi_range pages)
{
    UINT_PTR mask = ledger->granularity - 1;
    return (hmi_range){pages.start & ~mask, ((pages.end - 1) | mask) + 1};
}

/* Looks up the bitmap word of an entry's pages. */
HMI_ALWAYS_INLINE void hmi_ledger_find(hmi_ledger *ledger, hmi_entry *entry)
{
    hmi_atomic_bitmap_find(&ledger->committed, entry->pages, &entry->committed);
}

/* Whether the granule of an address belongs to a reservation of the instance. */
HMI_ALWAYS_INLINE bool hmi_ledger_owns_granule(hmi_ledger *ledger, UINT_PTR address)
{
    return hmi_atomic_bitmap_test(&ledger->owned, address);
}

/* Whether every granule that the pages touch belongs to reservations of the instance. The pages need not lie in one
 * reservation: a range may reach from one into the next, or behind the end of one in its last granule. */
HMI_ALWAYS_INLINE bool hmi_ledger_owns(hmi_ledger *ledger, hmi_range pages)
{
    hmi_range granules;
    if (!hmi_ledger_owns_granule(ledger, pages.start))
        return false;
    granules = hmi_ledger_granules(ledger, pages);
    if (granules.end - granules.start == ledger->granularity)
        return true;
    return hmi_atomic_bitmap_count(&ledger->owned, granules) == (granules.end - granules.start) / ledger->granularity;
}

/* Finds the reservation that begins at address. False: none does. */
bool hmi_ledger_reservation(hmi_ledger *ledger, UINT_PTR address, hmi_range *pages);

/* Commit the memory that the next steps need to record the pages, so that these cannot fail. False: there is no memory.
 */
bool hmi_ledger_prepare_reservation(hmi_ledger *ledger, hmi_range pages);
bool hmi_ledger_prepare_commit(hmi_ledger *ledger, hmi_entry *entry, bool executable);
bool hmi_ledger_prepare_executable(hmi_ledger *ledger, hmi_range pages);

/* Records a reservation. Precondition: prepared. */
void hmi_ledger_add_reservation(hmi_ledger *ledger, hmi_range pages);

/* Prefetches the entries that the next function and a decommit read. With many reservations these are usually not in
 * the cache, and atomic steps cannot be overlapped by the processor. */
static inline void hmi_ledger_fetch(hmi_ledger *ledger, UINT_PTR address)
{
    hmi_extent_table_fetch(&ledger->reservations, address);
    hmi_atomic_bitmap_fetch(&ledger->committed, address);
}

/* Removes the reservation that begins at address. False: none does (any more). If several threads try, one succeeds. */
bool hmi_ledger_take_reservation(hmi_ledger *ledger, UINT_PTR address, hmi_range *pages);

/* Part of the next function. */
SIZE_T hmi_ledger_uncommitted_words(hmi_ledger *ledger, hmi_range pages);

/* The bytes of the pages that are not committed. */
HMI_ALWAYS_INLINE SIZE_T hmi_ledger_uncommitted(hmi_ledger *ledger, const hmi_entry *entry)
{
    hmi_word missing;
    if (!entry->committed.cell)
        return hmi_ledger_uncommitted_words(ledger, entry->pages);
    missing = entry->committed.mask & ~atomic_load(entry->committed.cell);
    return missing ? hmi_bits_count(missing) * ledger->page_size : 0;
}

/* Parts of the next function. */
void hmi_ledger_allow_execution(hmi_ledger *ledger, hmi_range pages);
void hmi_ledger_forbade_execution(hmi_ledger *ledger, SIZE_T pages);

/* Records whether the pages are executable. Precondition: if so, they are committed and prepared. */
static inline void hmi_ledger_protect(hmi_ledger *ledger, hmi_range pages, bool executable)
{
    SIZE_T cleared = executable ? 0 : hmi_atomic_bitmap_clear(&ledger->executable, pages);
    if (executable)
        hmi_ledger_allow_execution(ledger, pages);
    else if (cleared)
        hmi_ledger_forbade_execution(ledger, cleared);
}

/* Records that the pages are committed, and executable or not; returns how many bytes were not committed before.
 * Precondition: prepared. */
HMI_ALWAYS_INLINE SIZE_T hmi_ledger_commit(hmi_ledger *ledger, const hmi_entry *entry, bool executable)
{
    SIZE_T set = entry->committed.cell ? hmi_atomic_bitmap_word_set(entry->committed.cell, entry->committed.mask)
                                       : hmi_atomic_bitmap_set_words(&ledger->committed, entry->pages);
    SIZE_T added = set * ledger->page_size;
    if (executable || added != entry->pages.end - entry->pages.start) /* what was not committed was not executable */
        hmi_ledger_protect(ledger, entry->pages, executable);
    return added;
}

/* Records the origin of those of the pages that are not committed yet, before a sampled commit of all of them.
 * is_committed false: the commit has failed. */
HMI_COLD void hmi_ledger_set_origin(hmi_ledger *ledger, hmi_range pages, const hmi_site *stack, bool is_committed);

/* Records that the pages are not committed; returns how many bytes were. */
HMI_ALWAYS_INLINE SIZE_T hmi_ledger_decommit(hmi_ledger *ledger, hmi_range pages)
{
    SIZE_T removed;
    hmi_page_origins_clear(&ledger->origins, pages); /* before another thread can commit them again */
    removed = hmi_atomic_bitmap_clear(&ledger->committed, pages) * ledger->page_size;
    hmi_ledger_protect(ledger, pages, false);
    return removed;
}

/* Commits the memory that hmi_ledger_set_view of the same view needs. False: there is no memory. */
bool hmi_ledger_prepare_view(hmi_ledger *ledger, UINT_PTR address, SIZE_T size);

/* Finds the view that has the granule of an address. False: there is none. */
bool hmi_ledger_find_view(hmi_ledger *ledger, UINT_PTR address, hmi_range *view);

/* Records a view of size bytes at address, in place of a former one there; size 0 removes it. Returns the size of the
 * former one; 0: there was none. Precondition: prepared, unless size is 0. */
SIZE_T hmi_ledger_set_view(hmi_ledger *ledger, UINT_PTR address, SIZE_T size);

/* On 32-bit, reserves all address space that recording views will ever need, which is little there. False: there is not
 * enough. */
bool hmi_ledger_reserve_views(hmi_ledger *ledger);

/* Whether the pages lie in announced views, and not in reservations of the instance. */
bool hmi_ledger_views_hold(hmi_ledger *ledger, hmi_range pages);

/* Records that those of the pages that are committed are executable. Precondition: prepared. */
void hmi_ledger_allow_execution_of_committed(hmi_ledger *ledger, hmi_range pages);

/* hmi_ledger_decommit for those of the pages that are in no reservation of the instance. */
SIZE_T hmi_ledger_decommit_unowned(hmi_ledger *ledger, hmi_range pages);

#endif
