/* What there was when the trace was started, as far as it says: reservations with their committed pages, which are
 * made before the first call is replayed. Of heaps it says nothing; they are made when a call needs them. */
#ifndef TRACE_REPLAY_BEFORE_H
#define TRACE_REPLAY_BEFORE_H

#include "replay_calls.h"

enum { REPLAY_REGIONS_MOST = 1 << 20 };

/* Zeroes are none. */
typedef struct replay_before {
    hostmem_trace_region *regions; /* in the order of the trace */
    uint32_t count;
    uint32_t room;
    uint64_t made;    /* reservations */
    uint64_t refused; /* reservations that could not be made, or make no sense */
} replay_before;

/* Takes note of a region; what there is no room for is passed over. */
void replay_before_add(replay_before *before, const hostmem_trace_region *region);

/* Makes what has been noted, and forgets it. */
void replay_before_make(replay_before *before, replay_calls *calls);

#endif
