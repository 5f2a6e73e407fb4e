/* The trace reader: a valid file in full, in the order of time; of any other file the valid part, and what is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hostmem/trace_reader.h>

#include "source.h"
#include "trace_file.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* The result of reading a file. */
typedef struct reading {
    bool opened;
    hostmem_trace_problem problem;
    hostmem_trace_ending ending;
    hostmem_trace_reader_counts counts;
    unsigned items[HOSTMEM_TRACE_ITEM_END + 1]; /* number by kind */
    char order[256];       /* a letter each: event, Late event, sample, region, site, stack, module, end */
    uint64_t threads[256]; /* of the first events, in order of delivery */
    uint64_t ticks;        /* of the newest item */
    bool in_order;         /* events and samples were in order, except those marked as late */
} reading;

static void read_item(reading *reading, const hostmem_trace_item *item)
{
    static const char letters[] = {'e', 's', 'r', 'S', 'K', 'M', 'T', '.'};
    size_t length = strlen(reading->order);

    if (item->kind <= HOSTMEM_TRACE_ITEM_SAMPLE) {
        reading->in_order = reading->in_order && item->late == (item->ticks < reading->ticks);
        reading->ticks = item->late ? reading->ticks : item->ticks;
    }
    if (item->kind == HOSTMEM_TRACE_ITEM_EVENT && reading->items[HOSTMEM_TRACE_ITEM_EVENT] < COUNT_OF(reading->threads))
        reading->threads[reading->items[HOSTMEM_TRACE_ITEM_EVENT]] = item->as.event->thread;
    reading->items[item->kind]++;
    if (length + 1 < sizeof(reading->order))
        reading->order[length] = item->late ? 'L' : letters[item->kind];
}

static reading read_source(const hostmem_trace_source *source)
{
    reading out = {.in_order = true};
    hostmem_trace_reader *reader = hostmem_trace_reader_open_source(source, &out.problem);
    hostmem_trace_item item;

    if (!reader)
        return out;
    out.opened = true;
    while (hostmem_trace_reader_next(reader, &item))
        read_item(&out, &item);
    out.ending = hostmem_trace_reader_ending(reader);
    out.problem = *hostmem_trace_reader_problem(reader);
    out.counts = hostmem_trace_reader_get_counts(reader);
    assert_false(hostmem_trace_reader_next(reader, &item)); /* it stays at the end */
    assert_int_equal(out.ending == HOSTMEM_TRACE_COMPLETE, !out.problem.text[0]);
    assert_true(out.in_order);
    hostmem_trace_reader_close(reader);
    return out;
}

/* From separately allocated memory, so that reading past the end is detected. */
static reading read_bytes(const void *bytes, size_t size)
{
    trace_memory memory = {memcpy(malloc(size ? size : 1), bytes, size), size, 0};
    hostmem_trace_source source = hmi_trace_source_of_memory(&memory);
    reading out = read_source(&source);

    free((void *)memory.bytes);
    return out;
}

static reading read_file(trace_file *file)
{
    trace_file_close_block(file);
    return read_bytes(file->bytes, file->size);
}

static void add_event(trace_file *file, uint64_t ticks, uint32_t thread)
{
    const hostmem_trace_event event = {
        .ticks = ticks, .thread = thread, .what = HOSTMEM_TRACE_VIRTUAL_QUERY, .level = HOSTMEM_TRACE_NO_LEVEL};

    trace_file_event(file, &event);
}

static void add_sample(trace_file *file, uint64_t ticks)
{
    trace_file_sample(file, &(hostmem_trace_sample){.ticks = ticks});
}

/* Blocks of format 1: 0 modules, 1 regions, 2 events, 3 sample, 4 sites, 5 stacks, 6 events, 7 sample, 8 end; of format
 * 2: 0 modules, 1 regions, 2 two events and a sample, 3 sites, 4 a stack, an event and a sample, 5 end. */
static void begin_small(trace_file *file)
{
    static const uint64_t frames[] = {0x1111, 0x2222, 0x3333};

    trace_file_begin(file);
    trace_file_module(file, 0x400000, 0x10000, "C:\\host.exe");
    trace_file_region(file, &(hostmem_trace_region){.address = 0x10000,
                                                    .size = 0x2000,
                                                    .allocation_address = 0x10000,
                                                    .state = 0x1000,
                                                    .protect = 4,
                                                    .kind = HOSTMEM_TRACE_PAGES});
    add_event(file, 1000010, 1);
    add_event(file, 1000020, 2);
    add_sample(file, 1000015);
    trace_file_site(file, 7, "gc.cpp", -1);
    trace_file_stack(file, 8, frames, 3);
    add_event(file, 1000012, 3);
    add_sample(file, 1000030);
    trace_file_end(file, 5);
}

/* ---- Valid files ---- */

static void everything_is_delivered_in_order(void **state)
{
    trace_file file;
    reading reading;

    (void)state;
    begin_small(&file);
    reading = read_file(&file);
    assert_int_equal(reading.ending, HOSTMEM_TRACE_COMPLETE);
    /* Definitions in a round come before all events that waited. */
    assert_string_equal(reading.order, "MrSKeeses.");
    assert_true(reading.threads[0] == 1 && reading.threads[1] == 3 && reading.threads[2] == 2);
    assert_true(reading.counts.events == 3 && !reading.counts.late &&
                reading.counts.blocks == (trace_file_major == 1 ? 9 : 6));
    trace_file_free(&file);
}

