/* Rows are kept sorted, and added when something in their chunk is first committed or mapped. Most updates change
 * one or two rows. */
#include "report_space.h"

#include <stdlib.h>
#include <string.h>

void report_space_init(report_space *space, const report_pages *pages, uint64_t granularity)
{
    report_columns_init(&space->columns, REPORT_SPACE_COLUMNS);
    space->chunk_bytes = granularity;
    space->pages = pages;
}

void report_space_destroy(report_space *space)
{
    for (uint32_t i = 0; i < space->row_count; i++)
        free(space->rows[i]);
}

static uint8_t cell(uint8_t kind, uint64_t part, uint64_t whole)
{
    uint64_t eighth = whole / REPORT_SPACE_LEVELS;
    uint64_t level = eighth && part ? (part - 1) / eighth : 0;
    if (level >= REPORT_SPACE_LEVELS)
        level = REPORT_SPACE_LEVELS - 1;
    return (uint8_t)(kind * REPORT_SPACE_LEVELS + level);
}

/* A chunk with a row was in use once: free memory there has been freed. */
static uint8_t cell_of(const report_space *space, const report_row *row)
{
    uint64_t executable = row->bytes[REPORT_EXECUTABLE];
    uint64_t committed = row->bytes[REPORT_COMMIT] + executable;
    if (committed)
        return cell(executable >= committed / 4 && executable ? REPORT_CELL_EXECUTABLE : REPORT_CELL_COMMITTED,
                    committed, space->chunk_bytes);
    if (row->bytes[REPORT_MAPPED])
        return cell(REPORT_CELL_MAPPED, row->bytes[REPORT_MAPPED], space->chunk_bytes);
    if (row->bytes[REPORT_RESERVED])
        return cell(REPORT_CELL_RESERVED, row->bytes[REPORT_RESERVED], space->chunk_bytes);
    return cell(REPORT_CELL_FREED, space->chunk_bytes, space->chunk_bytes);
}

static void refresh(const report_space *space, report_row *row)
{
    row->now = cell_of(space, row);
    if (row->fullest < row->now)
        row->fullest = row->now;
}

static void widen(report_space *space)
{
    uint32_t used = space->columns.used;
    for (uint32_t r = 0; r < space->row_count; r++) {
        uint8_t *cells = space->rows[r]->cells;
        for (uint32_t i = 0; i < used; i += 2)
            cells[i / 2] = i + 1 < used && cells[i + 1] > cells[i] ? cells[i + 1] : cells[i];
    }
    report_columns_widen(&space->columns);
}

/* Writes the current column, the last one, as it is. */
static void write_column(report_space *space)
{
    for (uint32_t r = 0; space->columns.used && r < space->row_count; r++)
        space->rows[r]->cells[space->columns.used - 1] = space->rows[r]->fullest;
}

/* Time leaves the current column. */
static void finish_column(report_space *space)
{
    write_column(space);
    for (uint32_t r = 0; r < space->row_count; r++)
        space->rows[r]->fullest = space->rows[r]->now;
}

void report_space_advance(report_space *space, uint64_t ticks)
{
    uint32_t at;
    if (ticks > space->now)
        space->now = ticks;
    if (!report_columns_hold(&space->columns, space->now)) {
        /* Merges pairs of columns; the current column stays current, with what it has so far. */
        do {
            uint32_t used = space->columns.used;
            for (uint32_t r = 0; used && r < space->row_count; r++)
                space->rows[r]->cells[used - 1] = space->rows[r]->fullest;
            widen(space);
            used = space->columns.used;
            for (uint32_t r = 0; used && r < space->row_count; r++)
                space->rows[r]->fullest = space->rows[r]->cells[used - 1];
        } while (!report_columns_hold(&space->columns, space->now));
    }
    at = report_columns_at(&space->columns, space->now);
    while (space->columns.used <= at) {
        if (space->columns.used)
            finish_column(space);
        space->columns.used++;
    }
}

