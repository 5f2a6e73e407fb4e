/* Pages that the garbage collector has reset and that have to be locked again. The collector unlocks them by itself
 * right after the call that resets them, so locking them at once would be undone. They are noted here, and handed out
 * for locking after a delay. */
#ifndef HMI_BOOKS_RELOCK_QUEUE_H
#define HMI_BOOKS_RELOCK_QUEUE_H

#include "books/atomic_bitmap.h"

/* Noted pages are handed out after this time, or up to twice that if more pages keep being noted. */
#define HMI_RELOCK_DELAY_MS 500

typedef struct hmi_relock_queue {
    hmi_atomic_bitmap noted[2];
    /* Index of the map that new pages are noted in; those in the other map were noted before the last swap */
    _Atomic UINT32 young;
    _Atomic UINT64 due_ms;   /* when the maps are swapped next; 0: nothing is noted */
    _Atomic UINT64 noted_ms; /* when pages were last noted */
} hmi_relock_queue;

/* Returns a Win32 error, 0 for success. The queue may be destroyed after a failure, too. */
UINT32 hmi_relock_queue_init(hmi_relock_queue *resets, hostmem_os *os, SIZE_T page_size);

/* Precondition: nobody else uses it. A zeroed struct may be passed. */
void hmi_relock_queue_destroy(hmi_relock_queue *resets);

/* Notes pages. now_ms: the operating system table's clock. False: there is no memory for it. */
bool hmi_relock_queue_note(hmi_relock_queue *resets, hmi_range pages, UINT64 now_ms);

static inline bool hmi_relock_queue_pending(hmi_relock_queue *resets)
{
    return atomic_load_explicit(&resets->due_ms, memory_order_relaxed) != 0;
}

/* Calls take for each run of pages that were noted long enough ago. Each run is handed out once, to one thread. now_ms:
 * as above. */
void hmi_relock_queue_take_due(hmi_relock_queue *resets, UINT64 now_ms, void (*take)(void *context, hmi_range run),
                               void *context);

#endif
