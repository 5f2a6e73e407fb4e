/* The figures of what is held now, without peaks and counters, for tests that must end with the figures of their
 * start. */
#ifndef HOSTMEM_TESTS_HELD_STATS_H
#define HOSTMEM_TESTS_HELD_STATS_H

#include <hostmem/hostmem.h>

static inline hostmem_stats held_stats(const hostmem_stats *all)
{
    hostmem_stats held = {
        .size = all->size,
        .reserved_bytes = all->reserved_bytes,
        .committed_bytes = all->committed_bytes,
        .executable_bytes = all->executable_bytes,
        .mapped_bytes = all->mapped_bytes,
        .heap_bytes = all->heap_bytes,
        .heap_blocks = all->heap_blocks,
        .used_bytes = all->used_bytes,
        .limit_bytes = all->limit_bytes,
        .overdraft_bytes = all->overdraft_bytes,
        .address_reserve_bytes = all->address_reserve_bytes,
        .latched = all->latched,
        .clr_unavailable = all->clr_unavailable,
        .heaps = all->heaps,
    };
    return held;
}

#endif
