/* The scenes. Times are in microseconds since the start; results and memory types are the format's numbers, without
 * the Windows headers. See trace_scenes.h. */
#include "trace_scenes.h"

#include <string.h>

#define OUT_OF_MEMORY 0x8007000eu
#define INVALID_ARGUMENT 0x80070057u
#define INVALID_OPERATION 0x80131022u
#define NOT_AVAILABLE 0x80131023u
#define TIMED_OUT 0x80131024u
#define INVALID_ADDRESS 0x800701e7u

enum {
    COMMIT = 0x1000,
    RESERVE = 0x2000,
    DECOMMIT = 0x4000,
    RELEASE = 0x8000,
    READONLY = 2,
    READWRITE = 4,
    EXECUTE_READWRITE = 0x40,
    TASK = 0,
    APP_DOMAIN = 1,
    PROCESS = 2,
    THREADSAFE = 1
};

static uint64_t ticks_at(uint64_t microseconds)
{
    return 1000000 + 10 * microseconds;
}

/* An event with the usual fields: at a time, by thread 100. */
static hostmem_trace_event at(uint64_t microseconds, uint8_t what)
{
    return (hostmem_trace_event){
        .ticks = ticks_at(microseconds), .thread = 100, .what = what, .level = HOSTMEM_TRACE_NO_LEVEL};
}

static void create_malloc(trace_file *file, uint64_t time, uint64_t id)
{
    hostmem_trace_event event = at(time, HOSTMEM_TRACE_CREATE_MALLOC);

    event.type = THREADSAFE;
    event.out = id;
    trace_file_event(file, &event);
}

static void alloc(trace_file *file, uint64_t time, uint64_t heap, uint64_t size, uint64_t block, uint64_t origin,
                  uint32_t result)
{
    hostmem_trace_event event = at(time, origin && origin < 200 ? HOSTMEM_TRACE_DEBUG_ALLOC : HOSTMEM_TRACE_ALLOC);

    event.level = TASK;
    event.address = heap;
    event.size = size;
    event.out = block;
    event.origin = origin;
    event.result = result;
    trace_file_event(file, &event);
}

/* Precedes the event of the call. by: HOSTMEM_TRACE_BY_BUDGET or HOSTMEM_TRACE_BY_SYSTEM. */
static void refused(trace_file *file, uint64_t time, uint64_t size, uint8_t level, uint32_t result, uint32_t by,
                    uint32_t error)
{
    hostmem_trace_event event = at(time, HOSTMEM_TRACE_REFUSED);

    event.size = size;
    event.level = level;
    event.result = result;
    event.type = by;
    event.value = error;
    trace_file_event(file, &event);
}

static void free_block(trace_file *file, uint64_t time, uint64_t heap, uint64_t block, uint32_t result)
{
    hostmem_trace_event event = at(time, HOSTMEM_TRACE_FREE);

    event.address = heap;
    event.out = block;
    event.result = result;
    trace_file_event(file, &event);
}

static void release_heap(trace_file *file, uint64_t time, uint64_t heap)
{
    hostmem_trace_event event = at(time, HOSTMEM_TRACE_HEAP_RELEASED);

    event.address = heap;
    trace_file_event(file, &event);
}

static void virtual_alloc(trace_file *file, uint64_t time, uint64_t address, uint64_t size, uint32_t type,
                          uint32_t protect, uint8_t level, uint64_t out, uint32_t result)
{
    hostmem_trace_event event = at(time, HOSTMEM_TRACE_VIRTUAL_ALLOC);

    event.address = address;
    event.size = size;
    event.type = type;
    event.protect = protect;
    event.level = level;
    event.out = out;
    event.result = result;
    trace_file_event(file, &event);
}

static void virtual_free(trace_file *file, uint64_t time, uint64_t address, uint64_t size, uint32_t type,
                         uint32_t result)
{
    hostmem_trace_event event = at(time, HOSTMEM_TRACE_VIRTUAL_FREE);

    event.address = address;
    event.size = size;
    event.type = type;
    event.result = result;
    trace_file_event(file, &event);
}

