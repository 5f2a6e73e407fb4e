/* What was live of one origin over time: its blocks and bytes at the end of each column of time in which they changed.
 * Columns are merged as time goes on (report_columns.h), so there are at most REPORT_MOMENTS of these. */
#ifndef HOSTMEM_TRACE_REPORT_CHANGES_H
#define HOSTMEM_TRACE_REPORT_CHANGES_H

#include <stdbool.h>
#include <stdint.h>

#define REPORT_MOMENTS 64u

typedef struct report_change {
    uint64_t bytes;
    uint32_t count; /* of blocks */
    uint32_t column;
} report_change;

/* Zero-initialized there are none: nothing was live. */
typedef struct report_changes {
    report_change *list; /* in ascending order of columns */
    uint32_t used, room;
} report_changes;

/* The values from now on. column: not below that of the last call, and below REPORT_MOMENTS. false: out of memory, and
 * nothing was changed. */
bool report_changes_set(report_changes *changes, const report_change *now);

/* Called when pairs of columns are merged. */
void report_changes_widen(report_changes *changes);

void report_changes_destroy(report_changes *changes);

#endif
