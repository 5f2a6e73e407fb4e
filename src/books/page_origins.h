/* Who committed pages, as far as commits are sampled: for each page the call stack of its commit, and how large that
 * commit was. Entries are made before the ledger has the pages as committed, and removed before it has them so no more;
 * an entry counts only while the ledger has its page as committed. So a page belongs to one commit, whichever calls
 * commit and decommit its neighbours. Where calls for the same pages overlap, a page may get the stack of either, or
 * none; where a thread is ended in between, the next commit of its pages may get its stack. No memory is used before
 * the first sample but address space; what is used then is kept until the instance ends. */
#ifndef HMI_BOOKS_PAGE_ORIGINS_H
#define HMI_BOOKS_PAGE_ORIGINS_H

#include "books/atomic_bitmap.h"
#include "books/sites.h"

typedef struct hmi_page_origins {
    bool on; /* commits are sampled */
    unsigned page_shift;
    hmi_sparse_array words;
} hmi_page_origins;

/* Precondition: origins is zeroed; without this call it never has an entry. Returns a Win32 error, 0 for success. */
UINT32 hmi_page_origins_init(hmi_page_origins *origins, hostmem_os *os);

/* Precondition: nobody else uses the origins. A zeroed struct may be passed. */
void hmi_page_origins_destroy(hmi_page_origins *origins);

/* Makes entries for the pages of a commit of commit_bytes; without memory for all of them, for none. */
void hmi_page_origins_set(hmi_page_origins *origins, hmi_range pages, const hmi_site *stack, SIZE_T commit_bytes);

/* Part of the next function. Precondition: origins->on. */
HMI_COLD void hmi_page_origins_clear_entries(hmi_page_origins *origins, hmi_range pages);

/* Removes the entries of the pages. */
HMI_ALWAYS_INLINE void hmi_page_origins_clear(hmi_page_origins *origins, hmi_range pages)
{
    if (origins->on)
        hmi_page_origins_clear_entries(origins, pages);
}

/* Removes those of the entries that still have this stack. */
HMI_COLD void hmi_page_origins_take_back(hmi_page_origins *origins, hmi_range pages, const hmi_site *stack);

/* Calls visit for every entry. Entries that are made or removed during the call may or may not be visited. */
typedef void hmi_page_origins_visitor(void *context, UINT_PTR page, const hmi_site *stack, SIZE_T commit_bytes);
void hmi_page_origins_for_each(hmi_page_origins *origins, hmi_page_origins_visitor *visit, void *context);

#endif
