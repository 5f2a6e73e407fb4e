/* The JSON of diff: all rows of all tables. */
#include <string.h>

#include "diff.h"
#include "report_json.h"

static void write_text(report_json *json, const char *name, const char *text)
{
    report_json_text(json, name, text, strlen(text));
}

static void write_amount(report_json *json, const char *name, growth_kind kind, const growth_amount *amount)
{
    report_json_open(json, name, '{');
    report_json_number(json, "bytes", amount->bytes);
    if (kind != GROWTH_FIGURES && kind != GROWTH_PAGES)
        report_json_number(json, "blocks", amount->blocks);
    if (kind == GROWTH_ORIGINS || kind == GROWTH_PATHS || kind == GROWTH_PAGES)
        report_json_number(json, "allBytes", amount->all_bytes);
    if (kind == GROWTH_ORIGINS || kind == GROWTH_PATHS)
        report_json_number(json, "allBlocks", amount->all_blocks);
    report_json_close(json, '}');
}

static void write_table(report_json *json, const diff *diff, growth_kind kind)
{
    static const char *const names[GROWTH_KINDS] = {"figures", "origins", "paths", "sizes", "pages"};
    const growth_table *table = &diff->growth.tables[kind];

    report_json_open(json, names[kind], '[');
    for (uint32_t i = 0; i < table->count; i++) {
        report_json_open(json, NULL, '{');
        write_text(json, "name", table->rows[i].name);
        report_json_number(json, "grew", growth_of(&table->rows[i]));
        write_amount(json, "before", kind, &table->rows[i].side[GROWTH_BEFORE]);
        write_amount(json, "after", kind, &table->rows[i].side[GROWTH_AFTER]);
        report_json_close(json, '}');
    }
    report_json_close(json, ']');
}

static void write_file(report_json *json, const diff *diff, int side)
{
    report_json_open(json, side == GROWTH_BEFORE ? "before" : "after", '{');
    write_text(json, "file", diff->paths[side]);
    report_json_number(json, "exitCode", (uint64_t)diff->status[side]);
    report_json_number(json, "events", diff->sides[side].tally.events);
    report_json_number(json, "dropped", diff->sides[side].tally.dropped);
    report_json_number(json, "blocksNotTracked", diff->sides[side].usage.not_followed);
    report_json_close(json, '}');
}

void diff_write_json(FILE *out, const diff *diff)
{
    report_json json = {.file = out};

    report_json_open(&json, NULL, '{');
    write_file(&json, diff, GROWTH_BEFORE);
    write_file(&json, diff, GROWTH_AFTER);
    report_json_number(&json, "threshold", diff->threshold);
    report_json_number(&json, "grew", diff_has_grown(diff));
    for (int kind = 0; kind < GROWTH_KINDS; kind++)
        write_table(&json, diff, (growth_kind)kind);
    report_json_close(&json, '}');
    fputc('\n', out);
}