/* memory: the source, which must last as long as the reader. */
static hostmem_trace_reader *open_file(const trace_file *file, trace_memory *memory)
{
    hostmem_trace_problem problem;
    hostmem_trace_source source;
    hostmem_trace_reader *reader;

    *memory = (trace_memory){file->bytes, file->size, 0};
    source = hmi_trace_source_of_memory(memory);
    reader = hostmem_trace_reader_open_source(&source, &problem);
    assert_non_null(reader);
    return reader;
}

/* Every field has a different value, so that none can be mistaken for another. */
static void every_field_of_a_record_arrives(void **state)
{
    const hostmem_trace_event event = {
        1000001, 2,  HOSTMEM_TRACE_ALLOC, 1, HOSTMEM_TRACE_INJECTED, 0x8007000e, 5, 6, 7, 0x0123456789abcdef,
        9,       10, UINT64_MAX};
    const hostmem_trace_region region = {1, 2, 3, 4, 5, HOSTMEM_TRACE_VIEW, 0};
    hostmem_trace_sample sample = {.ticks = 1000002};
    trace_memory memory;
    hostmem_trace_reader *reader;
    trace_file file;
    hostmem_trace_item item;

    (void)state;
    for (size_t i = 1; i < sizeof(sample) / sizeof(uint64_t); i++)
        memcpy((char *)&sample + i * sizeof(uint64_t), &(uint64_t){(uint64_t)i << 40 | i}, sizeof(uint64_t));
    trace_file_begin(&file);
    trace_file_region(&file, &region);
    trace_file_site(&file, 0x7777777777, "a name of 19 bytes", -2);
    trace_file_stack(&file, 0x8888888888, &(uint64_t){0xfedcba9876543210}, 1);
    trace_file_module(&file, 0x123456789a, 0x20000, "");
    trace_file_thread(&file, 0xa1b2c3d4, "a thread");
    trace_file_event(&file, &event);
    trace_file_sample(&file, &sample);
    trace_file_end(&file, 77);
    reader = open_file(&file, &memory);
    assert_true(hostmem_trace_reader_header(reader)->start_time == 134169264000000000u);
    assert_int_equal(hostmem_trace_reader_header(reader)->process_id, 4242);
    assert_int_equal(hostmem_trace_reader_header(reader)->granularity, 65536);
    assert_int_equal(hostmem_trace_reader_header(reader)->page_bytes, 4096);
    assert_int_equal(hostmem_trace_reader_header(reader)->pointer_bytes, 8);
    assert_true(hostmem_trace_reader_header(reader)->start_ticks == 1000000);
    assert_true(hostmem_trace_reader_header(reader)->ticks_per_second == 10000000);

    assert_true(hostmem_trace_reader_next(reader, &item) && item.kind == HOSTMEM_TRACE_ITEM_REGION);
    assert_memory_equal(item.as.region, &region, sizeof(region));
    assert_true(hostmem_trace_reader_next(reader, &item) && item.kind == HOSTMEM_TRACE_ITEM_SITE);
    assert_true(item.as.site->id == 0x7777777777 && item.as.site->line == -2);
    assert_int_equal(item.name_bytes, 18);
    assert_memory_equal(item.name, "a name of 19 bytes", 18);
    assert_true(hostmem_trace_reader_next(reader, &item) && item.kind == HOSTMEM_TRACE_ITEM_STACK);
    assert_true(item.as.stack->id == 0x8888888888 && item.as.stack->frame_count == 1);
    assert_true(item.frames[0] == 0xfedcba9876543210);
    assert_true(hostmem_trace_reader_next(reader, &item) && item.kind == HOSTMEM_TRACE_ITEM_MODULE);
    assert_true(item.as.module->address == 0x123456789a && item.as.module->size == 0x20000 && !item.name_bytes);
    assert_true(hostmem_trace_reader_next(reader, &item) && item.kind == HOSTMEM_TRACE_ITEM_THREAD);
    assert_true(item.as.thread->id == 0xa1b2c3d4 && item.as.thread->name_bytes == 8 && item.name_bytes == 8);
    assert_memory_equal(item.name, "a thread", 8);
    assert_true(hostmem_trace_reader_next(reader, &item) && item.kind == HOSTMEM_TRACE_ITEM_EVENT &&
                item.ticks == event.ticks);
    assert_memory_equal(item.as.event, &event, sizeof(event));
    assert_true(hostmem_trace_reader_next(reader, &item) && item.kind == HOSTMEM_TRACE_ITEM_SAMPLE &&
                item.ticks == sample.ticks);
    assert_memory_equal(item.as.sample, &sample, sizeof(sample));
    assert_true(hostmem_trace_reader_next(reader, &item) && item.kind == HOSTMEM_TRACE_ITEM_END);
    assert_true(item.as.end->events_written == 1 && item.as.end->events_dropped == 77 && item.ticks == 1000002);
    assert_false(hostmem_trace_reader_next(reader, &item));
    assert_true(hostmem_trace_reader_bytes_read(reader) == file.size &&
                hostmem_trace_reader_total_bytes(reader) == file.size);
    hostmem_trace_reader_close(reader);
    trace_file_free(&file);
}

/* As late as the format allows: in the round after the one whose sample is not below their ticks. */
static void events_of_two_rounds_are_put_in_order(void **state)
{
    enum { ROUNDS = 50, EVENTS = 40, ROUND_TICKS = 1000 };
    uint32_t random = 1;
    trace_file file;
    reading reading;

    (void)state;
    trace_file_begin(&file);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        for (uint32_t i = 0; i < EVENTS; i++) {
            random = random * 1664525 + 1013904223;
            add_event(&file, 1000001 + ROUND_TICKS * (round + (random >> 8) % 3) + random % ROUND_TICKS, 0);
        }
        add_sample(&file, 1000000 + ROUND_TICKS * (round + 2));
    }
    trace_file_end(&file, 0);
    reading = read_file(&file);
    assert_int_equal(reading.ending, HOSTMEM_TRACE_COMPLETE);
    assert_int_equal(reading.items[HOSTMEM_TRACE_ITEM_EVENT], ROUNDS * EVENTS);
    assert_int_equal(reading.items[HOSTMEM_TRACE_ITEM_SAMPLE], ROUNDS);
    assert_int_equal(reading.counts.late, 0);
    trace_file_free(&file);
}

