/* hostmem-trace diff: what grew from one trace to another, for people and for builds that fail on growth. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/size_text.h"
#include "commands.h"
#include "files.h"
#include "growth.h"
#include "input.h"
#include "names.h"
#include "output.h"
#include "report_json.h"

enum { DIFF_LISTED = 20 /* rows of a table that the text shows */ };

typedef struct diff {
    const char *paths[GROWTH_SIDES];
    const char *out_path;
    uint64_t threshold;
    bool as_json;
    int status[GROWTH_SIDES]; /* the exit codes for the files */
    digest sides[GROWTH_SIDES];
    frame_names names[GROWTH_SIDES];
    growth growth;
} diff;

static bool has_grown(const diff *diff)
{
    for (int kind = 0; kind < GROWTH_KINDS; kind++)
        if (growth_count(&diff->growth.tables[kind], diff->threshold))
            return true;
    return false;
}

/* ---- Text ---- */

static void print_change(FILE *out, uint64_t before, uint64_t after)
{
    char number[NAME_TEXT], text[NAME_TEXT];

    snprintf(text, sizeof(text), "%s%s", after < before ? "-" : "+",
             name_of_number(after < before ? before - after : after - before, number));
    fprintf(out, "%12s", text);
}

static void print_row(FILE *out, growth_kind kind, const growth_row *row)
{
    const growth_amount *before = &row->side[GROWTH_BEFORE], *after = &row->side[GROWTH_AFTER];
    char text[3][NAME_TEXT];

    fprintf(out, "%12s%12s%12s", name_of_size(growth_of(row), text[0]), name_of_size(before->bytes, text[1]),
            name_of_size(after->bytes, text[2]));
    if (kind == GROWTH_FIGURES)
        fprintf(out, "%12s", "");
    else
        print_change(out, before->blocks, after->blocks);
    fprintf(out, "  %s\n", row->name);
}

static void print_table(FILE *out, const diff *diff, growth_kind kind)
{
    static const char *const titles[GROWTH_KINDS][2] = {
        [GROWTH_FIGURES] = {"", "figure"},
        [GROWTH_ORIGINS] = {"blocks", "left, by origin"},
        [GROWTH_PATHS] = {"blocks", "left, by call path"},
        [GROWTH_SIZES] = {"blocks", "left, by size"},
    };
    const growth_table *table = &diff->growth.tables[kind];
    uint32_t count = growth_count(table, diff->threshold);
    char number[NAME_TEXT];

    if (!count)
        return;
    fprintf(out, "%12s%12s%12s%12s  %s\n", "grew by", "A", "B", titles[kind][0], titles[kind][1]);
    for (uint32_t i = 0; i < count && i < DIFF_LISTED; i++)
        print_row(out, kind, &table->rows[i]);
    if (count > DIFF_LISTED)
        fprintf(out, "%12s  others\n", name_of_number(count - DIFF_LISTED, number));
}

static void print_text(FILE *out, const diff *diff)
{
    char size[NAME_TEXT];

    for (int kind = 0; kind < GROWTH_KINDS; kind++)
        print_table(out, diff, (growth_kind)kind);
    if (!has_grown(diff))
        fprintf(out, diff->threshold ? "Nothing grew by more than %s.\n" : "Nothing grew.\n",
                name_of_size(diff->threshold, size));
}

/* ---- JSON ---- */

static void write_text(report_json *json, const char *name, const char *text)
{
    report_json_text(json, name, text, strlen(text));
}

static void write_amount(report_json *json, const char *name, growth_kind kind, const growth_amount *amount)
{
    report_json_open(json, name, '{');
    report_json_number(json, "bytes", amount->bytes);
    if (kind != GROWTH_FIGURES)
        report_json_number(json, "blocks", amount->blocks);
    if (kind == GROWTH_ORIGINS || kind == GROWTH_PATHS) {
        report_json_number(json, "allBytes", amount->all_bytes);
        report_json_number(json, "allBlocks", amount->all_blocks);
    }
    report_json_close(json, '}');
}

