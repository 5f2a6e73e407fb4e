/* What stands out in a trace, by kind and time: refusals, notifications, waits and so on. What happens in the same
 * column of time is one cluster with a count and the first of it, however much it is. */
#ifndef HOSTMEM_TRACE_REPORT_MARKS_H
#define HOSTMEM_TRACE_REPORT_MARKS_H

#include <hostmem/trace_format.h>

#include "report_columns.h"

#define REPORT_MARKS_COLUMNS 1024u

/* page/js/words.js knows these numbers, too. */
enum {
    REPORT_MARK_REFUSED, /* a request of memory that was not met */
    REPORT_MARK_FAILED,  /* any other call that failed */
    REPORT_MARK_LOW,     /* notifications */
    REPORT_MARK_NEUTRAL,
    REPORT_MARK_HIGH,
    REPORT_MARK_WAITED,
    REPORT_MARK_LIMIT,
    REPORT_MARK_CLOSED,
    REPORT_MARK_INJECTED, /* by a fault on purpose; the mark of a refusal or failure, if it is one, comes besides */
    REPORT_MARK_KINDS
};

typedef struct report_cluster {
    uint64_t count;
    uint64_t first_ticks, last_ticks;
    uint64_t bytes;            /* sum of what was asked for, as far as it fits */
    hostmem_trace_event first; /* event */
    uint64_t refused_by[2];    /* of refusals, those that say by whom: the budget, the system */
} report_cluster;

enum { REPORT_REFUSALS_AT_ONCE = 64 };

/* A refusal whose call's own event is still to come, on the same thread. */
typedef struct report_refusal {
    uint32_t thread;
    uint32_t by; /* 0: it has come */
} report_refusal;

typedef struct report_marks {
    report_columns columns;
    report_cluster cluster[REPORT_MARKS_COLUMNS][REPORT_MARK_KINDS]; /* count 0: none */
    uint64_t count[REPORT_MARK_KINDS];
    uint64_t refused[3];                          /* number of refusals by EMemoryCriticalLevel */
    uint64_t refused_by[2];                       /* number of those that say who refused: the budget, the system */
    uint32_t last_system_error;                   /* Win32 code; 0: none */
    report_refusal open[REPORT_REFUSALS_AT_ONCE]; /* by thread */
} report_marks;

void report_marks_init(report_marks *marks);

/* ticks since the start of the trace; those of the event itself do not count. */
void report_marks_add(report_marks *marks, uint64_t ticks, const hostmem_trace_event *event);

#endif
