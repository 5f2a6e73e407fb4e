/* Columns of time that are merged as it goes on. */
#include "report_timeline.h"

#include <string.h>

void report_timeline_init(report_timeline *timeline)
{
    report_columns_init(&timeline->columns, REPORT_TIMELINE_COLUMNS);
}

static void include(report_column *column, const report_moment *moment)
{
    for (int i = 0; i < REPORT_FIGURES; i++) {
        if (column->least[i] > moment->figures[i])
            column->least[i] = moment->figures[i];
        if (column->most[i] < moment->figures[i])
            column->most[i] = moment->figures[i];
    }
    column->last = *moment;
}

static void begin(report_column *column, const report_moment *moment)
{
    memcpy(column->least, moment->figures, sizeof column->least);
    memcpy(column->most, moment->figures, sizeof column->most);
    column->last = *moment;
    column->calls = 0;
}

static void merge(report_column *into, const report_column *first, const report_column *second)
{
    report_column merged = *second;
    for (int i = 0; i < REPORT_FIGURES; i++) {
        if (merged.least[i] > first->least[i])
            merged.least[i] = first->least[i];
        if (merged.most[i] < first->most[i])
            merged.most[i] = first->most[i];
    }
    merged.calls += first->calls;
    *into = merged;
}

static void widen(report_timeline *timeline)
{
    report_column *column = timeline->column;
    uint32_t used = timeline->columns.used;
    for (uint32_t i = 0; i + 1 < used; i += 2)
        merge(&column[i / 2], &column[i], &column[i + 1]);
    if (used % 2)
        column[used / 2] = column[used - 1];
    report_columns_widen(&timeline->columns);
}

/* Makes the column of ticks the last one; the columns in between repeat the previous values. */
static void advance(report_timeline *timeline, uint64_t ticks, const report_moment *first)
{
    uint32_t at;
    while (!report_columns_hold(&timeline->columns, ticks))
        widen(timeline);
    at = report_columns_at(&timeline->columns, ticks);
    while (timeline->columns.used <= at) {
        uint32_t used = timeline->columns.used++;
        begin(&timeline->column[used], used ? &timeline->column[used - 1].last : first);
    }
}

void report_timeline_set(report_timeline *timeline, uint64_t ticks, const report_moment *moment)
{
    advance(timeline, ticks, moment);
    include(&timeline->column[timeline->columns.used - 1], moment);
}

void report_timeline_count_call(report_timeline *timeline)
{
    timeline->column[timeline->columns.used - 1].calls++;
}

void report_timeline_end(report_timeline *timeline, uint64_t ticks)
{
    static const report_moment nothing;
    advance(timeline, ticks, &nothing);
}

static uint64_t corrected(uint64_t bytes, int64_t by)
{
    if (by >= 0)
        return bytes + (uint64_t)by;
    return bytes > 0 - (uint64_t)by ? bytes - (0 - (uint64_t)by) : 0;
}

void report_timeline_add(report_timeline *timeline, const int64_t by[REPORT_FIGURES])
{
    for (uint32_t c = 0; c < timeline->columns.used; c++) {
        report_column *column = &timeline->column[c];
        for (int i = 0; i < REPORT_FIGURES; i++) {
            column->least[i] = corrected(column->least[i], by[i]);
            column->most[i] = corrected(column->most[i], by[i]);
            column->last.figures[i] = corrected(column->last.figures[i], by[i]);
        }
    }
}

void report_timeline_limit(report_timeline *timeline, const report_limits *limits)
{
    for (uint32_t c = 0; c < timeline->columns.used; c++)
        timeline->column[c].last.limits = *limits;
}
