/* Packed records are, byte by byte, what hostmem/trace_format.h says. Longer ones are read again by trace_packed.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <hostmem/trace_format.h>
#include <string.h>

#include "trace/trace_pack.h"
#include "trace_packed.h"

typedef struct packed_bytes {
    unsigned char at[HMI_TRACE_PACK_BYTES];
    size_t count;
} packed_bytes;

#define expect_bytes(packed, ...)                                  \
    do {                                                           \
        static const unsigned char expected[] = {__VA_ARGS__};     \
        const packed_bytes bytes_ = (packed);                      \
        assert_int_equal(bytes_.count, sizeof expected);           \
        assert_memory_equal(bytes_.at, expected, sizeof expected); \
    } while (0)

static packed_bytes pack_event(hmi_trace_pack *pack, hostmem_trace_event event)
{
    packed_bytes bytes;
    bytes.count = hmi_trace_pack_event(pack, bytes.at, &event);
    return bytes;
}

static void an_event_is_its_differences(void **state)
{
    hmi_trace_pack pack = {0};
    hostmem_trace_event event = {.ticks = 300, .thread = 5, .what = HOSTMEM_TRACE_ALLOC, .level = 255, .address = 1};
    (void)state;
    event.size = 64;
    event.out = 0x1000;
    /* mask: out, size, address, thread, level; ticks 300 */
    expect_bytes(pack_event(&pack, event), 6, 0x8f, 2, 0xd8, 4, 0x80, 0x40, 0x80, 1, 2, 10, 0xfe, 3);
    expect_bytes(pack_event(&pack, event), 6, 0, 0);
    event.ticks--;
    event.out -= 0x10;
    expect_bytes(pack_event(&pack, event), 6, 1, 1, 31);
    /* Another kind has nothing before it but the thread. */
    event = (hostmem_trace_event){.ticks = 300, .thread = 5, .what = HOSTMEM_TRACE_FREE, .out = 0xff0};
    expect_bytes(pack_event(&pack, event), 8, 1, 2, 0xe0, 0x3f);
    event.thread = 4;
    expect_bytes(pack_event(&pack, event), 8, 8, 0, 1);
    event = (hostmem_trace_event){
        .ticks = 300, .thread = 4, .what = HOSTMEM_TRACE_ALLOC, .level = 255, .address = 1, .size = 64, .out = 0xff0};
    expect_bytes(pack_event(&pack, event), 6, 0, 0);
}

/* One field after the other is changed by one. */
static void every_field_has_its_bit(void **state)
{
    hmi_trace_pack pack = {0};
    hostmem_trace_event event = {.what = HOSTMEM_TRACE_VIRTUAL_ALLOC};
    (void)state;
    event.out++;
    expect_bytes(pack_event(&pack, event), 1, 1, 0, 2);
    event.size++;
    expect_bytes(pack_event(&pack, event), 1, 2, 0, 2);
    event.address++;
    expect_bytes(pack_event(&pack, event), 1, 4, 0, 2);
    event.thread++;
    expect_bytes(pack_event(&pack, event), 1, 8, 0, 2);
    event.origin++;
    expect_bytes(pack_event(&pack, event), 1, 16, 0, 2);
    event.value++;
    expect_bytes(pack_event(&pack, event), 1, 32, 0, 2);
    event.type++;
    expect_bytes(pack_event(&pack, event), 1, 64, 0, 2);
    event.protect++;
    expect_bytes(pack_event(&pack, event), 1, 0x80, 1, 0, 2);
    event.level++;
    expect_bytes(pack_event(&pack, event), 1, 0x80, 2, 0, 2);
    event.flags++;
    expect_bytes(pack_event(&pack, event), 1, 0x80, 4, 0, 2);
    event.result++;
    expect_bytes(pack_event(&pack, event), 1, 0x80, 8, 0, 2);
}

static void the_largest_number_takes_ten_bytes(void **state)
{
    hmi_trace_pack pack = {0};
    hostmem_trace_event event = {.what = HOSTMEM_TRACE_FREE, .out = (uint64_t)1 << 63};
    (void)state;
    expect_bytes(pack_event(&pack, event), 8, 1, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1);
}

