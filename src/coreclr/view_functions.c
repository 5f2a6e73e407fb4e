/* The manager is told of a view after Windows has mapped it, and of its end before Windows unmaps it: at both moments
 * nobody else can have the address. A bitmap records which views were announced. */
#include "coreclr/view_functions.h"

#include "coreclr/attachment.h"
#include "coreclr/late_functions.h"
#include "memory/naming.h"
#include "memory/protection.h"

/* The length of the view that begins at start. */
static SIZE_T length_of(const void *start)
{
    MEMORY_BASIC_INFORMATION region;
    const char *end = start;
    while (VirtualQuery(end, &region, sizeof region) && region.State != MEM_FREE && region.AllocationBase == start)
        end = (const char *)region.BaseAddress + region.RegionSize;
    return (SIZE_T)(end - (const char *)start);
}

/* Forgets views that were announced where a new one is now: they were unmapped around the library. */
static void forget_former(const void *view, SIZE_T length)
{
    UINT_PTR start = (UINT_PTR)view, mask = HMI_CORECLR_GRANULARITY - 1;
    hmi_range granules = {start & ~mask, (start + length + mask) & ~mask};
    SIZE_T former = hmi_atomic_bitmap_clear(&hmi_coreclr_now.views, granules);
    atomic_fetch_sub_explicit(&hmi_coreclr_now.taken, former, memory_order_relaxed);
}

/* Announces a view that Windows has mapped. False: there is no memory to record it. Loader heaps and code are in
 * executable views; other views of the same pages are for writing to them. */
static bool announce(void *view, SIZE_T size, bool is_executable)
{
    hmi_coreclr *now = &hmi_coreclr_now;
    SIZE_T length = size ? size : length_of(view);
    forget_former(view, length);
    if (!hmi_atomic_bitmap_add(&now->views, (UINT_PTR)view))
        return false;
    if (now->manager->lpVtbl->AcquiredVirtualAddressSpace(now->manager, view, length) == E_OUTOFMEMORY) {
        hmi_atomic_bitmap_remove(&now->views, (UINT_PTR)view);
        return false;
    }
    if (is_executable && now->core)
        hmi_naming_set(now->core, view, length, HOSTMEM_KIND_LOADER);
    atomic_fetch_add_explicit(&now->taken, 1, memory_order_relaxed);
    return true;
}

/* The end of functions that map: view is the result from Windows. */
static void *end_map(void *view, SIZE_T size, bool is_executable)
{
    DWORD error = GetLastError();
    if (view && hmi_coreclr_is_active() && !announce(view, size, is_executable)) {
        UnmapViewOfFile(view);
        view = NULL;
        error = ERROR_NOT_ENOUGH_MEMORY;
    }
    SetLastError(error);
    return view;
}

/* After Windows has found no address space for a view: whether to try once more, because the manager has released some.
 */
static bool may_try_again(void *address, SIZE_T size)
{
    IHostMemoryManager *manager = hmi_coreclr_now.manager;
    DWORD error = GetLastError();
    bool again = hmi_coreclr_is_active() && (error == ERROR_NOT_ENOUGH_MEMORY || error == ERROR_INVALID_ADDRESS) &&
                 SUCCEEDED(manager->lpVtbl->NeedsVirtualAddressSpace(manager, address, size));
    SetLastError(error);
    return again;
}

LPVOID WINAPI hmi_view_MapViewOfFile(HANDLE section, DWORD access, DWORD offset_high, DWORD offset_low, SIZE_T size)
{
    void *view = MapViewOfFile(section, access, offset_high, offset_low, size);
    if (!view && may_try_again(NULL, size))
        view = MapViewOfFile(section, access, offset_high, offset_low, size);
    return end_map(view, size, (access & FILE_MAP_EXECUTE) != 0);
}

LPVOID WINAPI hmi_view_MapViewOfFileEx(HANDLE section, DWORD access, DWORD offset_high, DWORD offset_low, SIZE_T size,
                                       LPVOID address)
{
    void *view = MapViewOfFileEx(section, access, offset_high, offset_low, size, address);
    if (!view && may_try_again(address, size))
        view = MapViewOfFileEx(section, access, offset_high, offset_low, size, address);
    return end_map(view, size, (access & FILE_MAP_EXECUTE) != 0);
}

LPVOID WINAPI hmi_view_MapViewOfFileExNuma(HANDLE section, DWORD access, DWORD offset_high, DWORD offset_low,
                                           SIZE_T size, LPVOID address, DWORD node)
{
    void *view = MapViewOfFileExNuma(section, access, offset_high, offset_low, size, address, node);
    if (!view && may_try_again(address, size))
        view = MapViewOfFileExNuma(section, access, offset_high, offset_low, size, address, node);
    return end_map(view, size, (access & FILE_MAP_EXECUTE) != 0);
}

