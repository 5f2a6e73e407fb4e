/* Figures over time in a fixed number of columns, for sparklines. */
#ifndef TRACE_HISTORY_H
#define TRACE_HISTORY_H

#include <stddef.h>

#include "report_columns.h"

enum { HISTORY_COLUMNS = 256, HISTORY_FIGURES = 6, HISTORY_TEXT = 3 * HISTORY_COLUMNS + 1 };

typedef struct history {
    report_columns columns;
    uint64_t most[HISTORY_COLUMNS][HISTORY_FIGURES]; /* in each column */
} history;

void history_init(history *history);

/* ticks: since the start of the trace. */
void history_add(history *history, uint64_t ticks, const uint64_t figures[HISTORY_FIGURES]);

/* At most width characters of UTF-8, each as high as the figure was, relative to its maximum; a figure of 0 is a blank.
 * Empty if there
 * was never any. */
const char *history_spark(const history *history, unsigned figure, uint32_t width, char text[HISTORY_TEXT]);

#endif
