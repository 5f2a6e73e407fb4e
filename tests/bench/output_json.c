/* Results as JSON: the conditions, the rows as they were added, and how many goals were met. results.h says in
 * which unit the values of each part are. */
#include "output.h"

static const char *const part_names[PART_COUNT] = {"compared", "own_cost", "scaling", "growth",
                                                   "commit",   "metadata", "work",    "builds"};

static void text(FILE *file, const char *value)
{
    fputc('"', file);
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            fputc('\\', file);
        fputc(*value, file);
    }
    fputc('"', file);
}

static void field(FILE *file, const char *name, const char *value)
{
    fprintf(file, "\"%s\": ", name);
    text(file, value);
    fprintf(file, ", ");
}

static void row(FILE *file, const result_row *row)
{
    fprintf(file, "    {");
    field(file, "part", part_names[row->part]);
    field(file, "operation", row->operation);
    field(file, "side", row->side);
    field(file, "variant", row->variant);
    fprintf(file, "\"threads\": %u, \"median\": %.5g, \"lower\": %.5g, \"upper\": %.5g", row->threads,
            row->value.median, row->value.lower, row->value.upper);
    if (row->part == PART_METADATA)
        fprintf(file, ", \"managed\": %.0f", row->base);
    else if (row->ns > 0)
        fprintf(file, ", \"ns\": %.5g, \"base_ns\": %.5g", row->ns, row->base);
    if (row->goal > 0)
        fprintf(file, ", \"goal\": %.5g, \"at_least\": %s, \"met\": %s", row->goal, row->at_least ? "true" : "false",
                results_met(row) ? "true" : "false");
    fprintf(file, "}");
}

void output_json(FILE *file, const results *results, const conditions *under)
{
    uint32_t i, goals = 0, met = 0;
    fprintf(file, "{\n  ");
    field(file, "compiler", under->compiler);
    field(file, "architecture", under->architecture);
    fprintf(file, "\"rounds\": %u, \"batch_ms\": %.3g,\n  \"rows\": [\n", under->rounds, under->batch_ms);
    for (i = 0; i < results->count; i++) {
        row(file, &results->rows[i]);
        fprintf(file, "%s\n", i + 1 < results->count ? "," : "");
        goals += results->rows[i].goal > 0;
        met += results->rows[i].goal > 0 && results_met(&results->rows[i]);
    }
    fprintf(file, "  ],\n  \"goals\": %u, \"goals_met\": %u\n}\n", goals, met);
}
