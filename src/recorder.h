/* Where threads leave events for one reader to collect. Room is in blocks of slots; each lane has a current block, each
 * thread a lane. Leaving an event is a few atomic steps, without a lock, a call or a wait: a thread that stops in the
 * middle keeps one slot and nobody else. Blocks are never given back nor moved, so that one which a thread has in hand
 * is always good. */
#ifndef HOSTMEM_SRC_RECORDER_H
#define HOSTMEM_SRC_RECORDER_H

#include <hostmem/trace_format.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "bits.h"
#include "os.h"

#define HOSTMEM_RECORDER_SLOTS 256u /* in a block */
#define HOSTMEM_RECORDER_BLOCK_BYTES (HOSTMEM_RECORDER_SLOTS * sizeof(hostmem_trace_event))
#define HOSTMEM_RECORDER_MOST_BLOCKS (HOSTMEM_TRACE_MAX_ROUND / HOSTMEM_RECORDER_SLOTS)

/* Number of lanes; a power of two. Threads that are led to the same one get in each other's way, nothing worse. */
#define HOSTMEM_LANES 32

typedef struct hostmem_recorder hostmem_recorder;
typedef struct hostmem_slot hostmem_slot;

/* Makes a recorder with room for bytes of events, rounded up to whole blocks and at least two of them. Returns a Win32
 * error, 0 for success. Precondition: bytes are at most those of HOSTMEM_RECORDER_MOST_BLOCKS blocks. */
UINT32 hostmem_recorder_create(hostmem_os *os, SIZE_T bytes, hostmem_recorder **out);

/* Precondition: nobody else uses it. NULL is allowed. */
void hostmem_recorder_destroy(hostmem_recorder *recorder);

/* Gives a slot for one event, which the calling thread fills next. NULL: there is no room, the event counts as
 * dropped. */
hostmem_slot *hostmem_recorder_take(hostmem_recorder *recorder);
void hostmem_recorder_fill(hostmem_slot *slot, const hostmem_trace_event *event);

/* How many events have been dropped so far. */
uint64_t hostmem_recorder_dropped(const hostmem_recorder *recorder);

/* ---- For the one who reads ---- */

/* Hands every event that is complete to reader, each once, and makes room of blocks that are done with. Returns how
 * many there were: at most HOSTMEM_TRACE_MAX_ROUND. */
typedef void hostmem_recorder_reader(void *context, const hostmem_trace_event *event);
uint32_t hostmem_recorder_collect(hostmem_recorder *recorder, hostmem_recorder_reader *reader, void *context);

/* How many events have been begun and are not complete. Precondition: all that were complete have been collected. */
uint64_t hostmem_recorder_incomplete(hostmem_recorder *recorder);

#endif