static void equal_times_stay_in_the_order_of_the_file(void **state)
{
    trace_file file;
    reading reading;

    (void)state;
    trace_file_begin(&file);
    for (uint32_t i = 0; i < 100; i++)
        add_event(&file, 1000000 + i % 2, i);
    add_sample(&file, 1000000);
    add_event(&file, 1000001, 100);
    add_sample(&file, 1000002);
    trace_file_end(&file, 0);
    reading = read_file(&file);
    assert_int_equal(reading.ending, HOSTMEM_TRACE_COMPLETE);
    for (uint32_t i = 0; i < 50; i++)
        assert_true(reading.threads[i] == 2 * i && reading.threads[50 + i] == 2 * i + 1);
    assert_true(reading.threads[100] == 100);
    /* A sample comes after events with the same ticks. */
    assert_int_equal(reading.order[50], 's');
    trace_file_free(&file);
}

static void what_comes_too_late_is_delivered_and_said_to_be_late(void **state)
{
    trace_file file;
    reading reading;

    (void)state;
    trace_file_begin(&file);
    add_event(&file, 1000010, 1);
    add_sample(&file, 1000020);
    add_sample(&file, 1000030);
    add_event(&file, 1000005, 2);
    add_event(&file, 1000031, 3);
    add_sample(&file, 1000040);
    trace_file_end(&file, 0);
    reading = read_file(&file);
    assert_int_equal(reading.ending, HOSTMEM_TRACE_COMPLETE);
    assert_string_equal(reading.order, "esLses.");
    assert_true(reading.counts.late == 1);
    trace_file_free(&file);
}

/* A later version with a new kind of block, new kinds of events, and longer headers and records. */
static void what_a_later_minor_version_adds_is_passed_over(void **state)
{
    unsigned char long_event[80] = {0}, header[72] = {0};
    trace_file file, later;
    hostmem_trace_event event = {.ticks = 1000001, .thread = 9, .what = HOSTMEM_TRACE_VIRTUAL_QUERY};
    reading reading;

    (void)state;
    trace_file_begin(&file);
    memcpy(long_event, &event, sizeof(event));
    memset(long_event + sizeof(event), 0xee, sizeof(long_event) - sizeof(event));
    trace_file_block(&file, HOSTMEM_TRACE_BLOCK_EVENTS, sizeof(long_event), 1, long_event, sizeof(long_event));
    trace_file_block(&file, 999, 24, 2, long_event, 48);
    event.what = 200;
    trace_file_event(&file, &event);
    file.events++;
    add_sample(&file, 1000002);
    trace_file_end(&file, 0);
    trace_file_begin(&later);
    memcpy(header, later.bytes, 64);
    trace_file_free(&later);
    later = (trace_file){.bytes = malloc(file.size + 8), .size = file.size + 8};
    memcpy(later.bytes, header, 72);
    memcpy(later.bytes + 72, file.bytes + 64, file.size - 64);
    trace_file_put(&later, 10, 2, 1);  /* minor */
    trace_file_put(&later, 12, 4, 72); /* header_bytes */
    trace_file_fix_sums(later.bytes, later.size);
    reading = read_file(&later);
    assert_string_equal(reading.problem.text, "");
    assert_int_equal(reading.ending, HOSTMEM_TRACE_COMPLETE);
    assert_string_equal(reading.order, "es.");
    assert_true(reading.counts.events == 2 && reading.counts.unknown == 1 && reading.threads[0] == 9);
    trace_file_free(&later);
    trace_file_free(&file);
}

/* ---- Invalid files ---- */

static size_t in_block(const trace_file *file, unsigned nth, size_t offset)
{
    return trace_file_find_block(file, nth) + offset;
}

/* One number changed in the file of begin_small. at: in the payload of a block, in its header (at less than 0,
 * counted from the payload), or in the header of the file (block -1). */
