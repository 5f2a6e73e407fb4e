/* Tells calls whether others were at work on the same pages while they were. A call asks the operating system to change
 * pages, and records it: two steps, in between which another call's two steps may come, and then the books have what
 * was recorded last and the system what was asked for last. Nothing is locked against that. A call that was alone with
 * its pages from before it asked until after it has recorded is right; one that was not asks the system what the pages
 * are, and records that, until nobody has come or gone meanwhile. Whoever comes last to that is right.
 *
 * Calls are counted when they begin and when they end, by stripes of the address space: other pages of the same stripe
 * cost a call a needless question, nothing worse. A thread that stops in a call makes others that come to its stripe
 * ask until it goes on, and one that is ended there, for good. Nothing waits. */
#ifndef HMI_BOOKS_OVERLAP_H
#define HMI_BOOKS_OVERLAP_H

#include "base/compiler.h"
#include "books/atomic_bitmap.h"

/* 64 KiB, and then the next stripe. */
#define HMI_OVERLAP_STRIPES 256
#define HMI_OVERLAP_STRIPE_SHIFT 16

typedef struct hmi_overlap_stripe {
    hmi_cell begun;
    hmi_cell ended;
} hmi_overlap_stripe;

/* Zeroed to begin with. */
typedef struct hmi_overlap {
    hmi_overlap_stripe stripe[HMI_OVERLAP_STRIPES];
    hmi_overlap_stripe outside;
} hmi_overlap;

/* What a call knows of the others since a moment. */
typedef struct hmi_overlap_watch {
    hmi_word begun; /* what it is as long as no other begins */
    bool alone;     /* none was at work then */
} hmi_overlap_watch;

/* A call begins to change pages. Each hmi_overlap_enter needs its hmi_overlap_leave, of the same range. */
hmi_overlap_watch hmi_overlap_enter(hmi_overlap *overlap, hmi_range pages);
void hmi_overlap_leave(hmi_overlap *overlap, hmi_range pages);

/* The parts of the next two functions for ranges in several stripes. */
hmi_overlap_watch hmi_overlap_look_at_all(hmi_overlap *overlap, hmi_range pages);
hmi_word hmi_overlap_begun_in_all(hmi_overlap *overlap, hmi_range pages);

/* The stripe of a range; NULL if it lies in several. */
HMI_ALWAYS_INLINE hmi_overlap_stripe *hmi_overlap_stripe_of(hmi_overlap *overlap, hmi_range pages)
{
    UINT_PTR first = pages.start >> HMI_OVERLAP_STRIPE_SHIFT, last = (pages.end - 1) >> HMI_OVERLAP_STRIPE_SHIFT;
    return first == last ? &overlap->stripe[first % HMI_OVERLAP_STRIPES] : NULL;
}

/* A call begins that others need not know of, because any order of its changes and those of its like comes to the same:
 * those that commit pages without execution. */
HMI_ALWAYS_INLINE hmi_overlap_watch hmi_overlap_look(hmi_overlap *overlap, hmi_range pages)
{
    hmi_overlap_stripe *stripe = hmi_overlap_stripe_of(overlap, pages);
    hmi_word ended, begun;
    if (!stripe)
        return hmi_overlap_look_at_all(overlap, pages);
    ended = atomic_load(&stripe->ended); /* first: what has begun by then and not ended is at work */
    begun = atomic_load(&stripe->begun);
    return (hmi_overlap_watch){begun, begun == ended};
}

/* Whether the caller has been the only one at work on the pages since hmi_overlap_enter or hmi_overlap_look, as far as
 * those count who enter. */
HMI_ALWAYS_INLINE bool hmi_overlap_was_alone(hmi_overlap *overlap, hmi_range pages, hmi_overlap_watch since)
{
    hmi_overlap_stripe *stripe = hmi_overlap_stripe_of(overlap, pages);
    hmi_word begun = stripe ? atomic_load(&stripe->begun) : hmi_overlap_begun_in_all(overlap, pages);
    return since.alone && begun == since.begun;
}

/* A call has changed pages that are not in the books, wherever they are: a reservation that is just being made may have
 * them, and where that is nobody knows before the system has answered. */
void hmi_overlap_enter_outside(hmi_overlap *overlap);
void hmi_overlap_leave_outside(hmi_overlap *overlap);

/* A call begins to make a reservation; whether no other has committed such pages since. */
hmi_overlap_watch hmi_overlap_look_outside(hmi_overlap *overlap);
bool hmi_overlap_was_alone_outside(hmi_overlap *overlap, hmi_overlap_watch since);

/* Another number whenever somebody has entered or left. */
hmi_word hmi_overlap_version(hmi_overlap *overlap, hmi_range pages);

#endif
