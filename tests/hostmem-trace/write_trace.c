/* Writes a made-up trace to a file, for tests of programs that read one:
 *
 *     write_trace life|pressure|names FILE    one from trace_scenes.h
 *     write_trace cut|damaged|empty FILE      the first without its end; with a wrong byte; only the header
 *     write_trace different FILE              the first with impossible results
 *     write_trace before|after FILE           from trace_scene_growth.h
 *     write_trace pages|more_pages FILE       from trace_scene_pages.h
 *     write_trace large FILE MEBIBYTES
 *     write_trace named FILE MODULE BYTES FRAME...   a block whose stack has these offsets in this module
 *
 * After `write_trace --format-1` it is of format 1. */
#include <stdlib.h>
#include <string.h>

#include "trace_scene_growth.h"
#include "trace_scene_pages.h"
#include "trace_scenes.h"

/* The last block of the first scene with events, in which another sample follows. */
static size_t second_events(const trace_file *file)
{
    return trace_file_find_block(file, file->major == 1 ? 5 : 3);
}

/* Changes an old protection to another one, and makes a request of size 0 succeed. Of format 1, where each field has
 * its place. */
static void make_different(trace_file *file)
{
    size_t events = second_events(file) + sizeof(hostmem_trace_block_header);
    const size_t protect = 3, alloc = 13;

    trace_file_put(file, events + protect * sizeof(hostmem_trace_event) + offsetof(hostmem_trace_event, value), 4,
                   0x40);
    trace_file_put(file, events + alloc * sizeof(hostmem_trace_event) + offsetof(hostmem_trace_event, result), 4, 0);
    trace_file_fix_sums(file->bytes, file->size);
}

static bool make(trace_file *file, const char *scene)
{
    if (!strcmp(scene, "pressure")) {
        trace_scene_pressure(file);
        return true;
    }
    if (!strcmp(scene, "names")) {
        trace_scene_names(file);
        return true;
    }
    if (!strcmp(scene, "before") || !strcmp(scene, "after")) {
        trace_scene_growth(file, !strcmp(scene, "after"));
        return true;
    }
    if (!strcmp(scene, "pages") || !strcmp(scene, "more_pages")) {
        trace_scene_pages(file, !strcmp(scene, "more_pages"));
        return true;
    }
    if (!strcmp(scene, "empty")) {
        trace_file_begin(file);
        return true;
    }
    if (!strcmp(scene, "different"))
        trace_file_major = 1;
    trace_scene_life(file);
    if (!strcmp(scene, "cut"))
        file->size = second_events(file) + 100;
    else if (!strcmp(scene, "damaged"))
        file->bytes[second_events(file) + 100] ^= 0x10;
    else if (!strcmp(scene, "different"))
        make_different(file);
    else
        return !strcmp(scene, "life");
    return true;
}

static void make_named(trace_file *file, char **arguments, int count)
{
    const uint64_t base = 0x140000000, ticks = 2000000;
    uint64_t frames[HOSTMEM_TRACE_MAX_FRAMES];
    uint32_t frame_count = 0;
    char path[260];

    snprintf(path, sizeof(path), "C:\\host\\%s", arguments[0]);
    for (int i = 2; i < count && frame_count < HOSTMEM_TRACE_MAX_FRAMES; i++)
        frames[frame_count++] = base + strtoull(arguments[i], NULL, 0);
    trace_file_begin(file);
    trace_file_module(file, base, strtoull(arguments[1], NULL, 0), path);
    trace_file_stack(file, 1, frames, frame_count);
    trace_file_event(
        file,
        &(hostmem_trace_event){
            .ticks = ticks, .what = HOSTMEM_TRACE_ALLOC, .address = 1, .size = 1000, .out = 0x20000000, .origin = 1});
    trace_file_sample(file, &(hostmem_trace_sample){.ticks = ticks + 10, .heap_bytes = 1000, .heap_blocks = 1});
    trace_file_end(file, 0);
}

int main(int count, char **arguments)
{
    trace_file file;
    FILE *output;
    bool right;

    if (count > 1 && !strcmp(arguments[1], "--format-1")) {
        trace_file_major = 1;
        count--;
        arguments++;
    }
    output = count >= 3 ? fopen(arguments[2], "wb") : NULL;
    right = output != NULL;
    if (!right)
        return fputs("usage: write_trace [--format-1] SCENE FILE [MEBIBYTES | MODULE BYTES FRAME...]\n", stderr), 2;
    if (count == 4 && !strcmp(arguments[1], "large")) {
        trace_scene_large(&file, output, strtoull(arguments[3], NULL, 10) << 20);
    } else if (count > 5 && !strcmp(arguments[1], "named")) {
        make_named(&file, arguments + 3, count - 3);
        right = fwrite(file.bytes, 1, file.size, output) == file.size;
    } else {
        right = count == 3 && make(&file, arguments[1]);
        right = fwrite(file.bytes, 1, file.size, output) == file.size && right;
    }
    right = !fclose(output) && right;
    trace_file_free(&file);
    return right ? 0 : 1;
}
