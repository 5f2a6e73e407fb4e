/* Makes one recorded call again. Addresses, heaps and blocks of the trace stand for those that the replay was given
 * in their place: reservations that were made at a place of the caller's choice are made anywhere, and what lies in
 * them is found by its distance from the beginning. Calls for memory that the replay does not have are not made. */
#ifndef TRACE_REPLAY_CALLS_H
#define TRACE_REPLAY_CALLS_H

#include "live_map.h"
#include "origin_names.h"
#include "replay_target.h"

/* Why a call is not made again. */
typedef enum replay_reason {
    REPLAY_MADE, /* it is */
    REPLAY_NOT_A_CALL,
    REPLAY_EARLIER,  /* of memory that the trace does not show the beginning of, or that the replay could not get */
    REPLAY_PLACE,    /* of an address that had nothing to do with the manager, or that happened to be taken */
    REPLAY_VIEW,     /* of views of files, which the trace does not have */
    REPLAY_INJECTED, /* a fault on purpose struck it */
    REPLAY_SIZE,     /* for a process of more bits than this one has */
    REPLAY_NO_ROOM,  /* too much is live to be followed */
    REPLAY_REASONS
} replay_reason;

typedef struct replay_outcome {
    replay_reason reason;
    HRESULT result;
    uint64_t ticks;         /* that the call took, of replay_clock */
    const char *difference; /* between the two calls, apart from the result; NULL: none */
} replay_outcome;

typedef struct replay_calls {
    replay_target *target;
    const hostmem_trace_file_header *header;
    origins origins;
    live_map reservations; /* address; value: where it is now */
    live_map heaps;        /* address: the heap's id; value: the IHostMalloc */
    live_map blocks;       /* owner: the heap's id; value: where it is now */
    uint64_t heaps_made;   /* for those that were there before the trace */
} replay_calls;

replay_outcome replay_call(replay_calls *calls, const hostmem_trace_event *event);

/* Success against success, and failures of one class: out of memory, out of service, or wrong. */
bool replay_results_agree(uint32_t recorded, HRESULT now);

void replay_calls_free(replay_calls *calls);

#endif