static void a_sample_has_its_figures_that_are_not_0(void **state)
{
    hmi_trace_pack pack = {.ticks = 100};
    hostmem_trace_sample sample = {.ticks = 110, .events_dropped = 1, .heap_bytes = 300};
    packed_bytes bytes;
    (void)state;
    sample.notifications[2] = 2;
    bytes.count = hmi_trace_pack_sample(&pack, bytes.at, &sample);
    expect_bytes(bytes, 0, 2, 0xa1, 0x80, 0x80, 1, 20, 1, 0xac, 2, 2);
    sample.reserved = 3;
    bytes.count = hmi_trace_pack_sample(&pack, bytes.at, &sample);
    expect_bytes(bytes, 0, 2, 0xa1, 0x80, 0x80, 3, 0, 1, 0xac, 2, 2, 3);
}

static void a_stack_has_the_frames_that_the_one_before_has_not(void **state)
{
    static const uint64_t first[] = {3, 4, 5}, second[] = {2, 4, 5};
    hmi_trace_pack pack = {0};
    packed_bytes bytes;
    (void)state;
    bytes.count = hmi_trace_pack_stack(&pack, bytes.at, &(hostmem_trace_stack){.id = 16, .frame_count = 3}, first);
    expect_bytes(bytes, 0, 5, 32, 3, 0, 10, 1, 1);
    bytes.count = hmi_trace_pack_stack(&pack, bytes.at, &(hostmem_trace_stack){.id = 8, .frame_count = 3}, second);
    expect_bytes(bytes, 0, 5, 15, 3, 2, 3);
    bytes.count = hmi_trace_pack_stack(&pack, bytes.at, &(hostmem_trace_stack){.id = 9, .frame_count = 1}, second + 2);
    expect_bytes(bytes, 0, 5, 2, 1, 1);
}

static void no_record_is_longer_than_its_room(void **state)
{
    static uint64_t frames[HOSTMEM_TRACE_MAX_FRAMES];
    hmi_trace_pack pack = {0};
    hostmem_trace_sample sample;
    hostmem_trace_event event;
    packed_bytes bytes;
    size_t i;
    (void)state;
    memset(&event, 0x7f, sizeof event);
    event.what = HOSTMEM_TRACE_NAMED;
    assert_true(pack_event(&pack, event).count <= HMI_TRACE_PACK_BYTES);
    memset(&sample, 0xff, sizeof sample);
    assert_true(hmi_trace_pack_sample(&pack, bytes.at, &sample) <= HMI_TRACE_PACK_BYTES);
    for (i = 0; i < HOSTMEM_TRACE_MAX_FRAMES; i++)
        frames[i] = i % 2 ? (uint64_t)1 << 63 : 0;
    assert_true(
        hmi_trace_pack_stack(&pack, bytes.at,
                             &(hostmem_trace_stack){.id = (uint64_t)1 << 63, .frame_count = HOSTMEM_TRACE_MAX_FRAMES},
                             frames) <= HMI_TRACE_PACK_BYTES);
}

static void events_are_read_again(void **state)
{
    enum { EVENTS = 5000 };
    static unsigned char payload[EVENTS * 160];
    static hostmem_trace_event events[EVENTS];
    static trace_packed packed;
    hmi_trace_pack pack = {0};
    uint64_t random = 1;
    size_t bytes = 0, i, at;
    (void)state;
    for (i = 0; i < EVENTS; i++) {
        hostmem_trace_event *event = &events[i];
        for (at = 0; at < sizeof *event; at++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            ((unsigned char *)event)[at] = random >> 60 ? 0 : (unsigned char)(random >> 40);
        }
        event->what = (uint8_t)(1 + (random >> 33) % HOSTMEM_TRACE_NAMED);
        bytes += hmi_trace_pack_event(&pack, payload + bytes, event);
    }
    trace_packed_begin(&packed, payload, (UINT32)bytes, EVENTS);
    for (i = 0; i < EVENTS; i++) {
        hostmem_trace_event event;
        assert_int_equal(trace_packed_kind(&packed), HOSTMEM_TRACE_BLOCK_EVENTS);
        assert_true(trace_packed_event(&packed, &event));
        assert_memory_equal(&event, &events[i], sizeof event);
    }
    assert_true(packed.at == packed.end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_its_differences),
        cmocka_unit_test(every_field_has_its_bit),
        cmocka_unit_test(the_largest_number_takes_ten_bytes),
        cmocka_unit_test(a_sample_has_its_figures_that_are_not_0),
        cmocka_unit_test(a_stack_has_the_frames_that_the_one_before_has_not),
        cmocka_unit_test(no_record_is_longer_than_its_room),
        cmocka_unit_test(events_are_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
