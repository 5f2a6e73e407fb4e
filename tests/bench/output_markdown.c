/* Results as Markdown that reads well as plain text too: the goals first, then a table for each part. */
#include <string.h>

#include "output.h"

/* Columns of a table, one for each side that has rows. */
#define MAX_SIDES 16

static void number(FILE *file, double value)
{
    fprintf(file, value >= 99.5 ? "%.0f" : value >= 9.95 ? "%.1f" : "%.2f", value);
}

/* With one more digit, for values that may be close to a goal. */
static void near_number(FILE *file, double value)
{
    fprintf(file, value >= 99.5 ? "%.0f" : value >= 9.95 ? "%.1f" : "%.3f", value);
}

static void spread(FILE *file, const quartiles *value)
{
    number(file, value->median);
    fprintf(file, " (");
    number(file, value->lower);
    fprintf(file, "–");
    number(file, value->upper);
    fprintf(file, ")");
}

/* The first cell of a line. */
static void what(FILE *file, const result_row *row)
{
    fprintf(file, "| %s%s%s |", row->operation, *row->variant ? "; " : "", row->variant);
}

static void threads(FILE *file, const result_row *row)
{
    if (row->threads)
        fprintf(file, " %u |", row->threads);
    else
        fprintf(file, " |");
}

static void goal(FILE *file, const result_row *row)
{
    static const char *const measures[PART_COUNT] = {
        "of the raw call's time", "ns of our own",  "of one thread's throughput", "of the time with few",
        "ns of our own",          "KiB of our own", "of the raw calls' time",     "of the other build's time"};
    double scale = row->part == PART_METADATA ? 1024 : 1;
    what(file, row);
    threads(file, row);
    fprintf(file, " %s | ", row->side);
    near_number(file, row->value.median / scale);
    if (row->part != PART_METADATA) {
        fprintf(file, " (");
        near_number(file, row->value.lower);
        fprintf(file, "–");
        near_number(file, row->value.upper);
        fprintf(file, ")");
    }
    fprintf(file, " | %s ", row->at_least ? "≥" : "≤");
    number(file, row->goal / scale);
    fprintf(file, " %s | %s |\n", measures[row->part], results_met(row) ? "met" : "**missed**");
}

static void goals(FILE *file, const results *results)
{
    uint32_t i;
    fprintf(file, "### Goals\n\n| operation | threads | side | measured | goal | |\n|---|---|---|---|---|---|\n");
    for (i = 0; i < results->count; i++)
        if (results->rows[i].goal > 0)
            goal(file, &results->rows[i]);
}

/* The sides for which a part has rows, in the order of their first row. */
static uint32_t sides_of(const results *results, result_part part, const char *sides[MAX_SIDES])
{
    uint32_t count = 0, i, known;
    for (i = 0; i < results->count; i++) {
        const result_row *row = &results->rows[i];
        if (row->part != part)
            continue;
        for (known = 0; known < count && strcmp(sides[known], row->side) != 0; known++)
            continue;
        if (known == count && count < MAX_SIDES)
            sides[count++] = row->side;
    }
    return count;
}

static bool same_line(const result_row *a, const result_row *b)
{
    return a->part == b->part && a->threads == b->threads && !strcmp(a->operation, b->operation) &&
           !strcmp(a->variant, b->variant);
}

/* The cells of one line's sides; rows first to end - 1 are that line's. */
static void cells(FILE *file, const result_row *first, const result_row *end, const char *const *sides, uint32_t count)
{
    uint32_t side;
    for (side = 0; side < count; side++) {
        const result_row *row = first;
        while (row < end && strcmp(row->side, sides[side]) != 0)
            row++;
        fprintf(file, " ");
        if (row < end)
            spread(file, &row->value);
        fprintf(file, " |");
    }
    fprintf(file, "\n");
}

