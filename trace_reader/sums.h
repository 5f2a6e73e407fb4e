/* The checksum of trace files, hostmem_trace_crc, computed eight bytes at a time, because reading a file spends
 * most of its time here. */
#ifndef TRACE_SUMS_H
#define TRACE_SUMS_H

#include <stddef.h>
#include <stdint.h>

typedef struct trace_sums {
    uint32_t steps[8][256]; /* [n]: of a byte that n others follow */
} trace_sums;

void hmi_trace_sums_begin(trace_sums *sums);

uint32_t hmi_trace_sums_of(const trace_sums *sums, const void *data, size_t bytes);

/* The sum of bytes that follow others with a given sum; 0 is that of no bytes. */
uint32_t hmi_trace_sums_continue(const trace_sums *sums, uint32_t sum, const void *data, size_t bytes);

#endif
