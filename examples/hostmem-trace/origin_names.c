/* Texts for the ids of origins. See origin_names.h. */
#include "origin_names.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file_name.h"
#include "utf8.h"

/* Makes space for one more element; returns NULL, and keeps the old array, if out of memory. */
static void *grown(void *old, uint32_t count, uint32_t *room, size_t bytes)
{
    uint32_t wanted = *room ? 2 * *room : 64;
    void *larger;

    if (count < *room)
        return old;
    larger = realloc(old, wanted * bytes);
    if (larger)
        *room = wanted;
    return larger;
}

const origin *origins_find(const origins *origins, uint64_t id)
{
    const live_entry *entry = live_map_find(&origins->ids, 0, id);

    return entry ? &origins->known[entry->value] : NULL;
}

static bool add_origin(origins *origins, uint64_t id, const origin *added)
{
    uint32_t count = origins->ids.count;
    origin *known = NULL;

    if (count < ORIGINS_MOST)
        known = grown(origins->known, count, &origins->known_room, sizeof(*known));
    if (!known)
        return false;
    origins->known = known;
    known[count] = *added;
    return live_map_put(&origins->ids, &(live_entry){.address = id, .value = count});
}

static void add_site(origins *origins, const hostmem_trace_item *item)
{
    uint32_t bytes = item->name_bytes < ORIGIN_NAME ? item->name_bytes + 1 : ORIGIN_NAME;
    origin added = {.line = item->as.site->line, .name = malloc(bytes)};

    if (!added.name)
        return;
    utf8_printable(item->name, item->name_bytes, added.name, bytes);
    if (!add_origin(origins, item->as.site->id, &added))
        free(added.name);
}

static void add_stack(origins *origins, const hostmem_trace_item *item)
{
    uint32_t count = item->as.stack->frame_count;
    origin added = {.frame_count = count < ORIGIN_FRAMES || origins->keeps_all_frames ? count : ORIGIN_FRAMES};

    added.frames = malloc(added.frame_count ? added.frame_count * sizeof(*added.frames) : 1);
    if (!added.frames)
        return;
    if (added.frame_count)
        memcpy(added.frames, item->frames, added.frame_count * sizeof(*added.frames));
    if (!add_origin(origins, item->as.stack->id, &added))
        free(added.frames);
}

static void add_module(origins *origins, const hostmem_trace_item *item)
{
    const hostmem_trace_module *module = item->as.module;
    live_entry *entry = live_map_find(&origins->modules, 0, module->address), added;
    char(*names)[ORIGIN_NAME] = origins->module_names;
    const char *name;

    added = (live_entry){.address = module->address, .size = module->size};
    added.value = entry ? entry->value : origins->modules.count;
    if (!entry && origins->modules.count == MODULES_MOST)
        return;
    names = grown(names, (uint32_t)added.value, &origins->module_room, sizeof(*names));
    if (!names)
        return;
    origins->module_names = names;
    name = file_name_of(item->name, item->name_bytes);
    utf8_printable(name, (size_t)(item->name + item->name_bytes - name), names[added.value], sizeof(*names));
    live_map_put(&origins->modules, &added);
}

void origins_add(origins *origins, const hostmem_trace_item *item)
{
    if (item->kind == HOSTMEM_TRACE_ITEM_MODULE)
        add_module(origins, item);
    else if (item->kind == HOSTMEM_TRACE_ITEM_SITE && !origins_find(origins, item->as.site->id))
        add_site(origins, item);
    else if (item->kind == HOSTMEM_TRACE_ITEM_STACK && !origins_find(origins, item->as.stack->id))
        add_stack(origins, item);
}

static const uint64_t *frames_of(const void *context, uint32_t stack, uint32_t *count)
{
    const origins *origins = context;

    *count = origins->known[stack].frame_count;
    return origins->known[stack].frames;
}

static bool module_of(const void *context, uint64_t frame, frame_module *module)
{
    const origins *origins = context;
    const live_entry *found = live_map_around(&origins->modules, 0, frame);

    if (found)
        *module = (frame_module){
            .name = origins->module_names[found->value], .address = found->address, .bytes = found->size};
    return found != NULL;
}

void origins_resolve(origins *origins, frame_names *names)
{
    const frame_stacks stacks = {
        .context = origins, .count = origins->ids.count, .frames = frames_of, .module_of = module_of};

    frame_names_resolve(names, &stacks);
    origins->names = names;
}

const char *origins_module(const origins *origins, uint64_t address, uint64_t *offset)
{
    const live_entry *module = live_map_around(&origins->modules, 0, address);

    if (!module)
        return NULL;
    *offset = address - module->address;
    return origins->module_names[module->value];
}

const char *origins_frame(const origins *origins, uint64_t frame, char text[NAME_TEXT])
{
    uint64_t offset = frame;
    const char *module = origins_module(origins, frame, &offset);
    const char *name = origins->names ? frame_names_find(origins->names, frame) : NULL;

    if (name) {
        utf8_printable(name, strlen(name), text, NAME_TEXT);
        return text;
    }
    snprintf(text, NAME_TEXT, "%s%s0x%" PRIx64, module ? module : "", module ? "+" : "", offset);
    return text;
}

/* The frames, as many as fit in whole: a shortened name may end in the middle of a character. */
static void print_frames(const origins *origins, const origin *stack, uint32_t most, char *text, size_t size)
{
    size_t length = 0;

    for (uint32_t i = 0; i < stack->frame_count && i < most; i++) {
        char frame[NAME_TEXT];
        int added = snprintf(text + length, size - length, "%s%s", length ? " < " : "",
                             origins_frame(origins, stack->frames[i], frame));
        if ((size_t)added < size - length)
            length += (size_t)added;
        else
            text[length] = 0;
    }
}

static const char *print(const origins *origins, uint64_t id, uint32_t most, char *text, size_t size)
{
    const origin *known = id ? origins_find(origins, id) : NULL;

    *text = 0;
    if (!known && id)
        snprintf(text, size, "origin %" PRIu64, id);
    else if (known && known->name)
        snprintf(text, size, "%s:%" PRId32, known->name, known->line);
    else if (known)
        print_frames(origins, known, most, text, size);
    return text;
}

const char *origins_text(const origins *origins, uint64_t id, char text[NAME_TEXT])
{
    return print(origins, id, ORIGIN_FRAMES, text, NAME_TEXT);
}

const char *origins_path(const origins *origins, uint64_t id, char text[ORIGIN_PATH])
{
    return print(origins, id, HOSTMEM_TRACE_MAX_FRAMES, text, ORIGIN_PATH);
}

void origins_free(origins *origins)
{
    for (uint32_t i = 0; i < origins->ids.count; i++) {
        free(origins->known[i].name);
        free(origins->known[i].frames);
    }
    live_map_free(&origins->ids);
    live_map_free(&origins->modules);
    free(origins->known);
    free(origins->module_names);
}
