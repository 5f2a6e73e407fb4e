/* What existed when the trace was started, as far as the trace says: reservations with their committed pages, which
 * are made before the first call is replayed. Heaps are not recorded; they are made when a call needs them. */
#ifndef TRACE_REPLAY_BEFORE_H
#define TRACE_REPLAY_BEFORE_H

#include "replay_calls.h"

enum { REPLAY_REGIONS_MOST = 1 << 20 };

/* Zero-initialized it is empty. */
typedef struct replay_before {
    hostmem_trace_region *regions; /* in the order of the trace */
    uint32_t count;
    uint32_t room;
    uint64_t made;    /* number of reservations */
    uint64_t refused; /* reservations that could not be made or are inconsistent */
} replay_before;

/* Records a region; ignores it if out of memory. */
void replay_before_add(replay_before *before, const hostmem_trace_region *region);

/* Makes the recorded reservations, and clears the records. */
void replay_before_make(replay_before *before, replay_calls *calls);

#endif
