/* Rules: VirtualAlloc, flag by flag, and with unaligned sizes and addresses. */
#include "check.h"

#include <string.h>

static void fresh_memory_is_zero(subject *subject)
{
    unsigned i;
    for (i = 0; i < 20; i++) {
        SIZE_T size = (1 + i) * GRANULE;
        char *memory = take_pages(subject, NULL, size, i % 2 ? MEM_RESERVE | MEM_COMMIT : MEM_COMMIT, PAGE_READWRITE);
        expect_bytes(memory, size, 0, "memory from VirtualAlloc");
        memset(memory, 0x5a, size);
        give_pages(subject, memory, 0, MEM_RELEASE);
    }
}

static void real_memory(subject *subject)
{
    char *memory = take_pages(subject, NULL, 3 * GRANULE, MEM_RESERVE, PAGE_READWRITE);
    MEMORY_BASIC_INFORMATION region = region_at(memory);
    expect(region.AllocationBase == memory, "the reservation at %p belongs to an allocation at %p", (void *)memory,
           region.AllocationBase);
    expect(region.State == MEM_RESERVE && region.Type == MEM_PRIVATE, "the reservation has state 0x%lx and type 0x%lx",
           (unsigned long)region.State, (unsigned long)region.Type);
    expect(region.RegionSize == 3 * GRANULE, "the reservation has 0x%p bytes", (void *)region.RegionSize);
    take_pages(subject, memory, GRANULE, MEM_COMMIT, PAGE_READWRITE);
    region = region_at(memory);
    expect(region.State == MEM_COMMIT && region.RegionSize == GRANULE, "64 KiB committed: state 0x%lx for 0x%p bytes",
           (unsigned long)region.State, (void *)region.RegionSize);
    expect(VirtualLock(memory, PAGE) && VirtualUnlock(memory, PAGE), "VirtualLock or VirtualUnlock: error %lu",
           (unsigned long)GetLastError());
}

