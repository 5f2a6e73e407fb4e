/* Buckets: one for each number below 64, then 32 for each power of two. See durations.h. */
#include "durations.h"

/* How far a number is shifted right until it is below 64. */
static unsigned shift_of(uint64_t ticks)
{
    unsigned shift = 0;

    for (unsigned step = 32; step; step /= 2)
        if (ticks >> shift >> step >= 32)
            shift += step;
    /* The loop stops at 32 to 63, so it also shifts a number below 64 that needs no shift. */
    return ticks < 64 ? 0 : shift;
}

static uint32_t bucket_of(uint64_t ticks)
{
    unsigned shift = shift_of(ticks);

    return (uint32_t)(32 * shift + (ticks >> shift));
}

void durations_add(durations *durations, uint64_t ticks)
{
    durations->number++;
    durations->total += ticks;
    durations->buckets[bucket_of(ticks)]++;
}

double durations_median(const durations *durations)
{
    uint64_t before = 0;

    for (uint32_t i = 0; i < DURATIONS_BUCKETS; i++) {
        before += durations->buckets[i];
        if (2 * before > durations->number) {
            unsigned shift = i < 64 ? 0 : i / 32 - 1;
            uint64_t least = (uint64_t)(i - 32 * shift) << shift, width = (uint64_t)1 << shift;
            return (double)least + (double)(width - 1) / 2;
        }
    }
    return 0;
}
