/* The stream of items. See hostmem/trace_reader.h.
 *
 * Blocks are read one at a time. Definitions are delivered at once. Events wait (reorder.h) until a sample shows that
 * no older event can follow: the sample at the end of a round releases the events up to the ticks of the sample before
 * it. When as many wait as may, the older ones are delivered before more are read, so the file's contents cannot make
 * the reader grow. */
#include <hostmem/trace_reader.h>

#include <inttypes.h>
#include <stdlib.h>

#include "blocks.h"
#include "decode.h"
#include "reorder.h"
#include "unpack.h"

struct hostmem_trace_reader {
    trace_blocks blocks;
    uint32_t block_at;      /* offset of the next record in the block's payload */
    uint32_t block_records; /* records left */
    bool block_open;        /* the block's end has not been checked yet */
    trace_unpack unpack;    /* of a packed block */
    reorder waiting;
    uint32_t round_events; /* of the round being read */
    bool letting_go;       /* events up to limit, or all, are being delivered */
    uint64_t limit;
    bool sample_waits;           /* sample has not been delivered */
    hostmem_trace_sample sample; /* the last round's */
    bool next_sample_waits;      /* the sample whose arrival released `sample` */
    hostmem_trace_sample next_sample;
    bool end_waits;
    hostmem_trace_end end;
    bool no_more;                /* nothing more is read */
    hostmem_trace_ending ending; /* what hostmem_trace_reader_ending returns when everything has been delivered */
    bool ended;
    uint64_t newest; /* ticks of the newest event delivered */
    hostmem_trace_reader_counts counts;
    union {
        hostmem_trace_sample sample;
        hostmem_trace_region region;
        hostmem_trace_site site;
        hostmem_trace_stack stack;
        hostmem_trace_module module;
        hostmem_trace_thread thread;
    } record; /* the last one delivered, unless it was an event or a packed stack */
    uint64_t frames[HOSTMEM_TRACE_MAX_FRAMES];
};

/* ---- Endings ---- */

static void let_go(hostmem_trace_reader *reader, uint64_t limit)
{
    hmi_reorder_sort(&reader->waiting);
    reader->letting_go = true;
    reader->limit = limit;
}

static uint64_t record_offset(const hostmem_trace_reader *reader)
{
    return reader->blocks.payload_offset + reader->block_at;
}

/* Stops reading. Waiting events will still be delivered. */
static void stop_reading(hostmem_trace_reader *reader, hostmem_trace_ending ending)
{
    reader->block_open = false;
    reader->no_more = true;
    reader->ending = ending;
    let_go(reader, UINT64_MAX);
}

/* Always returns false. */
static bool refuse(hostmem_trace_reader *reader, const char *what)
{
    stop_reading(reader, HOSTMEM_TRACE_DAMAGED);
    return hmi_trace_problem_set(&reader->blocks.problem, record_offset(reader), "%s", what);
}

/* ---- Blocks ---- */

/* The minimum size of a record; 0 for kinds that this version does not know. */
static uint32_t least_record_bytes(uint16_t kind, bool *variable)
{
    *variable = kind == HOSTMEM_TRACE_BLOCK_SITES || kind == HOSTMEM_TRACE_BLOCK_STACKS ||
                kind == HOSTMEM_TRACE_BLOCK_MODULES || kind == HOSTMEM_TRACE_BLOCK_THREADS ||
                kind == HOSTMEM_TRACE_BLOCK_PACKED;
    switch (kind) {
    case HOSTMEM_TRACE_BLOCK_EVENTS:
        return sizeof(hostmem_trace_event);
    case HOSTMEM_TRACE_BLOCK_SAMPLES:
        return sizeof(hostmem_trace_sample);
    case HOSTMEM_TRACE_BLOCK_REGIONS:
        return sizeof(hostmem_trace_region);
    case HOSTMEM_TRACE_BLOCK_SITES:
        return sizeof(hostmem_trace_site);
    case HOSTMEM_TRACE_BLOCK_STACKS:
        return sizeof(hostmem_trace_stack);
    case HOSTMEM_TRACE_BLOCK_MODULES:
        return sizeof(hostmem_trace_module);
    case HOSTMEM_TRACE_BLOCK_THREADS:
        return sizeof(hostmem_trace_thread);
    case HOSTMEM_TRACE_BLOCK_END:
        return sizeof(hostmem_trace_end);
    case HOSTMEM_TRACE_BLOCK_PACKED:
        return 1;
    default:
        return 0;
    }
}

