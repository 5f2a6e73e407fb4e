/* See stats.h. Quartiles interpolate between the two values nearest to them. */
#include "stats.h"

#include <stdlib.h>

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double at(const double *sorted, size_t count, double fraction)
{
    double place = fraction * (double)(count - 1);
    size_t below = (size_t)place;
    size_t above = below + 1 < count ? below + 1 : below;
    return sorted[below] + (sorted[above] - sorted[below]) * (place - (double)below);
}

quartiles stats_quartiles(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
    return (quartiles){at(values, count, 0.25), at(values, count, 0.5), at(values, count, 0.75)};
}

uint32_t stats_random(uint32_t *state, uint32_t limit)
{
    *state = *state * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)*state * limit) >> 32);
}

void stats_shuffle(uint32_t *state, uint32_t *order, uint32_t count)
{
    uint32_t i;
    for (i = 0; i < count; i++) {
        uint32_t other = stats_random(state, i + 1);
        order[i] = order[other];
        order[other] = i;
    }
}
