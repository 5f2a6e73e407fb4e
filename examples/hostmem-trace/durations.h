/* A histogram of call durations in ticks, in buckets at most 3 % wide. Its size does not depend on the number of
 * calls. */
#ifndef TRACE_DURATIONS_H
#define TRACE_DURATIONS_H

#include <stdint.h>

enum { DURATIONS_BUCKETS = 64 + 58 * 32 };

/* Zero-initialized it is empty. */
typedef struct durations {
    uint64_t number;
    uint64_t total;
    uint64_t buckets[DURATIONS_BUCKETS];
} durations;

void durations_add(durations *durations, uint64_t ticks);

/* The middle of the bucket with the median; 0 if empty. */
double durations_median(const durations *durations);

#endif
