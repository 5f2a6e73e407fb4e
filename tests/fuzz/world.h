/* What a pair of twins lives on: the system under hostmem, the same one without anything in between, the one under its
 * twin, and a range of free addresses for each. world_win32.c: both are Windows itself, past hostmem's own code.
 * world_sim.c: two simulated machines. */
#ifndef HOSTMEM_TESTS_FUZZ_WORLD_H
#define HOSTMEM_TESTS_FUZZ_WORLD_H

#include "os/os.h"

typedef struct fuzz_world {
    hostmem_os *os;    /* for hostmem's configuration */
    hostmem_os *under; /* the truth about what hostmem has; virtual_* and the last error alone */
    hostmem_os *twin;  /* virtual_* and heap_* alone */
    UINT_PTR zone_a;   /* FUZZ_ZONE_BYTES of free addresses for hostmem */
    UINT_PTR zone_b;   /* and for its twin */
    BOOL is_windows;   /* or Wine */
    /* GetWriteWatch of size bytes at address: how many pages, and a mark over their numbers; a Win32 error. NULL where
     * it does not exist. */
    UINT32 (*write_watch)(void *address, SIZE_T size, BOOL reset, SIZE_T *pages, UINT64 *mark);
    void *private_data;
} fuzz_world;

/* FALSE: there is no such range, which ends the test. */
BOOL fuzz_world_create(fuzz_world *world);
/* Says on stderr what has not been given back; FALSE then. */
BOOL fuzz_world_destroy(fuzz_world *world);

#endif
