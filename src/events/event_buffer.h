/* Where threads leave events for one reader to collect. Room is in blocks of slots; each lane has a current block, each
 * thread a lane. Leaving an event is a few atomic steps, without a lock, a call or a wait: a thread that stops in the
 * middle keeps one slot, and nobody else, until it goes on. Blocks are never given back nor moved, so that one which a thread has in hand
 * is always good. */
#ifndef HMI_EVENTS_EVENT_BUFFER_H
#define HMI_EVENTS_EVENT_BUFFER_H

#include <hostmem/trace_format.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/bits.h"
#include "os/os.h"

#define HMI_EVENT_BUFFER_SLOTS 256u /* in a block */
#define HMI_EVENT_BUFFER_BLOCK_BYTES (HMI_EVENT_BUFFER_SLOTS * sizeof(hostmem_trace_event))
#define HMI_EVENT_BUFFER_MAX_BLOCKS (HOSTMEM_TRACE_MAX_ROUND / HMI_EVENT_BUFFER_SLOTS)

/* Number of lanes; a power of two. Threads that are led to the same one get in each other's way, nothing worse. */
#define HMI_EVENT_LANES 32

typedef struct hmi_event_buffer hmi_event_buffer;
typedef struct hmi_event_slot hmi_event_slot;

/* Makes a recorder with room for bytes of events, rounded up to whole blocks and at least two of them. Returns a Win32
 * error, 0 for success. Precondition: bytes are at most those of HMI_EVENT_BUFFER_MAX_BLOCKS blocks. */
UINT32 hmi_event_buffer_create(hostmem_os *os, SIZE_T bytes, hmi_event_buffer **out);

/* Precondition: nobody else uses it. NULL is allowed. */
void hmi_event_buffer_destroy(hmi_event_buffer *buffer);

/* Gives a slot for one event, which the calling thread fills next. NULL: there is no room, the event counts as
 * dropped. */
hmi_event_slot *hmi_event_buffer_take(hmi_event_buffer *buffer);
void hmi_event_buffer_fill(hmi_event_slot *slot, const hostmem_trace_event *event);

/* How many events have been dropped so far. */
uint64_t hmi_event_buffer_dropped(const hmi_event_buffer *buffer);

/* ---- For the one who reads ---- */

/* Hands every event that is complete to reader, each once, and makes room of blocks that are done with. Returns how
 * many there were: at most HOSTMEM_TRACE_MAX_ROUND. */
typedef void hmi_event_buffer_reader(void *context, const hostmem_trace_event *event);
uint32_t hmi_event_buffer_collect(hmi_event_buffer *buffer, hmi_event_buffer_reader *reader, void *context);

/* How many events have been begun and are not complete. Precondition: all that were complete have been collected. */
uint64_t hmi_event_buffer_incomplete(hmi_event_buffer *buffer);

#endif
