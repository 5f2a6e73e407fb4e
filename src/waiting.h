/* Requests that wait for memory. Whoever frees some signals; one waiter wakes, tries again, and wakes the next only if
 * there is still room for somebody. Nothing is held while waiting, and a waiter that is suspended or killed delays the
 * others by a tenth of a second at most. */
#ifndef HOSTMEM_SRC_WAITING_H
#define HOSTMEM_SRC_WAITING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "os.h"

typedef struct hostmem_waiting {
    hostmem_os *os;
    void *event;
    _Atomic uint32_t waiters;
    _Atomic uint32_t generation;    /* of signals: a waiter that has tried since the last one need not try again */
    _Atomic uint64_t smallest;      /* no waiter wants less than this; 0: unknown */
} hostmem_waiting;

/* What a waiter waits for. */
typedef struct hostmem_wish {
    uint64_t bytes;
    UINT32 timeout_ms;
    UINT32 (*attempt)(void *context);   /* tries to get it: 0, or a Win32 error */
    uint64_t (*room)(void *room_context);       /* bytes that a request of this kind could get now */
    bool (*cancelled)(void *cancel_context);
    void *context, *room_context, *cancel_context;
} hostmem_wish;

/* Returns a Win32 error, 0 for success. */
UINT32 hostmem_waiting_init(hostmem_waiting *waiting, hostmem_os *os);

/* Precondition: nobody waits. A zeroed struct may be passed. */
void hostmem_waiting_destroy(hostmem_waiting *waiting);

/* Call after memory has become available: room bytes could be had now. */
void hostmem_waiting_signal(hostmem_waiting *waiting, uint64_t room);

/* Tries until the attempt succeeds, or fails with anything but a lack of memory; returns its result, ERROR_TIMEOUT when
 * time is up, ERROR_OPERATION_ABORTED when cancelled. The one function of the library that waits for policy. */
UINT32 hostmem_waiting_try(hostmem_waiting *waiting, const hostmem_wish *wish);

#endif
