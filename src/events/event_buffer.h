/* A buffer in which threads record events for one reader. It consists of blocks of slots; each lane has a current
 * block, and each thread uses a lane. Recording takes a few atomic steps and no call, except that the reader is woken
 * when half of the room is used. A thread that is suspended meanwhile keeps one slot until it continues. Blocks are not
 * freed or moved while the buffer lives, so a thread's pointer to one stays valid. */
#ifndef HMI_EVENTS_EVENT_BUFFER_H
#define HMI_EVENTS_EVENT_BUFFER_H

#include <hostmem/trace_format.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/bits.h"
#include "os/os.h"

#define HMI_EVENT_BUFFER_SLOTS 256u /* slots in a block */
#define HMI_EVENT_BUFFER_BLOCK_BYTES (HMI_EVENT_BUFFER_SLOTS * sizeof(hostmem_trace_event))
#define HMI_EVENT_BUFFER_MAX_BLOCKS (HOSTMEM_TRACE_MAX_ROUND / HMI_EVENT_BUFFER_SLOTS)

/* Number of lanes; a power of two. Threads that share a lane are slower, nothing worse. */
#define HMI_EVENT_LANES 32

typedef struct hmi_event_buffer hmi_event_buffer;
typedef struct hmi_event_slot hmi_event_slot;

/* Creates a buffer for this many bytes of events, rounded up to whole blocks and at least two. Returns a Win32 error, 0
 * for success. Precondition: bytes is at most HMI_EVENT_BUFFER_MAX_BLOCKS blocks. */
UINT32 hmi_event_buffer_create(hostmem_os *os, SIZE_T bytes, hmi_event_buffer **out);

/* Precondition: nobody else uses it. NULL is allowed. */
void hmi_event_buffer_destroy(hmi_event_buffer *buffer);

/* Returns a slot, which the calling thread then fills. NULL: there is no room, and the event is counted as dropped. */
hmi_event_slot *hmi_event_buffer_take(hmi_event_buffer *buffer);
void hmi_event_buffer_fill(hmi_event_slot *slot, const hostmem_trace_event *event);

/* The number of events dropped so far. */
uint64_t hmi_event_buffer_dropped(const hmi_event_buffer *buffer);

/* ---- For the reader ---- */

/* Calls reader once for each complete event, and frees the room of blocks that are done. Returns the number of events:
 * at most HOSTMEM_TRACE_MAX_ROUND. */
typedef void hmi_event_buffer_reader(void *context, const hostmem_trace_event *event);
uint32_t hmi_event_buffer_collect(hmi_event_buffer *buffer, hmi_event_buffer_reader *reader, void *context);

/* The event that is set when half of the room is used and the reader has not collected since. It lives as long as the
 * buffer; others may set it, too. */
void *hmi_event_buffer_event(const hmi_event_buffer *buffer);

/* The number of slots. */
uint64_t hmi_event_buffer_capacity(const hmi_event_buffer *buffer);

/* The number of events that were begun and are not complete. Precondition: all complete events have been collected. */
uint64_t hmi_event_buffer_incomplete(hmi_event_buffer *buffer);

#endif
