/* Each function checks whether there is an attachment, calls the manager, and translates its HRESULT into the result of
 * the Windows function. */
#include "coreclr/page_functions.h"

#include <corerror.h>

#include "coreclr/attachment.h"
#include "coreclr/late_functions.h"
#include "memory/naming.h"
#include "memory/protection.h"

/* No particular node; Windows' NUMA_NO_PREFERRED_NODE. */
#define NO_NODE 0xffffffffu

/* Allocation types of VirtualAlloc2 that IHostMemoryManager does not have. */
#define PLACEHOLDER_TYPES (0x00004000u | 0x00040000u)

/* MEM_EXTENDED_PARAMETER, which older headers lack: the type is in the low byte of the first word. */
typedef struct extended_parameter {
    UINT64 type;
    UINT64 value;
} extended_parameter;
#define PARAMETER_NUMA_NODE 2u

static EMemoryCriticalLevel level_of(const void *address, unsigned kind)
{
    hmi_coreclr *now = &hmi_coreclr_now;
    if (kind == HOSTMEM_CORECLR_RUNTIME && address && hmi_object_ranges_contain(&now->objects, address))
        kind = HOSTMEM_CORECLR_OBJECTS;
    return now->levels[kind];
}

static void name(const void *base, SIZE_T size, UINT32 use)
{
    if (hmi_coreclr_now.core)
        hmi_naming_set(hmi_coreclr_now.core, base, size, use);
}

/* Records what a new reservation of the runtime is for. Only the collector reserves writable memory that it commits
 * later. Loader heaps are reserved as inaccessible or executable. */
static void note_reservation(void *memory, SIZE_T size, DWORD type, DWORD protect)
{
    if (hmi_object_ranges_reserved(&hmi_coreclr_now.objects, memory, size, type, protect))
        name(memory, size, HOSTMEM_KIND_OBJECTS);
    else if (!(type & MEM_COMMIT) && protect == PAGE_READWRITE)
        name(memory, size, HOSTMEM_KIND_TABLES);
    else if (!(type & MEM_COMMIT) || hmi_protection_allows_execution(protect))
        name(memory, size, HOSTMEM_KIND_LOADER);
}

/* kind: HOSTMEM_CORECLR_RUNTIME, HOSTMEM_CORECLR_INVOKED, HMI_LIBRARY_PAGES. caller: where a sampled stack begins.
 * Precondition: there is an attachment. */
static void *allocate(void *address, SIZE_T size, DWORD type, DWORD protect, DWORD node, unsigned kind,
                      const void *caller)
{
    hmi_coreclr *now = &hmi_coreclr_now;
    EMemoryCriticalLevel level = level_of(address, kind);
    DWORD before = hmi_coreclr_begin();
    void *memory = NULL;
    HRESULT hr;
    if (now->nodes)
        hr = now->nodes->vtbl->VirtualAllocOnNode(now->nodes, address, size, type, protect, node, level, caller,
                                                  &memory);
    else
        hr = now->manager->lpVtbl->VirtualAlloc(now->manager, address, size, type, protect, level, &memory);
    if (!hmi_coreclr_end(hr, before))
        return NULL;
    if ((type & MEM_RESERVE) || !address) {
        atomic_fetch_add_explicit(&now->taken, 1, memory_order_relaxed);
        if (kind == HOSTMEM_CORECLR_RUNTIME)
            note_reservation(memory, size, type, protect);
        else
            name(memory, size, kind == HOSTMEM_CORECLR_INVOKED ? HOSTMEM_KIND_INVOKED : HOSTMEM_KIND_LIBRARIES);
    }
    return memory;
}

LPVOID WINAPI hmi_page_VirtualAlloc(LPVOID address, SIZE_T size, DWORD type, DWORD protect)
{
    if (!hmi_coreclr_is_active())
        return VirtualAlloc(address, size, type, protect);
    return allocate(address, size, type, protect, NO_NODE, HOSTMEM_CORECLR_RUNTIME, HMI_RETURN_ADDRESS());
}

LPVOID WINAPI hmi_page_invoked_VirtualAlloc(LPVOID address, SIZE_T size, DWORD type, DWORD protect)
{
    if (!hmi_coreclr_is_active())
        return VirtualAlloc(address, size, type, protect);
    return allocate(address, size, type, protect, NO_NODE, HOSTMEM_CORECLR_INVOKED, HMI_RETURN_ADDRESS());
}