static const struct {
    const char *name;
    int block;
    int at;
    unsigned width;
    uint64_t value;
    bool right_sums;
    const char *text;  /* the beginning of the problem's text */
    const char *order; /* items delivered before it; NULL: the file is not opened */
    int offset_block;  /* the reported place of the problem: as block and at */
    int offset_at;
} wrong[] = {
    {"magic", -1, 3, 1, 'X', true, "this is not a trace of hostmem", NULL, -1, 0},
    {"major 0", -1, 8, 2, 0, true, "the trace is of version 0.2; this program reads versions 1 to 2", NULL, -1, 8},
    {"major", -1, 8, 2, 3, true, "the trace is of version 3.2; this program reads versions 1 to 2", NULL, -1, 8},
    {"bytes of the version swapped", -1, 8, 2, 0x0100, true, "the trace is of version 256.2", NULL, -1, 8},
    {"header sum", -1, 40, 4, 1, false, "the checksum of the header is wrong", NULL, -1, 60},
    {"header_bytes too small", -1, 12, 4, 56, true, "the header is invalid: header_bytes", NULL, -1, 0},
    {"header_bytes odd", -1, 12, 4, 68, true, "the header is invalid: header_bytes", NULL, -1, 0},
    {"header_bytes huge", -1, 12, 4, 0xfffffff8, true, "the header is invalid: header_bytes", NULL, -1, 0},
    {"header_bytes beyond the end", -1, 12, 4, 0x10000, true, "the file ends in its header", NULL, 99, 0},
    {"ticks_per_second 0", -1, 16, 8, 0, true, "the header is invalid: ticks_per_second", NULL, -1, 0},
    {"pointer_bytes", -1, 44, 4, 16, true, "the header is invalid: pointer_bytes", NULL, -1, 0},
    {"page_bytes 0", -1, 48, 4, 0, true, "the header is invalid: page_bytes", NULL, -1, 0},
    {"page_bytes no power of two", -1, 48, 4, 4097, true, "the header is invalid: page_bytes", NULL, -1, 0},
    {"granularity below a page", -1, 52, 4, 2048, true, "the header is invalid: granularity", NULL, -1, 0},
    {"first block elsewhere", -1, 12, 4, 72, true, "there is no block where one should begin", "", -1, 72},

    {"block magic", 2, -32, 4, 0, true, "there is no block where one should begin", "Mr", 2, -32},
    {"block header sum", 2, -8, 4, 1, false, "the checksum of a block's header is wrong", "Mr", 2, -32},
    {"payload sum", 2, 8, 4, 999, false, "the checksum of a block is wrong", "Mr", 2, 0},
    {"sequence missing", 2, -16, 8, 3, true, "block 3 is where block 2 should be", "Mr", 2, -32},
    {"sequence twice", 2, -16, 8, 1, true, "block 1 is where block 2 should be", "Mr", 2, -32},
    {"payload beyond the most", 2, -20, 4, 0x100008, true, "the checksum of a block's header is wrong", "Mr", 2, -32},
    {"record_bytes odd", 2, -26, 2, 63, true, "2 records of 63 bytes do not fill a block of 128", "Mr", 2, -32},
    {"records do not fill the block", 2, -26, 2, 56, true, "2 records of 56 bytes do not fill a block of 128", "Mr", 2,
     -32},
    {"count absurd", 2, -24, 4, 0xffffffff, true, "4294967295 records of 64 bytes do not", "Mr", 2, -32},
    {"events of differing length", 2, -26, 2, 0, true, "the records of a block have the wrong size", "Mr", 2, 0},
    {"events that are too short", 2, -26, 8, 32 | 4 << 16 | (uint64_t)128 << 48, true,
     "the records of a block have the wrong size", "Mr", 2, 0},
    {"sites of one length", 4, -26, 2, 24, true, "the records of a block have the wrong size", "Mrese", 4, 0},
    {"event of no kind", 2, 12, 1, 0, true, "an event has no kind", "Mr", 2, 0},
    {"second event of no kind", 2, 64 + 12, 1, 0, true, "an event has no kind", "Mre", 2, 64},
    {"sample goes back", 7, 0, 8, 1000014, true, "a sample is older than the one before it", "MrSKeese", 7, 0},
    {"a second site that is not there", 4, -24, 4, 2, true, "a block has fewer records than its header says", "MrSese",
     4, 24},
    {"no site, and yet there is one", 4, -24, 4, 0, true, "a block is longer than its records", "Mrese", 4, 0},
    {"sites without number", 4, -24, 4, 0xffffffff, true, "a block has fewer records than its header says", "MrSese", 4,
     24},
    {"name beyond its block", 4, 12, 4, 9, true, "a record extends beyond its block", "Mrese", 4, 0},
    {"name longer than any", 4, 12, 4, 4097, true, "a name is too long", "Mrese", 4, 0},
    {"name of 4 GiB", 4, 12, 4, 0xffffffff, true, "a name is too long", "Mrese", 4, 0},
    {"module's name of 4 GiB", 0, 16, 4, 0xfffffffd, true, "a name is too long", "", 0, 0},
    {"module's name beyond its block", 0, 16, 4, 17, true, "a record extends beyond its block", "", 0, 0},
    {"frames beyond the block", 5, 8, 4, 4, true, "a record extends beyond its block", "MrSese", 5, 0},
    {"frames beyond the most", 5, 8, 4, 65, true, "a stack has too many frames", "MrSese", 5, 0},
    {"frames without number", 5, 8, 4, 0xffffffff, true, "a stack has too many frames", "MrSese", 5, 0},
    {"frames that leave something", 5, 8, 4, 2, true, "a block is longer than its records", "MrSKese", 5, 32},
    {"events_written", 8, 8, 8, 4, true, "the end of the trace says 4 events, but there are 3", "MrSKeeses", 8, 0},
};

static void what_is_wrong_is_said_in_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        trace_file file;
        reading reading;
        size_t at, offset;
        begin_small(&file);
        at = wrong[i].block < 0 ? 0 : in_block(&file, (unsigned)wrong[i].block, 32);
        offset = wrong[i].offset_block < 0 ? 0 : in_block(&file, (unsigned)wrong[i].offset_block, 32);
        if (wrong[i].offset_block == 99) /* there is no such block */
            offset -= 32;
        offset += (size_t)(ptrdiff_t)wrong[i].offset_at;
        trace_file_put(&file, at + (size_t)(ptrdiff_t)wrong[i].at, wrong[i].width, wrong[i].value);
        if (wrong[i].right_sums)
            trace_file_fix_sums(file.bytes, file.size);
        reading = read_bytes(file.bytes, file.size);
        if (strncmp(reading.problem.text, wrong[i].text, strlen(wrong[i].text)) || reading.problem.offset != offset ||
            reading.opened != (wrong[i].order != NULL) || strcmp(reading.order, wrong[i].order ? wrong[i].order : ""))
            fail_msg("%s: \"%s\" at %lu, not %lu, after \"%s\"", wrong[i].name, reading.problem.text,
                     (unsigned long)reading.problem.offset, (unsigned long)offset, reading.order);
        assert_true(!reading.opened || reading.ending == HOSTMEM_TRACE_DAMAGED);
        trace_file_free(&file);
    }
}

