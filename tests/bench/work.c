/* See work.h. What is live while the trace is read is kept in a table of addresses, for blocks and reservations alike:
 * open addressing, with entries that were removed left as graves. Reservations are in a list, too, since calls name
 * addresses inside of them. */
#include "work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hostmem/trace_reader.h>

#define MEM_COMMIT_BIT 0x1000u
#define MEM_RESERVE_BIT 0x2000u
#define MEM_RELEASE_BIT 0x8000u
#define MAX_THREADS 4096u

typedef struct live_block {
    uint64_t address; /* 0: never used */
    uint32_t object;
    bool is_live;
} live_block;

typedef struct region {
    uint64_t start, end;
    uint32_t object;
} region;

typedef struct reading {
    work *out;
    uint32_t room;
    uint32_t *ordinals; /* by object */
    uint32_t ordinals_room;
    live_block *blocks;
    uint32_t blocks_room, blocks_used; /* a power of two; entries that are not 0 */
    region *regions;
    uint32_t regions_count, regions_room;
    uint32_t threads[MAX_THREADS]; /* ids */
    uint64_t heaps[WORK_HEAPS];    /* ids */
} reading;

static void *grown(void *memory, uint32_t count, uint32_t *room, size_t size)
{
    if (count < *room)
        return memory;
    *room = *room ? *room * 2 : 1024;
    memory = realloc(memory, *room * size);
    if (!memory)
        abort();
    return memory;
}

static uint32_t thread_of(reading *self, uint32_t id)
{
    uint32_t i;
    for (i = 0; i < self->out->threads; i++)
        if (self->threads[i] == id)
            return i;
    if (i == MAX_THREADS)
        return 0;
    self->threads[i] = id;
    self->out->threads++;
    return i;
}

static uint32_t heap_of(reading *self, uint64_t id)
{
    uint32_t i;
    for (i = 0; i < self->out->heaps; i++)
        if (self->heaps[i] == id)
            return i;
    if (i == WORK_HEAPS)
        return 0;
    self->heaps[i] = id;
    self->out->heaps++;
    return i;
}

static uint32_t new_object(reading *self)
{
    self->ordinals = grown(self->ordinals, self->out->objects, &self->ordinals_room, sizeof *self->ordinals);
    self->ordinals[self->out->objects] = 0;
    return self->out->objects++;
}

/* Adds a step about an object; what the event says about it is filled in. */
static work_step *add(reading *self, work_call call, uint32_t object, const hostmem_trace_event *event)
{
    work_step *step;
    self->out->steps = grown(self->out->steps, self->out->count, &self->room, sizeof *self->out->steps);
    step = &self->out->steps[self->out->count++];
    *step = (work_step){.call = (uint8_t)call,
                        .thread = (uint16_t)thread_of(self, event->thread),
                        .object = object,
                        .ordinal = self->ordinals[object]++,
                        .type = event->type,
                        .protect = event->protect,
                        .size = event->size};
    return step;
}

/* ---- Blocks ---- */

static uint32_t place_of(const reading *self, uint64_t address)
{
    uint32_t at = (uint32_t)((address >> 3) * 2654435769u) & (self->blocks_room - 1);
    while (self->blocks[at].address && self->blocks[at].address != address)
        at = (at + 1) & (self->blocks_room - 1);
    return at;
}

static void make_room(reading *self)
{
    live_block *former = self->blocks;
    uint32_t count = self->blocks_room, i;
    if (self->blocks_used < self->blocks_room / 2)
        return;
    self->blocks_room = count ? count * 2 : 4096;
    self->blocks_used = 0;
    self->blocks = calloc(self->blocks_room, sizeof *self->blocks);
    if (!self->blocks)
        abort();
    for (i = 0; i < count; i++) {
        if (former[i].is_live) {
            self->blocks[place_of(self, former[i].address)] = former[i];
            self->blocks_used++;
        }
    }
    free(former);
}

static void allocated(reading *self, const hostmem_trace_event *event)
{
    live_block *block;
    uint32_t object = new_object(self);
    make_room(self);
    block = &self->blocks[place_of(self, event->out)];
    self->blocks_used += block->address == 0;
    *block = (live_block){event->out, object, true};
    add(self, WORK_ALLOC, object, event)->heap = (uint8_t)heap_of(self, event->address);
}

