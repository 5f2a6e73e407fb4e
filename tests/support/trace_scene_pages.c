/* See trace_scene_pages.h. */
#include "trace_scene_pages.h"

#define PAGE 0x1000ull
#define HEAP_BASE 0x10000000ull
#define VIEW 0x20000000ull
#define CODE 0x30000000ull

enum { COMMIT = 0x1000, RESERVE = 0x2000, DECOMMIT = 0x4000, RELEASE = 0x8000, READWRITE = 4 };
enum { COLLECTOR = 1, LOADER = 2, NEITHER = 0 };

static void event(trace_file *file, hostmem_trace_event one)
{
    one.ticks = file->ticks + 10;
    one.thread = 100;
    if (one.what == HOSTMEM_TRACE_VIRTUAL_FREE || one.what == HOSTMEM_TRACE_ACQUIRED_ADDRESS_SPACE ||
        one.what == HOSTMEM_TRACE_RELEASED_ADDRESS_SPACE)
        one.level = HOSTMEM_TRACE_NO_LEVEL;
    trace_file_event(file, &one);
}

static void allocate(trace_file *file, uint64_t asked, uint64_t out, uint64_t size, uint32_t type, uint64_t origin)
{
    event(file, (hostmem_trace_event){.what = HOSTMEM_TRACE_VIRTUAL_ALLOC,
                                      .type = type,
                                      .protect = READWRITE,
                                      .address = asked,
                                      .size = size,
                                      .out = out,
                                      .origin = origin});
}

static void give_back(trace_file *file, uint64_t address, uint64_t size, uint32_t type)
{
    event(file,
          (hostmem_trace_event){.what = HOSTMEM_TRACE_VIRTUAL_FREE, .type = type, .address = address, .size = size});
}

static void view(trace_file *file, uint8_t what, uint64_t size)
{
    event(file, (hostmem_trace_event){.what = what, .address = VIEW, .size = size});
}

void trace_scene_pages(trace_file *file, bool more)
{
    static const uint64_t frames[2][3] = {{0x7ff800000100, 0x7ff800000200, 0x140000300},
                                          {0x7ff800000110, 0x7ff800000200, 0x140000300}};
    hostmem_trace_sample sample = {.reserved_bytes = 1u << 20, .heap_bytes = 3000, .heap_blocks = 2};

    trace_file_begin(file);
    trace_file_module(file, 0x7ff800000000, 0x900000, "C:\\Windows\\clr.dll");
    trace_file_module(file, 0x140000000, 0x20000, "C:\\host\\host.exe");
    trace_file_stack(file, COLLECTOR, frames[0], 3);
    trace_file_stack(file, LOADER, frames[1], 3);
    allocate(file, 0, HEAP_BASE, 256 * PAGE, RESERVE, NEITHER);
    allocate(file, HEAP_BASE, HEAP_BASE, 16 * PAGE, COMMIT, COLLECTOR);
    allocate(file, HEAP_BASE + 16 * PAGE, HEAP_BASE + 16 * PAGE, 1, COMMIT, NEITHER);
    allocate(file, HEAP_BASE + 17 * PAGE, HEAP_BASE + 17 * PAGE, 15 * PAGE, COMMIT, COLLECTOR);
    give_back(file, HEAP_BASE + 8 * PAGE, 12 * PAGE, DECOMMIT); /* of both, and the page between them */
    view(file, HOSTMEM_TRACE_ACQUIRED_ADDRESS_SPACE, 32 * PAGE);
    allocate(file, VIEW, VIEW, 8 * PAGE, COMMIT, LOADER);
    allocate(file, 0, CODE, 4 * PAGE, RESERVE | COMMIT, LOADER);
    allocate(file, 0, CODE + 0x100000, 4 * PAGE, RESERVE | COMMIT, LOADER);
    give_back(file, CODE + 0x100000, 0, RELEASE);
    for (uint64_t i = 0; i < 3; i++) /* one is freed below */
        event(file, (hostmem_trace_event){.what = HOSTMEM_TRACE_ALLOC,
                                          .address = 1,
                                          .size = 1000 * (i + 1),
                                          .out = 0x40000000 + 0x10000 * i,
                                          .origin = i == 1 ? LOADER : NEITHER});
    event(file, (hostmem_trace_event){
                    .what = HOSTMEM_TRACE_FREE, .level = HOSTMEM_TRACE_NO_LEVEL, .address = 1, .out = 0x40020000});
    sample.committed_bytes = 32 * PAGE;
    if (more) {
        allocate(file, HEAP_BASE + 12 * PAGE, HEAP_BASE + 12 * PAGE, 64 * PAGE, COMMIT, COLLECTOR);
        view(file, HOSTMEM_TRACE_RELEASED_ADDRESS_SPACE, 0);
        sample.committed_bytes = 76 * PAGE;
    }
    sample.ticks = file->ticks + 10;
    sample.peak_committed_bytes = 100 * PAGE;
    sample.used_bytes = sample.committed_bytes + sample.heap_bytes;
    sample.peak_used_bytes = 101 * PAGE;
    trace_file_sample(file, &sample);
    trace_file_end(file, 0);
}
