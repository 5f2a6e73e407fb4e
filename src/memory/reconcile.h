/* Makes the books of some pages say what the operating system says: where another call may have been at work on the
 * same pages meanwhile (books/overlap.h), and where an entry was taken out too early. Holds nothing and waits for
 * nobody. */
#ifndef HMI_MEMORY_RECONCILE_H
#define HMI_MEMORY_RECONCILE_H

#include "core_state.h"

/* Records what the system says of the pages now. charged: bytes that the budget has for them and the books have not.
 * Whether some are allocated and neither in a reservation of ours nor in a view, so that nothing is recorded of
 * them. */
bool hmi_reconcile_record(hmi_core *core, hmi_range pages, SIZE_T charged);

/* The end of a call that has changed pages of others, as it seems: they may be those of a reservation that another call
 * is just making, which has to know. was_alone: by hmi_overlap_was_alone. */
void hmi_reconcile_outside(hmi_core *core, hmi_range pages, bool was_alone);

/* The rest of the next two functions: records until nobody has come or gone meanwhile. */
HMI_COLD void hmi_reconcile(hmi_core *core, hmi_range pages);

/* The ends of calls that began with hmi_overlap_look and with hmi_overlap_enter, when they have recorded what they
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
