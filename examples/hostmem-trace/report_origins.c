/* Origins in one array, found by a map of their ids. */
#include "report_origins.h"

#include <stdlib.h>
#include <string.h>

#include "file_name.h"

bool report_origins_init(report_origins *origins)
{
    origins->room = 64;
    origins->origins = calloc(origins->room, sizeof *origins->origins);
    if (origins->origins) {
        origins->count = REPORT_ORIGIN_PAGES + 1;
        origins->origins[REPORT_ORIGIN_OTHERS].is_others = true;
        origins->origins[REPORT_ORIGIN_PAGES].is_pages = true;
    }
    report_columns_init(&origins->columns, REPORT_MOMENTS);
    return origins->origins && live_map_put(&origins->by_id, &(live_entry){.value = REPORT_ORIGIN_UNKNOWN}) &&
           live_map_put(&origins->by_id, &(live_entry){.owner = true, .value = REPORT_ORIGIN_PAGES});
}

void report_origins_destroy(report_origins *origins)
{
    for (uint32_t i = 0; i < origins->count; i++) {
        free(origins->origins[i].name);
        free(origins->origins[i].frames);
        report_changes_destroy(&origins->origins[i].changes);
    }
    for (uint32_t i = 0; i < origins->module_count; i++)
        free(origins->modules[i].name);
    free(origins->origins);
    live_map_free(&origins->by_id);
}

static uint32_t find(report_origins *origins, bool is_pages, uint64_t id)
{
    const uint32_t others = is_pages ? REPORT_ORIGIN_PAGES : REPORT_ORIGIN_OTHERS;
    const report_origin *recent = &origins->origins[origins->recent];
    const live_entry *known;
    /* Mostly the same as in the call before. */
    if (recent->id == id && recent->is_pages == is_pages)
        return origins->recent;
    known = live_map_find(&origins->by_id, is_pages, id);
    if (known)
        return origins->recent = (uint32_t)known->value;
    if (origins->count == REPORT_MAX_ORIGINS)
        return others;
    if (origins->count == origins->room) {
        report_origin *more = realloc(origins->origins, 2 * origins->room * sizeof *more);
        if (!more)
            return others;
        origins->origins = more;
        origins->room *= 2;
    }
    if (!live_map_put(&origins->by_id, &(live_entry){.owner = is_pages, .address = id, .value = origins->count}))
        return others;
    origins->origins[origins->count] = (report_origin){.id = id, .is_pages = is_pages};
    return origins->count++;
}

uint32_t report_origins_find(report_origins *origins, uint64_t id)
{
    return find(origins, false, id);
}

static bool set_frames(report_origin *origin, const uint64_t *frames, uint32_t count)
{
    origin->frames = malloc(count * sizeof *origin->frames);
    if (!origin->frames)
        return false;
    memcpy(origin->frames, frames, count * sizeof *origin->frames);
    origin->frame_count = count;
    return true;
}

uint32_t report_origins_commit(report_origins *origins, uint64_t id)
{
    uint32_t index = find(origins, true, id);
    report_origin *origin = &origins->origins[index];
    const live_entry *described = live_map_find(&origins->by_id, false, id);
    const report_origin *same = described ? &origins->origins[described->value] : NULL;
    origins->has_page_origins = origins->has_page_origins || id;
    origin->count++;
    if (index > REPORT_ORIGIN_PAGES && !origin->frames && same && same->frames)
        set_frames(origin, same->frames, same->frame_count); /* without memory it has only its id */
    return index;
}

/* A copy of the end of a name, which is more specific than its beginning. A NULL name is an empty one. */
static char *copy_name(const char *name, uint32_t *bytes)
{
    uint32_t skipped = *bytes > REPORT_MAX_NAME ? *bytes - REPORT_MAX_NAME : 0;
    char *copy = malloc(*bytes - skipped + 1);
    if (!copy)
        return NULL;
    *bytes -= skipped;
    if (*bytes)
        memcpy(copy, name + skipped, *bytes);
    copy[*bytes] = 0;
    return copy;
}

bool report_origins_site(report_origins *origins, const hostmem_trace_site *site, const char *name, uint32_t name_bytes)
{
    uint32_t index = report_origins_find(origins, site->id);
    report_origin *origin = &origins->origins[index];
    if (index <= REPORT_ORIGIN_OTHERS || origin->name || origin->frames)
        return true;
    origin->name = copy_name(name, &name_bytes);
    origin->name_bytes = name_bytes;
    origin->line = site->line;
    return origin->name != NULL;
}