static bool freed(reading *self, const hostmem_trace_event *event)
{
    live_block *block = self->blocks ? &self->blocks[place_of(self, event->out)] : NULL;
    if (!block || !block->is_live)
        return false;
    block->is_live = false;
    add(self, WORK_FREE, block->object, event)->heap = (uint8_t)heap_of(self, event->address);
    return true;
}

/* ---- Pages ---- */

static region *region_of(reading *self, uint64_t address)
{
    uint32_t i;
    for (i = self->regions_count; i-- > 0;)
        if (address >= self->regions[i].start && address < self->regions[i].end)
            return &self->regions[i];
    return NULL;
}

static void reserved(reading *self, const hostmem_trace_event *event)
{
    uint32_t object = new_object(self);
    self->regions = grown(self->regions, self->regions_count, &self->regions_room, sizeof *self->regions);
    self->regions[self->regions_count++] = (region){event->out, event->out + event->size, object};
    add(self, WORK_RESERVE, object, event);
}

static bool add_inside(reading *self, work_call call, const hostmem_trace_event *event)
{
    region *inside = region_of(self, event->address);
    if (!inside || (call != WORK_QUERY && event->size > inside->end - event->address))
        return false;
    add(self, call, inside->object, event)->offset = event->address - inside->start;
    return true;
}

static bool released(reading *self, const hostmem_trace_event *event)
{
    region *inside = region_of(self, event->address);
    if (!inside || inside->start != event->address)
        return false;
    add(self, WORK_RELEASE, inside->object, event);
    *inside = self->regions[--self->regions_count];
    return true;
}

static bool take(reading *self, const hostmem_trace_event *event)
{
    if (event->result)
        return false;
    switch (event->what) {
    case HOSTMEM_TRACE_VIRTUAL_ALLOC:
        if (!(event->type & MEM_RESERVE_BIT))
            return (event->type & MEM_COMMIT_BIT) && add_inside(self, WORK_COMMIT, event);
        reserved(self, event);
        return true;
    case HOSTMEM_TRACE_VIRTUAL_FREE:
        return event->type & MEM_RELEASE_BIT ? released(self, event)
                                             : event->size && add_inside(self, WORK_DECOMMIT, event);
    case HOSTMEM_TRACE_VIRTUAL_PROTECT:
        return add_inside(self, WORK_PROTECT, event);
    case HOSTMEM_TRACE_VIRTUAL_QUERY:
        return add_inside(self, WORK_QUERY, event);
    case HOSTMEM_TRACE_ALLOC:
    case HOSTMEM_TRACE_DEBUG_ALLOC:
        allocated(self, event);
        return true;
    case HOSTMEM_TRACE_FREE:
        return freed(self, event);
    case HOSTMEM_TRACE_GET_MEMORY_LOAD:
        add(self, WORK_LOAD, 0, event)->ordinal = 0;
        self->ordinals[0]--;
        return true;
    default:
        return false;
    }
}

bool work_read(const char *path, work *out)
{
    hostmem_trace_problem problem;
    hostmem_trace_reader *reader = hostmem_trace_reader_open(path, &problem);
    hostmem_trace_item item;
    reading *self = calloc(1, sizeof *self);
    if (!self)
        abort();
    *out = (work){0};
    self->out = out;
    new_object(self); /* number 0: none */
    while (reader && hostmem_trace_reader_next(reader, &item))
        if (item.kind == HOSTMEM_TRACE_ITEM_EVENT && !take(self, item.as.event))
            out->skipped++;
    if (reader && hostmem_trace_reader_ending(reader) == HOSTMEM_TRACE_DAMAGED)
        problem = *hostmem_trace_reader_problem(reader);
    if (!out->count || problem.text[0])
        fprintf(stderr, "bench: %s: %s\n", path, problem.text[0] ? problem.text : "there are no calls in it");
    hostmem_trace_reader_close(reader);
    free(self->ordinals);
    free(self->blocks);
    free(self->regions);
    free(self);
    return out->count && !problem.text[0];
}

void work_free(work *self)
{
    free(self->steps);
    *self = (work){0};
}
