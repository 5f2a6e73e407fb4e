/* The page of diff: its data as JSON, for page/js/diff.js. The rows that grew most, in the order of growth. */
#include <stdlib.h>
#include <string.h>

#include "diff.h"
#include "file_name.h"
#include "files.h"
#include "input.h"
#include "report_json.h"
#include "report_page.h"

enum { MOST_PATHS = 4096, MOST_ORIGINS = 1000 /* rows that are written one by one */ };

static void write_text(report_json *json, const char *name, const char *text)
{
    report_json_text(json, name, text, strlen(text));
}

static void write_side(report_json *json, const diff *diff, int side)
{
    static const char *const endings[] = {[TRACE_EXIT_CUT_OFF] = "cut off", [TRACE_EXIT_DAMAGED] = "damaged"};
    const hostmem_trace_file_header *header = &diff->headers[side];
    const digest *digest = &diff->sides[side];
    const char *path = diff->paths[side];

    report_json_open(json, side == GROWTH_BEFORE ? "a" : "b", '{');
    write_text(json, "file", strcmp(path, TRACE_STANDARD_STREAM) ? file_name_of(path, strlen(path)) : "standard input");
    write_text(json, "ending", diff->status[side] ? endings[diff->status[side]] : "complete");
    write_text(json, "problem", diff->problems[side].text);
    report_json_number(json, "process", header->process_id);
    report_json_real(json, "start", (double)trace_start_nanoseconds(header) / 1e6);
    report_json_real(json, "seconds", (double)trace_nanoseconds(header, digest->tally.last_ticks) / 1e9);
    report_json_number(json, "events", digest->tally.events);
    report_json_number(json, "dropped", digest->tally.dropped);
    report_json_number(json, "notTracked", digest->usage.not_followed);
    report_json_close(json, '}');
}

static void write_figures(report_json *json, const growth_table *table)
{
    report_json_open(json, "figures", '[');
    for (uint32_t i = 0; i < table->count; i++) {
        report_json_open(json, NULL, '[');
        write_text(json, NULL, table->rows[i].name);
        report_json_number(json, NULL, table->rows[i].side[GROWTH_BEFORE].bytes);
        report_json_number(json, NULL, table->rows[i].side[GROWTH_AFTER].bytes);
        report_json_close(json, ']');
    }
    report_json_close(json, ']');
}

/* Bytes and blocks of both sides. */
static void write_left(report_json *json, const growth_amount side[GROWTH_SIDES])
{
    report_json_open(json, "left", '[');
    for (int i = 0; i < GROWTH_SIDES; i++) {
        report_json_number(json, NULL, side[i].bytes);
        report_json_number(json, NULL, side[i].blocks);
    }
    report_json_close(json, ']');
}

/* The sum of the rows from first on. */
static void write_others(report_json *json, const char *name, const growth_table *table, uint32_t first)
{
    growth_amount sum[GROWTH_SIDES] = {{0}};

    for (uint32_t i = first; i < table->count; i++)
        for (int side = 0; side < GROWTH_SIDES; side++) {
            sum[side].bytes += table->rows[i].side[side].bytes;
            sum[side].blocks += table->rows[i].side[side].blocks;
        }
    report_json_open(json, name, '{');
    report_json_number(json, "rows", table->count > first ? table->count - first : 0);
    write_left(json, sum);
    report_json_close(json, '}');
}

static void write_rows(report_json *json, const char *name, const growth_table *table, uint32_t most)
{
    report_json_open(json, name, '[');
    for (uint32_t i = 0; i < table->count && i < most; i++) {
        report_json_open(json, NULL, '{');
        write_text(json, "name", table->rows[i].name);
        report_json_number(json, "isLine", table->rows[i].is_known);
        write_left(json, table->rows[i].side);
        report_json_close(json, '}');
    }
    report_json_close(json, ']');
}

/* ---- Call paths ---- */

/* The frames of the paths that are described in one of the traces, each once. */
typedef struct frame_list {
    uint64_t *frames; /* in ascending order */
    uint32_t count;
} frame_list;

static int by_address(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return a < b ? -1 : a > b;
}

static const origin *path_of(const diff *diff, const growth_row *row)
{
    return origins_find(&diff->sides[row->id_side].origins, row->id);
}

/* Frames of the first `most` rows of a table; NULL counts them. */
static uint32_t collect(const diff *diff, growth_kind kind, int side, uint32_t most, uint64_t *frames)
{
    const growth_table *table = &diff->growth.tables[kind];
    uint32_t count = 0;

    for (uint32_t i = 0; i < table->count && i < most; i++) {
        const origin *path = path_of(diff, &table->rows[i]);
        if (table->rows[i].id_side != side || !path)
            continue;
        if (frames && path->frame_count)
            memcpy(frames + count, path->frames, path->frame_count * sizeof(*frames));
        count += path->frame_count;
    }
    return count;
}