/* A sample ends a round: events up to the sample before it may be delivered. */
static bool end_round(hostmem_trace_reader *reader, const hostmem_trace_sample *sample)
{
    reader->round_events = 0;
    if (!reader->sample_waits) { /* the first round's */
        reader->sample = *sample;
        return reader->sample_waits = true;
    }
    if (sample->ticks < reader->sample.ticks)
        return refuse(reader, "a sample is older than the one before it");
    reader->next_sample = *sample;
    reader->next_sample_waits = true;
    let_go(reader, reader->sample.ticks);
    return true;
}

static bool end_file(hostmem_trace_reader *reader)
{
    hmi_trace_decode_end(reader->blocks.payload, &reader->end);
    if (reader->round_events)
        return refuse(reader, "the trace ends in the middle of a round");
    if (reader->end.events_written != reader->counts.events) {
        stop_reading(reader, HOSTMEM_TRACE_DAMAGED);
        return hmi_trace_problem_set(&reader->blocks.problem, record_offset(reader),
                                     "the end of the trace says %" PRIu64 " events, but there are %" PRIu64,
                                     reader->end.events_written, reader->counts.events);
    }
    reader->end_waits = hmi_trace_blocks_end(&reader->blocks);
    stop_reading(reader, reader->end_waits ? HOSTMEM_TRACE_COMPLETE : HOSTMEM_TRACE_DAMAGED);
    return reader->end_waits;
}

static bool add_to_round(hostmem_trace_reader *reader, uint32_t events)
{
    if (events > HOSTMEM_TRACE_MAX_ROUND - reader->round_events)
        return refuse(reader, "a round has too many events");
    reader->round_events += events;
    reader->counts.events += events;
    return true;
}

static bool open_single(hostmem_trace_reader *reader)
{
    hostmem_trace_sample sample;

    if (reader->blocks.block.record_count != 1)
        return refuse(reader, "a block should have exactly one record");
    if (reader->blocks.block.kind == HOSTMEM_TRACE_BLOCK_END)
        return end_file(reader);
    hmi_trace_decode_sample(reader->blocks.payload, &sample);
    return end_round(reader, &sample);
}

/* Looks at the kind of a block, and handles blocks that are a single record. */
static bool open_block(hostmem_trace_reader *reader)
{
    const hostmem_trace_block_header *block = &reader->blocks.block;
    bool variable;
    uint32_t least = least_record_bytes(block->kind, &variable);

    reader->counts.blocks++;
    reader->block_at = 0;
    reader->block_records = block->record_count;
    if (!least)
        return true;
    if (variable != !block->record_bytes || (!variable && block->record_bytes < least))
        return refuse(reader, "the records of a block have the wrong size");
    if (block->kind == HOSTMEM_TRACE_BLOCK_EVENTS && !add_to_round(reader, block->record_count))
        return false;
    if (block->kind == HOSTMEM_TRACE_BLOCK_PACKED)
        hmi_trace_unpack_begin(&reader->unpack, reader->blocks.payload, block->payload_bytes);
    if (block->kind == HOSTMEM_TRACE_BLOCK_SAMPLES || block->kind == HOSTMEM_TRACE_BLOCK_END)
        return open_single(reader);
    return reader->block_open = true;
}

static void read_block(hostmem_trace_reader *reader)
{
    if (hmi_trace_blocks_next(&reader->blocks))
        open_block(reader);
    else
        stop_reading(reader, reader->blocks.cut_off ? HOSTMEM_TRACE_CUT_OFF : HOSTMEM_TRACE_DAMAGED);
}

/* ---- Records ---- */

/* Keeps the event that was written to the room of those that wait. */
static bool take_event(hostmem_trace_reader *reader, const hostmem_trace_event *event)
{
    if (!event->what)
        return refuse(reader, "an event has no kind");
    if (event->what > HOSTMEM_TRACE_NAMED)
        reader->counts.unknown++;
    else
        hmi_reorder_add(&reader->waiting);
    return true;
}

