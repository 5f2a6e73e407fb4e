/* Chosen by weight, then sorted by frames. */
#include "report_paths.h"

#include <stdlib.h>

/* The index-th frame from the outermost on. */
static uint64_t frame_at(const report_origin *origin, uint32_t index)
{
    return origin->frames[origin->frame_count - 1 - index];
}

static uint32_t count_shared(const report_origin *a, const report_origin *b)
{
    uint32_t shared = 0;
    while (shared < a->frame_count && shared < b->frame_count && frame_at(a, shared) == frame_at(b, shared))
        shared++;
    return shared;
}

static int compare_ids(const report_origin *a, const report_origin *b)
{
    return a->id < b->id ? -1 : a->id > b->id;
}

static int compare_weights(const void *left, const void *right)
{
    const report_path *a = left, *b = right;
    if (a->weight != b->weight)
        return a->weight > b->weight ? -1 : 1;
    return compare_ids(a->origin, b->origin);
}

static int compare_paths(const void *left, const void *right)
{
    const report_origin *a = ((const report_path *)left)->origin, *b = ((const report_path *)right)->origin;
    uint32_t shared = count_shared(a, b);
    if (shared < a->frame_count && shared < b->frame_count)
        return frame_at(a, shared) < frame_at(b, shared) ? -1 : 1;
    if (a->frame_count != b->frame_count)
        return a->frame_count < b->frame_count ? -1 : 1;
    return compare_ids(a, b);
}

static int compare_frames(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

static void add_changes_to_others(report_paths *paths, const report_changes *changes)
{
    const report_change nothing = {0}, *now = &nothing;
    for (uint32_t column = 0, next = 0; column < REPORT_MOMENTS; column++) {
        if (next < changes->used && changes->list[next].column == column)
            now = &changes->list[next++];
        paths->others_live[column].bytes += now->bytes;
        paths->others_live[column].count += now->count;
    }
}

static void add_to_others(report_paths *paths, const report_origin *origin)
{
    add_changes_to_others(paths, &origin->changes);
    paths->other_count += origin->count != 0;
    paths->others.bytes += origin->bytes;
    paths->others.count += origin->is_pages ? 0 : origin->count;
    paths->others.live_bytes += origin->live_bytes;
    paths->others.live_count += origin->live_count;
}

static void list_by_weight(report_paths *paths, const report_origins *origins)
{
    double bytes = 1, live = 1, peaks = 1; /* not 0 */
    for (uint32_t i = 0; i < origins->count; i++) {
        bytes += (double)origins->origins[i].bytes;
        live += (double)origins->origins[i].live_bytes;
        peaks += (double)origins->origins[i].peak_bytes;
    }
    for (uint32_t i = 0; i < origins->count; i++) {
        const report_origin *origin = &origins->origins[i];
        if (report_origins_show(origins, origin) && i != REPORT_ORIGIN_OTHERS)
            paths->paths[paths->count++] = (report_path){.origin = origin,
                                                         .weight = (double)origin->bytes / bytes +
                                                                   (double)origin->live_bytes / live +
                                                                   (double)origin->peak_bytes / peaks};
    }
    qsort(paths->paths, paths->count, sizeof *paths->paths, compare_weights);
}

static void list_frames(report_paths *paths)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < paths->count; i++) {
        const report_origin *origin = paths->paths[i].origin;
        for (uint32_t frame = paths->paths[i].shared; frame < origin->frame_count; frame++)
            paths->frames[count++] = frame_at(origin, frame);
    }
    qsort(paths->frames, count, sizeof *paths->frames, compare_frames);
    for (uint32_t i = 0; i < count; i++) {
        if (!i || paths->frames[i] != paths->frames[i - 1])
            paths->frames[paths->frame_count++] = paths->frames[i];
    }
}

void report_paths_init(report_paths *paths, const report_origins *origins)
{
    uint32_t frames = 0;
    *paths = (report_paths){.paths = malloc(origins->count * sizeof *paths->paths)};
    if (paths->paths) {
        list_by_weight(paths, origins);
        for (; paths->count > REPORT_MAX_PATHS; paths->count--)
            add_to_others(paths, paths->paths[paths->count - 1].origin);
        qsort(paths->paths, paths->count, sizeof *paths->paths, compare_paths);
        for (uint32_t i = 0; i < paths->count; i++) {
            report_path *path = &paths->paths[i];
            path->shared = i ? count_shared(path[-1].origin, path->origin) : 0;
            frames += path->origin->frame_count - path->shared;
        }
        add_to_others(paths, &origins->origins[REPORT_ORIGIN_OTHERS]);
        paths->frames = malloc((frames + 1) * sizeof *paths->frames);
        if (paths->frames) {
            list_frames(paths);
            return;
        }
    }
    report_paths_destroy(paths);
    for (uint32_t i = 0; i < origins->count; i++) {
        if (report_origins_show(origins, &origins->origins[i]))
            add_to_others(paths, &origins->origins[i]);
    }
}

void report_paths_destroy(report_paths *paths)
{
    free(paths->paths);
    free(paths->frames);
    *paths = (report_paths){0};
}

uint32_t report_paths_frame(const report_paths *paths, uint64_t frame)
{
    const uint64_t *found = bsearch(&frame, paths->frames, paths->frame_count, sizeof *paths->frames, compare_frames);
    return (uint32_t)(found - paths->frames);
}
