/* Quartiles of many values, and random order. Pure functions except for the state that is passed in. */
#ifndef HOSTMEM_BENCH_STATS_H
#define HOSTMEM_BENCH_STATS_H

#include <stddef.h>
#include <stdint.h>

typedef struct quartiles {
    double lower;
    double median;
    double upper;
} quartiles;

/* Sorts the values and returns their quartiles. Precondition: count > 0. */
quartiles stats_quartiles(double *values, size_t count);

/* A pseudo-random number below limit; *state is the generator, of any value. */
uint32_t stats_random(uint32_t *state, uint32_t limit);

/* Puts the numbers 0 to count - 1 into a random order. */
void stats_shuffle(uint32_t *state, uint32_t *order, uint32_t count);

#endif
