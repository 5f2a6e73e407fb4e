/* Tells a call whether other calls worked on the same pages at the same time. A call first asks the operating system to
 * change pages, and then records the change. If two calls do this to the same pages at the same time, the books may end
 * with the change of the one and the system with that of the other. There is no lock against that. Instead, a call that
 * was the only one on its pages from before it asked the system until after it recorded knows that its record is right.
 * Any other call queries the system for the state of the pages and records that, and repeats this until no call began
 * or ended in between. The last call to do so leaves the right record.
 *
 * Calls are counted when they begin and end, in stripes of the address space. A call on other pages of the same stripe
 * costs an unneeded query, nothing worse. While a thread is suspended inside of a call, other calls on its stripe query
 * each time; if it is ended there, they do so for good. Nothing waits. */
#ifndef HMI_BOOKS_OVERLAP_H
#define HMI_BOOKS_OVERLAP_H

#include "base/compiler.h"
#include "books/atomic_bitmap.h"

/* A stripe is 64 KiB of address space; numbers repeat after 256 stripes. */
#define HMI_OVERLAP_STRIPES 256
#define HMI_OVERLAP_STRIPE_SHIFT 16

typedef struct hmi_overlap_stripe {
    hmi_cell begun;
    hmi_cell ended;
} hmi_overlap_stripe;

/* Where the stripe with a number is: neighbours lie in different cache lines, because threads often work on
 * neighbouring regions. */
static inline unsigned hmi_overlap_place(UINT_PTR number)
{
    unsigned stripe = (unsigned)(number % HMI_OVERLAP_STRIPES);
    return stripe % 64 * 4 + stripe / 64;
}

/* Starts zeroed. */
typedef struct hmi_overlap {
    hmi_overlap_stripe stripe[HMI_OVERLAP_STRIPES];
    hmi_overlap_stripe outside;
} hmi_overlap;

/* The state of the counters when a call began. */
typedef struct hmi_overlap_watch {
    hmi_word begun; /* unchanged as long as no other call begins */
    bool alone;     /* no other call was at work then */
} hmi_overlap_watch;

/* Begins a call that changes pages. Each hmi_overlap_enter needs an hmi_overlap_leave with the same range. */
hmi_overlap_watch hmi_overlap_enter(hmi_overlap *overlap, hmi_range pages);
void hmi_overlap_leave(hmi_overlap *overlap, hmi_range pages);

/* Parts of the next two functions: for ranges in several stripes. */
hmi_overlap_watch hmi_overlap_look_at_all(hmi_overlap *overlap, hmi_range pages);
hmi_word hmi_overlap_begun_in_all(hmi_overlap *overlap, hmi_range pages);

/* The stripe of a range; NULL if the range lies in several. */
HMI_ALWAYS_INLINE hmi_overlap_stripe *hmi_overlap_stripe_of(hmi_overlap *overlap, hmi_range pages)
{
    UINT_PTR first = pages.start >> HMI_OVERLAP_STRIPE_SHIFT, last = (pages.end - 1) >> HMI_OVERLAP_STRIPE_SHIFT;
    return first == last ? &overlap->stripe[hmi_overlap_place(first)] : NULL;
}

/* Begins a call that need not be counted, because calls of its kind give the same result in any order: committing pages
 * without execute access. */
HMI_ALWAYS_INLINE hmi_overlap_watch hmi_overlap_look(hmi_overlap *overlap, hmi_range pages)
{
    hmi_overlap_stripe *stripe = hmi_overlap_stripe_of(overlap, pages);
    hmi_word ended, begun;
    if (!stripe)
        return hmi_overlap_look_at_all(overlap, pages);
    ended = atomic_load(&stripe->ended); /* before begun: what has begun by then and not ended is at work */
    begun = atomic_load(&stripe->begun);
    return (hmi_overlap_watch){begun, begun == ended};
}

/* Whether no other counted call has worked on the pages since hmi_overlap_enter or hmi_overlap_look. */
HMI_ALWAYS_INLINE bool hmi_overlap_was_alone(hmi_overlap *overlap, hmi_range pages, hmi_overlap_watch since)
{
    hmi_overlap_stripe *stripe = hmi_overlap_stripe_of(overlap, pages);
    hmi_word begun = stripe ? atomic_load(&stripe->begun) : hmi_overlap_begun_in_all(overlap, pages);
    return since.alone && begun == since.begun;
}

/* Begin and end a call that has changed pages which are not in the books, wherever they are: a reservation that is just
 * being made may have them, and nobody knows where that is before the system has answered. */
void hmi_overlap_enter_outside(hmi_overlap *overlap);
void hmi_overlap_leave_outside(hmi_overlap *overlap);

/* Begins a call that makes a reservation; and whether no other call has changed such pages since. */
hmi_overlap_watch hmi_overlap_look_outside(hmi_overlap *overlap);
bool hmi_overlap_was_alone_outside(hmi_overlap *overlap, hmi_overlap_watch since);

/* A number that changes whenever a call enters or leaves. */
hmi_word hmi_overlap_version(hmi_overlap *overlap, hmi_range pages);

#endif
