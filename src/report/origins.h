/* Live blocks by origin, at one moment: sums over the records. Nothing is held meanwhile. */
#ifndef HMI_REPORT_ORIGINS_H
#define HMI_REPORT_ORIGINS_H

#include "memory/heap.h"

typedef struct hmi_origin_sum {
    const hmi_site *site; /* NULL: blocks without an origin */
    UINT64 blocks;
    UINT64 bytes;
    UINT64 estimated_bytes; /* of a stack: what its blocks stand for */
    UINT64 oldest_ms;       /* age of the oldest block; 0 where it is not known */
    UINT64 former_blocks;   /* what others are compared with */
    UINT64 former_bytes;
} hmi_origin_sum;

/* All of them, those without blocks included: first the blocks without an origin, then each site, stacks included, at
 * its number. */
typedef struct hmi_origins {
    hostmem_os *os;
    SIZE_T table_bytes;
    UINT32 count;
    hmi_origin_sum sums[];
} hmi_origins;

/* Of all live blocks, and of those of one heap, in which no block may be freed meanwhile. NULL: there is no memory. */
hmi_origins *hmi_origins_collect(hmi_core *core);
hmi_origins *hmi_origins_collect_heap(hmi_core *core, hmi_heap *heap);
void hmi_origins_free(hmi_origins *origins);

/* How it is told to visitors. */
hostmem_origin hmi_origins_describe(const hmi_origin_sum *sum);

/* Takes former, which was collected before, for what the sums are compared with. */
void hmi_origins_compare(hmi_origins *origins, const hmi_origins *former);

/* Visits those that differ from what they are compared with, by falling growth in bytes; otherwise as the next
 * function. */
bool hmi_origins_visit_growth(hmi_origins *origins, hostmem_growth_visitor *visitor, void *context);

/* Visits those with blocks, by falling bytes; the order of the sums is that afterwards. False: the visitor had
 * enough. */
bool hmi_origins_visit(hmi_origins *origins, hostmem_origin_visitor *visitor, void *context);

#endif
