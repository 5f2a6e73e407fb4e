/* The real operating system with failures: the Win32 table with every function that can fail counted, and one call,
 * or all from one on, failing without effect. It also counts what was allocated and not freed, and records every
 * reservation, so that figures can be compared with a walk with VirtualQuery.
 *
 * VirtualFree is not made to fail: neither a runtime nor the library can continue then. Threads: any; it never
 * waits. */
#ifndef HOSTMEM_TESTS_FAILING_OS_H
#define HOSTMEM_TESTS_FAILING_OS_H

#include <hostmem/hostmem.h>

#include "os/os.h"

#define FAILING_MAX_RESERVATIONS 1024

typedef struct failing_os {
    hostmem_os functions;    /* to pass to the library */
    hostmem_os *below;       /* the Win32 table */
    volatile LONG calls;     /* calls that can fail, so far */
    LONG first, last;        /* those with these numbers, from 1, fail; 0: none; to MAXLONG: but VirtualProtect */
    volatile LONG failed;    /* how many did */
    volatile LONG held;      /* heaps, tables, objects, events and threads */
    volatile LONG forgotten; /* reservations that did not fit into the list */
    void *volatile reservations[FAILING_MAX_RESERVATIONS];
} failing_os;

/* Failing calls return ERROR_COMMITMENT_LIMIT if they request memory, and otherwise ERROR_TIMEOUT, which any method
 * that the CLR calls may return. */
void failing_os_init(failing_os *os, LONG first, LONG last);

/* Whether the figures of an instance equal what a walk finds. Other threads may be working: it repeats until they
 * agree, and gives up after some seconds. The sentence says what differs. */
BOOL failing_os_agrees(failing_os *os, hostmem *instance, char *sentence, SIZE_T bytes);

/* The number of reservations. */
unsigned failing_os_reservations(const failing_os *os);

#endif