/* A file that ends anywhere is read up to its last whole block. */
static void file_cut_off_at_any_byte_is_read_up_to_there(void **state)
{
    static const char *const all_orders[2][9] = {
        {"", "M", "Mr", "Mree", "Mrese", "MrSese", "MrSKese", "MrSKeese", "MrSKeeses"},
        {"", "M", "Mr", "Mrese", "MrSese", "MrSKeeses"}};
    const char *const *orders = all_orders[trace_file_major - 1];
    unsigned blocks = trace_file_major == 1 ? 9 : 6;
    trace_file file;
    size_t bounds[10];

    (void)state;
    begin_small(&file);
    for (unsigned i = 0; i <= blocks; i++)
        bounds[i] = trace_file_find_block(&file, i);
    assert_int_equal(bounds[blocks], file.size);
    for (size_t size = 0, whole = 0; size < file.size; size++) {
        reading reading = read_bytes(file.bytes, size);
        if (size >= bounds[whole + 1])
            whole++;
        assert_int_equal(reading.opened, size >= bounds[0]);
        assert_int_equal(reading.problem.offset, reading.opened ? bounds[whole] : size);
        if (!reading.opened)
            continue;
        assert_int_equal(reading.ending, HOSTMEM_TRACE_CUT_OFF);
        assert_string_equal(reading.order, orders[whole]);
        assert_non_null(strstr(reading.problem.text, "the file is cut off: its"));
    }
    trace_file_free(&file);
}

/* ---- Packed blocks ---- */

/* A block by hand: an event is {3, 0, 2}, one tick after the one before. */
static const struct {
    const char *name;
    uint32_t records;
    unsigned char payload[24];
    uint32_t bytes;
    const char *text;  /* the beginning of the problem's text */
    const char *order; /* items delivered */
    size_t at;         /* offset of the problem in the payload */
} packed[] = {
    {"a record of no kind", 1, {0}, 8, "a packed record has no kind", "", 0},
    {"a record of another kind", 1, {0, 9, 0}, 8, "a packed record has no kind", "", 0},
    {"zeroes for an event", 2, {3, 0, 2}, 8, "a packed record has no kind", "e", 3},
    {"an event that is not there", 3, {3, 0, 2, 3, 0, 128, 128, 0}, 8, "a block has fewer records than", "ee", 8},
    {"a number beyond the block", 2, {3, 0, 2, 3, 128, 128, 128, 128}, 8, "a packed record extends", "e", 3},
    {"a kind at the end", 3, {3, 0, 2, 3, 0, 130, 0, 3}, 8, "a packed record extends", "ee", 7},
    {"a difference beyond the block", 2, {3, 0, 2, 3, 3, 2, 2, 128}, 8, "a packed record extends", "e", 3},
    {"a field that is not there", 2, {3, 0, 2, 3, 7, 2, 2, 2}, 8, "a packed record extends", "e", 3},
    {"a number of 65 bits", 1, {3, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2}, 16, "a packed number is", "", 0},
    {"a number of 11 bytes",
     1,
     {3, 0, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128},
     16,
     "a packed number is",
     "",
     0},
    {"a thread of 33 bits", 1, {3, 8, 2, 128, 128, 128, 128, 32}, 8, "a field of a packed event is too large", "", 0},
    {"a thread below 0", 1, {3, 8, 2, 1}, 8, "a field of a packed event is too large", "", 0},
    {"a value of 33 bits", 1, {3, 32, 2, 128, 128, 128, 128, 32}, 8, "a field of a packed event is too large", "", 0},
    {"a type of 33 bits", 1, {3, 64, 2, 128, 128, 128, 128, 32}, 8, "a field of a packed event is too large", "", 0},
    {"a protection below 0", 1, {3, 128, 1, 2, 1}, 8, "a field of a packed event is too large", "", 0},
    {"a level of 256", 1, {3, 128, 2, 2, 128, 4}, 8, "a field of a packed event is too large", "", 0},
    {"flags of 17 bits", 1, {3, 128, 4, 2, 128, 128, 8}, 8, "a field of a packed event is too large", "", 0},
    {"a result below 0", 1, {3, 128, 8, 2, 1}, 8, "a field of a packed event is too large", "", 0},
    {"something after a sample", 2, {0, 2, 0, 2, 3, 0, 2}, 8, "something follows a sample in its block", "", 0},
    {"a sample's figure that is not there", 1, {0, 2, 127, 2, 1, 1, 1, 1}, 8, "a packed record extends", "", 0},
    {"65 frames", 1, {0, 5, 2, 65, 0}, 8, "a stack has too many frames", "", 0},
    {"frames without number", 1, {0, 5, 2, 255, 255, 255, 255, 15}, 8, "a packed record extends", "", 0},
    {"frames of a stack that is not there", 1, {0, 5, 2, 1, 1}, 8, "a packed stack has frames of one", "", 0},
    {"more such frames than the stack had",
     2,
     {0, 5, 2, 1, 0, 8, 0, 5, 2, 3, 2, 2},
     16,
     "a packed stack has frames of",
     "K",
     6},
    {"more such frames than the stack has",
     2,
     {0, 5, 2, 2, 0, 8, 8, 0, 5, 2, 1, 2},
     16,
     "a packed stack has frames of",
     "K",
     7},
    {"a frame beyond the block", 1, {0, 5, 2, 4, 0, 8, 8, 8}, 8, "a packed record extends", "", 0},
    {"more than records and padding", 1, {3, 0, 2}, 16, "a block is longer than its records", "e", 3},
    {"nothing, and yet there is something", 0, {3, 0, 2}, 8, "a block is longer than its records", "", 0},
    {"records without number", 0xffffffff, {3, 0, 2}, 8, "a packed record has no kind", "e", 3},
};

