/* The largest free range in the address space of the process. Looking for it takes a query for each region of the
 * process, so that is done at most once a second. */
#ifndef HMI_REPORT_FREE_SPACE_H
#define HMI_REPORT_FREE_SPACE_H

#include <stdatomic.h>
#include <stdint.h>

#include "os/os.h"

/* All zeroes: nobody has looked yet. */
typedef struct hmi_free_space {
    _Atomic uint64_t bytes;
    _Atomic uint64_t next_ms; /* when it is to be looked for again */
} hmi_free_space;

/* Bytes. Of threads that come at the same time one looks; the others get what was found before. Never blocks. */
uint64_t hmi_free_space_read(hmi_free_space *space, hostmem_os *os, UINT_PTR highest_address);

#endif
