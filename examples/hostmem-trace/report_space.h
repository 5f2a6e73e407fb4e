/* The address space over time, as a picture: a row for each chunk of addresses in which anything was ever committed
 * or mapped, a column for each range of time. When there are too many rows, chunks become twice as large. Also the
 * reservations that cover most of the picture. */
#ifndef HOSTMEM_TRACE_REPORT_SPACE_H
#define HOSTMEM_TRACE_REPORT_SPACE_H

#include "report_columns.h"
#include "report_pages.h"

#define REPORT_SPACE_COLUMNS 512u
#define REPORT_SPACE_ROWS 1024u
#define REPORT_SPACE_LISTED 1000u

/* A cell is the highest value that its chunk had during its column: a kind times REPORT_SPACE_LEVELS, plus how much
 * of the chunk was of that kind, in eighths less one. page/js/words.js uses these numbers too. */
enum {
    REPORT_CELL_UNKNOWN,
    REPORT_CELL_FREED,
    REPORT_CELL_RESERVED,
    REPORT_CELL_MAPPED,
    REPORT_CELL_COMMITTED,
    REPORT_CELL_EXECUTABLE
};
#define REPORT_SPACE_LEVELS 8u

typedef struct report_row {
    uint64_t chunk; /* address divided by the size of a chunk */
    uint64_t bytes[REPORT_STATES];
    uint8_t now, fullest; /* cells: now, and the fullest since the current column began */
    uint8_t cells[REPORT_SPACE_COLUMNS];
} report_row;

typedef struct report_listed {
    report_reservation reservation;
    uint64_t until; /* ticks */
    bool is_live;   /* still there at the end of the trace */
} report_listed;

typedef struct report_space {
    report_columns columns;
    uint64_t chunk_bytes;
    uint64_t now; /* ticks */
    const report_pages *pages;
    report_row *rows[REPORT_SPACE_ROWS]; /* in ascending order of chunks */
    uint32_t row_count;
    uint32_t listed_count;
    uint64_t ended;                                /* number of all reservations that ended */
    uint64_t live_ended;                           /* of these, told as live */
    report_listed listed[2 * REPORT_SPACE_LISTED]; /* after report_space_end the largest first */
} report_space;

/* pages is borrowed, to look up reservations. */
void report_space_init(report_space *space, const report_pages *pages, uint64_t granularity);
void report_space_destroy(report_space *space);

/* Advances time; called before the changes at ticks. */
void report_space_advance(report_space *space, uint64_t ticks);

/* Called as report_pages_listener.changed. false: out of memory. */
bool report_space_changed(report_space *space, uint64_t start, uint64_t end, uint32_t old, uint32_t state);
void report_space_ended(report_space *space, const report_reservation *reservation, uint64_t ticks, bool is_live);

/* Clears what was shown of these addresses, because it was wrong. */
void report_space_forget(report_space *space, uint64_t start, uint64_t end);

/* Called at the end: completes the last column, and sorts the listed reservations. */
void report_space_end(report_space *space, uint64_t ticks);

/* After report_space_end: goes on as if it had not been called. What was told as live is forgotten. */
void report_space_resume(report_space *space);

#endif