static void what_is_wrong_with_a_packed_record_is_said_in_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(packed); i++) {
        trace_file file;
        reading reading;
        size_t offset;
        trace_file_begin(&file);
        trace_file_block(&file, HOSTMEM_TRACE_BLOCK_PACKED, 0, packed[i].records, packed[i].payload, packed[i].bytes);
        reading = read_file(&file);
        offset = in_block(&file, 0, 32) + packed[i].at;
        if (strncmp(reading.problem.text, packed[i].text, strlen(packed[i].text)) || reading.problem.offset != offset ||
            strcmp(reading.order, packed[i].order))
            fail_msg("%s: \"%s\" at %lu, not %lu, after \"%s\"", packed[i].name, reading.problem.text,
                     (unsigned long)reading.problem.offset, (unsigned long)offset, reading.order);
        assert_int_equal(reading.ending, HOSTMEM_TRACE_DAMAGED);
        trace_file_free(&file);
    }
}

static void packed_records_are_not_alike(void **state)
{
    static const unsigned char payload[8] = {3, 0, 2, 0, 0, 0, 0, 0};
    trace_file file;
    reading reading;

    (void)state;
    trace_file_begin(&file);
    trace_file_block(&file, HOSTMEM_TRACE_BLOCK_PACKED, 8, 1, payload, sizeof(payload));
    reading = read_file(&file);
    assert_string_equal(reading.problem.text, "the records of a block have the wrong size");
    trace_file_free(&file);
}

/* Kinds of events, fields of events and figures of samples. */
static void what_a_later_minor_version_packs_is_passed_over(void **state)
{
    static const unsigned char payload[32] = {
        200, 0,     130, 137, 122,                         /* an event of a new kind, 1000001 ticks */
        3,   8 | 0, 2,   18,                               /* thread 9 */
        3,   128,   144, 1,   2,   200, 1, 255, 1,         /* with two new fields */
        0,   2,     129, 128, 128, 12,  2, 77,  130, 1, 5, /* a sample with events_dropped and two new figures */
    };
    trace_file file;
    reading reading;

    (void)state;
    trace_file_begin(&file);
    trace_file_block(&file, HOSTMEM_TRACE_BLOCK_PACKED, 0, 4, payload, sizeof(payload));
    file.events = 3;
    trace_file_end(&file, 0);
    reading = read_file(&file);
    assert_string_equal(reading.problem.text, "");
    assert_int_equal(reading.ending, HOSTMEM_TRACE_COMPLETE);
    assert_string_equal(reading.order, "ees.");
    assert_true(reading.counts.events == 3 && reading.counts.unknown == 1);
    assert_true(reading.threads[0] == 9 && reading.threads[1] == 9);
    assert_true(reading.ticks == 1000004);
    trace_file_free(&file);
}

/* Each field is 0, the largest, or random, and like that of another event or not. */
static uint64_t random_field(uint64_t *random, uint64_t most)
{
    uint64_t number;

    *random = *random * 6364136223846793005u + 1442695040888963407u;
    number = *random >> 33;
    switch (number & 7) {
    case 0:
        return most;
    case 1:
        return (number * number * number) & most;
    case 2:
        return (number & 0xfff0) & most;
    default:
        return 0;
    }
}

static void what_is_packed_is_read_again(void **state)
{
    enum { EVENTS = 20000 };
    static hostmem_trace_event events[EVENTS];
    uint64_t random = 1;
    uint32_t at = 0;
    trace_file file;
    trace_memory memory;
    hostmem_trace_reader *reader;
    hostmem_trace_item item;

    (void)state;
    trace_file_begin(&file);
    for (uint32_t i = 0; i < EVENTS; i++) {
        events[i] = (hostmem_trace_event){
            .ticks = 1000000 + i,
            .thread = (uint32_t)random_field(&random, UINT32_MAX),
            .what = (uint8_t)(1 + random_field(&random, 0xffff) % HOSTMEM_TRACE_NAMED),
            .level = (uint8_t)random_field(&random, UINT8_MAX),
            .flags = (uint16_t)random_field(&random, UINT16_MAX),
            .result = (uint32_t)random_field(&random, UINT32_MAX),
            .type = (uint32_t)random_field(&random, UINT32_MAX),
            .protect = (uint32_t)random_field(&random, UINT32_MAX),
            .value = (uint32_t)random_field(&random, UINT32_MAX),
            .address = random_field(&random, UINT64_MAX),
            .size = random_field(&random, UINT64_MAX),
            .out = random_field(&random, UINT64_MAX),
            .origin = random_field(&random, UINT64_MAX),
        };
        trace_file_event(&file, &events[i]);
    }
    add_sample(&file, 1000000 + EVENTS);
    trace_file_end(&file, 0);
    reader = open_file(&file, &memory);
    while (hostmem_trace_reader_next(reader, &item) && item.kind == HOSTMEM_TRACE_ITEM_EVENT) {
        assert_true(at < EVENTS);
        assert_memory_equal(item.as.event, &events[at], sizeof(*events));
        at++;
    }
    assert_int_equal(at, EVENTS);
    assert_true(hostmem_trace_reader_next(reader, &item) && item.kind == HOSTMEM_TRACE_ITEM_END);
    hostmem_trace_reader_close(reader);
    trace_file_free(&file);
}

