/* Writes traces. See trace_file.h. */
#include "trace_file.h"

#include <stdlib.h>
#include <string.h>

static const unsigned char zeroes[8] = {0};

enum {
    FILE_HEADER_BYTES = sizeof(hostmem_trace_file_header),
    BLOCK_HEADER_BYTES = sizeof(hostmem_trace_block_header),
    BLOCK_BYTES = 0x10000 /* of events, until a new block is begun */
};

unsigned trace_file_major = HOSTMEM_TRACE_MAJOR;

static void add(trace_file *file, const void *bytes, size_t size)
{
    if (size > file->room - file->size) {
        file->room = 2 * file->room + size;
        file->bytes = realloc(file->bytes, file->room);
        if (!file->bytes) {
            fputs("trace_file: there is no memory\n", stderr);
            exit(1);
        }
    }
    if (size)
        memcpy(file->bytes + file->size, bytes, size);
    file->size += size;
}

void trace_file_begin(trace_file *file)
{
    hostmem_trace_file_header header = {
        .magic = HOSTMEM_TRACE_MAGIC,
        .major = (uint16_t)trace_file_major,
        .minor = trace_file_major == 1 ? 2 : HOSTMEM_TRACE_MINOR,
        .header_bytes = FILE_HEADER_BYTES,
        .ticks_per_second = 10000000,
        .start_ticks = 1000000,
        .start_time = 134169264000000000,
        .process_id = 4242,
        .pointer_bytes = 8,
        .page_bytes = 4096,
        .granularity = 65536,
    };

    *file = (trace_file){.ticks = header.start_ticks, .major = trace_file_major};
    header.crc = hostmem_trace_crc(&header, offsetof(hostmem_trace_file_header, crc));
    add(file, &header, sizeof(header));
}

void trace_file_free(trace_file *file)
{
    free(file->bytes);
    *file = (trace_file){0};
}

/* ---- Blocks ---- */

/* Writes the header of the block at offset with correct checksums, over a payload that is there. */
static void seal(unsigned char *bytes, hostmem_trace_block_header *header)
{
    header->payload_crc = hostmem_trace_crc(bytes + BLOCK_HEADER_BYTES, header->payload_bytes);
    header->header_crc = hostmem_trace_crc(header, offsetof(hostmem_trace_block_header, header_crc));
    memcpy(bytes, header, sizeof(*header));
}

static void open_block(trace_file *file, uint16_t kind, uint16_t record_bytes)
{
    hostmem_trace_block_header header = {
        .magic = HOSTMEM_TRACE_BLOCK_MAGIC,
        .kind = kind,
        .record_bytes = record_bytes,
        .sequence = file->sequence++,
    };

    trace_file_close_block(file);
    file->pack = (hmi_trace_pack){0};
    file->block = file->size;
    file->block_open = true;
    add(file, &header, sizeof(header));
}

void trace_file_close_block(trace_file *file)
{
    hostmem_trace_block_header header;

    if (!file->block_open)
        return;
    memcpy(&header, file->bytes + file->block, sizeof(header));
    if (header.kind == HOSTMEM_TRACE_BLOCK_PACKED)
        add(file, zeroes, (8 - (file->size - file->block) % 8) % 8);
    header.payload_bytes = (uint32_t)(file->size - file->block - BLOCK_HEADER_BYTES);
    seal(file->bytes + file->block, &header);
    file->block_open = false;
    if (!file->output)
        return;
    if (fwrite(file->bytes, 1, file->size, file->output) != file->size) {
        fputs("trace_file: the file cannot be written\n", stderr);
        exit(1);
    }
    file->written += file->size;
    file->size = 0;
}

/* Counts one more record of a block that has this kind. */
static void count_record(trace_file *file, uint16_t kind, uint16_t record_bytes)
{
    hostmem_trace_block_header header = {0};

    if (file->block_open)
        memcpy(&header, file->bytes + file->block, sizeof(header));
    if (header.kind != kind || file->size - file->block > BLOCK_BYTES) {
        open_block(file, kind, record_bytes);
        memcpy(&header, file->bytes + file->block, sizeof(header));
    }
    header.record_count++;
    memcpy(file->bytes + file->block, &header, sizeof(header));
}

/* Adds one record, padded with zeroes. */
static void add_record(trace_file *file, uint16_t kind, uint16_t record_bytes, const void *record, size_t bytes,
                       const void *tail, size_t tail_bytes)
{
    count_record(file, kind, record_bytes);
    add(file, record, bytes);
    add(file, tail, tail_bytes);
    add(file, zeroes, (8 - tail_bytes % 8) % 8);
}

void trace_file_block(trace_file *file, uint16_t kind, uint16_t record_bytes, uint32_t record_count,
                      const void *payload, uint32_t payload_bytes)
{
    hostmem_trace_block_header header;

    open_block(file, kind, record_bytes);
    memcpy(&header, file->bytes + file->block, sizeof(header));
    header.record_count = record_count;
    memcpy(file->bytes + file->block, &header, sizeof(header));
    add(file, payload, payload_bytes);
    trace_file_close_block(file);
}