/* One line for an operation, one column for a side. base: the heading of a column for row->base; NULL: none. */
static void by_side(FILE *file, const results *results, result_part part, const char *title, const char *base)
{
    const char *sides[MAX_SIDES];
    uint32_t count = sides_of(results, part, sides), i, end, side;
    if (!count)
        return;
    fprintf(file, "\n### %s\n\n| operation | threads |%s%s%s", title, base ? " " : "", base ? base : "",
            base ? " |" : "");
    for (side = 0; side < count; side++)
        fprintf(file, " %s |", sides[side]);
    fprintf(file, "\n|---|---|%s", base ? "---|" : "");
    for (side = 0; side < count; side++)
        fprintf(file, "---|");
    fprintf(file, "\n");
    for (i = 0; i < results->count; i = end) {
        const result_row *first = &results->rows[i];
        for (end = i + 1; end < results->count && same_line(first, &results->rows[end]); end++)
            continue;
        if (first->part != part)
            continue;
        what(file, first);
        threads(file, first);
        if (base) {
            fprintf(file, " ");
            number(file, first->base);
            fprintf(file, " |");
        }
        cells(file, first, &results->rows[end], sides, count);
    }
}

static void growth_line(FILE *file, const result_row *row)
{
    fprintf(file, " ");
    number(file, row->base);
    fprintf(file, " | ");
    number(file, row->ns);
    fprintf(file, " | ");
    spread(file, &row->value);
    fprintf(file, " |\n");
}

static void build_line(FILE *file, const result_row *row)
{
    fprintf(file, " %s | %u | ", row->side, row->threads);
    number(file, row->base);
    fprintf(file, " | ");
    number(file, row->ns);
    fprintf(file, " | ");
    near_number(file, row->value.median);
    fprintf(file, " (");
    near_number(file, row->value.lower);
    fprintf(file, "–");
    near_number(file, row->value.upper);
    fprintf(file, ") |\n");
}

static void commit_line(FILE *file, const result_row *row)
{
    fprintf(file, " ");
    spread(file, &row->value);
    fprintf(file, " |\n");
}

static void metadata_line(FILE *file, const result_row *row)
{
    fprintf(file, " %.1f | %.0f |\n", row->base / 1048576, row->value.median / 1024);
}

static void lines(FILE *file, const results *results, result_part part, const char *head,
                  void (*line)(FILE *, const result_row *))
{
    uint32_t i, printed = 0;
    for (i = 0; i < results->count; i++) {
        if (results->rows[i].part != part)
            continue;
        if (!printed++)
            fprintf(file, "\n### %s\n", head);
        what(file, &results->rows[i]);
        line(file, &results->rows[i]);
    }
}

void output_markdown(FILE *file, const results *results, const conditions *under)
{
    fprintf(file, "%s, %s; %u rounds, batches of about %.2g ms. In brackets: quartiles.\n\n", under->compiler,
            under->architecture, under->rounds, under->batch_ms);
    if (results->count && results->rows[0].part == PART_BUILDS) {
        lines(file, results, PART_BUILDS,
              "Two builds\n\n| operation | over | threads | old, ns | new, ns | new / old |\n|---|---|---|---|---|---|",
              build_line);
        return;
    }
    by_side(file, results, PART_WORK, "The calls of real programs, by the time of raw Win32", "raw, ns a call");
    goals(file, results);
    by_side(file, results, PART_COMPARED, "Time by the time of raw Win32", "raw, ns");
    by_side(file, results, PART_OWN, "Nanoseconds of our own, over an operating system that does nothing", NULL);
    by_side(file, results, PART_SCALING, "Throughput of two threads by that of one, over the same", NULL);
    lines(file, results, PART_GROWTH,
          "Growth, over the same\n\n| operation | with few, ns | with many, ns | ratio |\n"
          "|---|---|---|---|",
          growth_line);
    lines(file, results, PART_COMMIT, "Commits by size, over the same\n\n| | ns |\n|---|---|", commit_line);
    lines(file, results, PART_METADATA,
          "The library's own memory\n\n| what it manages | committed, MiB | own, KiB |\n"
          "|---|---|---|",
          metadata_line);
}
