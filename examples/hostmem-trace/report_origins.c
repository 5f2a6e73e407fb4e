/* Origins in one array, found by a map of their ids. */
#include "report_origins.h"

#include <stdlib.h>
#include <string.h>

bool report_origins_init(report_origins *origins)
{
    origins->room = 64;
    origins->origins = calloc(origins->room, sizeof *origins->origins);
    origins->count = origins->origins ? REPORT_ORIGIN_OTHERS + 1 : 0;
    return origins->origins && live_map_put(&origins->by_id, &(live_entry){.value = REPORT_ORIGIN_UNKNOWN});
}

void report_origins_destroy(report_origins *origins)
{
    for (uint32_t i = 0; i < origins->count; i++) {
        free(origins->origins[i].name);
        free(origins->origins[i].frames);
    }
    for (uint32_t i = 0; i < origins->module_count; i++)
        free(origins->modules[i].name);
    free(origins->origins);
    live_map_free(&origins->by_id);
}

uint32_t report_origins_find(report_origins *origins, uint64_t id)
{
    const live_entry *known = live_map_find(&origins->by_id, 0, id);
    if (known)
        return (uint32_t)known->value;
    if (origins->count == REPORT_MAX_ORIGINS)
        return REPORT_ORIGIN_OTHERS;
    if (origins->count == origins->room) {
        report_origin *more = realloc(origins->origins, 2 * origins->room * sizeof *more);
        if (!more)
            return REPORT_ORIGIN_OTHERS;
        origins->origins = more;
        origins->room *= 2;
    }
    if (!live_map_put(&origins->by_id, &(live_entry){.address = id, .value = origins->count}))
        return REPORT_ORIGIN_OTHERS;
    origins->origins[origins->count] = (report_origin){.id = id};
    return origins->count++;
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
    if (index <= REPORT_ORIGIN_OTHERS || origin->name || origin->frames || !stack->frame_count)
        return true;
    origin->frames = malloc(stack->frame_count * sizeof *origin->frames);
    if (!origin->frames)
        return false;
    memcpy(origin->frames, frames, stack->frame_count * sizeof *origin->frames);
    origin->frame_count = stack->frame_count;
    return true;
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

void report_origins_take(report_origins *origins, uint32_t origin, uint64_t bytes)
{
    report_origin *taker = &origins->origins[origin];
    taker->count++;
    taker->bytes += bytes;
    taker->live_count++;
    taker->live_bytes += bytes;
    if (taker->peak_bytes < taker->live_bytes)
        taker->peak_bytes = taker->live_bytes;
}

void report_origins_give_back(report_origins *origins, uint32_t origin, uint64_t bytes)
{
    origins->origins[origin].live_count--;
    origins->origins[origin].live_bytes -= bytes;
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

static uint32_t collect_frames(const report_origins *origins, const frame_module *modules, frame_request *requests)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < origins->count; i++)
        for (uint32_t frame = 0; frame < origins->origins[i].frame_count; frame++) {
            uint64_t address = origins->origins[i].frames[frame];
            const report_module *module = report_origins_module_of(origins, address);
            if (requests)
                requests[count] = (frame_request){.frame = address,
                                                  .module = module ? &modules[module - origins->modules] : NULL};
            count++;
        }
    return count;
}

/* The file's name without its folder. */
const char *report_module_name(const report_module *module)
{
    const char *name = module->name + module->name_bytes;
    while (name > module->name && name[-1] != '\\' && name[-1] != '/')
        name--;
    return name;
}

void report_origins_resolve(report_origins *origins, frame_names *names)
{
    frame_module *modules = calloc(origins->module_count + 1, sizeof *modules);
    frame_request *requests = calloc(collect_frames(origins, NULL, NULL) + 1, sizeof *requests);
    for (uint32_t i = 0; modules && i < origins->module_count; i++)
        modules[i] = (frame_module){.name = report_module_name(&origins->modules[i]),
                                    .address = origins->modules[i].address,
                                    .bytes = origins->modules[i].size};
    if (modules && requests) {
        frame_names_resolve(names, requests, collect_frames(origins, modules, requests));
        origins->names = names;
    }
    free(modules);
    free(requests);
}

static int compare(const void *left, const void *right)
{
    const report_origin *a = left, *b = right;
    if (!a->count != !b->count)
        return a->count ? -1 : 1;
    if (a->bytes != b->bytes)
        return a->bytes > b->bytes ? -1 : 1;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return a->id < b->id ? -1 : a->id > b->id;
}

void report_origins_sort(report_origins *origins)
{
    qsort(origins->origins, origins->count, sizeof *origins->origins, compare);
}