static void virtual_protect(trace_file *file, uint64_t time, uint64_t address, uint64_t size, uint32_t protect,
                            uint32_t before, uint32_t result)
{
    hostmem_trace_event event = at(time, HOSTMEM_TRACE_VIRTUAL_PROTECT);

    event.address = address;
    event.size = size;
    event.protect = protect;
    event.value = before;
    event.result = result;
    trace_file_event(file, &event);
}

static void virtual_query(trace_file *file, uint64_t time, uint64_t address)
{
    hostmem_trace_event event = at(time, HOSTMEM_TRACE_VIRTUAL_QUERY);

    event.address = address;
    event.size = 48;
    event.out = 48;
    trace_file_event(file, &event);
}

static void get_memory_load(trace_file *file, uint64_t time)
{
    hostmem_trace_event event = at(time, HOSTMEM_TRACE_GET_MEMORY_LOAD);

    event.value = 41;
    event.out = 1234567890;
    trace_file_event(file, &event);
}

static void region(trace_file *file, uint64_t address, uint64_t size, uint64_t allocation, uint32_t state,
                   uint32_t protect)
{
    const hostmem_trace_region region = {address, size, allocation, state, protect, HOSTMEM_TRACE_PAGES, 0};

    trace_file_region(file, &region);
}

/* For kinds that only have an address, a size or a value. */
static void other(trace_file *file, uint64_t time, uint8_t what, uint64_t address, uint64_t size, uint32_t value)
{
    hostmem_trace_event event = at(time, what);

    event.address = address;
    event.size = size;
    event.value = value;
    trace_file_event(file, &event);
}

void trace_scene_life(trace_file *file)
{
    static const uint64_t frames[] = {0x7ff800001234, 0x140000456, 0x10};
    hostmem_trace_sample sample = {.ticks = ticks_at(45)};

    trace_file_begin(file);
    trace_file_module(file, 0x7ff800000000, 0x900000, "C:\\Windows\\Microsoft.NET\\Framework64\\v4.0.30319\\clr.dll");
    trace_file_module(file, 0x140000000, 0x20000, "C:\\host\\host.exe");
    trace_file_site(file, 101, "gc.cpp", 120);
    trace_file_site(file, 102, "a \"strange\", name.cpp", 7);
    trace_file_stack(file, 201, frames, 3);
    other(file, 10, HOSTMEM_TRACE_REGISTER_CALLBACK, 0x7ff800500000, 0, 0);
    create_malloc(file, 20, 1);
    alloc(file, 30, 1, 1000, 0x20001000, 101, 0);
    alloc(file, 32, 1, 64, 0x20003000, 0, 0);
    alloc(file, 31, 1, 2000, 0x20002000, 102, 0); /* in the file before an event that was earlier */
    alloc(file, 33, 1, 48, 0x20004000, 201, 0);
    free_block(file, 40, 1, 0x20001000, 0);
    sample.heap_bytes = sample.used_bytes = 2112;
    sample.heap_blocks = 3;
    sample.peak_used_bytes = 3112;
    trace_file_sample(file, &sample);

    virtual_alloc(file, 50, 0, 0x100000, RESERVE, READWRITE, TASK, 0x10000000, 0);
    virtual_alloc(file, 60, 0x10000000, 0x10000, COMMIT, READWRITE, TASK, 0x10000000, 0);
    virtual_alloc(file, 61, 0x10010800, 0x2000, COMMIT, READWRITE, TASK, 0x10010000, 0);
    virtual_protect(file, 70, 0x10000000, 0x1000, READONLY, READWRITE, 0);
    virtual_query(file, 80, 0x10000123);
    virtual_free(file, 90, 0x10010000, 0x3000, DECOMMIT, 0);
    virtual_alloc(file, 100, 0, 0x200000, RESERVE | COMMIT, EXECUTE_READWRITE, PROCESS, 0x30000000, 0);
    virtual_free(file, 110, 0x30000000, 0, RELEASE, 0);
    get_memory_load(file, 120);
    create_malloc(file, 130, 2);
    alloc(file, 131, 2, 0, 0x20005000, 0, 0);
    alloc(file, 132, 2, 100, 0x20006000, 101, 0);
    release_heap(file, 140, 2);

    virtual_alloc(file, 150, 0, 0, RESERVE, READWRITE, TASK, 0, INVALID_ARGUMENT);
    virtual_protect(file, 151, 0x10080000, 0x1000, READONLY, 0, INVALID_ARGUMENT);
    free_block(file, 152, 1, 0, 0);
    free_block(file, 153, 1, 0x20001000, INVALID_OPERATION); /* a second time */
    sample = (hostmem_trace_sample){
        .ticks = ticks_at(200),
        .reserved_bytes = 0x100000,
        .committed_bytes = 0x10000,
        .heap_bytes = 2112,
        .heap_blocks = 3,
        .used_bytes = 0x10000 + 2112,
        .peak_committed_bytes = 0x210000,
        .peak_used_bytes = 0x210000 + 2112,
    };
    trace_file_sample(file, &sample);
    trace_file_end(file, 0);
}