static void write_table(report_json *json, const diff *diff, growth_kind kind)
{
    static const char *const names[GROWTH_KINDS] = {"figures", "origins", "paths", "sizes"};
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

static void print_json(FILE *out, const diff *diff)
{
    report_json json = {.file = out};

    report_json_open(&json, NULL, '{');
    write_file(&json, diff, GROWTH_BEFORE);
    write_file(&json, diff, GROWTH_AFTER);
    report_json_number(&json, "threshold", diff->threshold);
    report_json_number(&json, "grew", has_grown(diff));
    for (int kind = 0; kind < GROWTH_KINDS; kind++)
        write_table(&json, diff, (growth_kind)kind);
    report_json_close(&json, '}');
    fputc('\n', out);
}

/* ---- The command ---- */

static bool read_side(diff *diff, int side)
{
    trace_input input;
    hostmem_trace_item item;

    if (!frame_names_begin(&diff->names[side]) || !trace_input_open(&input, diff->paths[side]))
        return false;
    diff->sides[side].origins.keeps_all_frames = true;
    while (trace_input_next(&input, &item))
        digest_add(&diff->sides[side], &item);
    diff->status[side] = trace_input_close(&input);
    origins_resolve(&diff->sides[side].origins, &diff->names[side]);
    return true;
}

/* An incomplete trace comes first: its figures at the end are not those of the run's end. */
static int exit_code(const diff *diff)
{
    int a = diff->status[GROWTH_BEFORE], b = diff->status[GROWTH_AFTER];

    if (a != TRACE_EXIT_OK || b != TRACE_EXIT_OK)
        return a > b ? a : b;
    return has_grown(diff) ? TRACE_EXIT_DIFFERENT : TRACE_EXIT_OK;
}

static int compare(diff *diff)
{
    FILE *out;

    if (!read_side(diff, GROWTH_BEFORE) || !read_side(diff, GROWTH_AFTER))
        return TRACE_EXIT_FAILED;
    if (!growth_compute(&diff->growth, diff->sides)) {
        trace_complain("there is not enough memory to compare the traces");
        return TRACE_EXIT_FAILED;
    }
    out = trace_output_create(diff->out_path);
    if (!out)
        return TRACE_EXIT_FAILED;
    if (diff->as_json)
        print_json(out, diff);
    else
        print_text(out, diff);
    return trace_output_close(out, diff->out_path, "comparison") ? exit_code(diff) : TRACE_EXIT_FAILED;
}

static bool read_threshold(const char *text, uint64_t *bytes)
{
    return hmi_size_text_read(text, bytes) == HMI_SIZE_TEXT_OK ||
           trace_complain("diff: not a size: %s (for example 64K, 16M, 1G)", text);
}

static bool read_arguments(int count, char **arguments, diff *diff)
{
    for (int i = 0; i < count; i++) {
        const char *argument = arguments[i];
        if (!strcmp(argument, "--threshold") && i + 1 < count) {
            if (!read_threshold(arguments[++i], &diff->threshold))
                return false;
        } else if (!strcmp(argument, "--json")) {
            diff->as_json = true;
        } else if (frame_names_option(&diff->names[GROWTH_BEFORE], count, arguments, &i) ||
                   frame_names_option(&diff->names[GROWTH_AFTER], count, arguments, &i)) {
            continue;
        } else if (!strcmp(argument, "-o") && i + 1 < count && !diff->out_path) {
            diff->out_path = arguments[++i];
        } else if (trace_is_path(argument) && !diff->paths[GROWTH_AFTER]) {
            diff->paths[diff->paths[GROWTH_BEFORE] ? GROWTH_AFTER : GROWTH_BEFORE] = argument;
        } else {
            return trace_complain("diff: unknown argument %s (--help)", argument);
        }
    }
    if (!diff->paths[GROWTH_AFTER])
        return trace_complain("diff needs two FILEs (--help)");
    if (!diff->names[GROWTH_AFTER].folders)
        diff->names[GROWTH_AFTER].folders = diff->names[GROWTH_BEFORE].folders;
    return strcmp(diff->paths[GROWTH_BEFORE], TRACE_STANDARD_STREAM) != 0 ||
           strcmp(diff->paths[GROWTH_AFTER], TRACE_STANDARD_STREAM) != 0 ||
           trace_complain("diff: only one of the FILEs can be standard input");
}

int diff_run(int count, char **arguments)
{
    static diff diff; /* too large for some stacks */
    int status;

    if (!read_arguments(count, arguments, &diff))
        return TRACE_EXIT_USAGE;
    status = compare(&diff);
    growth_free(&diff.growth);
    for (int side = 0; side < GROWTH_SIDES; side++) {
        digest_free(&diff.sides[side]);
        frame_names_free(&diff.names[side]);
    }
    return status;
}
