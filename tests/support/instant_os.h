/* An operating system for the library to stand on while threads are stopped or ended at any instruction: a hostmem_os
 * all of whose functions are made of atomic steps alone. Nothing of it takes a lock, neither a lock of its own nor one
 * of the C library or the system, so whatever does not go on while a thread stands still is the library's doing.
 *
 * It is much simpler than sim_os, whose rules it follows only as far as the library can tell: protections are recorded
 * and not enforced, addresses of reservations are the system's to choose or at the granularity, and calls on one and
 * the same region are the caller's to put in order. Memory comes from an arena that is there from the start and is
 * zeroed when it is given back. Builds for Linux and for Windows; a program may have several. */
#ifndef HOSTMEM_TESTS_INSTANT_OS_H
#define HOSTMEM_TESTS_INSTANT_OS_H

#include "os/os.h"

typedef struct instant_os instant_os;

/* Every zero is the default. */
typedef struct instant_os_config {
    SIZE_T arena_bytes; /* for reservations and tables: 512 MiB, or 96 MiB in a 32-bit program */
    SIZE_T block_bytes; /* for heap blocks and objects: 4 MiB */
    UINT32 threads;     /* that thread_start can lend: 2 */
} instant_os_config;

/* NULL config: all defaults. NULL: there is no memory. */
instant_os *instant_os_create(const instant_os_config *config);
/* While a thread runs what thread_start gave it, says so on stderr and leaves all as it is. NULL is allowed. */
void instant_os_destroy(instant_os *self);
/* The table to put under the library. */
hostmem_os *instant_os_functions(instant_os *self);

/* The truth, to compare the library's figures with. At rest only: other threads' calls show half done. What a stopped
 * call has claimed and not yet recorded is not counted. */
typedef struct instant_os_totals {
    UINT64 reserved_bytes;
    UINT64 committed_bytes;
    UINT64 executable_bytes;
    UINT64 heaps;       /* number */
    UINT64 heap_blocks; /* number */
    UINT64 heap_bytes;  /* as asked for */
    UINT64 objects;     /* number */
    UINT64 tables;      /* number */
    UINT64 refused;     /* number of times when it had no room */
} instant_os_totals;

void instant_os_total(instant_os *self, instant_os_totals *totals);

#endif
