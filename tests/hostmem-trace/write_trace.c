/* Writes a made-up trace to a file, for tests of programs that read one:
 *
 *     write_trace life|pressure|names FILE    one from trace_scenes.h
 *     write_trace cut|damaged|empty FILE      the first without its end; with a wrong byte; only the header
 *     write_trace different FILE              the first with impossible results
 *     write_trace before|after FILE           from trace_scene_growth.h
 *     write_trace large FILE MEBIBYTES */
#include <stdlib.h>
#include <string.h>

#include "trace_scene_growth.h"
#include "trace_scenes.h"

/* Changes an old protection to another one, and makes a request of size 0 succeed. */
static void make_different(trace_file *file)
{
    size_t events = trace_file_find_block(file, 5) + sizeof(hostmem_trace_block_header);
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
    if (!strcmp(scene, "empty")) {
        trace_file_begin(file);
        return true;
    }
    trace_scene_life(file);
    if (!strcmp(scene, "cut"))
        file->size = trace_file_find_block(file, 5) + 100; /* in the second block of events */
    else if (!strcmp(scene, "damaged"))
        file->bytes[trace_file_find_block(file, 5) + 100] ^= 0x10;
    else if (!strcmp(scene, "different"))
        make_different(file);
    else
        return !strcmp(scene, "life");
    return true;
}

int main(int count, char **arguments)
{
    trace_file file;
    FILE *output = count >= 3 ? fopen(arguments[2], "wb") : NULL;
    bool right = output != NULL;

    if (!right)
        return fputs("usage: write_trace SCENE FILE [MEBIBYTES]\n", stderr), 2;
    if (count == 4 && !strcmp(arguments[1], "large")) {
        trace_scene_large(&file, output, strtoull(arguments[3], NULL, 10) << 20);
    } else {
        right = count == 3 && make(&file, arguments[1]);
        right = fwrite(file.bytes, 1, file.size, output) == file.size && right;
    }
    right = !fclose(output) && right;
    trace_file_free(&file);
    return right ? 0 : 1;
}
