/* Sums of live blocks and of committed pages by origin, collected from the books without a lock. */
#ifndef HMI_REPORT_ORIGINS_H
#define HMI_REPORT_ORIGINS_H

#include "memory/heap.h"

typedef struct hmi_origin_sum {
    const hmi_site *site; /* NULL: blocks without an origin */
    UINT64 blocks;
    UINT64 bytes;
    UINT64 estimated_bytes; /* for a stack: the bytes that its sampled blocks stand for */
    UINT64 oldest_ms;       /* age of the oldest block; 0: unknown */
    UINT64 page_bytes;      /* of committed pages */
    UINT64 estimated_page_bytes;
    UINT64 former_blocks; /* the values to compare with */
    UINT64 former_bytes;
    UINT64 former_page_bytes;
} hmi_origin_sum;

/* The sums of all origins, also of those without blocks: at 0 the blocks without an origin, then each site (stacks
 * included) at its number. */
typedef struct hmi_origins {
    hostmem_os *os;
    SIZE_T table_bytes;
    UINT32 count;
    hmi_origin_sum sums[];
} hmi_origins;

/* Collects all live blocks and committed pages, or the blocks of one heap, in which no block may be freed meanwhile.
 * NULL: there is no memory. */
hmi_origins *hmi_origins_collect(hmi_core *core);
hmi_origins *hmi_origins_collect_heap(hmi_core *core, hmi_heap *heap);
void hmi_origins_free(hmi_origins *origins);

/* A sum in the form that visitors get. */
hostmem_origin hmi_origins_describe(const hmi_origin_sum *sum);

/* Sets the values to compare with to those of former, which was collected earlier. */
void hmi_origins_compare(hmi_origins *origins, const hmi_origins *former);

/* Visits the origins that differ from the values to compare with, by falling growth in bytes; otherwise like the next
 * function. */
bool hmi_origins_visit_growth(hmi_origins *origins, hostmem_growth_visitor *visitor, void *context);

/* Visits the origins that have blocks or pages, by falling bytes of both; sorts the sums. False: the visitor has
 * stopped. */
bool hmi_origins_visit(hmi_origins *origins, hostmem_origin_visitor *visitor, void *context);

#endif
