/* The state of each range of the address space. Ranges do not overlap; neighbours in the same state are merged.
 * Finding and changing a range takes about logarithmic time. */
#ifndef HOSTMEM_TRACE_REPORT_RANGES_H
#define HOSTMEM_TRACE_REPORT_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct report_range {
    uint64_t start, end; /* start < end */
    uint32_t state;      /* never 0, which is the state of all other addresses */
} report_range;

typedef struct report_ranges_leaf report_ranges_leaf;

/* Zero-initialized it is empty. */
typedef struct report_ranges {
    report_ranges_leaf **leaves; /* in ascending order of addresses, none of them empty */
    size_t leaf_count, leaf_room;
} report_ranges;

void report_ranges_destroy(report_ranges *ranges);

/* The first range that ends above address; state 0 if there is none. */
report_range report_ranges_next(const report_ranges *ranges, uint64_t address);

/* Returns the new state for the part [start, end) of a range, given its old one. A piece is a part with one state. */
typedef uint32_t report_ranges_choose(void *context, uint64_t start, uint64_t end, uint32_t old);

/* Calls choose for each piece of [start, end) in ascending order, with end above start, and sets the state that it
 * returns. choose must not change the ranges. false: out of memory; some pieces have been changed. */
bool report_ranges_update(report_ranges *ranges, uint64_t start, uint64_t end, report_ranges_choose *choose,
                          void *context);

#endif
