/* Reads structs from bytes. See decode.h. */
#include "decode.h"

#include <string.h>

static uint16_t u16(const unsigned char *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

static uint32_t u32(const unsigned char *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static uint64_t u64(const unsigned char *at)
{
    return u32(at) | (uint64_t)u32(at + 4) << 32;
}

uint64_t hmi_trace_decode_u64(const unsigned char *bytes)
{
    return u64(bytes);
}

void hmi_trace_decode_file_header(const unsigned char *bytes, hostmem_trace_file_header *out)
{
    *out = (hostmem_trace_file_header){
        .major = u16(bytes + 8),
        .minor = u16(bytes + 10),
        .header_bytes = u32(bytes + 12),
        .ticks_per_second = u64(bytes + 16),
        .start_ticks = u64(bytes + 24),
        .start_time = u64(bytes + 32),
        .process_id = u32(bytes + 40),
        .pointer_bytes = u32(bytes + 44),
        .page_bytes = u32(bytes + 48),
        .granularity = u32(bytes + 52),
        .reserved = u32(bytes + 56),
        .crc = u32(bytes + 60),
    };
    memcpy(out->magic, bytes, sizeof(out->magic));
}

void hmi_trace_decode_block_header(const unsigned char *bytes, hostmem_trace_block_header *out)
{
    *out = (hostmem_trace_block_header){
        .magic = u32(bytes),
        .kind = u16(bytes + 4),
        .record_bytes = u16(bytes + 6),
        .record_count = u32(bytes + 8),
        .payload_bytes = u32(bytes + 12),
        .sequence = u64(bytes + 16),
        .payload_crc = u32(bytes + 24),
        .header_crc = u32(bytes + 28),
    };
}

void hmi_trace_decode_event(const unsigned char *bytes, hostmem_trace_event *out)
{
    *out = (hostmem_trace_event){
        .ticks = u64(bytes),
        .thread = u32(bytes + 8),
        .what = bytes[12],
        .level = bytes[13],
        .flags = u16(bytes + 14),
        .result = u32(bytes + 16),
        .type = u32(bytes + 20),
        .protect = u32(bytes + 24),
        .value = u32(bytes + 28),
        .address = u64(bytes + 32),
        .size = u64(bytes + 40),
        .out = u64(bytes + 48),
        .origin = u64(bytes + 56),
    };
}

void hmi_trace_decode_sample(const unsigned char *bytes, hostmem_trace_sample *out)
{
    *out = (hostmem_trace_sample){
        .ticks = u64(bytes),
        .events_dropped = u64(bytes + 8),
        .reserved_bytes = u64(bytes + 16),
        .committed_bytes = u64(bytes + 24),
        .executable_bytes = u64(bytes + 32),
        .mapped_bytes = u64(bytes + 40),
        .heap_bytes = u64(bytes + 48),
        .heap_blocks = u64(bytes + 56),
        .used_bytes = u64(bytes + 64),
        .limit_bytes = u64(bytes + 72),
        .low_bytes = u64(bytes + 80),
        .neutral_bytes = u64(bytes + 88),
        .high_bytes = u64(bytes + 96),
        .overdraft_bytes = u64(bytes + 104),
        .peak_committed_bytes = u64(bytes + 112),
        .peak_used_bytes = u64(bytes + 120),
        .address_reserve_bytes = u64(bytes + 128),
        .refused = {u64(bytes + 136), u64(bytes + 144), u64(bytes + 152)},
        .notifications = {u64(bytes + 160), u64(bytes + 168), u64(bytes + 176)},
        .reserved = u64(bytes + 184),
    };
}

void hmi_trace_decode_region(const unsigned char *bytes, hostmem_trace_region *out)
{
    *out = (hostmem_trace_region){
        .address = u64(bytes),
        .size = u64(bytes + 8),
        .allocation_address = u64(bytes + 16),
        .state = u32(bytes + 24),
        .protect = u32(bytes + 28),
        .kind = u32(bytes + 32),
        .reserved = u32(bytes + 36),
    };
}

void hmi_trace_decode_site(const unsigned char *bytes, hostmem_trace_site *out)
{
    *out = (hostmem_trace_site){.id = u64(bytes), .name_bytes = u32(bytes + 12)};
    /* Copied, because a number above INT32_MAX has no defined conversion. */
    uint32_t line = u32(bytes + 8);
    memcpy(&out->line, &line, sizeof(line));
}

void hmi_trace_decode_stack(const unsigned char *bytes, hostmem_trace_stack *out)
{
    *out = (hostmem_trace_stack){.id = u64(bytes), .frame_count = u32(bytes + 8), .reserved = u32(bytes + 12)};
}

void hmi_trace_decode_module(const unsigned char *bytes, hostmem_trace_module *out)
{
    *out = (hostmem_trace_module){
        .address = u64(bytes),
        .size = u64(bytes + 8),
        .name_bytes = u32(bytes + 16),
        .reserved = u32(bytes + 20),
    };
}

void hmi_trace_decode_thread(const unsigned char *bytes, hostmem_trace_thread *out)
{
    *out = (hostmem_trace_thread){.id = u32(bytes), .name_bytes = u32(bytes + 4)};
}

void hmi_trace_decode_end(const unsigned char *bytes, hostmem_trace_end *out)
{
    *out = (hostmem_trace_end){
        .ticks = u64(bytes),
        .events_written = u64(bytes + 8),
        .events_dropped = u64(bytes + 16),
        .reserved = u64(bytes + 24),
    };
}
