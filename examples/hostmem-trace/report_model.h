/* All that a report shows, gathered from the items of a trace one after the other, in memory that is bounded but
 * for what is live in the traced process. */
#ifndef HOSTMEM_TRACE_REPORT_MODEL_H
#define HOSTMEM_TRACE_REPORT_MODEL_H

#include "reader.h"
#include "report_calls.h"
#include "report_histogram.h"
#include "report_marks.h"
#include "report_origins.h"
#include "report_pages.h"
#include "report_space.h"
#include "report_timeline.h"

enum {
    REPORT_SIZES_RESERVED, /* sizes of VirtualAlloc that reserved */
    REPORT_SIZES_COMMITTED,
    REPORT_SIZES_BLOCKS,
    REPORT_LIVES_RESERVED, /* lifetimes in nanoseconds */
    REPORT_LIVES_BLOCKS,
    REPORT_HISTOGRAMS
};

typedef struct report_difference {
    int64_t bytes;    /* the least of it */
    uint64_t since;   /* ticks */
    uint32_t samples; /* number that had it, one after the other */
} report_difference;

typedef struct report_model {
    hostmem_trace_file_header header;
    uint64_t now;  /* ticks since the start: of the latest item */
    uint64_t late; /* events that came after later ones */
    uint64_t dropped;
    bool ended; /* there are no more items */
    report_timeline timeline;
    report_marks marks;
    report_pages pages;
    live_map blocks; /* owner: the heap; origin: index in origins. Those for which it has no room are not followed. */
    uint64_t heap_bytes; /* in blocks */
    report_space space;
    report_origins origins;
    report_calls calls;
    report_histogram histograms[REPORT_HISTOGRAMS];
    report_moment moment;           /* what is shown now */
    int64_t offset[REPORT_FIGURES]; /* of what is shown from what events add up to; REPORT_USED: beside the other two */
    report_difference lasting[REPORT_FIGURES]; /* of samples from what is shown */
    uint64_t sample_count;
} report_model;

/* Ownership: the caller's, to be given to report_model_destroy. NULL: out of memory. */
report_model *report_model_create(const hostmem_trace_file_header *header);
void report_model_destroy(report_model *model);

/* false: out of memory. */
bool report_model_add(report_model *model, const trace_item *item);

/* There are no more items. */
void report_model_end(report_model *model);

#endif
