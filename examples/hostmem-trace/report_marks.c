/* Which events are marks, and clusters of marks that are merged as time goes on. */
#include "report_marks.h"

void report_marks_init(report_marks *marks)
{
    report_columns_init(&marks->columns, REPORT_MARKS_COLUMNS);
}

static uint64_t sum(uint64_t a, uint64_t b)
{
    return b <= UINT64_MAX - a ? a + b : UINT64_MAX;
}

static void merge(report_cluster *into, const report_cluster *other)
{
    if (!other->count)
        return;
    if (!into->count) {
        *into = *other;
        return;
    }
    into->count += other->count;
    into->bytes = sum(into->bytes, other->bytes);
    into->refused_by[0] += other->refused_by[0];
    into->refused_by[1] += other->refused_by[1];
    into->last_ticks = other->last_ticks;
}

static void widen(report_marks *marks)
{
    static const report_cluster none;
    uint32_t used = marks->columns.used;
    for (uint32_t i = 0; i < used; i++) {
        for (int kind = 0; kind < REPORT_MARK_KINDS; kind++) {
            report_cluster moved = marks->cluster[i][kind];
            if (i % 2 == 0) {
                marks->cluster[i][kind] = none;
                marks->cluster[i / 2][kind] = moved;
            } else {
                marks->cluster[i][kind] = none;
                merge(&marks->cluster[i / 2][kind], &moved);
            }
        }
    }
    report_columns_widen(&marks->columns);
}

static void add(report_marks *marks, int kind, const report_cluster *one)
{
    uint64_t ticks = one->first_ticks;
    uint32_t at;
    while (!report_columns_hold(&marks->columns, ticks))
        widen(marks);
    at = report_columns_at(&marks->columns, ticks);
    if (marks->columns.used <= at)
        marks->columns.used = at + 1;
    merge(&marks->cluster[at][kind], one);
    marks->count[kind]++;
}

static void mark(report_marks *marks, int kind, uint64_t ticks, const hostmem_trace_event *event)
{
    const report_cluster one = {
        .count = 1, .first_ticks = ticks, .last_ticks = ticks, .bytes = event->size, .first = *event};
    add(marks, kind, &one);
}

/* As hostmem_stats.refused counts: requests for memory that failed for any reason other than a mistake of the
 * caller (an invalid argument, memory that is not the manager's). */
static bool is_refusal(const hostmem_trace_event *event)
{
    switch (event->what) {
    case HOSTMEM_TRACE_VIRTUAL_ALLOC:
    case HOSTMEM_TRACE_CREATE_MALLOC:
    case HOSTMEM_TRACE_ALLOC:
    case HOSTMEM_TRACE_DEBUG_ALLOC:
        break;
    default:
        return false;
    }
    switch (event->result) {
    case 0x8007000eu: /* E_OUTOFMEMORY */
    case 0x80131023u: /* HOST_E_CLRNOTAVAILABLE */
    case 0x80131024u: /* HOST_E_TIMEOUT */
    case 0x80131026u: /* HOST_E_ABANDONED */
    case 0x80004005u: /* E_FAIL */
        return true;
    default:
        return false;
    }
}

static report_refusal *open_refusal(report_marks *marks, uint32_t thread)
{
    return &marks->open[thread / 4 % REPORT_REFUSALS_AT_ONCE]; /* Windows' thread ids are multiples of four */
}

static void take_refuser(report_marks *marks, const hostmem_trace_event *event)
{
    if (event->type != HOSTMEM_TRACE_BY_BUDGET && event->type != HOSTMEM_TRACE_BY_SYSTEM)
        return;
    marks->refused_by[event->type - HOSTMEM_TRACE_BY_BUDGET]++;
    if (event->type == HOSTMEM_TRACE_BY_SYSTEM)
        marks->last_system_error = event->value;
    *open_refusal(marks, event->thread) = (report_refusal){event->thread, event->type};
}

static void mark_refusal(report_marks *marks, uint64_t ticks, const hostmem_trace_event *event)
{
    report_cluster one = {.count = 1, .first_ticks = ticks, .last_ticks = ticks, .bytes = event->size, .first = *event};
    report_refusal *open = open_refusal(marks, event->thread);
    if (open->by && open->thread == event->thread) {
        one.refused_by[open->by - HOSTMEM_TRACE_BY_BUDGET] = 1;
        open->by = 0;
    }
    add(marks, REPORT_MARK_REFUSED, &one);
    if (event->level < 3)
        marks->refused[event->level]++;
}

void report_marks_add(report_marks *marks, uint64_t ticks, const hostmem_trace_event *event)
{
    if (event->flags & HOSTMEM_TRACE_INJECTED)
        mark(marks, REPORT_MARK_INJECTED, ticks, event);
    switch (event->what) {
    case HOSTMEM_TRACE_NOTIFICATION:
        if (event->value >= 1 && event->value <= 3)
            mark(marks, REPORT_MARK_LOW + (int)event->value - 1, ticks, event);
        return;
    case HOSTMEM_TRACE_WAITED:
        mark(marks, REPORT_MARK_WAITED, ticks, event);
        return;
    case HOSTMEM_TRACE_LIMIT:
        mark(marks, REPORT_MARK_LIMIT, ticks, event);
        return;
    case HOSTMEM_TRACE_CLOSED:
        mark(marks, REPORT_MARK_CLOSED, ticks, event);
        return;
    case HOSTMEM_TRACE_REFUSED:
        take_refuser(marks, event); /* the mark is made for the call, whose own event follows */
        return;
    default:
        break;
    }
    if (is_refusal(event)) {
        mark_refusal(marks, ticks, event);
    } else if (event->result & 0x80000000u) {
        mark(marks, REPORT_MARK_FAILED, ticks, event);
    }
}