/* The first row whose chunk is not below. */
static uint32_t find(const report_space *space, uint64_t chunk)
{
    uint32_t low = 0, high = space->row_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (space->rows[middle]->chunk < chunk)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Counts the bytes of each state in a row's chunk. The piece that is being changed counts with its old state. */
static void count_bytes(const report_space *space, report_row *row)
{
    uint64_t from = row->chunk * space->chunk_bytes, last = from + (space->chunk_bytes - 1), at = from;
    memset(row->bytes, 0, sizeof row->bytes);
    for (;;) {
        report_range range = report_ranges_next(&space->pages->states, at);
        uint64_t begin = range.start > from ? range.start : from;
        if (!range.state || range.start > last)
            break;
        row->bytes[range.state] += (range.end - 1 < last ? range.end - 1 : last) - begin + 1;
        if (range.end > last)
            break;
        at = range.end;
    }
}

/* The cell of a chunk from the cells of its halves: the kind with the higher rank, and how much is of that kind. */
static uint8_t merged(uint8_t first, uint8_t second)
{
    unsigned kind = (first > second ? first : second) / REPORT_SPACE_LEVELS;
    unsigned eighths = 0;
    if (kind == REPORT_CELL_UNKNOWN)
        return 0;
    if (first / REPORT_SPACE_LEVELS == kind)
        eighths += first % REPORT_SPACE_LEVELS + 1;
    if (second / REPORT_SPACE_LEVELS == kind)
        eighths += second % REPORT_SPACE_LEVELS + 1;
    return (uint8_t)(kind * REPORT_SPACE_LEVELS + (eighths + 1) / 2 - 1);
}

/* other is NULL if the other half has no row. */
static void merge_rows(report_row *into, const report_row *other, uint32_t columns)
{
    for (uint32_t i = 0; i < columns; i++)
        into->cells[i] = merged(into->cells[i], other ? other->cells[i] : 0);
    into->fullest = merged(into->fullest, other ? other->fullest : 0);
    into->chunk /= 2;
}

static void coarsen(report_space *space)
{
    uint32_t kept = 0;
    space->chunk_bytes *= 2;
    for (uint32_t r = 0; r < space->row_count; r++) {
        report_row *row = space->rows[r], *other = r + 1 < space->row_count ? space->rows[r + 1] : NULL;
        if (other && other->chunk / 2 != row->chunk / 2)
            other = NULL;
        merge_rows(row, other, space->columns.used);
        if (other) {
            free(other);
            r++;
        }
        space->rows[kept++] = row;
    }
    space->row_count = kept;
    /* Counted again, because half of a chunk may have had no row. */
    for (uint32_t r = 0; r < kept; r++) {
        count_bytes(space, space->rows[r]);
        refresh(space, space->rows[r]);
    }
}

/* The earlier cells of a new row: reserved since its reservation was made. */
static void begin_row(const report_space *space, report_row *row)
{
    uint64_t from = row->chunk * space->chunk_bytes, last = from + (space->chunk_bytes - 1);
    const report_reservation *owner = report_pages_owner(space->pages, from);
    if (!owner) {
        report_range next = report_ranges_next(&space->pages->owners, from);
        if (next.state && next.start <= last)
            owner = report_pages_owner(space->pages, next.start);
    }
    if (owner && !owner->is_view && space->columns.used) {
        uint32_t since = (uint32_t)(owner->since / space->columns.width);
        for (uint32_t i = since; i < space->columns.used - 1; i++)
            row->cells[i] = cell(REPORT_CELL_RESERVED, space->chunk_bytes, space->chunk_bytes);
    }
}

static bool add_row(report_space *space, uint32_t at, uint64_t chunk)
{
    report_row *row = calloc(1, sizeof *row);
    if (!row)
        return false;
    row->chunk = chunk;
    count_bytes(space, row);
    begin_row(space, row);
    memmove(&space->rows[at + 1], &space->rows[at], (space->row_count - at) * sizeof(report_row *));
    space->rows[at] = row;
    space->row_count++;
    return true;
}

/* Adds rows for [start, end), enlarging the chunks as far as needed. */
static bool add_rows(report_space *space, uint64_t start, uint64_t end)
{
    uint64_t chunk;
    while ((end - 1) / space->chunk_bytes - start / space->chunk_bytes >= REPORT_SPACE_ROWS / 2)
        coarsen(space);
    for (chunk = start / space->chunk_bytes; chunk <= (end - 1) / space->chunk_bytes; chunk++) {
        uint32_t at = find(space, chunk);
        if (at < space->row_count && space->rows[at]->chunk == chunk)
            continue;
        if (space->row_count == REPORT_SPACE_ROWS) {
            coarsen(space);
            return add_rows(space, start, end);
        }
        if (!add_row(space, at, chunk))
            return false;
    }
    return true;
}

bool report_space_changed(report_space *space, uint64_t start, uint64_t end, uint32_t old, uint32_t state)
{
    if (state > REPORT_RESERVED && !add_rows(space, start, end))
        return false;
    for (uint32_t r = find(space, start / space->chunk_bytes); r < space->row_count; r++) {
        report_row *row = space->rows[r];
        uint64_t from = row->chunk * space->chunk_bytes, last = from + (space->chunk_bytes - 1);
        if (from >= end)
            break;
        if (from < start)
            from = start;
        if (last > end - 1)
            last = end - 1;
        row->bytes[old] -= last - from + 1; /* free bytes are not counted correctly, and not used */
        row->bytes[state] += last - from + 1;
        refresh(space, row);
    }
    return true;
}

/* The area of the picture that it covers. */
static double extent_of(const report_listed *listed)
{
    return (double)listed->reservation.size * ((double)(listed->until - listed->reservation.since) + 1);
}

static int compare_listed(const void *a, const void *b)
{
    const report_reservation *first = &((const report_listed *)a)->reservation;
    const report_reservation *second = &((const report_listed *)b)->reservation;
    double difference = extent_of(b) - extent_of(a);
    if (difference != 0)
        return difference > 0 ? 1 : -1;
    if (first->base != second->base)
        return first->base < second->base ? -1 : 1;
    return first->since < second->since ? -1 : first->since > second->since;
}

static void keep_greatest(report_space *space)
{
    qsort(space->listed, space->listed_count, sizeof *space->listed, compare_listed);
    if (space->listed_count > REPORT_SPACE_LISTED)
        space->listed_count = REPORT_SPACE_LISTED;
}

void report_space_ended(report_space *space, const report_reservation *reservation, uint64_t ticks, bool is_live)
{
    report_listed one = {.reservation = *reservation, .until = ticks, .is_live = is_live};
    space->ended++;
    space->live_ended += is_live;
    if (space->listed_count == 2 * REPORT_SPACE_LISTED)
        keep_greatest(space);
    space->listed[space->listed_count++] = one;
}

void report_space_forget(report_space *space, uint64_t start, uint64_t end)
{
    for (uint32_t r = find(space, start / space->chunk_bytes); r < space->row_count; r++) {
        report_row *row = space->rows[r];
        if (row->chunk * space->chunk_bytes >= end)
            break;
        memset(row->cells, 0, sizeof row->cells);
        row->fullest = 0;
    }
}

void report_space_end(report_space *space, uint64_t ticks)
{
    report_space_advance(space, ticks);
    write_column(space);
    keep_greatest(space);
}

/* A reservation that lives covers more of the picture when it has ended: those that gave way to one are not missed. */
void report_space_resume(report_space *space)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < space->listed_count; i++) {
        if (!space->listed[i].is_live)
            space->listed[kept++] = space->listed[i];
    }
    space->listed_count = kept;
    space->ended -= space->live_ended;
    space->live_ended = 0;
}
