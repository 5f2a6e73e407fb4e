/* The systems for a pair of twins: the one under hostmem, the same one for direct access, the twin's, and a range
 * of free addresses for each. world_win32.c: all are Windows itself, called without hostmem's code. world_sim.c:
 * two simulated machines. */
#ifndef HOSTMEM_TESTS_FUZZ_WORLD_H
#define HOSTMEM_TESTS_FUZZ_WORLD_H

#include "os/os.h"

typedef struct fuzz_world {
    hostmem_os *os;    /* for hostmem's configuration */
    hostmem_os *under; /* to check what hostmem has allocated; only virtual_* and the last error */
    hostmem_os *twin;  /* only virtual_* and heap_* */
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
/* Prints on stderr what has not been freed; returns FALSE then. */
BOOL fuzz_world_destroy(fuzz_world *world);

#endif