void trace_scene_pressure(trace_file *file)
{
    hostmem_trace_event event;
    hostmem_trace_sample sample = {.ticks = ticks_at(1000), .limit_bytes = 0x100000, .high_bytes = 0x80000};

    trace_file_begin(file);
    region(file, 0x50000000, 0x2000, 0x50000000, RESERVE, 0);
    region(file, 0x50002000, 0x4000, 0x50000000, COMMIT, READWRITE);
    region(file, 0x50006000, 0x1000, 0x50000000, COMMIT, READONLY);
    region(file, 0x50007000, 0x9000, 0x50000000, RESERVE, 0);
    region(file, 0x51000000, 0x1000, 0x51000000, COMMIT, EXECUTE_READWRITE);
    region(file, 0x52001000, 0x1000, 0x52000000, COMMIT, READWRITE); /* the event that made it is missing */
    sample.low_bytes = 0xe0000;
    sample.neutral_bytes = 0xc0000;
    /* Memory from before the trace. */
    virtual_free(file, 500, 0x50002000, 0x1000, DECOMMIT, 0);
    virtual_protect(file, 510, 0x50006000, 0x1000, READWRITE, READONLY, 0);
    virtual_free(file, 520, 0x51000000, 0, RELEASE, 0);
    alloc(file, 530, 77, 50, 0x20009000, 0, 0);
    free_block(file, 540, 77, 0x20009000, 0);
    free_block(file, 550, 77, 0x2000a000, 0);

    virtual_alloc(file, 600, 0, 0x70000, RESERVE | COMMIT, READWRITE, TASK, 0x10000000, 0);
    sample.committed_bytes = sample.peak_committed_bytes = sample.used_bytes = sample.peak_used_bytes = 0x74000;
    sample.reserved_bytes = 0x80000;
    trace_file_sample(file, &sample);

    other(file, 1500, HOSTMEM_TRACE_NOTIFICATION, 0, 0, 1);
    refused(file, 1990, 0x100000, TASK, OUT_OF_MEMORY, HOSTMEM_TRACE_BY_BUDGET, 1455);
    virtual_alloc(file, 2000, 0, 0x100000, RESERVE | COMMIT, READWRITE, TASK, 0, OUT_OF_MEMORY);
    refused(file, 2090, 0x100000, APP_DOMAIN, OUT_OF_MEMORY, HOSTMEM_TRACE_BY_SYSTEM, 1455);
    virtual_alloc(file, 2100, 0, 0x100000, RESERVE | COMMIT, READWRITE, APP_DOMAIN, 0, OUT_OF_MEMORY);
    event = at(2900, HOSTMEM_TRACE_WAITED);
    event.size = 0x100000;
    event.level = APP_DOMAIN;
    event.value = 500;
    event.result = TIMED_OUT;
    trace_file_event(file, &event);
    refused(file, 2910, 0x100000, APP_DOMAIN, TIMED_OUT, HOSTMEM_TRACE_BY_SYSTEM, 8);
    virtual_alloc(file, 3000, 0, 0x100000, RESERVE | COMMIT, READWRITE, APP_DOMAIN, 0, TIMED_OUT);
    create_malloc(file, 3100, 1);
    alloc(file, 3200, 1, 100, 0x20001000, 999, 0); /* nothing describes this origin */
    refused(file, 3290, 10, TASK, OUT_OF_MEMORY, HOSTMEM_TRACE_BY_BUDGET, 8);
    event = at(3300, HOSTMEM_TRACE_ALLOC);
    event.level = TASK;
    event.flags = HOSTMEM_TRACE_INJECTED;
    event.address = 1;
    event.size = 10;
    event.result = OUT_OF_MEMORY;
    trace_file_event(file, &event);
    other(file, 3400, HOSTMEM_TRACE_NEEDS_ADDRESS_SPACE, 0, 0x10000, 0);
    other(file, 3500, HOSTMEM_TRACE_ACQUIRED_ADDRESS_SPACE, 0x60000000, 0x10000, 0);
    other(file, 3600, HOSTMEM_TRACE_RELEASED_ADDRESS_SPACE, 0x60000000, 0, 0);
    virtual_protect(file, 3700, 0x70000000, 0x1000, READONLY, 0, INVALID_ADDRESS); /* memory that is not the
                                                                                    * manager's */
    sample.ticks = ticks_at(4000);
    sample.heap_bytes = 100;
    sample.heap_blocks = 1;
    sample.refused[TASK] = sample.refused[APP_DOMAIN] = 2;
    sample.notifications[0] = 1;
    sample.used_bytes = sample.peak_used_bytes = 0x74000 + 100;
    sample.events_dropped = 3;
    trace_file_sample(file, &sample);

    other(file, 4100, HOSTMEM_TRACE_LIMIT, 0, 0x200000, 0);
    virtual_alloc(file, 4200, 0, 0x100000, RESERVE | COMMIT, READWRITE, TASK, 0x10100000, 0);
    other(file, 4300, HOSTMEM_TRACE_CLOSED, 0, 0, 1);
    virtual_alloc(file, 4400, 0, 0x1000, RESERVE, READWRITE, PROCESS, 0, NOT_AVAILABLE);
    other(file, 4500, HOSTMEM_TRACE_NOTIFICATION, 0, 0, 2);
    sample.ticks = ticks_at(5000);
    sample.limit_bytes = 0x200000;
    sample.reserved_bytes = 0x180000;
    sample.committed_bytes = sample.peak_committed_bytes = 0x174000;
    sample.used_bytes = sample.peak_used_bytes = 0x174000 + 100;
    trace_file_sample(file, &sample);
    sample.ticks = ticks_at(6000);
    trace_file_sample(file, &sample);
    virtual_query(file, 950, 0x10000000); /* later than the format allows */
    sample.ticks = ticks_at(7000);
    trace_file_sample(file, &sample);
    trace_file_end(file, 3);
}

