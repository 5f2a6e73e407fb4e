/* A table of origins with their blocks in each run. See trace_scene_growth.h. */
#include "trace_scene_growth.h"

enum { HEAP = 1, START = 1000000, FRAMES = 6 };

static const struct {
    const char *name; /* NULL: a call path, or not known */
    int32_t line;
    uint64_t outermost; /* offset in host.exe; 0: not a path */
    struct {
        unsigned allocated, freed, size;
    } runs[2];
} origins[] = {
    {"cache.cpp", 10, 0, {{10, 0, 1000}, {50, 0, 1000}}},
    {"parser.cpp", 20, 0, {{5, 5, 100}, {500, 500, 100}}},
    {"shrinks.cpp", 1, 0, {{20, 0, 100}, {20, 18, 100}}},
    {"late.cpp", 7, 0, {{0, 0, 0}, {4, 0, 300}}},
    {NULL, 0, 0x600, {{3, 0, 64}, {3, 0, 64}}},
    {NULL, 0, 0x700, {{2, 0, 64}, {12, 0, 5000}}},
    {NULL, 0, 0, {{1, 0, 48}, {1, 0, 48}}},
};

static void event(trace_file *file, uint8_t what, uint64_t size, uint64_t block, uint64_t origin)
{
    bool is_request = what == HOSTMEM_TRACE_ALLOC;

    trace_file_event(file, &(hostmem_trace_event){
                               .ticks = file->ticks + 10,
                               .thread = 100,
                               .what = what,
                               .level = is_request ? 0 : HOSTMEM_TRACE_NO_LEVEL,
                               .address = HEAP,
                               .size = size,
                               .out = block,
                               .origin = origin,
                           });
}

void trace_scene_growth(trace_file *file, bool after)
{
    const uint64_t moved = after ? 0x5550000 : 0, clr = 0x7ff800000000 + moved, host = 0x140000000 + moved;
    hostmem_trace_sample sample = {.reserved_bytes = 1u << 20, .committed_bytes = after ? 0x30000 : 0x20000};
    uint64_t block = 0x20000000 + moved;

    trace_file_begin(file);
    trace_file_module(file, clr, 0x900000, "C:\\Windows\\clr.dll");
    trace_file_module(file, host, 0x20000, "C:\\host\\host.exe");
    for (uint64_t i = 0; i < sizeof(origins) / sizeof(*origins); i++) {
        uint64_t id = i + (after ? 1001 : 1);
        unsigned allocated = origins[i].runs[after].allocated, freed = origins[i].runs[after].freed;
        uint64_t frames[FRAMES] = {clr + 0x100, clr + 0x200, clr + 0x300, clr + 0x400, clr + 0x500};
        if (!allocated)
            continue;
        frames[FRAMES - 1] = host + origins[i].outermost;
        if (origins[i].name)
            trace_file_site(file, id, origins[i].name, origins[i].line);
        else if (origins[i].outermost)
            trace_file_stack(file, id, frames, FRAMES);
        else
            id = 0;
        for (unsigned made = 0; made < allocated; made++)
            event(file, HOSTMEM_TRACE_ALLOC, origins[i].runs[after].size, block + (uint64_t)0x2000 * made, id);
        for (unsigned gone = 0; gone < freed; gone++)
            event(file, HOSTMEM_TRACE_FREE, 0, block + (uint64_t)0x2000 * gone, 0);
        block += 0x1000000;
        sample.heap_blocks += allocated - freed;
        sample.heap_bytes += (uint64_t)(allocated - freed) * origins[i].runs[after].size;
    }
    sample.ticks = file->ticks + 10;
    sample.peak_committed_bytes = 0x40000;
    sample.used_bytes = sample.committed_bytes + sample.heap_bytes;
    sample.peak_used_bytes = 0x40000 + sample.heap_bytes;
    trace_file_sample(file, &sample);
    trace_file_end(file, 0);
}
