/* Makes one recorded call again. Addresses, heaps and blocks of the trace are mapped to those of the replay:
 * reservations at an address that the caller chose are made anywhere, and addresses in them are found by their
 * offset. Calls for memory that the replay does not have are not made. */
#ifndef TRACE_REPLAY_CALLS_H
#define TRACE_REPLAY_CALLS_H

#include "live_blocks.h"
#include "origin_names.h"
#include "replay_target.h"

/* Why a call is not made again. */
typedef enum replay_reason {
    REPLAY_MADE, /* it is made */
    REPLAY_NOT_A_CALL,
    REPLAY_EARLIER,  /* the memory is older than the trace, or the replay could not get it */
    REPLAY_PLACE,    /* the address was not the manager's, or was in use by chance */
    REPLAY_VIEW,     /* a view of a file; the trace does not contain files */
    REPLAY_INJECTED, /* it failed by an injected fault */
    REPLAY_SIZE,     /* the sizes are too large for a 32-bit process */
    REPLAY_NO_ROOM,  /* too much is live to be tracked */
    REPLAY_REASONS
} replay_reason;

typedef struct replay_outcome {
    replay_reason reason;
    HRESULT result;
    uint64_t ticks;         /* that the call took, of replay_clock */
    const char *difference; /* between the two calls, other than the result; NULL: none */
} replay_outcome;

typedef struct replay_calls {
    replay_target *target;
    const hostmem_trace_file_header *header;
    origins origins;
    live_map reservations; /* address; value: its present address */
    live_map heaps;        /* address: the heap's id; value: the IHostMalloc */
    live_blocks blocks;    /* value: the present address */
    uint64_t heaps_made;   /* heaps older than the trace */
} replay_calls;

replay_outcome replay_call(replay_calls *calls, const hostmem_trace_event *event);

/* Both succeeded, or both failed with the same class: out of memory, out of service, or invalid. */
bool replay_results_agree(uint32_t recorded, HRESULT now);

void replay_calls_free(replay_calls *calls);

#endif