bool report_origins_stack(report_origins *origins, const hostmem_trace_stack *stack, const uint64_t *frames)
{
    uint32_t index = report_origins_find(origins, stack->id);
    report_origin *origin = &origins->origins[index];
    const live_entry *of_pages = live_map_find(&origins->by_id, true, stack->id);
    if (of_pages && of_pages->value > REPORT_ORIGIN_PAGES && stack->frame_count) {
        report_origin *same = &origins->origins[of_pages->value];
        if (!same->frames && !set_frames(same, frames, stack->frame_count))
            return false;
    }
    if (index <= REPORT_ORIGIN_OTHERS || origin->name || origin->frames || !stack->frame_count)
        return true;
    return set_frames(origin, frames, stack->frame_count);
}

bool report_origins_module(report_origins *origins, const hostmem_trace_module *module, const char *name,
                           uint32_t name_bytes)
{
    report_module *added = &origins->modules[origins->module_count];
    if (origins->module_count == REPORT_MAX_MODULES)
        return true;
    added->name = copy_name(name, &name_bytes);
    if (!added->name)
        return false;
    added->name_bytes = name_bytes;
    added->address = module->address;
    added->size = module->size;
    origins->module_count++;
    return true;
}

void report_origins_advance(report_origins *origins, uint64_t ticks)
{
    while (!report_columns_hold(&origins->columns, ticks)) {
        for (uint32_t i = 0; i < origins->count; i++)
            report_changes_widen(&origins->origins[i].changes);
        report_columns_widen(&origins->columns);
    }
    origins->columns.used = report_columns_at(&origins->columns, ticks) + 1;
}

static void note_change(report_origins *origins, report_origin *origin)
{
    const report_change now = {.bytes = origin->live_bytes,
                               .count = (uint32_t)origin->live_count,
                               .column = origins->columns.used ? origins->columns.used - 1 : 0};
    if (!origins->changes_are_lost && report_changes_set(&origin->changes, &now))
        return;
    for (uint32_t i = 0; i < origins->count && !origins->changes_are_lost; i++)
        report_changes_destroy(&origins->origins[i].changes);
    origins->changes_are_lost = true;
}

void report_origins_take_pages(report_origins *origins, uint32_t origin, uint64_t bytes)
{
    report_origin *taker = &origins->origins[origin];
    taker->bytes += bytes;
    taker->live_bytes += bytes;
    if (taker->peak_bytes < taker->live_bytes)
        taker->peak_bytes = taker->live_bytes;
    note_change(origins, taker);
}

void report_origins_give_back_pages(report_origins *origins, uint32_t origin, uint64_t bytes)
{
    report_origin *giver = &origins->origins[origin];
    giver->live_bytes -= bytes;
    note_change(origins, giver);
}

void report_origins_take(report_origins *origins, uint32_t origin, uint64_t bytes)
{
    origins->origins[origin].count++;
    origins->origins[origin].live_count++;
    report_origins_take_pages(origins, origin, bytes);
}

void report_origins_give_back(report_origins *origins, uint32_t origin, uint64_t bytes)
{
    origins->origins[origin].live_count--;
    report_origins_give_back_pages(origins, origin, bytes);
}

/* The newest, if several modules were loaded at the same address. */
const report_module *report_origins_module_of(const report_origins *origins, uint64_t address)
{
    for (uint32_t i = origins->module_count; i > 0; i--) {
        const report_module *module = &origins->modules[i - 1];
        if (address >= module->address && address - module->address < module->size)
            return module;
    }
    return NULL;
}

const char *report_module_name(const report_module *module)
{
    return file_name_of(module->name, module->name_bytes);
}

static const uint64_t *frames_of(const void *context, uint32_t stack, uint32_t *count)
{
    const report_origins *origins = context;
    *count = origins->origins[stack].frame_count;
    return origins->origins[stack].frames;
}

static bool module_of(const void *context, uint64_t frame, frame_module *module)
{
    const report_module *found = report_origins_module_of(context, frame);
    if (found)
        *module = (frame_module){.name = report_module_name(found), .address = found->address, .bytes = found->size};
    return found != NULL;
}

void report_origins_resolve(report_origins *origins, frame_names *names)
{
    const frame_stacks stacks = {
        .context = origins, .count = origins->count, .frames = frames_of, .module_of = module_of};
    frame_names_resolve(names, &stacks);
    origins->names = names;
}

static int compare(const void *left, const void *right)
{
    const report_origin *a = *(const report_origin *const *)left, *b = *(const report_origin *const *)right;
    if (a->bytes != b->bytes)
        return a->bytes > b->bytes ? -1 : 1;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return a->id < b->id ? -1 : a->id > b->id;
}

const report_origin **report_origins_sorted(const report_origins *origins)
{
    const report_origin **sorted = malloc(origins->count * sizeof *sorted);
    uint32_t shown = 0, hidden = origins->count;
    if (!sorted)
        return NULL;
    for (uint32_t i = 0; i < origins->count; i++) {
        if (report_origins_show(origins, &origins->origins[i]))
            sorted[shown++] = &origins->origins[i];
        else
            sorted[--hidden] = &origins->origins[i];
    }
    qsort(sorted, shown, sizeof *sorted, compare);
    return sorted;
}
