/* Figures that are all different, so that a test of their text formats can tell whether each is in its place. */
#ifndef HOSTMEM_TESTS_NUMBERED_STATS_H
#define HOSTMEM_TESTS_NUMBERED_STATS_H

#include <stddef.h>
#include <string.h>

#include <hostmem/hostmem.h>

/* Each 64-bit field is its index among them, from 1, plus a number above 32 bits; the flags are 0 and 1. */
#define NUMBERED_STATS_MORE ((UINT64)5 << 32)

static inline hostmem_stats numbered_stats(void)
{
    hostmem_stats stats;
    UINT64 numbers[(sizeof stats - offsetof(hostmem_stats, reserved_bytes)) / sizeof(UINT64)];
    unsigned i;
    for (i = 0; i < sizeof numbers / sizeof *numbers; i++)
        numbers[i] = i + 1 + NUMBERED_STATS_MORE;
    memset(&stats, 0, sizeof stats);
    stats.size = sizeof stats;
    memcpy((char *)&stats + offsetof(hostmem_stats, reserved_bytes), numbers, sizeof numbers);
    stats.latched = 0;
    stats.clr_unavailable = 1;
    return stats;
}

#endif
