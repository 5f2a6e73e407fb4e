/* The largest free range in the address space of the process. Looking for it takes a step for each reservation of the
 * instance, which is in the books, and a VirtualQuery for each of its views and each other region of the process, of
 * which there may be a million. So a walk starts at most once a second, and each call does a part. */
#ifndef HMI_REPORT_FREE_SPACE_H
#define HMI_REPORT_FREE_SPACE_H

#include <stdatomic.h>
#include <stdint.h>

#include "core.h"

/* The most steps that one call makes. */
#define HMI_FREE_SPACE_STEPS 1024

/* Zeroed: not looked for yet. */
typedef struct hmi_free_space {
    _Atomic uint64_t bytes;   /* the result of the last complete walk; 0: none is complete */
    _Atomic uint64_t walk;    /* the state of the walk in progress; 0: none */
    _Atomic uint64_t next_ms; /* when the next one may start */
} hmi_free_space;

/* The size in bytes, rounded down to 64 KiB: the result of the last complete walk, or until one is complete the largest
 * range found so far. If several threads call at the same time, they do the same part. Never blocks. */
uint64_t hmi_free_space_read(hmi_free_space *space, hmi_core *core);

#endif