/* Takes events of a block of events, until it ends or no more may wait. */
static void take_events(hostmem_trace_reader *reader)
{
    while (reader->block_records && reader->waiting.count < REORDER_MOST) {
        hostmem_trace_event *event = hmi_reorder_room(&reader->waiting);
        if (!event) {
            refuse(reader, "there is not enough memory to sort the events");
            return;
        }
        hmi_trace_decode_event(reader->blocks.payload + reader->block_at, event);
        if (!take_event(reader, event))
            return;
        reader->block_at += reader->blocks.block.record_bytes;
        reader->block_records--;
    }
}

static uint32_t padded(uint32_t bytes)
{
    return (bytes + 7) & ~7u;
}

/* How many bytes follow the fixed part, including padding; false if the count is impossible. */
static bool tail_bytes(hostmem_trace_reader *reader, const hostmem_trace_item *item, uint32_t room, uint32_t *tail)
{
    uint16_t kind = reader->blocks.block.kind;

    *tail = 0;
    if (kind == HOSTMEM_TRACE_BLOCK_REGIONS)
        return true;
    if (kind == HOSTMEM_TRACE_BLOCK_STACKS) {
        if (reader->record.stack.frame_count > HOSTMEM_TRACE_MAX_FRAMES)
            return refuse(reader, "a stack has too many frames");
        *tail = reader->record.stack.frame_count * (uint32_t)sizeof(uint64_t);
    } else {
        if (item->name_bytes > HOSTMEM_TRACE_MAX_NAME)
            return refuse(reader, "a name is too long");
        *tail = padded(item->name_bytes);
    }
    return *tail <= room || refuse(reader, "a record extends beyond its block");
}

static void decode_definition(hostmem_trace_reader *reader, const unsigned char *bytes, hostmem_trace_item *item)
{
    switch (reader->blocks.block.kind) {
    case HOSTMEM_TRACE_BLOCK_REGIONS:
        hmi_trace_decode_region(bytes, &reader->record.region);
        *item = (hostmem_trace_item){.kind = HOSTMEM_TRACE_ITEM_REGION, .as.region = &reader->record.region};
        break;
    case HOSTMEM_TRACE_BLOCK_SITES:
        hmi_trace_decode_site(bytes, &reader->record.site);
        *item = (hostmem_trace_item){.kind = HOSTMEM_TRACE_ITEM_SITE, .as.site = &reader->record.site};
        item->name_bytes = reader->record.site.name_bytes;
        break;
    case HOSTMEM_TRACE_BLOCK_STACKS:
        hmi_trace_decode_stack(bytes, &reader->record.stack);
        *item = (hostmem_trace_item){.kind = HOSTMEM_TRACE_ITEM_STACK, .as.stack = &reader->record.stack};
        break;
    case HOSTMEM_TRACE_BLOCK_THREADS:
        hmi_trace_decode_thread(bytes, &reader->record.thread);
        *item = (hostmem_trace_item){.kind = HOSTMEM_TRACE_ITEM_THREAD, .as.thread = &reader->record.thread};
        item->name_bytes = reader->record.thread.name_bytes;
        break;
    default:
        hmi_trace_decode_module(bytes, &reader->record.module);
        *item = (hostmem_trace_item){.kind = HOSTMEM_TRACE_ITEM_MODULE, .as.module = &reader->record.module};
        item->name_bytes = reader->record.module.name_bytes;
        break;
    }
}

/* The next region, site, stack, module or thread of the block. */
static bool next_definition(hostmem_trace_reader *reader, hostmem_trace_item *item)
{
    const hostmem_trace_block_header *block = &reader->blocks.block;
    const unsigned char *bytes = reader->blocks.payload + reader->block_at;
    uint32_t room = block->payload_bytes - reader->block_at, fixed, tail;
    bool variable;

    fixed = least_record_bytes(block->kind, &variable);
    if (room < fixed)
        return refuse(reader, "a block has fewer records than its header says");
    decode_definition(reader, bytes, item);
    if (!tail_bytes(reader, item, room - fixed, &tail))
        return false;
    if (item->kind == HOSTMEM_TRACE_ITEM_STACK) {
        for (uint32_t i = 0; i < item->as.stack->frame_count; i++)
            reader->frames[i] = hmi_trace_decode_u64(bytes + fixed + i * sizeof(uint64_t));
        item->frames = reader->frames;
    } else if (item->kind != HOSTMEM_TRACE_ITEM_REGION) {
        item->name = (const char *)bytes + fixed;
    }
    reader->block_at += variable ? fixed + tail : block->record_bytes;
    reader->block_records--;
    return true;
}

