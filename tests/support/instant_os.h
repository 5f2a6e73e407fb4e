/* An operating system for tests that stop or end threads at any instruction: a hostmem_os whose functions use only
 * atomic operations. None of them takes a lock, neither its own nor one of the C library or the system. So if a
 * call does not end while a thread is stopped, the cause is in the library.
 *
 * It is much simpler than sim_os, and follows Windows' rules only as far as the library can see: protections are
 * recorded but not enforced, addresses of reservations are chosen by the system or rounded to the granularity, and
 * calls on the same region must not run at the same time. Memory comes from an arena that is allocated at the start
 * and is zeroed when it is freed. Builds for Linux and for Windows; a program may have several. */
#ifndef HOSTMEM_TESTS_INSTANT_OS_H
#define HOSTMEM_TESTS_INSTANT_OS_H

#include "os/os.h"

typedef struct instant_os instant_os;

/* Zero selects the default. */
typedef struct instant_os_config {
    SIZE_T arena_bytes; /* for reservations and tables: 512 MiB, or 96 MiB in a 32-bit program */
    SIZE_T block_bytes; /* for heap blocks and objects: 4 MiB */
    /* Threads that thread_start can start: 5, for a trace and four registrations at the same time, each of which may
     * start one. */
    UINT32 threads;
} instant_os_config;

/* NULL config: all defaults. Returns NULL if out of memory. */
instant_os *instant_os_create(const instant_os_config *config);
/* While a started thread is running it prints a message on stderr and frees nothing. NULL is allowed. */
void instant_os_destroy(instant_os *self);
/* The table to pass to the library. */
hostmem_os *instant_os_functions(instant_os *self);

/* The system's own totals, to compare the library's figures with. Only exact while no call is running. What a
 * stopped call has claimed but not recorded is not counted. */
typedef struct instant_os_totals {
    UINT64 reserved_bytes;
    UINT64 committed_bytes;
    UINT64 executable_bytes;
    UINT64 heaps;       /* number */
    UINT64 heap_blocks; /* number */
    UINT64 heap_bytes;  /* as requested */
    UINT64 objects;     /* number */
    UINT64 tables;      /* number */
    UINT64 refused;     /* number of requests for which there was no space */
} instant_os_totals;

void instant_os_total(instant_os *self, instant_os_totals *totals);

#endif
