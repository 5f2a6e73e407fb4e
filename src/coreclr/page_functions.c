/* Each function checks whether there is an attachment, calls the manager, and translates its HRESULT into the result of
 * the Windows function. */
#include "coreclr/page_functions.h"

#include <corerror.h>

#include "coreclr/attachment.h"
#include "coreclr/late_functions.h"

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

/* kind: HOSTMEM_CORECLR_RUNTIME, HOSTMEM_CORECLR_INVOKED. Precondition: there is an attachment. */
static void *allocate(void *address, SIZE_T size, DWORD type, DWORD protect, DWORD node, unsigned kind)
{
    hmi_coreclr *now = &hmi_coreclr_now;
    EMemoryCriticalLevel level = level_of(address, kind);
    DWORD before = hmi_coreclr_begin();
    void *memory = NULL;
    HRESULT hr;
    if (node != NO_NODE && now->nodes)
        hr = now->nodes->vtbl->VirtualAllocOnNode(now->nodes, address, size, type, protect, node, level, &memory);
    else
        hr = now->manager->lpVtbl->VirtualAlloc(now->manager, address, size, type, protect, level, &memory);
    if (!hmi_coreclr_end(hr, before))
        return NULL;
    if ((type & MEM_RESERVE) || !address) {
        atomic_fetch_add_explicit(&now->taken, 1, memory_order_relaxed);
        if (kind == HOSTMEM_CORECLR_RUNTIME)
            hmi_object_ranges_reserved(&now->objects, memory, size, type, protect);
    }
    return memory;
}

LPVOID WINAPI hmi_page_VirtualAlloc(LPVOID address, SIZE_T size, DWORD type, DWORD protect)
{
    if (!hmi_coreclr_is_active())
        return VirtualAlloc(address, size, type, protect);
    return allocate(address, size, type, protect, NO_NODE, HOSTMEM_CORECLR_RUNTIME);
}

LPVOID WINAPI hmi_page_invoked_VirtualAlloc(LPVOID address, SIZE_T size, DWORD type, DWORD protect)
{
    if (!hmi_coreclr_is_active())
        return VirtualAlloc(address, size, type, protect);
    return allocate(address, size, type, protect, NO_NODE, HOSTMEM_CORECLR_INVOKED);
}

LPVOID WINAPI hmi_page_VirtualAllocEx(HANDLE process, LPVOID address, SIZE_T size, DWORD type, DWORD protect)
{
    if (!hmi_coreclr_is_active() || !hmi_coreclr_is_this_process(process))
        return VirtualAllocEx(process, address, size, type, protect);
    return allocate(address, size, type, protect, NO_NODE, HOSTMEM_CORECLR_RUNTIME);
}

LPVOID WINAPI hmi_page_invoked_VirtualAllocEx(HANDLE process, LPVOID address, SIZE_T size, DWORD type, DWORD protect)
{
    if (!hmi_coreclr_is_active() || !hmi_coreclr_is_this_process(process))
        return VirtualAllocEx(process, address, size, type, protect);
    return allocate(address, size, type, protect, NO_NODE, HOSTMEM_CORECLR_INVOKED);
}

LPVOID WINAPI hmi_page_VirtualAllocExNuma(HANDLE process, LPVOID address, SIZE_T size, DWORD type, DWORD protect,
                                          DWORD node)
{
    if (!hmi_coreclr_is_active() || !hmi_coreclr_is_this_process(process))
        return VirtualAllocExNuma(process, address, size, type, protect, node);
    return allocate(address, size, type, protect, node, HOSTMEM_CORECLR_RUNTIME);
}

LPVOID WINAPI hmi_page_invoked_VirtualAllocExNuma(HANDLE process, LPVOID address, SIZE_T size, DWORD type,
                                                  DWORD protect, DWORD node)
{
    if (!hmi_coreclr_is_active() || !hmi_coreclr_is_this_process(process))
        return VirtualAllocExNuma(process, address, size, type, protect, node);
    return allocate(address, size, type, protect, node, HOSTMEM_CORECLR_INVOKED);
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
                       ULONG parameter_count, unsigned kind)
{
    DWORD node;
    if (!hmi_coreclr_is_active() || (process && !hmi_coreclr_is_this_process(process)) ||
        !is_plain(type, parameters, parameter_count, &node))
        return hmi_late_VirtualAlloc2(process, address, size, type, protect, parameters, parameter_count);
    return allocate(address, size, type, protect, node, kind);
}

PVOID WINAPI hmi_page_VirtualAlloc2(HANDLE process, PVOID address, SIZE_T size, ULONG type, ULONG protect,
                                    void *parameters, ULONG parameter_count)
{
    return allocate2(process, address, size, type, protect, parameters, parameter_count, HOSTMEM_CORECLR_RUNTIME);
}

PVOID WINAPI hmi_page_invoked_VirtualAlloc2(HANDLE process, PVOID address, SIZE_T size, ULONG type, ULONG protect,
                                            void *parameters, ULONG parameter_count)
{
    return allocate2(process, address, size, type, protect, parameters, parameter_count, HOSTMEM_CORECLR_INVOKED);
}

BOOL WINAPI hmi_page_VirtualFree(LPVOID address, SIZE_T size, DWORD type)
{
    hmi_coreclr *now = &hmi_coreclr_now;
    DWORD before;
    HRESULT hr;
    if (!hmi_coreclr_is_active())
        return VirtualFree(address, size, type);
    /* Before the release: afterwards the address may belong to somebody else. If the release then fails, commits of
     * objects there are requested with the level of other pages. */
    if (type == MEM_RELEASE)
        hmi_object_ranges_released(&now->objects, address);
    before = hmi_coreclr_begin();
    hr = now->manager->lpVtbl->VirtualFree(now->manager, address, size, type);
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
