/* The two tables of README.md: real programs, and single operations. */
#include <string.h>

#include "output.h"

static const char *const sides[] = {"pass-through", "limit", "mimalloc"};
#define SIDES (sizeof sides / sizeof sides[0])

static bool same_line(const result_row *a, const result_row *b)
{
    return a->part == b->part && a->threads == b->threads && !strcmp(a->operation, b->operation) &&
           !strcmp(a->variant, b->variant);
}

static const result_row *find(const results *results, const result_row *like, const char *side)
{
    uint32_t i;
    for (i = 0; i < results->count; i++)
        if (same_line(&results->rows[i], like) && !strcmp(results->rows[i].side, side))
            return &results->rows[i];
    return NULL;
}

static void cell(FILE *file, const result_row *row)
{
    if (row)
        fprintf(file, " %.2f (%.2f–%.2f) |", row->value.median, row->value.lower, row->value.upper);
    else
        fprintf(file, " |");
}

/* The library's own time for the same operation. */
static void own_cell(FILE *file, const results *results, const result_row *row)
{
    result_row own = *row;
    const result_row *found;
    own.part = PART_OWN;
    found = row->threads == 1 ? find(results, &own, "limit") : NULL;
    if (found)
        fprintf(file, " %.1f |", found->value.median);
    else
        fprintf(file, " |");
}

static void line(FILE *file, const results *results, const result_row *row)
{
    size_t side;
    fprintf(file, "| %s%s%s | %u | %.0f |", row->operation, *row->variant ? "; " : "", row->variant, row->threads,
            row->base);
    for (side = 0; side < SIDES; side++)
        cell(file, find(results, row, sides[side]));
    if (row->part == PART_COMPARED)
        own_cell(file, results, row);
    fprintf(file, "\n");
}

/* Two threads with a heap each are as fast as one, and other sizes cost as much as those that are shown. */
static bool says_nothing_new(const result_row *row)
{
    return !strcmp(row->variant, "own heaps") || strstr(row->operation, "mixed sizes") ||
           !strcmp(row->operation, "Alloc, Free 16 bytes");
}

/* Each line once, where its first row is; not more than two threads, or their number means nothing on two
 * processors. */
static void table(FILE *file, const results *results, result_part part, uint32_t most_threads)
{
    uint32_t i;
    for (i = 0; i < results->count; i++) {
        const result_row *row = &results->rows[i];
        if (row->part == part && row->threads <= most_threads && (!i || !same_line(row, row - 1)) &&
            !says_nothing_new(row))
            line(file, results, row);
    }
}

void output_summary(FILE *file, const results *results, const conditions *under)
{
    fprintf(file, "%s, %s. In brackets: quartiles.\n\n", under->compiler, under->architecture);
    fprintf(file,
            "| program | threads | raw, ns a call | pass-through | limit | mimalloc |\n|---|---|---|---|---|---|\n");
    table(file, results, PART_WORK, 16);
    fprintf(file, "\n| operation | threads | raw, ns | pass-through | limit | mimalloc | own, ns |\n"
                  "|---|---|---|---|---|---|---|\n");
    table(file, results, PART_COMPARED, 2);
}
