/* Results as Markdown that reads well as plain text too: the goals first, then a table for each part. */
#include <string.h>

#include "output.h"

/* Columns of the comparison: one for each side that has rows. */
#define MOST_SIDES 16

static void number(FILE *file, double value)
{
    fprintf(file, value >= 99.5 ? "%.0f" : value >= 9.95 ? "%.1f" : "%.2f", value);
}

static void ratio(FILE *file, const quartiles *value)
{
    fprintf(file, "%.2f (%.2f–%.2f)", value->median, value->lower, value->upper);
}

static void what(FILE *file, const result_row *row)
{
    fprintf(file, "| %s%s%s | ", row->operation, *row->variant ? "; " : "", row->variant);
    if (row->threads)
        fprintf(file, "%u | ", row->threads);
    else
        fprintf(file, "| ");
}

static void goals(FILE *file, const results *results)
{
    static const char *const measures[PART_COUNT] = {"of the raw call's time", "ns of our own", "times one thread's throughput",
                                                     "times the time with few", "ns", "bytes"};
    uint32_t i;
    fprintf(file, "### Goals\n\n| operation | threads | measured | goal | |\n|---|---|---|---|---|\n");
    for (i = 0; i < results->count; i++) {
        const result_row *row = &results->rows[i];
        if (!(row->goal > 0))
            continue;
        what(file, row);
        number(file, row->value.median);
        fprintf(file, " (");
        number(file, row->value.lower);
        fprintf(file, "–");
        number(file, row->value.upper);
        fprintf(file, ") | %s ", row->at_least ? "≥" : "≤");
        number(file, row->goal);
        fprintf(file, " %s | %s |\n", measures[row->part], results_met(row) ? "met" : "**missed**");
    }
}

/* The sides that a part has rows of, in the order of their first one. */
static uint32_t sides_of(const results *results, result_part part, const char *sides[MOST_SIDES])
{
    uint32_t count = 0, i, known;
    for (i = 0; i < results->count; i++) {
        const result_row *row = &results->rows[i];
        if (row->part != part)
            continue;
        for (known = 0; known < count && strcmp(sides[known], row->side) != 0; known++)
            continue;
        if (known == count && count < MOST_SIDES)
            sides[count++] = row->side;
    }
    return count;
}

static bool same_line(const result_row *a, const result_row *b)
{
    return a->part == b->part && a->threads == b->threads && !strcmp(a->operation, b->operation) &&
           !strcmp(a->variant, b->variant);
}

/* One line for an operation, one column for a side. */
static void by_side(FILE *file, const results *results, result_part part, const char *title, bool with_base)
{
    const char *sides[MOST_SIDES];
    uint32_t count = sides_of(results, part, sides), i, end, side, at;
    if (!count)
        return;
    fprintf(file, "\n### %s\n\n| operation | threads |%s", title, with_base ? " raw, ns |" : "");
    for (side = 0; side < count; side++)
        fprintf(file, " %s |", sides[side]);
    fprintf(file, "\n|---|---|%s", with_base ? "---|" : "");
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
        if (with_base) {
            number(file, first->base_ns);
            fprintf(file, " |");
        }
        for (side = 0; side < count; side++) {
            for (at = i; at < end && strcmp(results->rows[at].side, sides[side]) != 0; at++)
                continue;
            fprintf(file, " ");
            if (at < end)
                ratio(file, &results->rows[at].value);
            fprintf(file, " |");
        }
        fprintf(file, "\n");
    }
}

void output_markdown(FILE *file, const results *results, const conditions *under)
{
    fprintf(file, "%s, %s; %u rounds, batches of about %.2g ms.\n\n", under->compiler, under->architecture, under->rounds,
            under->batch_ms);
    goals(file, results);
    by_side(file, results, PART_COMPARED, "Time by the time of raw Win32 (median of the rounds, and quartiles)", true);
    by_side(file, results, PART_OWN, "Nanoseconds of our own, over an operating system that does nothing", false);
    by_side(file, results, PART_SCALING, "Throughput of two threads by that of one, over the same", false);
}
