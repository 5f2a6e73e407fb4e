/* The largest free range in the address space of the process. Looking for it takes a VirtualQuery for each region of
 * the process, so it is done at most once a second. */
#ifndef HMI_REPORT_FREE_SPACE_H
#define HMI_REPORT_FREE_SPACE_H

#include <stdatomic.h>
#include <stdint.h>

#include "os/os.h"

/* Zeroed: not looked for yet. */
typedef struct hmi_free_space {
    _Atomic uint64_t bytes;
    _Atomic uint64_t next_ms; /* when to look for it again */
} hmi_free_space;

/* The size in bytes. If several threads call at the same time, one looks for it and the others return the last result.
 * Never blocks. */
uint64_t hmi_free_space_read(hmi_free_space *space, hostmem_os *os, UINT_PTR highest_address);

#endif