PVOID WINAPI hmi_view_MapViewOfFileNuma2(HANDLE section, HANDLE process, ULONG64 offset, PVOID address, SIZE_T size,
                                         ULONG type, ULONG protect, ULONG node)
{
    void *view = hmi_late_MapViewOfFileNuma2(section, process, offset, address, size, type, protect, node);
    if (!hmi_coreclr_is_this_process(process))
        return view;
    if (!view && may_try_again(address, size))
        view = hmi_late_MapViewOfFileNuma2(section, process, offset, address, size, type, protect, node);
    return end_map(view, size, hmi_protection_allows_execution(protect));
}

PVOID WINAPI hmi_view_MapViewOfFile3(HANDLE section, HANDLE process, PVOID address, ULONG64 offset, SIZE_T size,
                                     ULONG type, ULONG protect, void *parameters, ULONG parameter_count)
{
    void *view = hmi_late_MapViewOfFile3(section, process, address, offset, size, type, protect, parameters,
                                         parameter_count);
    if (!hmi_coreclr_is_this_process(process))
        return view;
    if (!view && may_try_again(address, size))
        view = hmi_late_MapViewOfFile3(section, process, address, offset, size, type, protect, parameters,
                                       parameter_count);
    return end_map(view, size, hmi_protection_allows_execution(protect));
}

/* Where the view that contains an address begins, which takes a query. NULL: there is none. */
static void *base_of(void *address)
{
    MEMORY_BASIC_INFORMATION region;
    return VirtualQuery(address, &region, sizeof region) && region.State != MEM_FREE ? region.AllocationBase : NULL;
}

/* Takes a view out of the announced ones. Returns where it begins, or NULL if it was not announced. Views may be
 * unmapped by any of their addresses, but most are by their first, which is found without a query. */
static void *remove_announced(void *address)
{
    hmi_atomic_bitmap *views = &hmi_coreclr_now.views;
    void *base;
    if (hmi_coreclr_is_start(address) && hmi_atomic_bitmap_remove(views, (UINT_PTR)address))
        return address;
    base = base_of(address);
    return base && hmi_atomic_bitmap_remove(views, (UINT_PTR)base) ? base : NULL;
}

/* Tells the manager that a view is about to be unmapped. Returns where the view begins if it was announced; otherwise
 * NULL. use: receives what it is for. */
static void *withdraw(void *address, UINT32 *use)
{
    hmi_coreclr *now = &hmi_coreclr_now;
    DWORD error = GetLastError();
    void *base;
    *use = HOSTMEM_KIND_OTHER;
    if (!hmi_coreclr_is_active())
        return NULL;
    base = remove_announced(address);
    if (base) {
        *use = now->core ? hmi_naming_forget(now->core, base) : HOSTMEM_KIND_OTHER;
        now->manager->lpVtbl->ReleasedVirtualAddressSpace(now->manager, base);
    }
    SetLastError(error);
    return base;
}

/* The end of functions that unmap. If Windows has kept the view, it is announced again. */
static BOOL end_unmap(void *withdrawn, UINT32 use, BOOL done)
{
    DWORD error = GetLastError();
    if (withdrawn)
        atomic_fetch_sub_explicit(&hmi_coreclr_now.taken, 1, memory_order_relaxed);
    if (withdrawn && !done)
        announce(withdrawn, 0, use == HOSTMEM_KIND_LOADER);
    SetLastError(error);
    return done;
}

BOOL WINAPI hmi_view_UnmapViewOfFile(LPCVOID address)
{
    UINT32 use;
    void *withdrawn = withdraw((void *)(UINT_PTR)address, &use);
    return end_unmap(withdrawn, use, UnmapViewOfFile(address));
}

BOOL WINAPI hmi_view_UnmapViewOfFileEx(PVOID address, ULONG flags)
{
    UINT32 use;
    void *withdrawn = withdraw(address, &use);
    return end_unmap(withdrawn, use, hmi_late_UnmapViewOfFileEx(address, flags));
}

BOOL WINAPI hmi_view_UnmapViewOfFile2(HANDLE process, PVOID address, ULONG flags)
{
    UINT32 use = HOSTMEM_KIND_OTHER;
    void *withdrawn = hmi_coreclr_is_this_process(process) ? withdraw(address, &use) : NULL;
    return end_unmap(withdrawn, use, hmi_late_UnmapViewOfFile2(process, address, flags));
}