static void stacks_share_frames_with_the_one_before(void **state)
{
    static const uint64_t frames[4][5] = {{7, 6, 5, 4, 3}, {9, 6, 5, 4, 3}, {4, 3}, {UINT64_MAX, 0, 4, 3}};
    static const uint32_t counts[4] = {5, 5, 2, 4};
    unsigned at = 0;
    trace_file file;
    trace_memory memory;
    hostmem_trace_reader *reader;
    hostmem_trace_item item;

    (void)state;
    trace_file_begin(&file);
    for (unsigned i = 0; i < 4; i++)
        trace_file_stack(&file, UINT64_MAX - 1000 * i, frames[i], counts[i]);
    trace_file_close_block(&file);
    reader = open_file(&file, &memory);
    for (; hostmem_trace_reader_next(reader, &item); at++) {
        assert_true(at < 4 && item.kind == HOSTMEM_TRACE_ITEM_STACK && item.as.stack->id == UINT64_MAX - 1000 * at);
        assert_int_equal(item.as.stack->frame_count, counts[at]);
        assert_memory_equal(item.frames, frames[at], counts[at] * sizeof(uint64_t));
    }
    assert_int_equal(at, 4);
    hostmem_trace_reader_close(reader);
    trace_file_free(&file);
}

/* The checksums cover every bit of a file. */
static void no_changed_bit_is_overlooked(void **state)
{
    trace_file file;

    (void)state;
    begin_small(&file);
    for (size_t bit = 0; bit < 8 * file.size; bit++) {
        reading reading;
        file.bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        reading = read_bytes(file.bytes, file.size);
        if (reading.opened && reading.ending != HOSTMEM_TRACE_DAMAGED && reading.ending != HOSTMEM_TRACE_CUT_OFF)
            fail_msg("bit %lu", (unsigned long)bit);
        file.bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    trace_file_free(&file);
}

static void blocks_of_one_record_have_one(void **state)
{
    const hostmem_trace_sample samples[2] = {{.ticks = 1000001}, {.ticks = 1000002}};
    trace_file file;
    reading reading;

    (void)state;
    trace_file_begin(&file);
    trace_file_block(&file, HOSTMEM_TRACE_BLOCK_SAMPLES, sizeof(*samples), 2, samples, sizeof(samples));
    reading = read_file(&file);
    assert_string_equal(reading.problem.text, "a block should have exactly one record");
    trace_file_free(&file);
    trace_file_begin(&file);
    trace_file_block(&file, HOSTMEM_TRACE_BLOCK_END, sizeof(hostmem_trace_end), 0, NULL, 0);
    reading = read_file(&file);
    assert_string_equal(reading.problem.text, "a block should have exactly one record");
    trace_file_free(&file);
}

/* With correct checksums, and complete. */
static void blocks_have_a_size_that_they_may_have(void **state)
{
    static const uint32_t sizes[] = {12, HOSTMEM_TRACE_MAX_PAYLOAD + 8};
    static const char *const texts[] = {"a block cannot have 12 bytes", "a block cannot have 1048584 bytes"};
    unsigned char *payload = calloc(1, HOSTMEM_TRACE_MAX_PAYLOAD + 8);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        trace_file file;
        reading reading;
        trace_file_begin(&file);
        trace_file_block(&file, 999, 0, 0, payload, sizes[i]);
        reading = read_file(&file);
        assert_int_equal(reading.ending, HOSTMEM_TRACE_DAMAGED);
        assert_string_equal(reading.problem.text, texts[i]);
        trace_file_free(&file);
    }
    free(payload);
}

static void end_is_the_end(void **state)
{
    trace_file file;
    reading reading;

    (void)state;
    begin_small(&file);
    trace_file_region(&file, &(hostmem_trace_region){.address = 1});
    reading = read_file(&file);
    assert_int_equal(reading.ending, HOSTMEM_TRACE_DAMAGED);
    assert_string_equal(reading.problem.text, "something follows the end of the trace");
    assert_string_equal(reading.order, "MrSKeeses");
    trace_file_free(&file);
    trace_file_begin(&file);
    add_event(&file, 1000001, 1);
    trace_file_end(&file, 0);
    reading = read_file(&file);
    assert_int_equal(reading.ending, HOSTMEM_TRACE_DAMAGED);
    assert_string_equal(reading.problem.text, "the trace ends in the middle of a round");
    trace_file_free(&file);
}

/* ---- Sources other than a file in memory ---- */

/* Rounds of the maximum size, with events that claim to be in the future, each older than the one before. */
typedef struct endless {
    trace_file round;
    size_t at;
    unsigned rounds;
    uint64_t sequence;
} endless;

static void next_round(endless *endless, uint32_t events)
{
    trace_file *file = &endless->round;

    if (endless->rounds)
        file->size = 0;
    else
        trace_file_begin(file);
    file->sequence = endless->sequence;
    for (uint32_t i = 0; i < events; i++)
        add_event(file, UINT64_MAX - endless->rounds * HOSTMEM_TRACE_MAX_ROUND - i, 1);
    add_sample(file, 1000000);
    endless->sequence = file->sequence;
    endless->at = 0;
    endless->rounds++;
}

