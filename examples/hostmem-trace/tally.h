/* Counts what happened: events by kind, failures by result, requests refused by level, notifications, waits, and
 * the maxima of the samples. Its size does not depend on the trace. */
#ifndef TRACE_TALLY_H
#define TRACE_TALLY_H

#include <hostmem/trace_reader.h>

enum {
    TALLY_KINDS = HOSTMEM_TRACE_NAMED + 1,
    TALLY_RESULTS = 12 /* different results of one kind of event that are counted separately */
};

typedef struct tally_result {
    uint32_t result;
    uint64_t number;
} tally_result;

typedef struct tally_kind {
    uint64_t number;
    uint64_t failed;
    uint64_t injected;
    uint32_t result_count;
    tally_result results[TALLY_RESULTS]; /* of those that failed */
} tally_kind;

typedef struct tally_peak {
    uint64_t most;
    uint64_t ticks; /* of the first sample that has it */
} tally_peak;

typedef struct tally {
    tally_kind kinds[TALLY_KINDS];
    uint64_t events;
    uint64_t refused[4];       /* requests that failed by level; the last: of an unknown level */
    uint64_t refused_by[2][4]; /* the same, by who refused: the budget, the system; traces of version 1.0 do not say
                                * it */
    uint32_t error_count;
    tally_result errors[TALLY_RESULTS]; /* Win32 codes with which the system refused */
    uint64_t notifications[4];          /* by EMemoryAvailable; 0: of an unknown kind */
    uint64_t wait_ms;
    uint64_t longest_wait_ms;
    uint64_t waits_ended_well;
    uint64_t samples;
    hostmem_trace_sample last; /* zero without samples */
    tally_peak reserved, committed, executable, mapped, heap, blocks, used, overdraft, limit;
    uint64_t last_ticks; /* the highest ticks of all items */
    uint64_t dropped;    /* according to samples and the end */
} tally;

/* Initialize tally with zeroes. */
void tally_add(tally *tally, const hostmem_trace_item *item);

/* Requests for memory: they have a level, and a limit can refuse them. */
bool tally_is_request(const hostmem_trace_event *event);

#endif
