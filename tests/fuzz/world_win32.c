/* See world.h. The table calls Win32 itself: with the library's own table a mistake in that would be on both sides. */
#include "world.h"

#include "stream.h"

static UINT32 error_of(BOOL done)
{
    return done ? 0 : GetLastError();
}

static UINT32 raw_alloc(hostmem_os *os, void *address, SIZE_T size, UINT32 type, UINT32 protect, void **out)
{
    void *memory = VirtualAlloc(address, size, type, protect);
    (void)os;
    if (!memory)
        return GetLastError();
    *out = memory;
    return 0;
}

static UINT32 raw_free(hostmem_os *os, void *address, SIZE_T size, UINT32 type)
{
    (void)os;
#if defined(_MSC_VER)
#pragma warning(suppress : 6250 28160) /* every kind of free is intended */
#endif
    return error_of(VirtualFree(address, size, type));
}

static UINT32 raw_query(hostmem_os *os, const void *address, void *buffer, SIZE_T length, SIZE_T *written)
{
    SIZE_T bytes = VirtualQuery(address, (MEMORY_BASIC_INFORMATION *)buffer, length);
    (void)os;
    if (!bytes)
        return GetLastError();
    *written = bytes;
    return 0;
}

static UINT32 raw_protect(hostmem_os *os, void *address, SIZE_T size, UINT32 protect, UINT32 *old_protect)
{
    DWORD old;
    (void)os;
    if (!VirtualProtect(address, size, protect, &old))
        return GetLastError();
    *old_protect = old;
    return 0;
}

static UINT32 raw_heap_create(hostmem_os *os, UINT32 options, void **heap)
{
    (void)os;
    *heap = HeapCreate(options, 0, 0);
    return error_of(*heap != NULL);
}

static void raw_heap_destroy(hostmem_os *os, void *heap)
{
    (void)os;
    HeapDestroy(heap);
}

static UINT32 raw_heap_alloc(hostmem_os *os, void *heap, SIZE_T size, void **out)
{
    (void)os;
    *out = HeapAlloc(heap, 0, size);
    return *out ? 0 : ERROR_NOT_ENOUGH_MEMORY; /* HeapAlloc is documented not to set the last error */
}

static UINT32 raw_heap_free(hostmem_os *os, void *heap, void *block)
{
    (void)os;
    return error_of(HeapFree(heap, 0, block));
}

static UINT32 raw_get_last_error(hostmem_os *os)
{
    (void)os;
    return GetLastError();
}

static void raw_set_last_error(hostmem_os *os, UINT32 error)
{
    (void)os;
    SetLastError(error);
}

static UINT32 write_watch(void *address, SIZE_T size, BOOL reset, SIZE_T *pages, UINT64 *mark)
{
    void *written[FUZZ_ZONE_BYTES / FUZZ_PAGE];
    ULONG_PTR count = sizeof written / sizeof *written, i;
    DWORD granularity;
    if (GetWriteWatch(reset ? WRITE_WATCH_FLAG_RESET : 0, address, size, written, &count, &granularity))
        return ERROR_INVALID_PARAMETER; /* it sets the last error on some systems only */
    *pages = count;
    *mark = 0;
    for (i = 0; i < count; i++)
        *mark = *mark * 31 + ((UINT_PTR)written[i] - (UINT_PTR)address) / FUZZ_PAGE;
    return 0;
}

/* In the middle of the address space: allocations without an address come from either end. */
static UINT_PTR free_range(UINT_PTR start)
{
    MEMORY_BASIC_INFORMATION region;
    while (VirtualQuery((void *)start, &region, sizeof region)) {
        if (region.State == MEM_FREE && region.RegionSize >= FUZZ_ZONE_BYTES + FUZZ_GRANULE)
            return (start + FUZZ_GRANULE - 1) & ~(FUZZ_GRANULE - 1);
        start = (UINT_PTR)region.BaseAddress + region.RegionSize;
    }
    return 0;
}

BOOL fuzz_world_create(fuzz_world *world)
{
    static hostmem_os raw = {
        .virtual_alloc = raw_alloc,
        .virtual_free = raw_free,
        .virtual_query = raw_query,
        .virtual_protect = raw_protect,
        .heap_create = raw_heap_create,
        .heap_destroy = raw_heap_destroy,
        .heap_alloc = raw_heap_alloc,
        .heap_free = raw_heap_free,
        .get_last_error = raw_get_last_error,
        .set_last_error = raw_set_last_error,
    };
    UINT_PTR middle = sizeof(void *) == 8 ? (UINT_PTR)0x100000000000u : 0x40000000u;
    *world = (fuzz_world){.os = hmi_os_win32(), .under = &raw, .twin = &raw, .is_windows = TRUE};
    world->write_watch = write_watch;
    world->zone_a = free_range(middle);
    world->zone_b = world->zone_a ? free_range(world->zone_a + 2 * FUZZ_ZONE_BYTES) : 0;
    return world->zone_b != 0;
}

BOOL fuzz_world_destroy(fuzz_world *world)
{
    (void)world;
    return TRUE; /* the twins have already looked at the zones */
}
