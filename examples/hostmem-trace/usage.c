/* Blocks, origins and the largest requests. See usage.h. */
#include "usage.h"

#include <stdlib.h>
#include <string.h>

#include "tally.h"

enum {
    FIRST_ROOM = 64,
    MEM_COMMIT = 0x1000, /* as in the Windows headers */
    MEM_RESERVE = 0x2000
};

/* The origin with an id, added if it is new; NULL if there is no space. */
static usage_origin *origin_of(usage *usage, bool is_pages, uint64_t id, uint64_t *place)
{
    const uint32_t count = usage->places.count;
    const live_entry *entry;

    /* The same as in the call before, mostly. */
    if (usage->recent < count && usage->origins[usage->recent].id == id &&
        usage->origins[usage->recent].is_pages == is_pages) {
        *place = usage->recent;
        return &usage->origins[usage->recent];
    }
    entry = live_map_find(&usage->places, is_pages, id);
    if (entry) {
        *place = usage->recent = entry->value;
        return &usage->origins[entry->value];
    }
    if (count == USAGE_ORIGINS)
        return NULL;
    if (count == usage->room) {
        uint32_t room = usage->room ? 2 * usage->room : FIRST_ROOM;
        usage_origin *larger = realloc(usage->origins, room * sizeof(*larger));
        if (!larger)
            return NULL;
        usage->origins = larger;
        usage->room = room;
    }
    if (!live_map_put(&usage->places, &(live_entry){.owner = is_pages, .address = id, .value = count}))
        return NULL;
    usage->origins[count] = (usage_origin){.id = id, .is_pages = is_pages};
    *place = count;
    return &usage->origins[count];
}

static void forget(usage *usage, const live_entry *block)
{
    usage_origin *origin = &usage->origins[block->value];
    usage_size *size = &usage->sizes[report_bucket(block->size)];

    origin->live_blocks--;
    origin->live_bytes -= block->size;
    if (usage->kinds)
        kinds_add(usage->kinds, (uint32_t)block->origin, 0 - block->size);
    size->live_blocks--;
    size->live_bytes -= block->size;
}

static void free_block(usage *usage, uint64_t heap, uint64_t address)
{
    live_entry block;

    if (live_blocks_remove(&usage->blocks, heap, address, &block))
        forget(usage, &block);
}

static void add_block(usage *usage, const hostmem_trace_event *event)
{
    live_entry block = {.owner = event->address, .address = event->out, .size = event->size};
    live_entry before; /* at an address that is still recorded as taken: the event that frees it was dropped */
    usage_origin *origin = origin_of(usage, false, event->origin, &block.value);
    live_added added;

    block.origin = usage->kinds ? kinds_of_heap(usage->kinds, event->address) : 0;
    if (!origin) {
        free_block(usage, block.owner, block.address);
        usage->not_followed++;
        return;
    }
    origin->blocks++;
    origin->bytes += event->size;
    added = live_blocks_add(&usage->blocks, &block, &before);
    if (added == LIVE_REPLACED)
        forget(usage, &before);
    if (added != LIVE_NO_ROOM) {
        origin->live_blocks++;
        origin->live_bytes += event->size;
        if (usage->kinds)
            kinds_add(usage->kinds, (uint32_t)block.origin, event->size);
        usage->sizes[report_bucket(event->size)].live_blocks++;
        usage->sizes[report_bucket(event->size)].live_bytes += event->size;
    } else {
        usage->not_followed++;
    }
}

static void free_heap(usage *usage, uint64_t heap)
{
    live_entry block;

    while (live_blocks_release(&usage->blocks, heap, &block))
        forget(usage, &block);
}

static void add_largest(usage *usage, const hostmem_trace_event *event)
{
    uint32_t at = USAGE_LARGEST;

    while (at && (!usage->largest[at - 1].what || usage->largest[at - 1].size < event->size))
        at--;
    if (at == USAGE_LARGEST)
        return;
    memmove(&usage->largest[at + 1], &usage->largest[at], (USAGE_LARGEST - 1 - at) * sizeof(*usage->largest));
    usage->largest[at] = *event;
}

void usage_add_event(usage *usage, const hostmem_trace_event *event)
{
    if (event->result >> 31)
        return;
    if (event->what != HOSTMEM_TRACE_VIRTUAL_ALLOC ? tally_is_request(event) : event->type & (MEM_COMMIT | MEM_RESERVE))
        add_largest(usage, event);
    switch (event->what) {
    case HOSTMEM_TRACE_ALLOC:
    case HOSTMEM_TRACE_DEBUG_ALLOC:
        add_block(usage, event);
        break;
    case HOSTMEM_TRACE_FREE:
        free_block(usage, event->address, event->out);
        break;
    case HOSTMEM_TRACE_HEAP_RELEASED:
        free_heap(usage, event->address);
        break;
    default:
        break;
    }
}

uint32_t usage_add_commit(usage *usage, uint64_t id)
{
    uint64_t place = 0;
    usage_origin *origin = origin_of(usage, true, id, &place);

    usage->has_page_origins = usage->has_page_origins || id;
    if (!origin) /* then its pages count as not known */
        origin = origin_of(usage, true, 0, &place);
    if (!origin)
        return 0;
    origin->blocks++;
    return (uint32_t)place + 1;
}

void usage_take_pages(usage *usage, uint32_t number, uint64_t bytes)
{
    usage->origins[number - 1].bytes += bytes;
    usage->origins[number - 1].live_bytes += bytes;
}

void usage_give_back_pages(usage *usage, uint32_t number, uint64_t bytes)
{
    usage->origins[number - 1].live_bytes -= bytes;
}

static uint64_t rank(const usage_origin *origin, usage_order by)
{
    return by == USAGE_BY_LIVE_BYTES ? origin->live_bytes : origin->bytes;
}

uint32_t usage_top_origins(const usage *usage, bool of_pages, usage_order by, usage_origin *top, uint32_t count,
                           uint32_t *all)
{
    uint32_t found = 0;

    *all = 0;
    for (uint32_t i = 0; i < usage->places.count; i++) {
        uint32_t at = found;
        if (usage->origins[i].is_pages != of_pages || !usage_shows(usage, &usage->origins[i]))
            continue;
        ++*all;
        if (found < count)
            found++;
        else
            at = count;
        while (at && rank(&top[at - 1], by) < rank(&usage->origins[i], by))
            at--;
        if (at == count)
            continue;
        memmove(&top[at + 1], &top[at], (found - 1 - at) * sizeof(*top));
        top[at] = usage->origins[i];
    }
    return found;
}

void usage_free(usage *usage)
{
    live_blocks_free(&usage->blocks);
    live_map_free(&usage->places);
    free(usage->origins);
}