/* ---- Large ---- */

enum {
    LARGE_THREADS = 4,
    LARGE_BLOCKS = 4096, /* live, of each thread */
    LARGE_ROUND = 20000, /* events */
    LARGE_ORIGINS = 500
};

void trace_scene_names(trace_file *file)
{
    static const char *const names[] = {
        "=HYPERLINK(\"http://x\";\"y\").c",
        "+1.c",
        "-1.c",
        "@sum.c",
        "\xef\xbc\x9d"
        "1.c",         /* a full-width = */
        "a;=1;b;-2.c", /* where the semicolon separates cells */
        "harmless=1;2.c",
        "\tx\r\n.c", /* control characters */
        "bell\x07 csi\xc2\x9b"
        "2J.c", /* the second is a control character of terminals */
        "J\xc3\xb6rg.c",
        "J\xf6rg.c",                       /* the same in Latin-1 */
        "\xff\xc3(\xed\xa0\x80\xc0\x80.c", /* an invalid byte, a cut character, a surrogate, an overlong form */
        "",                                /* see below */
    };
    static const char *const overloads[] = {"calls::keep(int[])", "calls::keep(char[])"};
    char long_name[200];
    uint64_t i;

    /* What is kept of it begins in the middle of a character. */
    memset(long_name, 'x', sizeof(long_name));
    for (i = 0; i < 90; i++)
        memcpy(long_name + 2 * i, "\xc3\xa4", 2);
    memcpy(long_name + 181, ".c", 3);
    trace_file_begin(file);
    for (i = 0; i < sizeof(names) / sizeof(*names); i++)
        trace_file_site(file, i + 1, *names[i] ? names[i] : long_name, 7);
    create_malloc(file, 1, 1);
    for (i = 0; i < sizeof(names) / sizeof(*names); i++)
        alloc(file, 10 + i, 1, 10 * (i + 1), 0x20001000 + 64 * i, i + 1, 0);
    for (i = 0; i < 2; i++) {
        trace_file_site(file, 100 + i, overloads[i], 7);
        alloc(file, 50 + i, 1, 1 + i, 0x20002000 + 64 * i, 100 + i, 0);
    }
    trace_file_sample(file, &(hostmem_trace_sample){.ticks = ticks_at(100)});
    trace_file_end(file, 0);
}

