/* Checks headers, checksums and sequence numbers. See blocks.h. */
#include "blocks.h"

#include <inttypes.h>
#include <string.h>

#include "decode.h"

enum {
    FILE_HEADER_BYTES = sizeof(hostmem_trace_file_header),
    BLOCK_HEADER_BYTES = sizeof(hostmem_trace_block_header),
    MAX_HEADER_BYTES = 0x10000 /* of any minor version; anything larger is not a header */
};

/* *got is less than bytes only at the end of the file. */
static bool read_bytes(trace_blocks *blocks, void *buffer, size_t bytes, size_t *got)
{
    *got = 0;
    if (!blocks->source.read(blocks->source.context, buffer, bytes, got))
        return hmi_trace_problem_set(&blocks->problem, blocks->offset, "the file cannot be read");
    blocks->offset += *got;
    return true;
}

static bool is_power_of_two(uint32_t number)
{
    return number && !(number & (number - 1));
}

/* What is wrong with a header whose checksum is right, or NULL. */
static const char *header_mistake(const hostmem_trace_file_header *file)
{
    if (file->header_bytes < FILE_HEADER_BYTES || file->header_bytes % 8 || file->header_bytes > MAX_HEADER_BYTES)
        return "header_bytes";
    if (!file->ticks_per_second)
        return "ticks_per_second";
    if (file->pointer_bytes != 4 && file->pointer_bytes != 8)
        return "pointer_bytes";
    if (!is_power_of_two(file->page_bytes))
        return "page_bytes";
    if (!is_power_of_two(file->granularity) || file->granularity < file->page_bytes)
        return "granularity";
    return NULL;
}

static bool check_file_header(trace_blocks *blocks, const unsigned char *bytes, size_t got)
{
    hostmem_trace_file_header *file = &blocks->file;
    hostmem_trace_problem *problem = &blocks->problem;
    const char *mistake;

    /* A file of another type is reported as such even if it is short. */
    if (!got || memcmp(bytes, HOSTMEM_TRACE_MAGIC, got < 8 ? got : 8) != 0)
        return hmi_trace_problem_set(problem, 0, got ? "this is not a trace of hostmem" : "the file is empty");
    if (got < FILE_HEADER_BYTES)
        return hmi_trace_problem_set(problem, got, "the file ends in its header");
    hmi_trace_decode_file_header(bytes, file);
    if (file->major < HOSTMEM_TRACE_OLDEST_MAJOR || file->major > HOSTMEM_TRACE_MAJOR)
        return hmi_trace_problem_set(problem, 8, "the trace is of version %u.%u; this program reads versions %u to %u",
                                     file->major, file->minor, HOSTMEM_TRACE_OLDEST_MAJOR, HOSTMEM_TRACE_MAJOR);
    if (file->crc != hmi_trace_sums_of(&blocks->sums, bytes, offsetof(hostmem_trace_file_header, crc)))
        return hmi_trace_problem_set(problem, offsetof(hostmem_trace_file_header, crc),
                                     "the checksum of the header is wrong");
    mistake = header_mistake(file);
    return !mistake || hmi_trace_problem_set(problem, 0, "the header is invalid: %s", mistake);
}

bool hmi_trace_blocks_begin(trace_blocks *blocks)
{
    size_t got, more;

    hmi_trace_sums_begin(&blocks->sums);
    if (!read_bytes(blocks, blocks->payload, FILE_HEADER_BYTES, &got) ||
        !check_file_header(blocks, blocks->payload, got))
        return false;
    more = blocks->file.header_bytes - FILE_HEADER_BYTES;
    return read_bytes(blocks, blocks->payload, more, &got) &&
           (got == more || hmi_trace_problem_set(&blocks->problem, blocks->offset, "the file ends in its header"));
}

static bool check_block_header(trace_blocks *blocks, const unsigned char *bytes, uint64_t offset)
{
    const hostmem_trace_block_header *block = &blocks->block;
    hostmem_trace_problem *problem = &blocks->problem;

    hmi_trace_decode_block_header(bytes, &blocks->block);
    if (block->magic != HOSTMEM_TRACE_BLOCK_MAGIC)
        return hmi_trace_problem_set(problem, offset, "there is no block where one should begin");
    if (block->header_crc != hmi_trace_sums_of(&blocks->sums, bytes, offsetof(hostmem_trace_block_header, header_crc)))
        return hmi_trace_problem_set(problem, offset, "the checksum of a block's header is wrong");
    if (block->sequence != blocks->sequence)
        return hmi_trace_problem_set(problem, offset, "block %" PRIu64 " is where block %" PRIu64 " should be",
                                     block->sequence, blocks->sequence);
    if (block->payload_bytes > HOSTMEM_TRACE_MAX_PAYLOAD || block->payload_bytes % 8)
        return hmi_trace_problem_set(problem, offset, "a block cannot have %" PRIu32 " bytes", block->payload_bytes);
    if (block->record_bytes % 8 ||
        (block->record_bytes && (uint64_t)block->record_bytes * block->record_count != block->payload_bytes))
        return hmi_trace_problem_set(problem, offset, "%" PRIu32 " records of %u bytes do not fill a block of %" PRIu32,
                                     block->record_count, block->record_bytes, block->payload_bytes);
    return true;
}

/* The file has ended early. The message says up to where it is valid, and how many bytes follow. */
static bool cut_off(trace_blocks *blocks, uint64_t good)
{
    blocks->cut_off = true;
    return hmi_trace_problem_set(&blocks->problem, good,
                                 "the file is cut off: its last %" PRIu64 " bytes are part of a block",
                                 blocks->offset - good);
}

bool hmi_trace_blocks_next(trace_blocks *blocks)
{
    unsigned char header[BLOCK_HEADER_BYTES];
    uint64_t begin = blocks->offset;
    size_t got;

    if (!read_bytes(blocks, header, sizeof(header), &got))
        return false;
    if (!got) {
        blocks->cut_off = true;
        return hmi_trace_problem_set(&blocks->problem, begin, "the file is cut off: its end is missing");
    }
    if (got < sizeof(header))
        return cut_off(blocks, begin);
    if (!check_block_header(blocks, header, begin))
        return false;
    blocks->payload_offset = blocks->offset;
    if (!read_bytes(blocks, blocks->payload, blocks->block.payload_bytes, &got))
        return false;
    if (got < blocks->block.payload_bytes)
        return cut_off(blocks, begin);
    if (blocks->block.payload_crc != hmi_trace_sums_of(&blocks->sums, blocks->payload, got))
        return hmi_trace_problem_set(&blocks->problem, blocks->payload_offset, "the checksum of a block is wrong");
    blocks->sequence++;
    return true;
}

bool hmi_trace_blocks_end(trace_blocks *blocks)
{
    unsigned char byte;
    size_t got;

    if (blocks->source.finish)
        blocks->source.finish(blocks->source.context);
    if (!read_bytes(blocks, &byte, 1, &got))
        return false;
    return !got ||
           hmi_trace_problem_set(&blocks->problem, blocks->offset - 1, "something follows the end of the trace");
}
