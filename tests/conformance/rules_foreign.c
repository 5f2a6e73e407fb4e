/* Rules: VirtualProtect and VirtualQuery, which must work for any address. */
#include "check.h"

#include <string.h>

static HRESULT protect(subject *subject, void *address, SIZE_T size, DWORD wanted, DWORD *old)
{
    *old = POISON_DWORD;
    check_doing("VirtualProtect");
    return IHostMemoryManager_VirtualProtect(subject->manager, address, size, wanted, old);
}

static void protect_of_own_memory(subject *subject)
{
    char *memory = take_pages(subject, NULL, 4 * PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    DWORD old;
    expect_hr("VirtualProtect", protect(subject, memory + PAGE - 1, 2, PAGE_READONLY, &old), S_OK);
    expect(old == PAGE_READWRITE, "VirtualProtect returns the old protection 0x%lx, which was 0x%x", (unsigned long)old,
           PAGE_READWRITE);
    expect(region_at(memory).Protect == PAGE_READONLY && region_at(memory).RegionSize == 2 * PAGE,
           "VirtualProtect of the 2 bytes around a page border changed 0x%p bytes to 0x%lx",
           (void *)region_at(memory).RegionSize, (unsigned long)region_at(memory).Protect);
    expect_hr("VirtualProtect", protect(subject, memory, 1, PAGE_EXECUTE_READWRITE, &old), S_OK);
    expect(old == PAGE_READONLY, "VirtualProtect returns the old protection 0x%lx, which was 0x%x", (unsigned long)old,
           PAGE_READONLY);
    give_pages(subject, memory, 0, MEM_RELEASE);
}

static void protect_of_foreign_memory(subject *subject)
{
    static char image[3 * 4096];
    char *memory = foreign_pages(2 * PAGE), *page = image + PAGE - (UINT_PTR)image % PAGE;
    HANDLE mapping = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 2 * 4096, NULL);
    char *view = mapping ? MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0) : NULL;
    volatile char stack = 1;
    DWORD old, restored;
    expect(view != NULL, "the test could not map a view");
    expect_hr("VirtualProtect of foreign memory", protect(subject, memory, PAGE, PAGE_READONLY, &old), S_OK);
    expect(old == PAGE_READWRITE && region_at(memory).Protect == PAGE_READONLY,
           "VirtualProtect of foreign memory returns 0x%lx and leaves 0x%lx", (unsigned long)old,
           (unsigned long)region_at(memory).Protect);
    expect_hr("VirtualProtect of an image", protect(subject, page, PAGE, PAGE_READONLY, &old), S_OK);
    expect_hr("VirtualProtect of an image", protect(subject, page, PAGE, PAGE_READWRITE, &restored), S_OK);
    *page = 1;
    expect_hr("VirtualProtect of a view", protect(subject, view, PAGE, PAGE_READONLY, &old), S_OK);
    expect_hr("VirtualProtect of the stack", protect(subject, (void *)(UINT_PTR)&stack, 1, PAGE_READWRITE, &old), S_OK);
    expect(old == PAGE_READWRITE && stack == 1, "VirtualProtect of the stack returns 0x%lx", (unsigned long)old);
}

