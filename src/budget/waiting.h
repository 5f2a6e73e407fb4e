/* Requests that wait for memory. Whoever frees some wakes the longest waiting of those whom it could help, and nobody
 * else; who was woken tries, and then wakes the next if there is memory left. Nothing is held while waiting. A waiter
 * that is suspended or ended delays the others by a tenth of a second at most, and counts as one that waits for a
 * second. */
#ifndef HMI_BUDGET_WAITING_H
#define HMI_BUDGET_WAITING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "budget/bypass.h"
#include "os/os.h"

typedef struct hmi_waiter hmi_waiter;

/* Says how many bytes a request of a level could get now. */
typedef uint64_t hmi_available(void *context, UINT32 level);

typedef struct hmi_waiting {
    hostmem_os *os;
    hmi_available *available;
    void *available_context;
    void *spare_event;           /* never set; for who finds no memory for a waiter of its own */
    hmi_bypass *bypass;          /* has HMI_BYPASS_WAITING while somebody waits */
    _Atomic uint32_t generation; /* of freed memory: who has tried since the last need not try again */
    _Atomic uint64_t tickets;    /* given out so far */
    _Atomic(hmi_waiter *) first;
} hmi_waiting;

/* What a waiter waits for. */
typedef struct hmi_wait_request {
    uint64_t bytes;
    UINT32 level;
    UINT32 timeout_ms;
    UINT32 (*attempt)(void *context); /* tries to get it: 0, or a Win32 error */
    bool (*cancelled)(void *cancel_context);
    void *context, *cancel_context;
} hmi_wait_request;

/* waiting is zeroed. bypass: where to say that somebody waits. Returns a Win32 error, 0 for success. */
UINT32 hmi_waiting_init(hmi_waiting *waiting, hostmem_os *os, hmi_bypass *bypass, hmi_available *available,
                        void *available_context);

/* Precondition: nobody waits. A zeroed struct may be passed. */
void hmi_waiting_destroy(hmi_waiting *waiting);

/* Call after memory was freed: wakes who can have it. */
void hmi_waiting_signal(hmi_waiting *waiting);

/* Call after memory that somebody had claimed in vain is as free as before: wakes who may have been misled by that. An
 * attempt that fails must not signal, or those who wait for the system would wake each other for ever. */
void hmi_waiting_wake_next(hmi_waiting *waiting);

/* Takes HMI_BYPASS_WAITING away if nobody waits any more. Call it now and then while that is set: the last waiter may
 * have ended. */
void hmi_waiting_check(hmi_waiting *waiting);

/* Lets every waiter look again, also for whether it is cancelled. */
void hmi_waiting_wake_all(hmi_waiting *waiting);

/* Tries until the attempt succeeds, or fails with anything but a lack of memory; returns its result, ERROR_TIMEOUT when
 * time is up, ERROR_OPERATION_ABORTED when cancelled. The one function of the library that waits for policy. */
UINT32 hmi_waiting_try(hmi_waiting *waiting, const hmi_wait_request *request);

#endif
