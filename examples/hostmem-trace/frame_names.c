/* Names for the frames of stacks. See frame_names.h. */
#include "frame_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "image.h"
#include "input.h"
#include "methods.h"
#include "symbolizer.h"

#define MOST_TEXTS ((size_t)256 << 20) /* bytes of all names */

enum { MOST_PATH = 1024 };

typedef struct frame_request {
    uint64_t frame;
    frame_module module; /* its name is NULL if the frame is in none */
} frame_request;

bool frame_names_option(frame_names *names, int count, char **arguments, int *i)
{
    const char **value = NULL;

    if (!strcmp(arguments[*i], "--symbols"))
        value = &names->folders;
    else if (!strcmp(arguments[*i], "--methods"))
        value = &names->methods_path;
    if (!value || *value || *i + 1 >= count)
        return false;
    *value = arguments[++*i];
    return true;
}

/* Keeps a copy of first and second, and returns where in texts; 0 if there is no space. */
static size_t keep_text(frame_names *names, const char *first, const char *second)
{
    size_t bytes = strlen(first) + strlen(second) + 1, at = names->text_bytes ? names->text_bytes : 1;

    if (bytes > MOST_TEXTS - at)
        return 0;
    if (at + bytes > names->text_room) {
        size_t room = 2 * (at + bytes);
        char *larger = realloc(names->texts, room);
        if (!larger)
            return 0;
        names->texts = larger;
        names->text_room = room;
    }
    snprintf(names->texts + at, bytes, "%s%s", first, second);
    names->text_bytes = at + bytes;
    return at;
}

/* ---- Methods ---- */

static bool add_method(void *context, uint64_t address, uint32_t bytes, const char *name)
{
    frame_names *names = context;
    live_entry method = {.address = address, .size = bytes};

    method.value = keep_text(names, name, "");
    return method.value && live_map_put(&names->methods, &method);
}

bool frame_names_begin(frame_names *names)
{
    char problem[METHODS_PROBLEM];
    FILE *file;
    bool is_read;

    if (!names->methods_path)
        return true;
    file = hmi_trace_file_open(names->methods_path);
    if (!file)
        return trace_complain("%s cannot be read", names->methods_path);
    is_read = methods_read(file, add_method, names, problem);
    hmi_trace_file_close(file);
    return is_read || trace_complain("%s: %s", names->methods_path, *problem ? problem : "not enough memory");
}

/* ---- Images ---- */

/* Finds a module's file in the folders. Its size tells whether it is the one that the process had. */
static bool find_image(frame_names *names, const frame_module *module, char path[MOST_PATH], uint64_t *base)
{
    const char *folder = names->folders;
    bool is_other = false;

    while (folder) {
        const char *end = strchr(folder, ';');
        int length = (int)(end ? (size_t)(end - folder) : strlen(folder));
        uint32_t bytes;
        if (snprintf(path, MOST_PATH, "%.*s/%s", length, folder, module->name) < MOST_PATH &&
            image_read(path, base, &bytes)) {
            if (bytes == module->bytes)
                return true;
            is_other = true;
        }
        folder = end ? end + 1 : NULL;
    }
    if (is_other && !live_map_find(&names->others, 0, module->address) &&
        live_map_put(&names->others, &(live_entry){.address = module->address}))
        trace_complain("%s in the folders for symbols is not the file that the process had", module->name);
    return false;
}

static int by_module(const void *left, const void *right)
{
    const frame_request *a = left, *b = right;

    if (a->module.address != b->module.address)
        return a->module.address < b->module.address ? -1 : 1;
    return a->frame < b->frame ? -1 : a->frame > b->frame;
}

/* A call is before the address to which it returns, which may be another function's. */
static uint64_t call_of(uint64_t frame)
{
    return frame ? frame - 1 : 0;
}

/* Asks for the frames of one module, from requests[first] on; asked[i] is for requests[i]. Returns where the next
 * module's begin. *path: the image of all of them, which the caller frees; NULL if there is none. */
