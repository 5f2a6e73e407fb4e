/* hostmem-trace diff: what grew from one trace to another, for people and for builds that fail on growth. */
#include <stdio.h>
#include <string.h>

#include "base/size_text.h"
#include "commands.h"
#include "diff.h"
#include "files.h"
#include "input.h"
#include "names.h"
#include "output.h"

enum { DIFF_LISTED = 20 /* rows of a table that the text shows */ };

bool diff_has_grown(const diff *diff)
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
    if (kind == GROWTH_FIGURES || kind == GROWTH_PAGES)
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
        [GROWTH_PAGES] = {"", "committed pages left, by call path"},
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
    if (!diff_has_grown(diff))
        fprintf(out, diff->threshold ? "Nothing grew by more than %s.\n" : "Nothing grew.\n",
                name_of_size(diff->threshold, size));
}

/* ---- The command ---- */

static bool read_side(diff *diff, int side)
{
    trace_input input;
    hostmem_trace_item item;

    if (!frame_names_begin(&diff->names[side]) || !trace_input_open(&input, diff->paths[side]))
        return false;
    diff->sides[side].origins.keeps_all_frames = true;
    diff->headers[side] = *hostmem_trace_reader_header(input.reader);
    digest_begin(&diff->sides[side], &diff->headers[side]);
    while (trace_input_next(&input, &item))
        digest_add(&diff->sides[side], &item);
    diff->problems[side] = *hostmem_trace_reader_problem(input.reader);
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
    return diff_has_grown(diff) ? TRACE_EXIT_DIFFERENT : TRACE_EXIT_OK;
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
        diff_write_json(out, diff);
    else if (diff->as_page)
        diff_write_page(out, diff);
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
        } else if (!strcmp(argument, "--html")) {
            diff->as_page = true;
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
    if (diff->as_json && diff->as_page)
        return trace_complain("diff: --json or --html, not both");
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
