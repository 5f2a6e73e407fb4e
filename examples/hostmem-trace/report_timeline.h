/* Memory in use over time: the minimum, maximum and last value of each figure in each column of time, the limits in
 * force, and the number of calls. */
#ifndef HOSTMEM_TRACE_REPORT_TIMELINE_H
#define HOSTMEM_TRACE_REPORT_TIMELINE_H

#include "report_columns.h"

#define REPORT_TIMELINE_COLUMNS 2048u

enum { REPORT_COMMITTED, REPORT_HEAP, REPORT_USED, REPORT_FIGURES };

/* In bytes, as in hostmem_trace_sample. */
typedef struct report_limits {
    uint64_t limit, low, neutral, high;
} report_limits;

typedef struct report_moment {
    uint64_t figures[REPORT_FIGURES]; /* bytes */
    report_limits limits;
} report_moment;

typedef struct report_column {
    uint64_t least[REPORT_FIGURES];
    uint64_t most[REPORT_FIGURES];
    report_moment last;
    uint64_t calls;
} report_column;

typedef struct report_timeline {
    report_columns columns;
    report_column column[REPORT_TIMELINE_COLUMNS];
} report_timeline;

void report_timeline_init(report_timeline *timeline);

/* Sets the values from ticks on. Must be called in ascending order of ticks; an earlier one counts as the present. */
void report_timeline_set(report_timeline *timeline, uint64_t ticks, const report_moment *moment);

/* Counts a call; after report_timeline_set of the same ticks. */
void report_timeline_count_call(report_timeline *timeline);

/* Extends the last values to ticks. */
void report_timeline_end(report_timeline *timeline, uint64_t ticks);

/* Corrects all values so far by these amounts. Figures do not become less than 0. */
void report_timeline_add(report_timeline *timeline, const int64_t by[REPORT_FIGURES]);

/* Sets the limits for all columns so far. */
void report_timeline_limit(report_timeline *timeline, const report_limits *limits);

#endif