/* ---- Packed records ---- */

static bool take_packed_event(hostmem_trace_reader *reader)
{
    hostmem_trace_event *event = hmi_reorder_room(&reader->waiting);

    if (!event)
        return refuse(reader, "there is not enough memory to sort the events");
    return hmi_trace_unpack_event(&reader->unpack, event) && add_to_round(reader, 1) && take_event(reader, event);
}

/* A sample is the last record of its block. */
static bool take_packed_sample(hostmem_trace_reader *reader)
{
    hostmem_trace_sample sample;

    if (!hmi_trace_unpack_sample(&reader->unpack, &sample))
        return false;
    if (reader->block_records != 1)
        return refuse(reader, "something follows a sample in its block");
    return end_round(reader, &sample);
}

static bool take_packed_stack(hostmem_trace_reader *reader, hostmem_trace_item *item)
{
    trace_unpack *unpack = &reader->unpack;

    if (!hmi_trace_unpack_stack(unpack))
        return false;
    *item = (hostmem_trace_item){
        .kind = HOSTMEM_TRACE_ITEM_STACK, .as.stack = &unpack->stack, .frames = unpack->frames};
    return true;
}

/* Continues in a packed block, until there is an item to deliver, no more events may wait, or something is wrong. */
static bool next_packed(hostmem_trace_reader *reader, hostmem_trace_item *item)
{
    trace_unpack *unpack = &reader->unpack;
    unsigned kind = HOSTMEM_TRACE_BLOCK_EVENTS;
    bool is_right = true;

    while (is_right && kind == HOSTMEM_TRACE_BLOCK_EVENTS && reader->block_records &&
           reader->waiting.count < REORDER_MOST) {
        reader->block_at = (uint32_t)(unpack->at - reader->blocks.payload);
        kind = hmi_trace_unpack_kind(unpack);
        is_right = kind == HOSTMEM_TRACE_BLOCK_EVENTS    ? take_packed_event(reader)
                   : kind == HOSTMEM_TRACE_BLOCK_SAMPLES ? take_packed_sample(reader)
                                                         : kind && take_packed_stack(reader, item);
        reader->block_records -= is_right;
    }
    if (unpack->mistake)
        return refuse(reader, unpack->mistake);
    reader->block_at += is_right ? (uint32_t)(unpack->at - reader->blocks.payload) - reader->block_at : 0;
    return is_right && kind == HOSTMEM_TRACE_BLOCK_STACKS;
}

/* ---- Blocks that are being read ---- */

/* Packed records are followed by less than 8 bytes. */
static void close_block(hostmem_trace_reader *reader)
{
    const hostmem_trace_block_header *block = &reader->blocks.block;
    uint32_t left = block->payload_bytes - reader->block_at;

    reader->block_open = false;
    if (left >= (block->kind == HOSTMEM_TRACE_BLOCK_PACKED ? 8u : 1u))
        refuse(reader, "a block is longer than its records");
}

/* Continues in the block. Returns true if there is an item to deliver. */
static bool next_of_block(hostmem_trace_reader *reader, hostmem_trace_item *item)
{
    if (!reader->block_records)
        close_block(reader);
    else if (reader->blocks.block.kind == HOSTMEM_TRACE_BLOCK_PACKED)
        return next_packed(reader, item);
    else if (reader->blocks.block.kind != HOSTMEM_TRACE_BLOCK_EVENTS)
        return next_definition(reader, item);
    else
        take_events(reader);
    return false;
}

/* ---- Waiting events ---- */

static void deliver_event(hostmem_trace_reader *reader, hostmem_trace_item *item)
{
    const hostmem_trace_event *event = hmi_reorder_take(&reader->waiting);

    *item = (hostmem_trace_item){.kind = HOSTMEM_TRACE_ITEM_EVENT, .ticks = event->ticks, .as.event = event};
    item->late = event->ticks < reader->newest;
    if (item->late)
        reader->counts.late++;
    else
        reader->newest = event->ticks;
}

static void deliver_sample(hostmem_trace_reader *reader, hostmem_trace_item *item)
{
    reader->record.sample = reader->sample;
    reader->sample_waits = reader->next_sample_waits;
    reader->sample = reader->next_sample;
    reader->next_sample_waits = false;
    *item = (hostmem_trace_item){.kind = HOSTMEM_TRACE_ITEM_SAMPLE, .ticks = reader->record.sample.ticks};
    item->as.sample = &reader->record.sample;
    item->late = item->ticks < reader->newest;
    if (!item->late)
        reader->newest = item->ticks;
}