static void stack_guard(subject *subject)
{
    char *stack = take_pages(subject, NULL, 16 * PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    DWORD old;
    expect_hr("VirtualProtect(PAGE_GUARD)", protect(subject, stack, PAGE, PAGE_READWRITE | PAGE_GUARD, &old), S_OK);
    expect(region_at(stack).Protect == (PAGE_READWRITE | PAGE_GUARD), "a guard page has protection 0x%lx",
           (unsigned long)region_at(stack).Protect);
    expect_hr("VirtualProtect", protect(subject, stack, PAGE, PAGE_READWRITE, &old), S_OK);
    expect(old == (PAGE_READWRITE | PAGE_GUARD), "VirtualProtect returns the old protection 0x%lx of a guard page",
           (unsigned long)old);
    give_pages(subject, stack, 0, MEM_RELEASE);
}

static void compare_query(subject *subject, const void *address, const char *what)
{
    MEMORY_BASIC_INFORMATION told, real;
    SIZE_T written = POISON_SIZE;
    memset(&told, 0xcc, sizeof told);
    check_doing("VirtualQuery");
    expect_hr(
        "VirtualQuery",
        IHostMemoryManager_VirtualQuery(subject->manager, (void *)(UINT_PTR)address, &told, sizeof told, &written),
        S_OK);
    real = region_at(address);
    expect(written == sizeof told, "VirtualQuery of %s writes %lu bytes, not %lu", what, (unsigned long)written,
           (unsigned long)sizeof told);
    expect(told.BaseAddress == real.BaseAddress && told.State == real.State && told.RegionSize == real.RegionSize,
           "VirtualQuery of %s tells of 0x%p bytes at %p of state 0x%lx; there are 0x%p at %p of 0x%lx", what,
           (void *)told.RegionSize, told.BaseAddress, (unsigned long)told.State, (void *)real.RegionSize,
           real.BaseAddress, (unsigned long)real.State);
    expect(real.State == MEM_FREE || (told.AllocationBase == real.AllocationBase && told.Type == real.Type),
           "VirtualQuery of %s returns an allocation at %p of type 0x%lx; it is at %p of type 0x%lx", what,
           told.AllocationBase, (unsigned long)told.Type, real.AllocationBase, (unsigned long)real.Type);
    expect(real.State != MEM_COMMIT || told.Protect == real.Protect,
           "VirtualQuery of %s returns protection 0x%lx, not 0x%lx", what, (unsigned long)told.Protect,
           (unsigned long)real.Protect);
}

static void query_tells_the_truth(subject *subject)
{
    char *own = take_pages(subject, NULL, 4 * PAGE, MEM_RESERVE, PAGE_NOACCESS), *foreign = foreign_pages(PAGE);
    char *released = foreign_pages(GRANULE);
    int local;
    take_pages(subject, own + PAGE, PAGE, MEM_COMMIT, PAGE_READONLY);
    compare_query(subject, own, "a reservation");
    compare_query(subject, own + PAGE + 100, "own committed memory");
    compare_query(subject, foreign, "foreign memory");
    compare_query(subject, &local, "the stack");
    compare_query(subject, GetModuleHandleA(NULL), "an image");
    VirtualFree(released, 0, MEM_RELEASE);
    compare_query(subject, released, "free address space");
}

/* From address 0 upwards until the end, as the CLR searches for free address space. */
static void query_scans_address_space(subject *subject)
{
    MEMORY_BASIC_INFORMATION region;
    UINT_PTR address = 0, next;
    SIZE_T written = 0;
    unsigned regions = 0;
    HRESULT hr;
    for (;;) {
        check_doing("VirtualQuery of the whole address space");
        hr = IHostMemoryManager_VirtualQuery(subject->manager, (void *)address, &region, sizeof region, &written);
        if (FAILED(hr))
            break;
        next = (UINT_PTR)region.BaseAddress + region.RegionSize;
        regions++;
        if (next <= address)
            break;
        address = next;
    }
    expect(regions >= 10, "VirtualQuery knows %u regions, up to %p", regions, (void *)address);
#ifdef _WIN64
    expect(address >= (UINT_PTR)1 << 40, "VirtualQuery fails for addresses beyond %p", (void *)address);
#else
    expect(address >= 0x7f000000u, "VirtualQuery fails for addresses beyond %p", (void *)address);
#endif
}

static void query_keeps_to_the_buffer(subject *subject)
{
    struct {
        MEMORY_BASIC_INFORMATION region;
        char behind[64];
    } buffer;
    SIZE_T written = POISON_SIZE;
    HRESULT hr;
    memset(&buffer, 0x66, sizeof buffer);
    check_doing("VirtualQuery with a short buffer");
    hr = IHostMemoryManager_VirtualQuery(subject->manager, &buffer, &buffer, sizeof buffer.region / 2, &written);
    expect(FAILED(hr), "VirtualQuery with a short buffer returned 0x%08lx", (unsigned long)hr);
    expect_bytes((char *)&buffer + sizeof buffer.region / 2, sizeof buffer - sizeof buffer.region / 2, 0x66,
                 "the memory after a short buffer");
    memset(&buffer, 0x66, sizeof buffer);
    check_doing("VirtualQuery with a long buffer");
    expect_hr("VirtualQuery with a long buffer",
              IHostMemoryManager_VirtualQuery(subject->manager, &buffer, &buffer, sizeof buffer, &written), S_OK);
    expect(written == sizeof buffer.region, "VirtualQuery with a long buffer writes %lu bytes, not %lu",
           (unsigned long)written, (unsigned long)sizeof buffer.region);
    expect_bytes(buffer.behind, sizeof buffer.behind, 0x66, "the memory after the result of VirtualQuery");
}

const rule foreign_rules[] = {
    {"protect_of_own_memory", "4", "VirtualProtect changes whole pages and returns the old protection",
     protect_of_own_memory},
    {"protect_of_foreign_memory", "4", "VirtualProtect of images, views, stacks and the like works",
     protect_of_foreign_memory},
    {"stack_guard", "4", "VirtualProtect sets and clears PAGE_GUARD", stack_guard},
    {"query_tells_the_truth", "4", "VirtualQuery returns what the system returns, for any address",
     query_tells_the_truth},
    {"query_scans_address_space", "4", "VirtualQuery scans the address space from 0 to its end",
     query_scans_address_space},
    {"query_keeps_to_the_buffer", "4", "VirtualQuery respects the size of the buffer", query_keeps_to_the_buffer},
    {0},
};
