/* Live blocks by origin, at one moment: sums over the records. Nothing is held meanwhile. */
#ifndef HOSTMEM_SRC_ORIGINS_H
#define HOSTMEM_SRC_ORIGINS_H

#include "heap.h"

typedef struct hostmem_origin_sum {
    const hostmem_site *site; /* NULL: blocks without an origin */
    UINT64 blocks;
    UINT64 bytes;
    UINT64 estimated_bytes; /* of a stack: what its blocks stand for */
    UINT64 oldest_ms;       /* age of the oldest block; 0 where it is not known */
    UINT64 former_blocks;   /* what others are compared with */
    UINT64 former_bytes;
} hostmem_origin_sum;

/* All of them, those without blocks included: first the blocks without an origin, then each site, stacks included, at
 * its number. */
typedef struct hostmem_origins {
    hostmem_os *os;
    SIZE_T table_bytes;
    UINT32 count;
    hostmem_origin_sum sums[];
} hostmem_origins;

/* Of all live blocks, and of those of one heap, in which no block may be freed meanwhile. NULL: there is no memory. */
hostmem_origins *hostmem_origins_collect(hostmem_core *core);
hostmem_origins *hostmem_origins_collect_heap(hostmem_core *core, hostmem_heap *heap);
void hostmem_origins_free(hostmem_origins *origins);

/* How it is told to visitors. */
hostmem_origin hostmem_origins_describe(const hostmem_origin_sum *sum);

/* Takes former, which was collected before, for what the sums are compared with. */
void hostmem_origins_compare(hostmem_origins *origins, const hostmem_origins *former);

/* Visits those that differ from what they are compared with, by falling growth in bytes; otherwise as the next
 * function. */
bool hostmem_origins_visit_growth(hostmem_origins *origins, hostmem_growth_visitor *visitor, void *context);

/* Visits those with blocks, by falling bytes; the order of the sums is that afterwards. False: the visitor had
 * enough. */
bool hostmem_origins_visit(hostmem_origins *origins, hostmem_origin_visitor *visitor, void *context);

#endif