LPVOID WINAPI hmi_page_library_VirtualAlloc(LPVOID address, SIZE_T size, DWORD type, DWORD protect)
{
    if (!hmi_coreclr_is_active())
        return VirtualAlloc(address, size, type, protect);
    return allocate(address, size, type, protect, NO_NODE, HMI_LIBRARY_PAGES, HMI_RETURN_ADDRESS());
}

LPVOID WINAPI hmi_page_VirtualAllocEx(HANDLE process, LPVOID address, SIZE_T size, DWORD type, DWORD protect)
{
    if (!hmi_coreclr_is_active() || !hmi_coreclr_is_this_process(process))
        return VirtualAllocEx(process, address, size, type, protect);
    return allocate(address, size, type, protect, NO_NODE, HOSTMEM_CORECLR_RUNTIME, HMI_RETURN_ADDRESS());
}

LPVOID WINAPI hmi_page_invoked_VirtualAllocEx(HANDLE process, LPVOID address, SIZE_T size, DWORD type, DWORD protect)
{
    if (!hmi_coreclr_is_active() || !hmi_coreclr_is_this_process(process))
        return VirtualAllocEx(process, address, size, type, protect);
    return allocate(address, size, type, protect, NO_NODE, HOSTMEM_CORECLR_INVOKED, HMI_RETURN_ADDRESS());
}

LPVOID WINAPI hmi_page_library_VirtualAllocEx(HANDLE process, LPVOID address, SIZE_T size, DWORD type, DWORD protect)
{
    if (!hmi_coreclr_is_active() || !hmi_coreclr_is_this_process(process))
        return VirtualAllocEx(process, address, size, type, protect);
    return allocate(address, size, type, protect, NO_NODE, HMI_LIBRARY_PAGES, HMI_RETURN_ADDRESS());
}

LPVOID WINAPI hmi_page_VirtualAllocExNuma(HANDLE process, LPVOID address, SIZE_T size, DWORD type, DWORD protect,
                                          DWORD node)
{
    if (!hmi_coreclr_is_active() || !hmi_coreclr_is_this_process(process))
        return VirtualAllocExNuma(process, address, size, type, protect, node);
    return allocate(address, size, type, protect, node, HOSTMEM_CORECLR_RUNTIME, HMI_RETURN_ADDRESS());
}

LPVOID WINAPI hmi_page_invoked_VirtualAllocExNuma(HANDLE process, LPVOID address, SIZE_T size, DWORD type,
                                                  DWORD protect, DWORD node)
{
    if (!hmi_coreclr_is_active() || !hmi_coreclr_is_this_process(process))
        return VirtualAllocExNuma(process, address, size, type, protect, node);
    return allocate(address, size, type, protect, node, HOSTMEM_CORECLR_INVOKED, HMI_RETURN_ADDRESS());
}

LPVOID WINAPI hmi_page_library_VirtualAllocExNuma(HANDLE process, LPVOID address, SIZE_T size, DWORD type,
                                                  DWORD protect, DWORD node)
{
    if (!hmi_coreclr_is_active() || !hmi_coreclr_is_this_process(process))
        return VirtualAllocExNuma(process, address, size, type, protect, node);
    return allocate(address, size, type, protect, node, HMI_LIBRARY_PAGES, HMI_RETURN_ADDRESS());
}

/* Whether VirtualAlloc, perhaps on a node, can do the same as VirtualAlloc2 with these arguments. Other requests
 * (placeholders, alignment, a highest address) are passed to Windows and are not governed. */
static bool is_plain(ULONG type, const extended_parameter *parameters, ULONG parameter_count, DWORD *node)
{
    *node = NO_NODE;
    if ((type & PLACEHOLDER_TYPES) || parameter_count > 1 || (parameter_count && !parameters))
        return false;
    if (!parameter_count)
        return true;
    *node = (DWORD)parameters->value;
    return (parameters->type & 0xff) == PARAMETER_NUMA_NODE;
}

static void *allocate2(HANDLE process, void *address, SIZE_T size, ULONG type, ULONG protect, void *parameters,
                       ULONG parameter_count, unsigned kind, const void *caller)
{
    DWORD node;
    if (!hmi_coreclr_is_active() || (process && !hmi_coreclr_is_this_process(process)) ||
        !is_plain(type, parameters, parameter_count, &node))
        return hmi_late_VirtualAlloc2(process, address, size, type, protect, parameters, parameter_count);
    return allocate(address, size, type, protect, node, kind, caller);
}

PVOID WINAPI hmi_page_VirtualAlloc2(HANDLE process, PVOID address, SIZE_T size, ULONG type, ULONG protect,
                                    void *parameters, ULONG parameter_count)
{
    return allocate2(process, address, size, type, protect, parameters, parameter_count, HOSTMEM_CORECLR_RUNTIME,
                     HMI_RETURN_ADDRESS());
}

