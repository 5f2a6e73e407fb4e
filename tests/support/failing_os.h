/* The real operating system, with a call in it that fails: the Win32 table with every function that can fail counted,
 * and one of them, or all from one on, failing without effect. It also knows what was taken and not given back, and
 * every reservation, so that counters can be held against a walk with VirtualQuery.
 *
 * VirtualFree is not made to fail: neither a runtime nor the library has an answer to that. Threads: any; it never
 * waits. */
#ifndef HOSTMEM_TESTS_FAILING_OS_H
#define HOSTMEM_TESTS_FAILING_OS_H

#include <hostmem/hostmem.h>

#include "os/os.h"

#define FAILING_MAX_RESERVATIONS 1024

typedef struct failing_os {
    hostmem_os functions;    /* to put under the library */
    hostmem_os *below;       /* the Win32 table */
    volatile LONG calls;     /* that can fail, so far */
    LONG first, last;        /* those with these numbers, from 1, fail; 0: none; to MAXLONG: but VirtualProtect */
    volatile LONG failed;    /* how many did */
    volatile LONG held;      /* heaps, tables, objects, events and threads */
    volatile LONG forgotten; /* reservations too many to keep */
    void *volatile reservations[FAILING_MAX_RESERVATIONS];
} failing_os;

/* What fails says ERROR_COMMITMENT_LIMIT where memory is asked for, and otherwise ERROR_TIMEOUT, which every method of
 * the CLR's may end with. */
void failing_os_init(failing_os *os, LONG first, LONG last);

/* Whether the figures of an instance are what a walk finds. Others may be at work: it looks again until it is at rest,
 * and gives up after some seconds. The sentence says what differs. */
BOOL failing_os_agrees(failing_os *os, hostmem *instance, char *sentence, SIZE_T bytes);

/* How many reservations there are. */
unsigned failing_os_reservations(const failing_os *os);

#endif
