/* The check sums of trace files as hostmem_trace_crc defines them, eight bytes a step: the thread of a trace does
 * little else. */
#ifndef HMI_TRACE_CRC_H
#define HMI_TRACE_CRC_H

#include <stddef.h>
#include <stdint.h>

typedef struct hmi_crc {
    uint32_t steps[8][256]; /* what a byte comes to with so many bytes after it */
} hmi_crc;

void hmi_crc_init(hmi_crc *crc);

uint32_t hmi_crc_of(const hmi_crc *crc, const void *data, size_t bytes);

#endif
