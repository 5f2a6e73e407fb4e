/* The checksums of trace files, as hostmem_trace_crc defines them, but eight bytes at a time, because a trace's thread
 * spends most of its time here. */
#ifndef HMI_TRACE_CRC_H
#define HMI_TRACE_CRC_H

#include <stddef.h>
#include <stdint.h>

typedef struct hmi_crc {
    uint32_t steps[8][256]; /* the checksum of a byte that a number of other bytes follow */
} hmi_crc;

void hmi_crc_init(hmi_crc *crc);

uint32_t hmi_crc_of(const hmi_crc *crc, const void *data, size_t bytes);

#endif
