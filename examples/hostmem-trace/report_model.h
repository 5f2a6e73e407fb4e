/* Everything that a report shows, collected from the items of a trace one after the other. Memory use is bounded
 * except for what is live in the traced process. */
#ifndef HOSTMEM_TRACE_REPORT_MODEL_H
#define HOSTMEM_TRACE_REPORT_MODEL_H

#include <hostmem/trace_reader.h>

#include "live_blocks.h"
#include "report_calls.h"
#include "report_histogram.h"
#include "report_marks.h"
#include "report_origins.h"
#include "report_pages.h"
#include "report_space.h"
#include "report_timeline.h"
#include "thread_names.h"

enum {
    REPORT_SIZES_RESERVED, /* sizes of VirtualAlloc that reserved */
    REPORT_SIZES_COMMITTED,
    REPORT_SIZES_BLOCKS,
    REPORT_LIVES_RESERVED, /* lifetimes in nanoseconds */
    REPORT_LIVES_BLOCKS,
    REPORT_HISTOGRAMS
};

typedef struct report_difference {
    int64_t bytes;    /* the smallest difference seen */
    uint64_t since;   /* ticks */
    uint32_t samples; /* number of samples in a row that had it */
} report_difference;

typedef struct report_model {
    hostmem_trace_file_header header;
    uint64_t now;  /* ticks since the start of the trace, of the latest item */
    uint64_t late; /* events that came after later ones */
    uint64_t dropped;
    bool ended; /* there are no more items */
    bool began; /* when it ended: the timeline had a beginning */
    report_timeline timeline;
    report_marks marks;
    report_pages pages;
    kinds kinds;
    /* owner: the heap; origin: index in origins; value: kind. Blocks for which it has no space are not tracked. */
    live_blocks blocks;
    uint64_t heap_bytes; /* sum of blocks */
    report_space space;
    report_origins origins;
    thread_names threads;
    report_calls calls;
    report_histogram histograms[REPORT_HISTOGRAMS];
    report_moment moment;           /* what is shown now */
    int64_t offset[REPORT_FIGURES]; /* correction added to the sum of the events; REPORT_USED: beyond that of the
                                     * other two */
    report_difference lasting[REPORT_FIGURES]; /* between samples and the figures shown */
    uint64_t sample_count;
} report_model;

/* Ownership: the caller's, destroyed by report_model_destroy. NULL: out of memory. */
report_model *report_model_create(const hostmem_trace_file_header *header);
void report_model_destroy(report_model *model);

/* false: out of memory. */
bool report_model_add(report_model *model, const hostmem_trace_item *item);

/* Called after the last item, or to show what there is so far. */
void report_model_end(report_model *model);

/* More items follow after report_model_end. */
void report_model_resume(report_model *model);

#endif
