/* The number of calls of each method by result. */
#ifndef HOSTMEM_TRACE_REPORT_CALLS_H
#define HOSTMEM_TRACE_REPORT_CALLS_H

#include <hostmem/trace_format.h>

#define REPORT_MAX_RESULTS 256u

typedef struct report_calls_row {
    uint64_t count;
    uint64_t first_ticks, last_ticks;
    uint32_t result;
    uint8_t what;
} report_calls_row;

typedef struct report_calls {
    report_calls_row rows[REPORT_MAX_RESULTS];
    uint32_t row_count;
    uint64_t others; /* calls for which there was no row left */
    uint64_t total;
} report_calls;

static inline void report_calls_add(report_calls *calls, uint64_t ticks, uint8_t what, uint32_t result)
{
    report_calls_row *row = calls->rows, *end = row + calls->row_count;
    calls->total++;
    if (what == HOSTMEM_TRACE_REFUSED)
        return; /* belongs to the call whose event follows */
    while (row < end && (row->what != what || row->result != result))
        row++;
    if (row == end) {
        if (calls->row_count == REPORT_MAX_RESULTS) {
            calls->others++;
            return;
        }
        calls->row_count++;
        *row = (report_calls_row){.first_ticks = ticks, .result = result, .what = what};
    }
    row->count++;
    row->last_ticks = ticks;
}

#endif
