/* Makes the books agree with the operating system about some pages: if another call may have worked on them at the same
 * time (books/overlap.h), or if an entry was removed from the books and the system then refused. Never waits. */
#ifndef HMI_MEMORY_RECONCILE_H
#define HMI_MEMORY_RECONCILE_H

#include "core_state.h"

/* Records the state that the system reports for the pages now. charged: bytes that were charged to the budget for these
 * pages and are not in the books. Returns whether some pages are allocated but belong neither to a reservation of ours
 * nor to a view, so that nothing is recorded of them. */
bool hmi_reconcile_record(hmi_core *core, hmi_range pages, SIZE_T charged);

/* Ends a call that has changed pages of others, as it seems: they may belong to a reservation that another call is just
 * making, and that call has to know. was_alone: the result of hmi_overlap_was_alone. */
void hmi_reconcile_outside(hmi_core *core, hmi_range pages, bool was_alone);

/* Part of the next two functions: records until no call has begun or ended in between. */
HMI_COLD void hmi_reconcile(hmi_core *core, hmi_range pages);

/* Called at the end of calls that began with hmi_overlap_look and hmi_overlap_enter, after they have recorded what they
 * did. */
HMI_ALWAYS_INLINE void hmi_reconcile_look(hmi_core *core, hmi_range pages, hmi_overlap_watch watch)
{
    if (!hmi_overlap_was_alone(&core->ledger.overlap, pages, watch))
        hmi_reconcile(core, pages);
}

HMI_ALWAYS_INLINE void hmi_reconcile_leave(hmi_core *core, hmi_range pages, hmi_overlap_watch watch)
{
    hmi_reconcile_look(core, pages, watch);
    hmi_overlap_leave(&core->ledger.overlap, pages);
}

#endif
