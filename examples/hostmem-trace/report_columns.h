/* A range of time divided into columns of equal width. When time goes beyond the last column, pairs of columns are
 * merged and become twice as wide, so that any length of time fits into a fixed number of columns. The user of this
 * file stores the contents of the columns, and merges them. */
#ifndef HOSTMEM_TRACE_REPORT_COLUMNS_H
#define HOSTMEM_TRACE_REPORT_COLUMNS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct report_columns {
    uint64_t width; /* of a column, in ticks */
    uint32_t used;  /* number of columns in use */
    uint32_t most;  /* maximum number of columns, even */
} report_columns;

static inline void report_columns_init(report_columns *columns, uint32_t most)
{
    columns->width = 1;
    columns->used = 0;
    columns->most = most;
}

static inline bool report_columns_hold(const report_columns *columns, uint64_t ticks)
{
    return ticks / columns->width < columns->most;
}

/* The column of a moment within the range; an earlier moment counts as the present one. */
static inline uint32_t report_columns_at(const report_columns *columns, uint64_t ticks)
{
    uint32_t column = (uint32_t)(ticks / columns->width);
    return columns->used && column < columns->used - 1 ? columns->used - 1 : column;
}

/* Called after the contents have been merged. */
static inline void report_columns_widen(report_columns *columns)
{
    columns->width *= 2;
    columns->used = (columns->used + 1) / 2;
}

#endif
