/* Pages that the garbage collector has reset. It unlocks them right after the call that resets them, behind the
 * manager's back, so it is of no use to lock them again at once: they are noted here, and handed out for that once they
 * have rested. Any thread may call anything at any time; nothing waits. */
#ifndef HMI_BOOKS_RELOCK_QUEUE_H
#define HMI_BOOKS_RELOCK_QUEUE_H

#include "books/atomic_bitmap.h"

/* Noted pages are due after this long, or up to twice as long where notes do not cease. */
#define HMI_RELOCK_DELAY_MS 500

typedef struct hmi_relock_queue {
    hmi_atomic_bitmap noted[2];
    _Atomic UINT32 young;  /* the map that takes notes; those in the other one have rested since they changed places */
    _Atomic UINT64 due_ms; /* when they change places again; 0: nothing is noted */
    _Atomic UINT64 noted_ms; /* when the last note came */
} hmi_relock_queue;

/* Returns a Win32 error, 0 for success. After a failure, too, it may be destroyed. */
UINT32 hmi_relock_queue_init(hmi_relock_queue *resets, hostmem_os *os, SIZE_T page_size);

/* Precondition: nobody else uses it. A zeroed struct may be passed. */
void hmi_relock_queue_destroy(hmi_relock_queue *resets);

/* Notes pages. now_ms: the system's clock. False: there is no memory to note them in. */
bool hmi_relock_queue_note(hmi_relock_queue *resets, hmi_range pages, UINT64 now_ms);

/* Whether anything is noted. */
static inline bool hmi_relock_queue_pending(hmi_relock_queue *resets)
{
    return atomic_load_explicit(&resets->due_ms, memory_order_relaxed) != 0;
}

/* Hands out what has rested, each run of pages once and to one thread. now_ms: as above. */
void hmi_relock_queue_take_due(hmi_relock_queue *resets, UINT64 now_ms, void (*take)(void *context, hmi_range run),
                               void *context);

#endif