static uint32_t ask_for_module(frame_names *names, const frame_request *requests, uint32_t first, uint32_t count,
                               symbol_request *asked, char **path)
{
    const frame_module *module = &requests[first].module;
    char found[MOST_PATH];
    uint64_t base = 0;
    uint32_t i = first;

    *path = NULL;
    if (module->name && find_image(names, module, found, &base))
        *path = malloc(strlen(found) + 1);
    if (*path)
        strcpy(*path, found);
    for (; i < count && requests[i].module.address == module->address; i++)
        if (*path)
            asked[i] = (symbol_request){
                .image = *path, .base = base, .offset = call_of(requests[i].frame) - module->address};
    return i;
}

static void keep_name(frame_names *names, uint64_t frame, const char *first, const char *second)
{
    size_t at = keep_text(names, first, second);

    if (at)
        live_map_put(&names->frames, &(live_entry){.address = frame, .value = at});
}

static void keep_symbols(frame_names *names, const frame_request *requests, uint32_t count, symbol_request *asked)
{
    for (uint32_t i = 0; i < count; i++) {
        char module[MOST_PATH];
        if (!asked[i].name)
            continue;
        snprintf(module, sizeof(module), "%s!", requests[i].module.name);
        keep_name(names, requests[i].frame, module, asked[i].name);
        free(asked[i].name);
    }
}

static void find_symbols(frame_names *names, const frame_request *requests, uint32_t count)
{
    symbol_request *asked = calloc(count + 1, sizeof(*asked));
    char **paths = calloc(count + 1, sizeof(*paths));
    uint32_t path_count = 0, asked_count = 0;

    if (asked && paths) {
        for (uint32_t i = 0; i < count;)
            i = ask_for_module(names, requests, i, count, asked, &paths[path_count++]);
        for (uint32_t i = 0; i < count; i++)
            asked_count += asked[i].image != NULL;
        if (asked_count && symbolizer_find(asked, count))
            keep_symbols(names, requests, count, asked);
        while (path_count)
            free(paths[--path_count]);
    }
    free(asked);
    free(paths);
}

/* All frames of all stacks, with duplicates, except those asked for before. requests: NULL to count them. */
static uint32_t collect_requests(const frame_names *names, const frame_stacks *stacks, frame_request *requests)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < stacks->count; i++) {
        uint32_t frame_count;
        const uint64_t *frames = stacks->frames(stacks->context, i, &frame_count);
        for (uint32_t frame = 0; frame < frame_count; frame++) {
            if (live_map_find(&names->frames, 0, frames[frame]))
                continue;
            if (requests) {
                requests[count] = (frame_request){.frame = frames[frame]};
                if (!stacks->module_of(stacks->context, frames[frame], &requests[count].module))
                    requests[count].module = (frame_module){.name = NULL};
            }
            count++;
        }
    }
    return count;
}

void frame_names_resolve(frame_names *names, const frame_stacks *stacks)
{
    uint32_t count = names->folders ? collect_requests(names, stacks, NULL) : 0;
    frame_request *requests = count ? malloc(count * sizeof(*requests)) : NULL;

    if (!requests)
        return;
    collect_requests(names, stacks, requests);
    qsort(requests, count, sizeof(*requests), by_module);
    find_symbols(names, requests, count);
    for (uint32_t i = 0; i < count; i++)
        if (!live_map_find(&names->frames, 0, requests[i].frame))
            live_map_put(&names->frames, &(live_entry){.address = requests[i].frame});
    free(requests);
}

const char *frame_names_find(const frame_names *names, uint64_t frame)
{
    const live_entry *found = live_map_find(&names->frames, 0, frame);

    if (!found || !found->value)
        found = live_map_around(&names->methods, 0, call_of(frame));
    return found ? names->texts + found->value : NULL;
}

void frame_names_free(frame_names *names)
{
    live_map_free(&names->methods);
    live_map_free(&names->frames);
    live_map_free(&names->others);
    free(names->texts);
}
