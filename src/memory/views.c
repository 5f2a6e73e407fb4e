/* The books change first when a view goes, as when a reservation is released: the address may be somebody else's
 * soon. A view that was announced inside of a reservation of ours is counted, and nothing more: what is committed
 * there belongs to the reservation. */
#include "memory/views.h"
#include "core_state.h"

#include "memory/owner.h"

/* Views begin where granules do: an address inside of the first one means the same view. */
static UINT_PTR view_start(const hmi_core *core, UINT_PTR address)
{
    return address & ~((UINT_PTR)core->info.granularity - 1);
}

static void forget_commits(hmi_core *core, hmi_range pages)
{
    SIZE_T removed = pages.start < pages.end ? hmi_ledger_decommit_unowned(&core->ledger, pages) : 0;
    if (removed)
        hmi_account_refund(&core->account, HMI_PAGES, removed);
}

/* Another view is there now than the one that pages were committed in, or the same one announced again: of what the
 * books have, what the operating system does not show as committed is forgotten. */
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

/* Two views do not overlap: those that the books have where a new one is now have gone, and nobody has said so. */
static void remove_overlapped(hmi_core *core, hmi_range pages)
{
    hmi_ledger *ledger = &core->ledger;
    hmi_range rest = hmi_ledger_granules(ledger, pages), run, view;
    while (rest.start < rest.end && hmi_atomic_bitmap_run(&ledger->viewed, rest, true, &run)) {
        rest.start = run.start + core->info.granularity;
        if (!hmi_ledger_find_view(ledger, run.start, &view))
            continue; /* somebody has just removed it */
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
        return S_OK; /* nothing is there any more */
    if (!hmi_ledger_pages(&core->ledger, address, size, &pages))
        return E_INVALIDARG;
    pages.start = view_start(core, address);
    if (!hmi_ledger_prepare_view(&core->ledger, pages.start, pages.end - pages.start))
        return E_OUTOFMEMORY;
    remove_overlapped(core, pages);
    if (!hmi_ledger_set_view(&core->ledger, pages.start, pages.end - pages.start, &former))
        return E_OUTOFMEMORY;
    if (former) {
        forget_commits(core, (hmi_range){pages.end, pages.start + former});
        compare_commits(core, pages);
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
    /* What others record of the pages meanwhile they look at again, and find no view there. */
    hmi_overlap_enter(&ledger->overlap, pages);
    if (hmi_ledger_set_view(ledger, first, 0, &former) && former)
        forget_commits(core, (hmi_range){first, first + former});
    hmi_overlap_leave(&ledger->overlap, pages);
}
