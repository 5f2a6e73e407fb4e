/* Who requested how much: heap blocks by origin and by size, with those that are live, and the largest requests. At
 * most as many live blocks are tracked as live_blocks has room for, and USAGE_ORIGINS origins; what is beyond is
 * counted as not followed. Who committed pages is counted in the same way; report_pages says which pages these are. */
#ifndef TRACE_USAGE_H
#define TRACE_USAGE_H

#include <hostmem/trace_reader.h>

#include "kinds.h"
#include "live_blocks.h"
#include "report_histogram.h"

enum { USAGE_ORIGINS = 1 << 16, USAGE_LARGEST = 5 };

/* Of heap blocks, or of committed pages. An id may have one of each. */
typedef struct usage_origin {
    uint64_t id;     /* 0: not known */
    uint64_t blocks; /* number; for pages, the number of calls that committed */
    uint64_t bytes;
    uint64_t live_blocks; /* 0 for pages */
    uint64_t live_bytes;
    bool is_pages;
} usage_origin;

/* Blocks whose sizes are in one bucket of a histogram. */
typedef struct usage_size {
    uint64_t live_blocks;
    uint64_t live_bytes;
} usage_size;

typedef struct usage {
    live_blocks blocks; /* value: index of the origin; origin: kind */
    live_map places;    /* address: an origin's id; owner: is_pages; value: its index */
    usage_origin *origins;
    uint32_t room;
    uint64_t recent;                            /* index of the origin that was looked for last */
    hostmem_trace_event largest[USAGE_LARGEST]; /* the largest first; unused elements are 0 */
    usage_size sizes[REPORT_BUCKETS];           /* by report_bucket */
    kinds *kinds;                               /* counts blocks by kind; NULL: not wanted */
    uint64_t not_followed;                      /* number of blocks */
    bool has_page_origins;                      /* some call that committed has an origin */
} usage;

/* Initialize usage with zeroes. */
void usage_add_event(usage *usage, const hostmem_trace_event *event);

/* Counts a call that may commit. Returns a number for its origin, for the next two; 0: there is no space. */
uint32_t usage_add_commit(usage *usage, uint64_t id);
void usage_take_pages(usage *usage, uint32_t number, uint64_t bytes);
void usage_give_back_pages(usage *usage, uint32_t number, uint64_t bytes);

/* Whether an origin is worth showing: without a single stack of pages, their one origin is that they are not known. */
static inline bool usage_shows(const usage *usage, const usage_origin *origin)
{
    return !origin->is_pages || usage->has_page_origins;
}

typedef enum usage_order { USAGE_BY_BYTES, USAGE_BY_LIVE_BYTES } usage_order;

/* The origins of blocks or of pages with most bytes, the most first, at most count of them. Returns their number. all:
 * how many there are. */
uint32_t usage_top_origins(const usage *usage, bool of_pages, usage_order by, usage_origin *top, uint32_t count,
                           uint32_t *all);

void usage_free(usage *usage);

#endif
