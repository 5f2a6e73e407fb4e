/* A histogram by magnitude: bucket 0 for 0, and bucket n for 2^(n-1) up to 2^n - 1. */
#ifndef HOSTMEM_TRACE_REPORT_HISTOGRAM_H
#define HOSTMEM_TRACE_REPORT_HISTOGRAM_H

#include <stdint.h>

#define REPORT_BUCKETS 65

typedef struct report_histogram {
    uint64_t count[REPORT_BUCKETS];
    uint64_t sum[REPORT_BUCKETS]; /* of the weights; stops at the maximum */
    uint64_t total;
} report_histogram;

static inline unsigned report_bucket(uint64_t value)
{
    unsigned bucket = 0;
    while (value) {
        value >>= 1;
        bucket++;
    }
    return bucket;
}

/* weight: a second value that is summed up, such as the bytes of a block with this lifetime. */
static inline void report_histogram_add(report_histogram *histogram, uint64_t value, uint64_t weight)
{
    unsigned bucket = report_bucket(value);
    uint64_t *sum = &histogram->sum[bucket];
    histogram->count[bucket]++;
    histogram->total++;
    *sum = weight <= UINT64_MAX - *sum ? *sum + weight : UINT64_MAX;
}

#endif
