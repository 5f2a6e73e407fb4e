/* How long many calls took, kept in buckets that are 3 % wide at most: of a size that does not depend on their
 * number. In ticks of whatever clock. */
#ifndef TRACE_DURATIONS_H
#define TRACE_DURATIONS_H

#include <stdint.h>

enum { DURATIONS_BUCKETS = 64 + 58 * 32 };

/* Zeroes are none. */
typedef struct durations {
    uint64_t number;
    uint64_t total;
    uint64_t buckets[DURATIONS_BUCKETS];
} durations;

void durations_add(durations *durations, uint64_t ticks);

/* The middle of the bucket that has the median; 0 where there is none. */
double durations_median(const durations *durations);

#endif