/* ---- Records ---- */

void trace_file_event(trace_file *file, const hostmem_trace_event *event)
{
    unsigned char record[HMI_TRACE_PACK_BYTES];

    file->events++;
    file->ticks = event->ticks;
    if (file->major > 1) {
        count_record(file, HOSTMEM_TRACE_BLOCK_PACKED, 0);
        add(file, record, hmi_trace_pack_event(&file->pack, record, event));
        return;
    }
    add_record(file, HOSTMEM_TRACE_BLOCK_EVENTS, sizeof(*event), event, sizeof(*event), NULL, 0);
}

void trace_file_region(trace_file *file, const hostmem_trace_region *region)
{
    add_record(file, HOSTMEM_TRACE_BLOCK_REGIONS, sizeof(*region), region, sizeof(*region), NULL, 0);
}

void trace_file_site(trace_file *file, uint64_t id, const char *name, int32_t line)
{
    hostmem_trace_site site = {.id = id, .line = line, .name_bytes = (uint32_t)strlen(name)};

    add_record(file, HOSTMEM_TRACE_BLOCK_SITES, 0, &site, sizeof(site), name, site.name_bytes);
}

void trace_file_stack(trace_file *file, uint64_t id, const uint64_t *frames, uint32_t frame_count)
{
    hostmem_trace_stack stack = {.id = id, .frame_count = frame_count};
    unsigned char record[HMI_TRACE_PACK_BYTES];

    if (file->major > 1) {
        count_record(file, HOSTMEM_TRACE_BLOCK_PACKED, 0);
        add(file, record, hmi_trace_pack_stack(&file->pack, record, &stack, frames));
        return;
    }
    add_record(file, HOSTMEM_TRACE_BLOCK_STACKS, 0, &stack, sizeof(stack), frames, frame_count * sizeof(*frames));
}

void trace_file_module(trace_file *file, uint64_t address, uint64_t size, const char *name)
{
    hostmem_trace_module module = {.address = address, .size = size, .name_bytes = (uint32_t)strlen(name)};

    add_record(file, HOSTMEM_TRACE_BLOCK_MODULES, 0, &module, sizeof(module), name, module.name_bytes);
}

void trace_file_thread(trace_file *file, uint32_t id, const char *name)
{
    hostmem_trace_thread thread = {.id = id, .name_bytes = (uint32_t)strlen(name)};

    add_record(file, HOSTMEM_TRACE_BLOCK_THREADS, 0, &thread, sizeof(thread), name, thread.name_bytes);
}

void trace_file_sample(trace_file *file, const hostmem_trace_sample *sample)
{
    unsigned char record[HMI_TRACE_PACK_BYTES];

    file->ticks = sample->ticks;
    if (file->major > 1) {
        count_record(file, HOSTMEM_TRACE_BLOCK_PACKED, 0);
        add(file, record, hmi_trace_pack_sample(&file->pack, record, sample));
    } else {
        add_record(file, HOSTMEM_TRACE_BLOCK_SAMPLES, sizeof(*sample), sample, sizeof(*sample), NULL, 0);
    }
    trace_file_close_block(file);
}

void trace_file_end(trace_file *file, uint64_t events_dropped)
{
    hostmem_trace_end end = {.ticks = file->ticks, .events_written = file->events, .events_dropped = events_dropped};

    add_record(file, HOSTMEM_TRACE_BLOCK_END, sizeof(end), &end, sizeof(end), NULL, 0);
    trace_file_close_block(file);
}

/* ---- Damage ---- */

size_t trace_file_find_block(const trace_file *file, unsigned nth)
{
    size_t at = FILE_HEADER_BYTES;
    hostmem_trace_block_header header;

    for (; at < file->size && nth; nth--) {
        memcpy(&header, file->bytes + at, sizeof(header));
        at += sizeof(header) + header.payload_bytes;
    }
    return at;
}

void trace_file_put(trace_file *file, size_t offset, unsigned width, uint64_t value)
{
    for (; width; width--, value >>= 8)
        file->bytes[offset++] = (unsigned char)value;
}

void trace_file_fix_sums(unsigned char *bytes, size_t size)
{
    hostmem_trace_file_header file;
    hostmem_trace_block_header header;
    size_t at;

    if (size < sizeof(file))
        return;
    memcpy(&file, bytes, sizeof(file));
    file.crc = hostmem_trace_crc(&file, offsetof(hostmem_trace_file_header, crc));
    memcpy(bytes, &file, sizeof(file));
    for (at = file.header_bytes; at <= size && size - at >= sizeof(header);
         at += sizeof(header) + header.payload_bytes) {
        memcpy(&header, bytes + at, sizeof(header));
        if (header.payload_bytes > size - at - sizeof(header))
            return;
        seal(bytes + at, &header);
    }
}
