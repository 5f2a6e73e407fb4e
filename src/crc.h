/* The check sums of trace files as hostmem_trace_crc defines them, eight bytes a step: the thread of a trace does
 * little else. */
#ifndef HOSTMEM_SRC_CRC_H
#define HOSTMEM_SRC_CRC_H

#include <stddef.h>
#include <stdint.h>

typedef struct hostmem_crc {
    uint32_t steps[8][256]; /* what a byte comes to with so many bytes after it */
} hostmem_crc;

void hostmem_crc_init(hostmem_crc *crc);

uint32_t hostmem_crc_of(const hostmem_crc *crc, const void *data, size_t bytes);

#endif
