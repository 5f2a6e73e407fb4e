/* Who requested how much: heap blocks by origin and by size, with those that are live, and the largest requests. At
 * most as many live blocks are tracked as fit into a live_map, and USAGE_ORIGINS origins; what is beyond is counted as
 * not followed. */
#ifndef TRACE_USAGE_H
#define TRACE_USAGE_H

#include <hostmem/trace_reader.h>

#include "kinds.h"
#include "live_map.h"
#include "report_histogram.h"

enum { USAGE_ORIGINS = 1 << 16, USAGE_LARGEST = 5 };

typedef struct usage_origin {
    uint64_t id; /* 0: not known */
    uint64_t blocks;
    uint64_t bytes;
    uint64_t live_blocks;
    uint64_t live_bytes;
} usage_origin;

/* Blocks whose sizes are in one bucket of a histogram. */
typedef struct usage_size {
    uint64_t live_blocks;
    uint64_t live_bytes;
} usage_size;

typedef struct usage {
    live_map blocks; /* owner: the heap; value: index of the origin; origin: kind */
    live_map places; /* address: an origin's id; value: its index */
    usage_origin *origins;
    uint32_t room;
    hostmem_trace_event largest[USAGE_LARGEST]; /* the largest first; unused elements are 0 */
    usage_size sizes[REPORT_BUCKETS];           /* by report_bucket */
    kinds *kinds;                               /* counts blocks by kind; NULL: not wanted */
    uint64_t not_followed;                      /* number of blocks */
} usage;

/* Initialize usage with zeroes. */
void usage_add_event(usage *usage, const hostmem_trace_event *event);

typedef enum usage_order { USAGE_BY_BYTES, USAGE_BY_LIVE_BYTES } usage_order;

/* The origins with most bytes, the most first, at most count of them. Returns their number. */
uint32_t usage_top_origins(const usage *usage, usage_order by, usage_origin *top, uint32_t count);

void usage_free(usage *usage);

#endif
