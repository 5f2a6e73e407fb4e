/* Notable events in a trace, by kind and time: refusals, notifications, waits and so on. Events of one kind in the
 * same column of time form one cluster, with their number and the first of them. */
#ifndef HOSTMEM_TRACE_REPORT_MARKS_H
#define HOSTMEM_TRACE_REPORT_MARKS_H

#include <hostmem/trace_format.h>

#include "report_columns.h"

#define REPORT_MARKS_COLUMNS 1024u

/* page/js/words.js uses these numbers too. */
enum {
    REPORT_MARK_REFUSED, /* a request for memory that failed */
    REPORT_MARK_FAILED,  /* any other call that failed */
    REPORT_MARK_LOW,     /* notifications */
    REPORT_MARK_NEUTRAL,
    REPORT_MARK_HIGH,
    REPORT_MARK_WAITED,
    REPORT_MARK_LIMIT,
    REPORT_MARK_CLOSED,
    REPORT_MARK_INJECTED, /* an injected fault; a refusal or failure that it caused has its own mark */
    REPORT_MARK_KINDS
};

typedef struct report_cluster {
    uint64_t count;
    uint64_t first_ticks, last_ticks;
    uint64_t bytes;            /* sum of the sizes requested; stops at the maximum */
    hostmem_trace_event first; /* event */
    uint64_t refused_by[2];    /* number of refusals by the budget and by the system, where the trace says it */
} report_cluster;

enum { REPORT_REFUSALS_AT_ONCE = 64 };

/* A refusal whose call's own event has not come yet, on the same thread. */
typedef struct report_refusal {
    uint32_t thread;
    uint32_t by; /* 0: it has come */
} report_refusal;

typedef struct report_marks {
    report_columns columns;
    report_cluster cluster[REPORT_MARKS_COLUMNS][REPORT_MARK_KINDS]; /* count 0: none */
    uint64_t count[REPORT_MARK_KINDS];
    uint64_t refused[3];                          /* number of refusals by EMemoryCriticalLevel */
    uint64_t refused_by[2];                       /* number by who refused, where the trace says it: the budget, the
                                                   * system */
    uint32_t last_system_error;                   /* Win32 code; 0: none */
    report_refusal open[REPORT_REFUSALS_AT_ONCE]; /* by thread */
} report_marks;

void report_marks_init(report_marks *marks);

/* ticks since the start of the trace; those of the event itself are ignored. */
void report_marks_add(report_marks *marks, uint64_t ticks, const hostmem_trace_event *event);

#endif
