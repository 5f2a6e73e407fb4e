/* libFuzzer's entry point for trace files: the reader, and what hostmem-trace does with every item, over any bytes.
 * The first byte says what is corrected first, so that changes get past those checks: bit 0 the checksums, bit 1
 * the sequence of blocks. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hostmem/trace_reader.h>

#include "names.h"
#include "origin_names.h"
#include "source.h"
#include "tally.h"
#include "trace_file.h"
#include "usage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool right, const char *what)
{
    if (right)
        return;
    printf("fuzz: %s\n", what);
    fflush(stdout);
    abort();
}

/* Numbers the blocks, as far as there are valid ones. */
static void fix_sequence(uint8_t *bytes, size_t size)
{
    hostmem_trace_file_header file;
    hostmem_trace_block_header block;
    uint64_t sequence = 0;

    if (size < sizeof(file))
        return;
    memcpy(&file, bytes, sizeof(file));
    for (size_t at = file.header_bytes; at <= size && size - at >= sizeof(block);
         at += sizeof(block) + block.payload_bytes) {
        memcpy(&block, bytes + at, sizeof(block));
        block.sequence = sequence++;
        memcpy(bytes + at, &block, sizeof(block));
    }
}

/* Reads every byte that an item points to. */
static uint32_t touch(const hostmem_trace_item *item)
{
    uint32_t sum = 0;

    expect(item->name_bytes <= HOSTMEM_TRACE_MAX_NAME, "a name is too long");
    for (uint32_t i = 0; i < item->name_bytes; i++)
        sum += (uint8_t)item->name[i];
    if (item->kind == HOSTMEM_TRACE_ITEM_STACK) {
        expect(item->as.stack->frame_count <= HOSTMEM_TRACE_MAX_FRAMES, "a stack is too deep");
        for (uint32_t i = 0; i < item->as.stack->frame_count; i++)
            sum += (uint32_t)item->frames[i];
    }
    return sum;
}

/* Every number has a name that fits into its buffer. */
static void name(const origins *origins, const hostmem_trace_event *event)
{
    char text[NAME_TEXT];

    expect(strcmp(name_of_event(event->what), "unknown") != 0, "an event of an unknown kind is delivered");
    expect(strlen(name_of_result(event->result, text)) < 40, "a result has no name");
    expect(strlen(name_of_memory_type(event->type, text)) < NAME_TEXT - 1, "a type has no name");
    expect(strlen(name_of_protection(event->protect, text)) < NAME_TEXT - 1, "a protection has no name");
    expect(strlen(name_of_size(event->size, text)) < 20, "a size has no name");
    expect(strlen(origins_text(origins, event->origin, text)) < NAME_TEXT, "an origin has no name");
}

static void read_all(hostmem_trace_reader *reader)
{
    static usage usage; /* too large for the stack */
    static tally tally;
    origins origins = {0};
    uint64_t newest = 0, delivered = 0;
    hostmem_trace_item item;
    hostmem_trace_reader_counts counts;

    usage = (struct usage){0};
    tally = (struct tally){0};
    while (hostmem_trace_reader_next(reader, &item)) {
        touch(&item);
        if (item.kind <= HOSTMEM_TRACE_ITEM_SAMPLE) {
            expect(item.late == (item.ticks < newest), "items are out of order");
            newest = item.late ? newest : item.ticks;
        }
        tally_add(&tally, &item);
        origins_add(&origins, &item);
        if (item.kind != HOSTMEM_TRACE_ITEM_EVENT)
            continue;
        delivered++;
        usage_add_event(&usage, item.as.event);
        name(&origins, item.as.event);
    }
    counts = hostmem_trace_reader_get_counts(reader);
    expect(delivered == tally.events && delivered + counts.unknown <= counts.events, "events were made up");
    expect(hostmem_trace_reader_ending(reader) != HOSTMEM_TRACE_COMPLETE || delivered + counts.unknown == counts.events,
           "events were lost");
    expect((hostmem_trace_reader_ending(reader) == HOSTMEM_TRACE_COMPLETE) ==
               !hostmem_trace_reader_problem(reader)->text[0],
           "an ending is not explained");
    expect(hostmem_trace_reader_ending(reader) != HOSTMEM_TRACE_READING, "it has not ended");
    usage_free(&usage);
    origins_free(&origins);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    trace_memory memory = {0};
    hostmem_trace_problem problem;
    hostmem_trace_source source;
    hostmem_trace_reader *reader;
    uint8_t *bytes;

    if (!size)
        return -1;
    bytes = malloc(size); /* separate memory, so that reading past the end is detected */
    memcpy(bytes, data + 1, size - 1);
    if (data[0] & 2)
        fix_sequence(bytes, size - 1);
    if (data[0] & 1)
        trace_file_fix_sums(bytes, size - 1);
    memory.bytes = bytes;
    memory.size = size - 1;
    source = hmi_trace_source_of_memory(&memory);
    reader = hostmem_trace_reader_open_source(&source, &problem);
    expect((reader != NULL) == !problem.text[0], "a refusal is not explained");
    if (reader)
        read_all(reader);
    hostmem_trace_reader_close(reader);
    free(bytes);
    return 0;
}
