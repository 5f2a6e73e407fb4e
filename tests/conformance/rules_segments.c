/* Rules: what the garbage collector and the loader do with their reservations. */
#include "check.h"
#include "code.h"

static void recommit_keeps_content(subject *subject)
{
    char *memory = take_pages(subject, NULL, 8 * PAGE, MEM_RESERVE, PAGE_READWRITE);
    take_pages(subject, memory, 4 * PAGE, MEM_COMMIT, PAGE_READWRITE);
    memset(memory, 0x77, 4 * PAGE);
    take_pages(subject, memory + PAGE, 5 * PAGE, MEM_COMMIT, PAGE_READWRITE);
    expect_bytes(memory, 4 * PAGE, 0x77, "what was already committed");
    expect_bytes(memory + 4 * PAGE, 2 * PAGE, 0, "what was newly committed");
    give_pages(subject, memory, 0, MEM_RELEASE);
}

static void decommit_takes_pages(subject *subject)
{
    char *memory = take_pages(subject, NULL, 8 * PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    memset(memory, 0x77, 8 * PAGE);
    give_pages(subject, memory + 2 * PAGE, 3 * PAGE, MEM_DECOMMIT);
    expect(region_at(memory + 2 * PAGE).State == MEM_RESERVE && region_at(memory + 2 * PAGE).RegionSize == 3 * PAGE,
           "three pages decommitted: state 0x%lx for 0x%p bytes", (unsigned long)region_at(memory + 2 * PAGE).State,
           (void *)region_at(memory + 2 * PAGE).RegionSize);
    take_pages(subject, memory + 2 * PAGE, 3 * PAGE, MEM_COMMIT, PAGE_READWRITE);
    expect_bytes(memory + 2 * PAGE, 3 * PAGE, 0, "pages decommitted and committed again");
    expect_bytes(memory, 2 * PAGE, 0x77, "pages before the decommitted ones");
    expect_bytes(memory + 5 * PAGE, 3 * PAGE, 0x77, "pages behind the decommitted ones");
    give_pages(subject, memory, 0, MEM_RELEASE);
}

static void decommit_of_the_whole(subject *subject)
{
    char *memory = take_pages(subject, NULL, 8 * PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    MEMORY_BASIC_INFORMATION region;
    memset(memory, 0x77, 8 * PAGE);
    give_pages(subject, memory, 0, MEM_DECOMMIT);
    region = region_at(memory);
    expect(region.State == MEM_RESERVE && region.AllocationBase == memory && region.RegionSize == 8 * PAGE,
           "a reservation decommitted by (base, 0) has state 0x%lx for 0x%p bytes", (unsigned long)region.State,
           (void *)region.RegionSize);
    take_pages(subject, memory, PAGE, MEM_COMMIT, PAGE_READWRITE);
    expect_bytes(memory, PAGE, 0, "a page committed after that");
    give_pages(subject, memory, 0, MEM_DECOMMIT);
    give_pages(subject, memory, 0, MEM_RELEASE);
    expect(region_at(memory).State == MEM_FREE, "the release after a whole decommit leaves the address space reserved");
}

static void decommit_of_nothing(subject *subject)
{
    char *memory = take_pages(subject, NULL, 4 * GRANULE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    HRESULT hr;
    memset(memory, 0x77, 4 * GRANULE);
    check_doing("VirtualFree(MEM_DECOMMIT) of size 0 at an address that is not a base");
    hr = IHostMemoryManager_VirtualFree(subject->manager, memory + GRANULE, 0, MEM_DECOMMIT);
    expect(FAILED(hr), "a decommit of size 0 at an address that is not a base returned 0x%08lx", (unsigned long)hr);
    expect(region_at(memory).State == MEM_COMMIT && region_at(memory).RegionSize == 4 * GRANULE,
           "a decommit of size 0 at an address that is not a base has freed pages");
    expect_bytes(memory, 4 * GRANULE, 0x77, "the reservation after a decommit of size 0");
    give_pages(subject, memory, 0, MEM_RELEASE);
}

static void write_watch(subject *subject)
{
    char *memory = take_pages(subject, NULL, 16 * PAGE, MEM_RESERVE | MEM_WRITE_WATCH, PAGE_READWRITE);
    void *written[16];
    ULONG_PTR count = 16;
    DWORD granularity = 0;
    UINT failed;
    take_pages(subject, memory, 8 * PAGE, MEM_COMMIT, PAGE_READWRITE);
    check_doing("ResetWriteWatch and GetWriteWatch");
    failed = ResetWriteWatch(memory, 8 * PAGE);
    expect(!failed, "ResetWriteWatch fails on memory reserved with MEM_WRITE_WATCH");
    memory[PAGE] = 1;
    memory[6 * PAGE + 5] = 1;
    failed = GetWriteWatch(WRITE_WATCH_FLAG_RESET, memory, 8 * PAGE, written, &count, &granularity);
    expect(!failed, "GetWriteWatch fails on memory reserved with MEM_WRITE_WATCH");
    expect(count == 2 && written[0] == memory + PAGE && written[1] == memory + 6 * PAGE,
           "GetWriteWatch reports %lu pages after writes to two", (unsigned long)count);
    give_pages(subject, memory, 0, MEM_RELEASE);
}

static void reset(subject *subject)
{
    char *memory = take_pages(subject, NULL, 8 * PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE), *at;
    at = take_pages(subject, memory + PAGE, 4 * PAGE, MEM_RESET, PAGE_READWRITE);
    expect(at == memory + PAGE, "MEM_RESET at %p gives %p", (void *)(memory + PAGE), (void *)at);
    expect(region_at(memory).State == MEM_COMMIT && region_at(memory).RegionSize == 8 * PAGE,
           "MEM_RESET has changed the state of pages");
    memset(memory, 0x44, 8 * PAGE);
    expect_bytes(memory, 8 * PAGE, 0x44, "pages written after MEM_RESET");
    give_pages(subject, memory, 0, MEM_RELEASE);
}

static void life_of_a_segment(subject *subject)
{
    const SIZE_T size = 16 * MEBIBYTE, step = 16 * PAGE;
    char *segment = take_pages(subject, NULL, size, MEM_RESERVE | MEM_WRITE_WATCH, PAGE_READWRITE);
    SIZE_T at;
    unsigned round;
    for (round = 0; round < 3; round++) {
        for (at = 0; at < 32 * step; at += step) { /* steps overlap by a page and are not multiples of one */
            take_pages(subject, segment + (at ? at - PAGE : 0), step + 1, MEM_COMMIT, PAGE_READWRITE);
            expect_bytes(segment + at + PAGE, step - PAGE, 0, "a step of a segment");
            memset(segment + at, 0x11, step);
        }
        expect_bytes(segment, 32 * step, 0x11, "a segment after all its steps");
        take_pages(subject, segment + 8 * step, 8 * step, MEM_RESET, PAGE_READWRITE);
        give_pages(subject, segment + 16 * step, size - 16 * step, MEM_DECOMMIT);
        expect_bytes(segment, 8 * step, 0x11, "the part of a segment that is kept");
        give_pages(subject, segment, 0, MEM_DECOMMIT);
    }
    give_pages(subject, segment, 0, MEM_RELEASE);
}

static void code_heap(subject *subject)
{
    char *heap = take_pages(subject, NULL, GRANULE, MEM_RESERVE, PAGE_NOACCESS), *at;
    for (at = heap; at < heap + GRANULE; at += 4 * PAGE) {
        take_pages(subject, at, 2 * PAGE, MEM_COMMIT, PAGE_EXECUTE_READWRITE);
        expect(region_at(at).Protect == PAGE_EXECUTE_READWRITE, "code committed with PAGE_EXECUTE_READWRITE has 0x%lx",
               (unsigned long)region_at(at).Protect);
        check_doing("code in memory from VirtualAlloc");
        run_code(at);
    }
    give_pages(subject, heap, 0, MEM_RELEASE);
}

/* Allocates and frees much more than the manager can hold at once. A manager with a limit must refund memory freed
 * in any way, and charge each page once. */
static void nothing_stays_charged(subject *subject)
{
    unsigned i;
    char *memory;
    for (i = 0; i < 600; i++) {
        memory = take_pages(subject, NULL, 64 * MEBIBYTE, MEM_RESERVE, PAGE_READWRITE);
        take_pages(subject, memory, 2 * MEBIBYTE, MEM_COMMIT, PAGE_READWRITE);
        take_pages(subject, memory + MEBIBYTE, 2 * MEBIBYTE, MEM_COMMIT, PAGE_READWRITE);
        if (i % 3)
            give_pages(subject, memory, i % 3 == 1 ? 0 : MEBIBYTE, MEM_DECOMMIT);
        give_pages(subject, memory, 0, MEM_RELEASE);
        give_block(subject->heap, take_block(subject->heap, 2 * MEBIBYTE));
    }
    memory = take_pages(subject, NULL, MEBIBYTE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    for (i = 0; i < 2000; i++)
        take_pages(subject, memory, MEBIBYTE, MEM_COMMIT, PAGE_READWRITE);
    give_pages(subject, memory, 0, MEM_RELEASE);
}

const rule segment_rules[] = {
    {"recommit_keeps_content", "4", "a commit over committed pages keeps their content", recommit_keeps_content},
    {"decommit_takes_pages", "4", "MEM_DECOMMIT frees those pages; committed again they are zero",
     decommit_takes_pages},
    {"decommit_of_the_whole", "4", "decommit of (base, 0) applies to the whole reservation, which stays",
     decommit_of_the_whole},
    {"decommit_of_nothing", "4", "decommit of size 0 elsewhere is refused and changes nothing", decommit_of_nothing},
    {"write_watch", "4", "MEM_WRITE_WATCH reaches the system: GetWriteWatch works", write_watch},
    {"reset", "4", "MEM_RESET is accepted and leaves the pages committed", reset},
    {"life_of_a_segment", "4", "a segment can be used as the collector uses it", life_of_a_segment},
    {"code_heap", "4", "code can be committed in a PAGE_NOACCESS reservation, and runs", code_heap},
    {"nothing_stays_charged", "4", "a limit is charged once and fully refunded", nothing_stays_charged},
    {0},
};