static void released_memory_is_free(subject *subject)
{
    char *memory = take_pages(subject, NULL, 4 * PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    give_pages(subject, memory, 0, MEM_RELEASE);
    expect(region_at(memory).State == MEM_FREE, "released memory has state 0x%lx",
           (unsigned long)region_at(memory).State);
}

static void commit_at_null(subject *subject)
{
    char *memory = take_pages(subject, NULL, 5 * PAGE, MEM_COMMIT, PAGE_READWRITE);
    expect(region_at(memory).State == MEM_COMMIT, "MEM_COMMIT at NULL commits nothing");
    memset(memory, 1, 5 * PAGE);
    give_pages(subject, memory, 0, MEM_RELEASE);
}

static void odd_sizes(subject *subject)
{
    char *memory = take_pages(subject, NULL, 5 * PAGE + 1, MEM_RESERVE, PAGE_NOACCESS), *start;
    MEMORY_BASIC_INFORMATION region = region_at(memory);
    expect(region.RegionSize == 6 * PAGE, "a reservation of 5 pages and a byte has 0x%p bytes",
           (void *)region.RegionSize);
    start = take_pages(subject, memory + PAGE - 1, 2, MEM_COMMIT, PAGE_READWRITE);
    expect(start == memory, "a commit at %p returns %p, not the page that holds it", (void *)(memory + PAGE - 1),
           (void *)start);
    region = region_at(memory);
    expect(region.State == MEM_COMMIT && region.RegionSize == 2 * PAGE,
           "a commit of the 2 bytes around a page border: state 0x%lx for 0x%p bytes", (unsigned long)region.State,
           (void *)region.RegionSize);
    take_pages(subject, memory + 3 * PAGE, PAGE + 1, MEM_COMMIT, PAGE_READWRITE);
    expect(region_at(memory + 4 * PAGE).State == MEM_COMMIT,
           "a commit of a page and a byte leaves the second page out");
    give_pages(subject, memory + PAGE - 1, 2, MEM_DECOMMIT);
    expect(region_at(memory).State == MEM_RESERVE && region_at(memory + PAGE).State == MEM_RESERVE,
           "a decommit of the 2 bytes around a page border leaves one of the pages");
    give_pages(subject, memory, 0, MEM_RELEASE);
}

/* An address that was free just now, in the middle of free address space. */
static char *free_place(void)
{
    char *place = VirtualAlloc(NULL, 16 * GRANULE, MEM_RESERVE, PAGE_NOACCESS);
    expect(place && VirtualFree(place, 0, MEM_RELEASE), "the system has no address space for the test itself");
    return place + 4 * GRANULE;
}

static void hinted_reserve(subject *subject)
{
    char *place = free_place(), *memory = take_pages(subject, place + 100, PAGE, MEM_RESERVE, PAGE_READWRITE);
    void *out = POISON;
    HRESULT hr;
    expect(memory == place, "a reservation requested at %p, which is free, is at %p", (void *)(place + 100),
           (void *)memory);
    give_pages(subject, memory, 0, MEM_RELEASE);

    place = foreign_pages(2 * PAGE);
    memset(place, 0x33, 2 * PAGE);
    check_doing("VirtualAlloc(MEM_RESERVE) at an address that is in use");
    hr = IHostMemoryManager_VirtualAlloc(subject->manager, place, PAGE, MEM_RESERVE, PAGE_READWRITE, eTaskCritical,
                                         &out);
    expect(FAILED(hr), "a reservation requested at %p, which is in use, returned 0x%08lx and is at %p", (void *)place,
           (unsigned long)hr, out);
    expect_bytes(place, 2 * PAGE, 0x33, "memory at an address that is in use");
}

static void top_down(subject *subject)
{
    char *memory = take_pages(subject, NULL, GRANULE, MEM_RESERVE | MEM_COMMIT | MEM_TOP_DOWN, PAGE_READWRITE);
    memset(memory, 1, GRANULE);
    give_pages(subject, memory, 0, MEM_RELEASE);
    memory = take_pages(subject, NULL, GRANULE, MEM_RESERVE | MEM_TOP_DOWN, PAGE_READWRITE);
    take_pages(subject, memory, PAGE, MEM_COMMIT, PAGE_READWRITE);
    give_pages(subject, memory, 0, MEM_RELEASE);
}

static void protections_are_kept(subject *subject)
{
    static const DWORD protections[] = {PAGE_NOACCESS,
                                        PAGE_READONLY,
                                        PAGE_READWRITE,
                                        PAGE_EXECUTE,
                                        PAGE_EXECUTE_READ,
                                        PAGE_EXECUTE_READWRITE,
                                        PAGE_READWRITE | PAGE_GUARD};
    const unsigned count = sizeof protections / sizeof *protections;
    char *memory = take_pages(subject, NULL, count * PAGE, MEM_RESERVE, PAGE_NOACCESS);
    unsigned i;
    for (i = 0; i < count; i++)
        take_pages(subject, memory + i * PAGE, PAGE, MEM_COMMIT, protections[i]);
    for (i = 0; i < count; i++) {
        DWORD protect = region_at(memory + i * PAGE).Protect;
        expect(protect == protections[i], "a page committed with protection 0x%lx has 0x%lx",
               (unsigned long)protections[i], (unsigned long)protect);
    }
    give_pages(subject, memory, 0, MEM_RELEASE);
}

static void large_reservation(subject *subject)
{
#ifdef _WIN64
    SIZE_T size = ((SIZE_T)4 << 30) + GRANULE;
#else
    SIZE_T size = 64 * MEBIBYTE;
#endif
    char *memory = take_pages(subject, NULL, size, MEM_RESERVE, PAGE_READWRITE);
    MEMORY_BASIC_INFORMATION region = region_at(memory);
    expect(region.RegionSize == size, "a segment of 0x%p bytes has 0x%p", (void *)size, (void *)region.RegionSize);
    take_pages(subject, memory + size - PAGE, PAGE, MEM_COMMIT, PAGE_READWRITE);
    memory[size - 1] = 1;
    give_pages(subject, memory, size - PAGE, MEM_DECOMMIT);
    expect(memory[size - 1] == 1, "a decommit of all pages but the last has freed the last");
    give_pages(subject, memory, 0, MEM_RELEASE);
    expect(region_at(memory + size - PAGE).State == MEM_FREE, "the end of a released segment is not free");
}

const rule page_rules[] = {
    {"fresh_memory_is_zero", "4", "memory from VirtualAlloc is zero", fresh_memory_is_zero},
    {"real_memory", "4", "a reservation is made by the system, and can be locked", real_memory},
    {"released_memory_is_free", "4", "MEM_RELEASE frees the address space", released_memory_is_free},
    {"commit_at_null", "4", "MEM_COMMIT at NULL reserves as well", commit_at_null},
    {"odd_sizes", "4", "unaligned sizes and addresses apply to whole pages", odd_sizes},
    {"hinted_reserve", "4", "a reservation is at the requested address, or fails", hinted_reserve},
    {"top_down", "4", "MEM_TOP_DOWN is accepted", top_down},
    {"protections_are_kept", "4", "pages are committed with the requested protection", protections_are_kept},
    {"large_reservation", "4", "segments may be larger than 4 GiB (64 MiB on 32-bit)", large_reservation},
    {0},
};
