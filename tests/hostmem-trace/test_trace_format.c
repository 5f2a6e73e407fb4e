/* The format of trace files has the sizes, offsets and checksum that its header documents. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <hostmem/trace_format.h>

#define SIZE(type, bytes) _Static_assert(sizeof(hostmem_trace_##type) == (bytes), "the size of hostmem_trace_" #type)
#define AT(type, field, bytes) \
    _Static_assert(offsetof(hostmem_trace_##type, field) == (bytes), "the place of " #field " in hostmem_trace_" #type)

SIZE(file_header, 64);
AT(file_header, magic, 0);
AT(file_header, major, 8);
AT(file_header, minor, 10);
AT(file_header, header_bytes, 12);
AT(file_header, ticks_per_second, 16);
AT(file_header, start_ticks, 24);
AT(file_header, start_time, 32);
AT(file_header, process_id, 40);
AT(file_header, pointer_bytes, 44);
AT(file_header, page_bytes, 48);
AT(file_header, granularity, 52);
AT(file_header, reserved, 56);
AT(file_header, crc, 60);

SIZE(block_header, 32);
AT(block_header, magic, 0);
AT(block_header, kind, 4);
AT(block_header, record_bytes, 6);
AT(block_header, record_count, 8);
AT(block_header, payload_bytes, 12);
AT(block_header, sequence, 16);
AT(block_header, payload_crc, 24);
AT(block_header, header_crc, 28);

SIZE(event, 64);
AT(event, ticks, 0);
AT(event, thread, 8);
AT(event, what, 12);
AT(event, level, 13);
AT(event, flags, 14);
AT(event, result, 16);
AT(event, type, 20);
AT(event, protect, 24);
AT(event, value, 28);
AT(event, address, 32);
AT(event, size, 40);
AT(event, out, 48);
AT(event, origin, 56);

SIZE(sample, 192);
AT(sample, ticks, 0);
AT(sample, events_dropped, 8);
AT(sample, reserved_bytes, 16);
AT(sample, committed_bytes, 24);
AT(sample, executable_bytes, 32);
AT(sample, mapped_bytes, 40);
AT(sample, heap_bytes, 48);
AT(sample, heap_blocks, 56);
AT(sample, used_bytes, 64);
AT(sample, limit_bytes, 72);
AT(sample, low_bytes, 80);
AT(sample, neutral_bytes, 88);
AT(sample, high_bytes, 96);
AT(sample, overdraft_bytes, 104);
AT(sample, peak_committed_bytes, 112);
AT(sample, peak_used_bytes, 120);
AT(sample, address_reserve_bytes, 128);
AT(sample, refused, 136);
AT(sample, notifications, 160);
AT(sample, reserved, 184);

SIZE(region, 40);
AT(region, address, 0);
AT(region, size, 8);
AT(region, allocation_address, 16);
AT(region, state, 24);
AT(region, protect, 28);
AT(region, kind, 32);
AT(region, reserved, 36);

SIZE(site, 16);
AT(site, id, 0);
AT(site, line, 8);
AT(site, name_bytes, 12);

SIZE(stack, 16);
AT(stack, id, 0);
AT(stack, frame_count, 8);
AT(stack, reserved, 12);

SIZE(module, 24);
AT(module, address, 0);
AT(module, size, 8);
AT(module, name_bytes, 16);
AT(module, reserved, 20);

SIZE(end, 32);
AT(end, ticks, 0);
AT(end, events_written, 8);
AT(end, events_dropped, 16);
AT(end, reserved, 24);

/* The check value in every description of this CRC, and two more of zlib's. */
static void sum_is_that_of_zlib(void **state)
{
    static const unsigned char zeroes[32] = {0};

    (void)state;
    assert_true(hostmem_trace_crc("123456789", 9) == 0xcbf43926u);
    assert_true(hostmem_trace_crc("", 0) == 0);
    assert_true(hostmem_trace_crc(zeroes, sizeof(zeroes)) == 0x190a55adu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sum_is_that_of_zlib)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
