/* Numbers the blocks, computes their checksums, and writes them. */
#include "trace/trace_output.h"

#include <string.h>

/* Another program that has the file open without sharing it for writing delays the trace until it closes the file, but
 * not the end of the trace for ever. */
#define RETRY_MS 100u
#define LAST_RETRIES 50

static UINT32 write_to_file(hmi_trace_output *output, const void *data, UINT32 bytes)
{
    hostmem_os *os = output->os;
    int retries = 0;
    UINT32 error;
    while ((error = os->file_write(os, output->file, data, bytes)) == ERROR_SHARING_VIOLATION) {
        if (atomic_load(output->stop) && retries++ == LAST_RETRIES)
            break;
        os->wait(os, output->event, 0, RETRY_MS);
    }
    return error;
}

bool hmi_trace_output_write(hmi_trace_output *output, const void *data, UINT32 bytes)
{
    HRESULT hr = atomic_load(&output->error);
    UINT32 error;
    if (FAILED(hr))
        return false;
    if (output->file) {
        error = write_to_file(output, data, bytes);
        hr = error ? HRESULT_FROM_WIN32(error) : S_OK;
    } else {
        hr = output->write(output->context, data, bytes);
    }
    if (FAILED(hr))
        atomic_store(&output->error, hr);
    else
        atomic_fetch_add(&output->written_bytes, bytes);
    return SUCCEEDED(hr);
}

void hmi_trace_output_yield(hmi_trace_output *output)
{
    if (output->file)
        output->os->file_yield(output->os, output->file);
}

/* Records may be of any length, blocks may not. */
static void pad(hmi_trace_block *block)
{
    while (block->header.payload_bytes % 8)
        block->payload[block->header.payload_bytes++] = 0;
}

void hmi_trace_output_flush(hmi_trace_output *output)
{
    hmi_trace_block *block = output->block;
    hostmem_trace_block_header *header = &block->header;
    if (!header->record_count)
        return;
    pad(block);
    header->magic = HOSTMEM_TRACE_BLOCK_MAGIC;
    header->payload_crc = hmi_crc_of(&block->crc, block->payload, header->payload_bytes);
    header->header_crc = hostmem_trace_crc(header, offsetof(hostmem_trace_block_header, header_crc));
    if (hmi_trace_output_write(output, block, (UINT32)sizeof *header + header->payload_bytes) && block->events)
        atomic_fetch_add(&output->events, block->events);
    header->sequence++;
    header->record_count = 0;
    header->payload_bytes = 0;
    block->events = 0;
}

/* Room in a block of this kind for a record of up to `bytes`, which is not counted yet. */
static unsigned char *make_room(hmi_trace_output *output, unsigned kind, UINT32 bytes)
{
    hostmem_trace_block_header *header = &output->block->header;
    if (header->record_count && (header->kind != kind || HMI_TRACE_PAYLOAD_BYTES - header->payload_bytes < bytes))
        hmi_trace_output_flush(output);
    header->kind = (uint16_t)kind;
    return output->block->payload + header->payload_bytes;
}

void *hmi_trace_output_add(hmi_trace_output *output, unsigned kind, UINT32 bytes, bool alike)
{
    hostmem_trace_block_header *header = &output->block->header;
    unsigned char *record = make_room(output, kind, bytes);
    header->record_bytes = (uint16_t)(alike ? bytes : 0);
    header->record_count++;
    header->payload_bytes += bytes;
    memset(record, 0, bytes);
    return record;
}

/* ---- Packed records ---- */

static unsigned char *make_packed_room(hmi_trace_output *output)
{
    hmi_trace_block *block = output->block;
    unsigned char *room = make_room(output, HOSTMEM_TRACE_BLOCK_PACKED, HMI_TRACE_PACK_BYTES);
    if (!block->header.record_count) {
        block->header.record_bytes = 0;
        memset(&block->pack, 0, sizeof block->pack);
    }
    return room;
}

static void take_packed(hmi_trace_block *block, SIZE_T bytes)
{
    block->header.record_count++;
    block->header.payload_bytes += (uint32_t)bytes;
}

void hmi_trace_output_add_event(hmi_trace_output *output, const hostmem_trace_event *event)
{
    unsigned char *to = make_packed_room(output);
    take_packed(output->block, hmi_trace_pack_event(&output->block->pack, to, event));
    output->block->events++;
}

void hmi_trace_output_add_sample(hmi_trace_output *output, const hostmem_trace_sample *sample)
{
    unsigned char *to = make_packed_room(output);
    take_packed(output->block, hmi_trace_pack_sample(&output->block->pack, to, sample));
    hmi_trace_output_flush(output);
}

void hmi_trace_output_add_stack(hmi_trace_output *output, const hostmem_trace_stack *stack, const uint64_t *frames)
{
    unsigned char *to = make_packed_room(output);
    take_packed(output->block, hmi_trace_pack_stack(&output->block->pack, to, stack, frames));
}