static bool read_endless(void *context, void *buffer, size_t bytes, size_t *got)
{
    endless *endless = context;

    /* Two rounds that fill the reader, and a little more. */
    if (endless->at == endless->round.size && endless->rounds < 3)
        next_round(endless, endless->rounds < 2 ? HOSTMEM_TRACE_MAX_ROUND : 100);
    *got = bytes < endless->round.size - endless->at ? bytes : endless->round.size - endless->at;
    memcpy(buffer, endless->round.bytes + endless->at, *got);
    endless->at += *got;
    return true;
}

static void file_cannot_make_the_reader_grow(void **state)
{
    endless endless = {.rounds = 0};
    hostmem_trace_source source = {.context = &endless, .read = read_endless};
    reading reading = read_source(&source);

    (void)state;
    assert_int_equal(reading.ending, HOSTMEM_TRACE_CUT_OFF);
    assert_int_equal(reading.items[HOSTMEM_TRACE_ITEM_EVENT], 2 * HOSTMEM_TRACE_MAX_ROUND + 100);
    assert_int_equal(reading.items[HOSTMEM_TRACE_ITEM_SAMPLE], 3);
    /* Each of the hundred is older than an event that had to be delivered before it for lack of space. */
    assert_int_equal(reading.counts.late, 100);
    trace_file_free(&endless.round);
}

static void round_has_no_more_events_than_it_may(void **state)
{
    endless endless = {.rounds = 0};
    reading reading;

    (void)state;
    next_round(&endless, HOSTMEM_TRACE_MAX_ROUND + 1);
    reading = read_file(&endless.round);
    assert_int_equal(reading.ending, HOSTMEM_TRACE_DAMAGED);
    assert_string_equal(reading.problem.text, "a round has too many events");
    trace_file_free(&endless.round);
}

static bool read_a_little(void *context, void *buffer, size_t bytes, size_t *got)
{
    trace_memory *memory = context;

    if (bytes > memory->size - memory->at)
        return *got = 0, false;
    memcpy(buffer, (const char *)memory->bytes + memory->at, bytes);
    memory->at += *got = bytes;
    return true;
}

static void source_that_cannot_be_read_is_a_problem(void **state)
{
    trace_memory memory;
    hostmem_trace_source source = {.context = &memory, .read = read_a_little};
    trace_file file;
    reading reading;

    (void)state;
    begin_small(&file);
    for (size_t size = 0; size < file.size; size += 8) {
        memory = (trace_memory){file.bytes, size, 0};
        reading = read_source(&source);
        assert_int_equal(reading.opened, size >= 64);
        assert_true(!reading.opened || reading.ending == HOSTMEM_TRACE_DAMAGED);
        assert_string_equal(reading.problem.text, "the file cannot be read");
    }
    trace_file_free(&file);
}

static void file_that_is_not_there_is_a_problem(void **state)
{
    hostmem_trace_problem problem;

    (void)state;
    assert_null(hostmem_trace_reader_open("no such folder/no such file", &problem));
    assert_non_null(strstr(problem.text, "the file cannot be opened"));
    hostmem_trace_reader_close(NULL);
}

static int as_format_1(void **state)
{
    (void)state;
    trace_file_major = 1;
    return 0;
}

static int as_format_2(void **state)
{
    (void)state;
    trace_file_major = 2;
    return 0;
}

#define OF_FORMAT(n, test) cmocka_unit_test_setup(test, as_format_##n)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OF_FORMAT(1, everything_is_delivered_in_order),
        OF_FORMAT(2, everything_is_delivered_in_order),
        OF_FORMAT(1, every_field_of_a_record_arrives),
        OF_FORMAT(2, every_field_of_a_record_arrives),
        OF_FORMAT(1, events_of_two_rounds_are_put_in_order),
        OF_FORMAT(2, events_of_two_rounds_are_put_in_order),
        OF_FORMAT(1, equal_times_stay_in_the_order_of_the_file),
        OF_FORMAT(2, equal_times_stay_in_the_order_of_the_file),
        OF_FORMAT(1, what_comes_too_late_is_delivered_and_said_to_be_late),
        OF_FORMAT(2, what_comes_too_late_is_delivered_and_said_to_be_late),
        OF_FORMAT(1, what_a_later_minor_version_adds_is_passed_over),
        OF_FORMAT(1, what_is_wrong_is_said_in_words),
        OF_FORMAT(1, file_cut_off_at_any_byte_is_read_up_to_there),
        OF_FORMAT(2, file_cut_off_at_any_byte_is_read_up_to_there),
        OF_FORMAT(1, no_changed_bit_is_overlooked),
        OF_FORMAT(2, no_changed_bit_is_overlooked),
        OF_FORMAT(2, what_is_wrong_with_a_packed_record_is_said_in_words),
        OF_FORMAT(2, packed_records_are_not_alike),
        OF_FORMAT(2, what_a_later_minor_version_packs_is_passed_over),
        OF_FORMAT(2, what_is_packed_is_read_again),
        OF_FORMAT(2, stacks_share_frames_with_the_one_before),
        OF_FORMAT(1, blocks_of_one_record_have_one),
        OF_FORMAT(1, blocks_have_a_size_that_they_may_have),
        OF_FORMAT(1, end_is_the_end),
        OF_FORMAT(2, end_is_the_end),
        OF_FORMAT(1, file_cannot_make_the_reader_grow),
        OF_FORMAT(2, file_cannot_make_the_reader_grow),
        OF_FORMAT(1, round_has_no_more_events_than_it_may),
        OF_FORMAT(2, round_has_no_more_events_than_it_may),
        OF_FORMAT(1, source_that_cannot_be_read_is_a_problem),
        OF_FORMAT(2, source_that_cannot_be_read_is_a_problem),
        cmocka_unit_test(file_that_is_not_there_is_a_problem),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
