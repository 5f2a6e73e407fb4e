/* Two counters for each stripe, which only grow. So the sums of begun and of ended over several stripes are equal only
 * if they are equal in each stripe.
 *
 * Checked against ARM's memory model: all operations are sequentially consistent, as those of the bitmaps and tables
 * are. A call must not read the counters before its record is visible to others, nor the books before its own count. */
#include "books/overlap.h"

/* Returns how many stripes a range touches; first receives the number of the first one. */
static unsigned stripes_of(hmi_range pages, UINT_PTR *first)
{
    UINT_PTR last = (pages.end - 1) >> HMI_OVERLAP_STRIPE_SHIFT;
    *first = pages.start >> HMI_OVERLAP_STRIPE_SHIFT;
    return last - *first < HMI_OVERLAP_STRIPES ? (unsigned)(last - *first) + 1 : HMI_OVERLAP_STRIPES;
}

static hmi_overlap_stripe *stripe_at(hmi_overlap *overlap, UINT_PTR number)
{
    return &overlap->stripe[hmi_overlap_place(number)];
}

hmi_overlap_watch hmi_overlap_enter(hmi_overlap *overlap, hmi_range pages)
{
    UINT_PTR first;
    unsigned count = stripes_of(pages, &first), i;
    hmi_word begun = 0, ended = 0;
    for (i = 0; i < count; i++) {
        hmi_overlap_stripe *stripe = stripe_at(overlap, first + i);
        begun += atomic_fetch_add(&stripe->begun, 1);
        ended += atomic_load(&stripe->ended);
    }
    return (hmi_overlap_watch){begun + count, begun == ended};
}

void hmi_overlap_leave(hmi_overlap *overlap, hmi_range pages)
{
    UINT_PTR first;
    unsigned count = stripes_of(pages, &first), i;
    for (i = 0; i < count; i++)
        atomic_fetch_add(&stripe_at(overlap, first + i)->ended, 1);
}

hmi_overlap_watch hmi_overlap_look_at_all(hmi_overlap *overlap, hmi_range pages)
{
    UINT_PTR first;
    unsigned count = stripes_of(pages, &first), i;
    hmi_word begun = 0, ended = 0;
    for (i = 0; i < count; i++) {
        hmi_overlap_stripe *stripe = stripe_at(overlap, first + i);
        ended += atomic_load(&stripe->ended);
        begun += atomic_load(&stripe->begun);
    }
    return (hmi_overlap_watch){begun, begun == ended};
}

hmi_word hmi_overlap_begun_in_all(hmi_overlap *overlap, hmi_range pages)
{
    UINT_PTR first;
    unsigned count = stripes_of(pages, &first), i;
    hmi_word begun = 0;
    for (i = 0; i < count; i++)
        begun += atomic_load(&stripe_at(overlap, first + i)->begun);
    return begun;
}

hmi_word hmi_overlap_version(hmi_overlap *overlap, hmi_range pages)
{
    UINT_PTR first;
    unsigned count = stripes_of(pages, &first), i;
    hmi_word version = 0;
    for (i = 0; i < count; i++) {
        hmi_overlap_stripe *stripe = stripe_at(overlap, first + i);
        version += atomic_load(&stripe->begun) + atomic_load(&stripe->ended);
    }
    return version;
}

void hmi_overlap_enter_outside(hmi_overlap *overlap)
{
    atomic_fetch_add(&overlap->outside.begun, 1);
}

void hmi_overlap_leave_outside(hmi_overlap *overlap)
{
    atomic_fetch_add(&overlap->outside.ended, 1);
}

hmi_overlap_watch hmi_overlap_look_outside(hmi_overlap *overlap)
{
    hmi_word ended = atomic_load(&overlap->outside.ended), begun = atomic_load(&overlap->outside.begun);
    return (hmi_overlap_watch){begun, begun == ended};
}

bool hmi_overlap_was_alone_outside(hmi_overlap *overlap, hmi_overlap_watch since)
{
    return since.alone && atomic_load(&overlap->outside.begun) == since.begun;
}