/* So many at once that a file cannot make the reader sort again for each event. */
static void make_room(hostmem_trace_reader *reader)
{
    hmi_reorder_sort(&reader->waiting);
    let_go(reader, hmi_reorder_nth(&reader->waiting, REORDER_MOST / 8));
}

/* Delivers the next waiting item that may be delivered; false if there is none. Samples are delivered in their
 * place among the events. */
static bool next_let_go(hostmem_trace_reader *reader, hostmem_trace_item *item)
{
    const reorder *waiting = &reader->waiting;
    bool event_may_go = waiting->count && hmi_reorder_least(waiting) <= reader->limit;
    bool sample_may_go = reader->sample_waits && reader->sample.ticks <= reader->limit;

    if (event_may_go && (!sample_may_go || hmi_reorder_least(waiting) <= reader->sample.ticks))
        deliver_event(reader, item);
    else if (sample_may_go)
        deliver_sample(reader, item);
    else
        return reader->letting_go = false;
    return true;
}

bool hostmem_trace_reader_next(hostmem_trace_reader *reader, hostmem_trace_item *item)
{
    while (!reader->ended) {
        if (reader->letting_go) {
            if (next_let_go(reader, item))
                return true;
        } else if (reader->block_open) {
            if (reader->waiting.count == REORDER_MOST)
                make_room(reader);
            else if (next_of_block(reader, item))
                return true;
        } else if (!reader->no_more) {
            read_block(reader);
        } else if (reader->end_waits) {
            reader->end_waits = false;
            *item = (hostmem_trace_item){
                .kind = HOSTMEM_TRACE_ITEM_END, .ticks = reader->end.ticks, .as.end = &reader->end};
            return true;
        } else {
            reader->ended = true;
        }
    }
    return false;
}

/* ---- The rest ---- */

hostmem_trace_reader *hostmem_trace_reader_open_source(const hostmem_trace_source *source,
                                                       hostmem_trace_problem *problem)
{
    hostmem_trace_reader *reader = calloc(1, sizeof(*reader));

    *problem = (hostmem_trace_problem){0};
    if (!reader) {
        if (source->close)
            source->close(source->context);
        hmi_trace_problem_set(problem, 0, "there is not enough memory to read the file");
        return NULL;
    }
    reader->blocks.source = *source;
    if (hmi_trace_blocks_begin(&reader->blocks))
        return reader;
    *problem = reader->blocks.problem;
    hostmem_trace_reader_close(reader);
    return NULL;
}

hostmem_trace_reader *hostmem_trace_reader_open(const char *path, hostmem_trace_problem *problem)
{
    hostmem_trace_source source;

    *problem = (hostmem_trace_problem){0};
    return hmi_trace_source_open_file(path, &source, problem) ? hostmem_trace_reader_open_source(&source, problem)
                                                              : NULL;
}

const hostmem_trace_file_header *hostmem_trace_reader_header(const hostmem_trace_reader *reader)
{
    return &reader->blocks.file;
}

hostmem_trace_ending hostmem_trace_reader_ending(const hostmem_trace_reader *reader)
{
    return reader->ended ? reader->ending : HOSTMEM_TRACE_READING;
}

const hostmem_trace_problem *hostmem_trace_reader_problem(const hostmem_trace_reader *reader)
{
    static const hostmem_trace_problem none = {0};

    return reader->ended ? &reader->blocks.problem : &none;
}

hostmem_trace_reader_counts hostmem_trace_reader_get_counts(const hostmem_trace_reader *reader)
{
    return reader->counts;
}

uint64_t hostmem_trace_reader_bytes_read(const hostmem_trace_reader *reader)
{
    return reader->blocks.offset;
}

uint64_t hostmem_trace_reader_total_bytes(const hostmem_trace_reader *reader)
{
    return reader->blocks.source.total_bytes;
}

void hostmem_trace_reader_close(hostmem_trace_reader *reader)
{
    if (!reader)
        return;
    if (reader->blocks.source.close)
        reader->blocks.source.close(reader->blocks.source.context);
    hmi_reorder_free(&reader->waiting);
    free(reader);
}
