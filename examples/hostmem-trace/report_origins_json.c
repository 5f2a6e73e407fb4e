/* The parts of the JSON about origins. */
#include "report_origins_json.h"

#include <stdlib.h>
#include <string.h>

#include "report_paths.h"

#define LISTED_ORIGINS 200u

static void write_frame(report_json *json, const report_origins *origins, uint64_t frame)
{
    const report_module *module = report_origins_module_of(origins, frame);
    const char *file = module ? report_module_name(module) : "";
    const char *name = origins->names ? frame_names_find(origins->names, frame) : NULL;
    report_json_open(json, NULL, '[');
    report_json_text(json, NULL, file, module ? (uint32_t)(module->name + module->name_bytes - file) : 0);
    report_json_address(json, NULL, module ? frame - module->address : frame);
    if (name)
        report_json_text(json, NULL, name, (uint32_t)strlen(name));
    report_json_close(json, ']');
}

/* Of an origin that is not a stack. */
static void write_identity(report_json *json, const report_origin *origin)
{
    if (origin->is_others) {
        report_json_number(json, "others", REPORT_MAX_ORIGINS);
    } else if (origin->name) {
        report_json_text(json, "name", origin->name, origin->name_bytes);
        report_json_real(json, "line", origin->line);
    } else if (origin->id) {
        report_json_address(json, "id", origin->id);
    }
}

static void write_origin(report_json *json, const report_origins *origins, const report_origin *origin)
{
    report_json_open(json, NULL, '{');
    if (origin->frames) {
        report_json_open(json, "frames", '[');
        for (uint32_t i = 0; i < origin->frame_count; i++)
            write_frame(json, origins, origin->frames[i]);
        report_json_close(json, ']');
    } else {
        write_identity(json, origin);
    }
    if (origin->is_pages)
        report_json_number(json, "pages", 1);
    report_json_number(json, "count", origin->count);
    report_json_number(json, "bytes", origin->bytes);
    report_json_number(json, "liveCount", origin->live_count);
    report_json_number(json, "liveBytes", origin->live_bytes);
    report_json_number(json, "peakBytes", origin->peak_bytes);
    report_json_close(json, '}');
}

/* Without memory for their order none is listed. */
static void write_list(report_json *json, const report_origins *origins)
{
    const report_origin **sorted = report_origins_sorted(origins);
    uint32_t i, count = 0;
    uint64_t rest[4] = {0};
    report_json_open(json, "origins", '[');
    for (i = 0; sorted && i < origins->count && i < LISTED_ORIGINS && report_origins_show(origins, sorted[i]); i++)
        write_origin(json, origins, sorted[i]);
    report_json_close(json, ']');
    for (; i < origins->count; i++) {
        const report_origin *origin = sorted ? sorted[i] : &origins->origins[i];
        if (!report_origins_show(origins, origin))
            continue;
        count++;
        rest[0] += origin->count;
        rest[1] += origin->bytes;
        rest[2] += origin->live_count;
        rest[3] += origin->live_bytes;
    }
    free(sorted);
    report_json_open(json, "otherOrigins", '{');
    report_json_number(json, "origins", count);
    report_json_number(json, "count", rest[0]);
    report_json_number(json, "bytes", rest[1]);
    report_json_number(json, "liveCount", rest[2]);
    report_json_number(json, "liveBytes", rest[3]);
    report_json_close(json, '}');
}

/* Frames, then what is shown as a frame although it is none. */
static void write_frames(report_json *json, const report_origins *origins, const report_paths *paths)
{
    report_json_open(json, "frames", '[');
    for (uint32_t i = 0; i < paths->frame_count; i++)
        write_frame(json, origins, paths->frames[i]);
    for (uint32_t i = 0; i < paths->count && !paths->paths[i].origin->frames; i++) {
        report_json_open(json, NULL, '{');
        write_identity(json, paths->paths[i].origin);
        report_json_close(json, '}');
    }
    report_json_close(json, ']');
}

static void write_values(report_json *json, const report_origin *origin)
{
    report_json_number(json, NULL, origin->live_bytes);
    report_json_number(json, NULL, origin->live_count);
    report_json_number(json, NULL, origin->bytes);
    report_json_number(json, NULL, origin->is_pages ? 0 : origin->count);
}

/* Live bytes, live blocks, bytes, blocks, number of frames shared with the path before, indices of the other frames */
static void write_path(report_json *json, const report_paths *paths, uint32_t index)
{
    const report_path *path = &paths->paths[index];
    const report_origin *origin = path->origin;
    report_json_open(json, NULL, '[');
    write_values(json, origin);
    report_json_number(json, NULL, path->shared);
    for (uint32_t i = path->shared; i < origin->frame_count; i++)
        report_json_number(json, NULL, report_paths_frame(paths, origin->frames[origin->frame_count - 1 - i]));
    if (!origin->frames)
        report_json_number(json, NULL, paths->frame_count + index);
    report_json_close(json, ']');
}

/* Column, bytes and blocks live at its end, and so on for each column in which they changed. */
static void write_changes(report_json *json, const report_change *changes, uint32_t count)
{
    report_json_open(json, NULL, '[');
    for (uint32_t i = 0; i < count; i++) {
        report_json_number(json, NULL, changes[i].column);
        report_json_number(json, NULL, changes[i].bytes);
        report_json_number(json, NULL, changes[i].count);
    }
    report_json_close(json, ']');
}

/* Of each path, and last of the others: what was live over time. */
static void write_live(report_json *json, const report_origins *origins, report_paths *paths, uint64_t ticks_per_second)
{
    uint32_t used = 0;
    report_json_open(json, "live", '{');
    report_json_real(json, "width", (double)origins->columns.width / (double)ticks_per_second);
    report_json_number(json, "columns", origins->columns.used);
    report_json_open(json, "rows", '[');
    for (uint32_t i = 0; i < paths->count; i++)
        write_changes(json, paths->paths[i].origin->changes.list, paths->paths[i].origin->changes.used);
    for (uint32_t i = 0; i < origins->columns.used; i++) {
        report_change change = paths->others_live[i];
        change.column = i;
        if (change.bytes != (used ? paths->others_live[used - 1].bytes : 0) ||
            change.count != (used ? paths->others_live[used - 1].count : 0))
            paths->others_live[used++] = change;
    }
    write_changes(json, paths->others_live, used);
    report_json_close(json, ']');
    report_json_close(json, '}');
}

static void write_paths(report_json *json, const report_origins *origins, uint64_t ticks_per_second)
{
    report_paths paths;
    report_paths_init(&paths, origins);
    report_json_open(json, "paths", '{');
    write_frames(json, origins, &paths);
    report_json_open(json, "rows", '[');
    for (uint32_t i = 0; i < paths.count; i++)
        write_path(json, &paths, i);
    report_json_close(json, ']');
    report_json_open(json, "pages", '[');
    for (uint32_t i = 0; i < paths.count; i++) {
        if (paths.paths[i].origin->is_pages)
            report_json_number(json, NULL, i);
    }
    report_json_close(json, ']');
    report_json_number(json, "otherOrigins", paths.other_count);
    report_json_open(json, "others", '[');
    write_values(json, &paths.others);
    report_json_close(json, ']');
    if (!origins->changes_are_lost)
        write_live(json, origins, &paths, ticks_per_second);
    report_json_close(json, '}');
    report_paths_destroy(&paths);
}

void report_origins_write(report_json *json, const report_origins *origins, uint64_t ticks_per_second)
{
    write_paths(json, origins, ticks_per_second);
    write_list(json, origins);
}