/* Returns false if out of memory. */
static bool list_frames(frame_list *list, const diff *diff, int side, uint32_t most)
{
    uint32_t of_blocks = collect(diff, GROWTH_PATHS, side, most, NULL);
    uint32_t count = of_blocks + collect(diff, GROWTH_PAGES, side, most, NULL);

    *list = (frame_list){.frames = malloc((count + 1) * sizeof(*list->frames))};
    if (!list->frames)
        return false;
    collect(diff, GROWTH_PATHS, side, most, list->frames);
    collect(diff, GROWTH_PAGES, side, most, list->frames + of_blocks);
    qsort(list->frames, count, sizeof(*list->frames), by_address);
    for (uint32_t i = 0; i < count; i++)
        if (!i || list->frames[i] != list->frames[i - 1])
            list->frames[list->count++] = list->frames[i];
    return true;
}

/* Module, offset, and the name if there is one. */
static void write_frame(report_json *json, const origins *origins, uint64_t frame)
{
    uint64_t offset = frame;
    const char *module = origins_module(origins, frame, &offset);
    const char *name = origins->names ? frame_names_find(origins->names, frame) : NULL;

    report_json_open(json, NULL, '[');
    write_text(json, NULL, module ? module : "");
    report_json_address(json, NULL, offset);
    if (name)
        write_text(json, NULL, name);
    report_json_close(json, ']');
}

static void write_frames(report_json *json, const diff *diff, const frame_list lists[GROWTH_SIDES])
{
    report_json_open(json, "frames", '[');
    for (int side = 0; side < GROWTH_SIDES; side++) {
        report_json_open(json, NULL, '[');
        for (uint32_t i = 0; i < lists[side].count; i++)
            write_frame(json, &diff->sides[side].origins, lists[side].frames[i]);
        report_json_close(json, ']');
    }
    report_json_close(json, ']');
}

/* The frames of a path as indices, the innermost first. Pages that are not known have none, and a name. */
static void write_path(report_json *json, const diff *diff, const growth_row *row, const frame_list *list)
{
    const origin *path = path_of(diff, row);

    report_json_open(json, NULL, '{');
    report_json_number(json, "side", (uint64_t)row->id_side);
    write_left(json, row->side);
    if (!path)
        write_text(json, "name", row->name);
    report_json_open(json, "frames", '[');
    for (uint32_t i = 0; path && i < path->frame_count; i++) {
        const uint64_t *found = bsearch(&path->frames[i], list->frames, list->count, sizeof(*list->frames), by_address);
        report_json_number(json, NULL, (uint64_t)(found - list->frames));
    }
    report_json_close(json, ']');
    report_json_close(json, '}');
}

static void write_table(report_json *json, const diff *diff, growth_kind kind, uint32_t most,
                        const frame_list lists[GROWTH_SIDES])
{
    const growth_table *table = &diff->growth.tables[kind];

    report_json_open(json, kind == GROWTH_PAGES ? "pages" : "paths", '[');
    for (uint32_t i = 0; i < table->count && i < most; i++)
        write_path(json, diff, &table->rows[i], &lists[table->rows[i].id_side]);
    report_json_close(json, ']');
    write_others(json, kind == GROWTH_PAGES ? "otherPages" : "otherPaths", table, most);
}

static void write_paths(report_json *json, const diff *diff)
{
    frame_list lists[GROWTH_SIDES];
    uint32_t most = MOST_PATHS;

    for (int side = 0; side < GROWTH_SIDES; side++)
        if (!list_frames(&lists[side], diff, side, most))
            most = 0; /* all are others then */
    write_frames(json, diff, lists);
    write_table(json, diff, GROWTH_PATHS, most, lists);
    write_table(json, diff, GROWTH_PAGES, most, lists);
    for (int side = 0; side < GROWTH_SIDES; side++)
        free(lists[side].frames);
}

void diff_write_page(FILE *out, const diff *diff)
{
    report_json json = {.file = out};

    fwrite(diff_page_before, 1, diff_page_before_bytes, out);
    report_json_open(&json, NULL, '{');
    write_side(&json, diff, GROWTH_BEFORE);
    write_side(&json, diff, GROWTH_AFTER);
    report_json_number(&json, "threshold", diff->threshold);
    report_json_number(&json, "grew", diff_has_grown(diff));
    write_figures(&json, &diff->growth.tables[GROWTH_FIGURES]);
    write_rows(&json, "origins", &diff->growth.tables[GROWTH_ORIGINS], MOST_ORIGINS);
    write_others(&json, "otherOrigins", &diff->growth.tables[GROWTH_ORIGINS], MOST_ORIGINS);
    write_rows(&json, "sizes", &diff->growth.tables[GROWTH_SIZES], UINT32_MAX);
    write_paths(&json, diff);
    report_json_close(&json, '}');
    fwrite(diff_page_after, 1, diff_page_after_bytes, out);
}