void trace_scene_large(trace_file *file, FILE *output, uint64_t bytes)
{
    static uint32_t sizes[LARGE_THREADS][LARGE_BLOCKS]; /* 0: not live */
    hostmem_trace_sample sample = {.limit_bytes = (uint64_t)1 << 30};
    uint32_t random = 1;
    uint64_t time = 0;

    memset(sizes, 0, sizeof(sizes));
    trace_file_begin(file);
    file->output = output;
    for (uint32_t i = 0; i < LARGE_ORIGINS; i++)
        trace_file_site(file, 1 + i, i % 2 ? "clr\\src\\vm\\loaderheap.cpp" : "clr\\src\\gc\\gc.cpp", (int32_t)i);
    for (uint32_t i = 0; i < LARGE_THREADS; i++)
        create_malloc(file, time, 1 + i);
    while (file->written < bytes) {
        for (uint32_t i = 0; i < LARGE_ROUND; i++) {
            uint32_t thread, slot, *size;
            hostmem_trace_event event;
            random = random * 1664525 + 1013904223;
            thread = random >> 8 & 3;
            slot = random >> 12 & (LARGE_BLOCKS - 1);
            size = &sizes[thread][slot];
            event = at(++time, *size ? HOSTMEM_TRACE_FREE : HOSTMEM_TRACE_DEBUG_ALLOC);
            event.thread = 100 + thread;
            event.address = 1 + thread;
            event.out = 0x10000000 + ((uint64_t)thread << 32) + 0x10000 * (uint64_t)slot;
            sample.heap_bytes -= *size;
            if (*size) {
                *size = 0;
                sample.heap_blocks--;
            } else {
                event.level = TASK;
                event.size = *size = 16 + (random >> 20 & 1023);
                event.origin = 1 + (random >> 24) % LARGE_ORIGINS;
                sample.heap_bytes += *size;
                sample.heap_blocks++;
            }
            trace_file_event(file, &event);
        }
        sample.ticks = ticks_at(time);
        sample.used_bytes = sample.heap_bytes;
        if (sample.used_bytes > sample.peak_used_bytes)
            sample.peak_used_bytes = sample.used_bytes;
        trace_file_sample(file, &sample);
    }
    trace_file_end(file, 0);
}