PVOID WINAPI hmi_page_invoked_VirtualAlloc2(HANDLE process, PVOID address, SIZE_T size, ULONG type, ULONG protect,
                                            void *parameters, ULONG parameter_count)
{
    return allocate2(process, address, size, type, protect, parameters, parameter_count, HOSTMEM_CORECLR_INVOKED,
                     HMI_RETURN_ADDRESS());
}

PVOID WINAPI hmi_page_library_VirtualAlloc2(HANDLE process, PVOID address, SIZE_T size, ULONG type, ULONG protect,
                                            void *parameters, ULONG parameter_count)
{
    return allocate2(process, address, size, type, protect, parameters, parameter_count, HMI_LIBRARY_PAGES,
                     HMI_RETURN_ADDRESS());
}

BOOL WINAPI hmi_page_VirtualFree(LPVOID address, SIZE_T size, DWORD type)
{
    hmi_coreclr *now = &hmi_coreclr_now;
    UINT32 use = HOSTMEM_KIND_OTHER;
    DWORD before;
    HRESULT hr;
    if (!hmi_coreclr_is_active())
        return VirtualFree(address, size, type);
    /* Before the release: afterwards the address may belong to somebody else. If the release then fails, commits of
     * objects there are requested with the level of other pages. */
    if (type == MEM_RELEASE && hmi_coreclr_is_start(address)) {
        hmi_object_ranges_released(&now->objects, address);
        use = now->core ? hmi_naming_forget(now->core, address) : HOSTMEM_KIND_OTHER;
    }
    before = hmi_coreclr_begin();
    hr = now->manager->lpVtbl->VirtualFree(now->manager, address, size, type);
    if (use != HOSTMEM_KIND_OTHER && hr != S_OK)
        hmi_kinds_set(&now->core->kinds, (UINT_PTR)address, use);
    if (hr == HOST_E_INVALIDOPERATION) { /* not allocated by the manager */
        SetLastError(before);
        atomic_fetch_add_explicit(&now->foreign_pages, 1, memory_order_relaxed);
        return VirtualFree(address, size, type);
    }
    if (hmi_coreclr_end(hr, before) && type == MEM_RELEASE)
        atomic_fetch_sub_explicit(&now->taken, 1, memory_order_relaxed);
    return hr == S_OK;
}

BOOL WINAPI hmi_page_VirtualFreeEx(HANDLE process, LPVOID address, SIZE_T size, DWORD type)
{
    if (!hmi_coreclr_is_active() || !hmi_coreclr_is_this_process(process))
        return VirtualFreeEx(process, address, size, type);
    return hmi_page_VirtualFree(address, size, type);
}

BOOL WINAPI hmi_page_VirtualProtect(LPVOID address, SIZE_T size, DWORD protect, PDWORD old_protect)
{
    IHostMemoryManager *manager = hmi_coreclr_now.manager;
    DWORD before, old = 0;
    HRESULT hr;
    if (!hmi_coreclr_is_active())
        return VirtualProtect(address, size, protect, old_protect);
    if (!old_protect) {
        SetLastError(ERROR_NOACCESS);
        return FALSE;
    }
    before = hmi_coreclr_begin();
    hr = manager->lpVtbl->VirtualProtect(manager, address, size, protect, &old);
    if (!hmi_coreclr_end(hr, before))
        return FALSE;
    *old_protect = old;
    return TRUE;
}

BOOL WINAPI hmi_page_VirtualProtectEx(HANDLE process, LPVOID address, SIZE_T size, DWORD protect, PDWORD old_protect)
{
    if (!hmi_coreclr_is_active() || !hmi_coreclr_is_this_process(process))
        return VirtualProtectEx(process, address, size, protect, old_protect);
    return hmi_page_VirtualProtect(address, size, protect, old_protect);
}

SIZE_T WINAPI hmi_page_VirtualQuery(LPCVOID address, PMEMORY_BASIC_INFORMATION buffer, SIZE_T length)
{
    IHostMemoryManager *manager = hmi_coreclr_now.manager;
    DWORD before;
    SIZE_T written = 0;
    HRESULT hr;
    if (!hmi_coreclr_is_active())
        return VirtualQuery(address, buffer, length);
    before = hmi_coreclr_begin();
    hr = manager->lpVtbl->VirtualQuery(manager, (void *)(UINT_PTR)address, buffer, length, &written);
    return hmi_coreclr_end(SUCCEEDED(hr) ? S_OK : hr, before) ? written : 0;
}
