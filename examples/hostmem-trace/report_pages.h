/* The virtual memory of the traced process according to the events: which pages are reserved, committed, executable
 * or mapped, and by which reservation or view. Memory use grows with what is live. */
#ifndef HOSTMEM_TRACE_REPORT_PAGES_H
#define HOSTMEM_TRACE_REPORT_PAGES_H

#include <hostmem/trace_format.h>

#include "kinds.h"
#include "report_ranges.h"

/* States of pages; the map prefers the later ones. page/js/words.js uses these numbers too. */
enum { REPORT_FREE, REPORT_RESERVED, REPORT_MAPPED, REPORT_COMMIT, REPORT_EXECUTABLE, REPORT_STATES };

typedef struct report_reservation {
    uint64_t base, size;
    uint64_t since;                     /* ticks */
    uint64_t committed, peak_committed; /* bytes */
    uint64_t executable;                /* bytes of those committed */
    uint32_t kind;                      /* what it was named for; HOSTMEM_TRACE_KIND_OTHER: nothing */
    uint32_t thread;                    /* that made it; 0: it is older than the trace */
    uint32_t protect;                   /* PAGE_ bits of the call */
    bool is_view;
    bool is_older; /* it is older than the trace */
    uint32_t next_free;
} report_reservation;

/* Receives changes. changed is called just before `states` is updated, ended and mistaken just after. mistaken: a
 * reservation that was taken for older than the trace was made in it, now (regions are written while the trace is
 * already running).
 * The last three follow who committed what: origin is asked once for each call that may commit, and returns a number
 * for its origin (id 0: not known); 0: it need not be followed. committed and decommitted are told of each piece with
 * such a number. Pages that were committed before the trace have none. */
typedef struct report_pages_listener {
    void *context;
    bool (*changed)(void *context, uint64_t start, uint64_t end, uint32_t old,
                    uint32_t state); /* false: out of memory */
    void (*ended)(void *context, const report_reservation *reservation, uint64_t ticks);
    void (*mistaken)(void *context, const report_reservation *reservation);
    uint32_t (*origin)(void *context, uint64_t id); /* NULL: origins are not followed */
    void (*committed)(void *context, uint32_t origin, uint64_t bytes);
    void (*decommitted)(void *context, uint32_t origin, uint64_t bytes);
} report_pages_listener;

typedef struct report_pages {
    uint64_t page_bytes, granularity;
    report_ranges states;
    report_ranges owners;  /* state: index in reservations, plus 1 */
    report_ranges origins; /* of committed pages; state: the listener's number */
    uint32_t committing;   /* that number, of the call that is being followed */
    report_reservation *reservations;
    uint32_t room, used, first_free; /* first_free: index plus 1 */
    uint64_t bytes[REPORT_STATES];   /* in each state; not kept for REPORT_FREE */
    report_pages_listener listener;
    kinds *kinds; /* counts what is committed by kind; NULL: not wanted */
} report_pages;

void report_pages_init(report_pages *pages, const hostmem_trace_file_header *header, report_pages_listener listener);
void report_pages_destroy(report_pages *pages);

/* Ignores events of other kinds and failed calls. false: out of memory. */
bool report_pages_event(report_pages *pages, uint64_t ticks, const hostmem_trace_event *event);

/* A region that existed at the start of the trace. false: out of memory. */
bool report_pages_region(report_pages *pages, const hostmem_trace_region *region);

/* The reservation or view that address lies in, or NULL. */
const report_reservation *report_pages_owner(const report_pages *pages, uint64_t address);

/* Tells the listener that everything left ended at ticks. */
void report_pages_end(report_pages *pages, uint64_t ticks);

static inline uint64_t report_pages_committed(const report_pages *pages)
{
    return pages->bytes[REPORT_COMMIT] + pages->bytes[REPORT_EXECUTABLE];
}

#endif
