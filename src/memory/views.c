/* When a view is removed, the books are changed before it is unmapped, as when a reservation is released: the address
 * may belong to somebody else soon. A view that was announced inside of one of our reservations only counts in
 * mapped_bytes; pages committed there belong to the reservation. */
#include "memory/views.h"
#include "core_state.h"

#include "memory/owner.h"
#include "memory/reconcile.h"

/* Views begin at a granule; an address inside of the first granule means the same view. */
static UINT_PTR view_start(const hmi_core *core, UINT_PTR address)
{
    return address & ~((UINT_PTR)core->info.granularity - 1);
}

static void forget_commits(hmi_core *core, hmi_range pages)
{
    SIZE_T removed = pages.start < pages.end ? hmi_ledger_decommit_unowned(&core->ledger, pages) : 0;
    if (removed)
        hmi_quota_cache_refund(core->quota_cache, HMI_PAGES, removed);
}

/* The view was announced again, or another one is at its address now: takes pages out of the books that the system does
 * not show as committed. */
static void compare_commits(hmi_core *core, hmi_range pages)
{
    hmi_range run = pages;
    MEMORY_BASIC_INFORMATION region;
    if (!hmi_atomic_bitmap_count(&core->ledger.committed, pages))
        return;
    for (; run.start < pages.end && hmi_core_describe(core, pages.end, &run, &region); run.start = run.end) {
        if (region.State != MEM_COMMIT)
            forget_commits(core, run);
    }
}

/* Views cannot overlap. If the books have another view where a new one is, it was unmapped without an announcement, and
 * is removed. */
static void remove_overlapped(hmi_core *core, hmi_range pages)
{
    hmi_ledger *ledger = &core->ledger;
    hmi_range rest = hmi_ledger_granules(ledger, pages), run, view;
    while (rest.start < rest.end && hmi_atomic_bitmap_run(&ledger->viewed, rest, true, &run)) {
        rest.start = run.start + core->info.granularity;
        if (!hmi_ledger_find_view(ledger, run.start, &view))
            continue; /* another thread has just removed it */
        if (view.end > rest.start)
            rest.start = hmi_ledger_granules(ledger, view).end;
        if (view.start != pages.start)
            hmi_views_remove(core, (void *)view.start);
    }
}

HRESULT hmi_views_add(hmi_core *core, void *start, SIZE_T size)
{
    UINT_PTR address = (UINT_PTR)start;
    hmi_range pages;
    SIZE_T former;
    if (!start)
        return E_INVALIDARG;
    if (!size)
        size = hmi_owner_allocation_length(core, address);
    if (!size)
        return S_OK; /* it was unmapped already */
    if (!hmi_ledger_pages(&core->ledger, address, size, &pages))
        return E_INVALIDARG;
    pages.start = view_start(core, address);
    if (!hmi_ledger_prepare_view(&core->ledger, pages.start, pages.end - pages.start))
        return E_OUTOFMEMORY;
    remove_overlapped(core, pages);
    former = hmi_ledger_set_view(&core->ledger, pages.start, pages.end - pages.start);
    if (former) {
        /* Pages that another thread is just committing there seem not to be committed. That thread, or this one, checks
         * them again. */
        hmi_range both = {pages.start, former > pages.end - pages.start ? pages.start + former : pages.end};
        hmi_overlap_watch watch = hmi_overlap_enter(&core->ledger.overlap, both);
        forget_commits(core, (hmi_range){pages.end, pages.start + former});
        compare_commits(core, pages);
        hmi_reconcile_leave(core, both, watch);
    }
    return S_OK;
}

void hmi_views_remove(hmi_core *core, void *start)
{
    hmi_ledger *ledger = &core->ledger;
    UINT_PTR first = view_start(core, (UINT_PTR)start);
    SIZE_T length = hmi_extent_table_get(&ledger->views, first), former;
    hmi_range pages = {first, first + length};
    if (!length)
        return;
    /* Counted in the overlap, so that a call that works on these pages at the same time checks them again afterwards
     * and finds no view. */
    hmi_overlap_enter(&ledger->overlap, pages);
    former = hmi_ledger_set_view(ledger, first, 0);
    if (former)
        forget_commits(core, (hmi_range){first, first + former});
    hmi_overlap_leave(&ledger->overlap, pages);
}
