/* Requests that wait for memory. A thread that frees memory wakes only the longest waiting request that the memory
 * could be enough for; a woken request tries, and then wakes the next one if memory is left. No lock is held while
 * waiting. A waiter that is suspended or ended delays the others by at most a tenth of a second, and counts as waiting
 * for a second. */
#ifndef HMI_BUDGET_WAITING_H
#define HMI_BUDGET_WAITING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "budget/bypass.h"
#include "os/os.h"

typedef struct hmi_waiter hmi_waiter;

/* Returns how many bytes a request of a level could get now. */
typedef uint64_t hmi_available(void *context, UINT32 level);

typedef struct hmi_waiting {
    hostmem_os *os;
    hmi_available *available;
    void *available_context;
    void *spare_event;           /* never set; for requests for which there is no memory for a waiter */
    hmi_bypass *bypass;          /* has HMI_BYPASS_WAITING set while a request waits */
    _Atomic uint32_t generation; /* changes when memory is freed; waiters that have tried since need not try again */
    _Atomic uint64_t tickets;    /* tickets given so far */
    _Atomic(hmi_waiter *) first;
} hmi_waiting;

/* A request that waits. */
typedef struct hmi_wait_request {
    uint64_t bytes;
    UINT32 level;
    UINT32 timeout_ms;
    UINT32 (*attempt)(void *context); /* makes an attempt; returns 0, or a Win32 error */
    bool (*cancelled)(void *cancel_context);
    void *context, *cancel_context;
} hmi_wait_request;

/* Precondition: waiting is zeroed. bypass: the word in which HMI_BYPASS_WAITING is set while requests wait. Returns a
 * Win32 error, 0 for success. */
UINT32 hmi_waiting_init(hmi_waiting *waiting, hostmem_os *os, hmi_bypass *bypass, hmi_available *available,
                        void *available_context);

/* Precondition: nobody waits. A zeroed struct may be passed. */
void hmi_waiting_destroy(hmi_waiting *waiting);

/* Call after memory was freed: wakes a request that can have it. */
void hmi_waiting_signal(hmi_waiting *waiting);

/* Call after quota that a thread had charged without getting memory was returned: wakes a request that may have been
 * refused because of it. A failed attempt must not call hmi_waiting_signal, or requests that wait for the operating
 * system would wake each other for ever. */
void hmi_waiting_wake_next(hmi_waiting *waiting);

/* Clears HMI_BYPASS_WAITING if no request waits. Call it from time to time while that is set, because the thread of the
 * last waiter may have been ended. */
void hmi_waiting_check(hmi_waiting *waiting);

/* Wakes all waiters, so that they try again and check whether they are cancelled. */
void hmi_waiting_wake_all(hmi_waiting *waiting);

/* Makes attempts until one succeeds, or fails for another reason than lack of memory. Returns its result; ERROR_TIMEOUT
 * when the time is up; ERROR_OPERATION_ABORTED when cancelled. The only function that makes calls of the CLR wait by
 * configuration. */
UINT32 hmi_waiting_try(hmi_waiting *waiting, const hmi_wait_request *request);

#endif
