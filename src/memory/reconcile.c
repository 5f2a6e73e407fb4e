/* Between a call's query of the system and its record in the books, another call may change the pages again. So each
 * call that queries is counted in the overlap, which makes all calls that are still at work on the pages query once
 * more, and it repeats its own query if a call began or ended since. Each call begins and ends only a few times, so at
 * least one of them gets done; and the last one to end was alone since its query. */
#include "memory/reconcile.h"

#include "memory/owner.h"
#include "memory/protection.h"

/* Pages that lie in no reservation of ours. In an announced view, pages were committed through the manager if the books
 * have them as committed and the system shows them so; there is no other way to tell them from what the view shows by
 * itself. Committed pages outside of views are not ours. Returns how many bytes were taken out of the books. */
static SIZE_T record_not_reserved(hmi_ledger *ledger, hmi_range pages, bool executable)
{
    hmi_range run = pages;
    SIZE_T removed = 0, page;
    for (; hmi_atomic_bitmap_run(&ledger->committed, pages, true, &run); pages.start = run.end) {
        for (page = run.start; page < run.end && !hmi_ledger_views_hold(ledger, run); page += ledger->page_size) {
            hmi_range one = {page, page + ledger->page_size};
            if (!hmi_ledger_views_hold(ledger, one))
                removed += hmi_ledger_decommit(ledger, one);
        }
        if (!executable)
            hmi_ledger_protect(ledger, run, false);
        else if (hmi_ledger_prepare_executable(ledger, run))
            hmi_ledger_allow_execution_of_committed(ledger, run);
    }
    return removed;
}

bool hmi_reconcile_record(hmi_core *core, hmi_range pages, SIZE_T charged)
{
    hmi_ledger *ledger = &core->ledger;
    hmi_range run = pages;
    SIZE_T added = 0, removed = 0;
    bool has_others = false;
    MEMORY_BASIC_INFORMATION region;
    for (; run.start < pages.end && hmi_core_describe(core, pages.end, &run, &region); run.start = run.end) {
        bool executable = hmi_protection_allows_execution(region.Protect);
        hmi_entry entry = {.pages = run};
        hmi_ledger_find(ledger, &entry);
        has_others = has_others || (region.State != MEM_FREE && !hmi_owner_has_region(core, &region) &&
                                    !hmi_ledger_views_hold(ledger, run));
        if (region.State != MEM_COMMIT) {
            removed += hmi_ledger_decommit(ledger, run);
        } else if (!hmi_owner_has_region(core, &region)) {
            removed += record_not_reserved(ledger, run, executable);
        } else if (hmi_ledger_prepare_commit(ledger, &entry, executable)) {
            added += hmi_ledger_commit(ledger, &entry, executable);
            hmi_ledger_protect(ledger, run, executable);
        }
    }
    hmi_quota_cache_adjust_charge(core->quota_cache, charged + removed, added);
    hmi_quota_cache_note_peak(core->quota_cache);
    return has_others;
}

void hmi_reconcile(hmi_core *core, hmi_range pages)
{
    hmi_overlap *overlap = &core->ledger.overlap;
    UINT32 last_error = core->os->get_last_error(core->os);
    bool is_outside = false, has_others;
    hmi_word version;
    hmi_overlap_enter(overlap, pages);
    do {
        version = hmi_overlap_version(overlap, pages);
        has_others = hmi_reconcile_record(core, pages, 0) && !is_outside;
        if (has_others) { /* they may belong to a reservation that is just being made */
            hmi_overlap_enter_outside(overlap);
            is_outside = true;
        }
    } while (has_others || hmi_overlap_version(overlap, pages) != version);
    if (is_outside)
        hmi_overlap_leave_outside(overlap);
    hmi_overlap_leave(overlap, pages);
    core->os->set_last_error(core->os, last_error);
}

void hmi_reconcile_outside(hmi_core *core, hmi_range pages, bool was_alone)
{
    hmi_overlap_enter_outside(&core->ledger.overlap);
    if (!was_alone || hmi_ledger_owns_granule(&core->ledger, pages.start))
        hmi_reconcile(core, pages);
    hmi_overlap_leave_outside(&core->ledger.overlap);
}
