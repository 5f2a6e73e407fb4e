/* IHostMemoryManager of the mutant manager, and its factory: Win32 with a record of what was allocated. It is
 * correct without a mutant; each mistake is marked by its mutant's name. */
#define CONST_VTABLE
#include "manager.h"

#include <string.h>

#include "factory.h"

static volatile LONG references = 1;

static HRESULT STDMETHODCALLTYPE manager_QueryInterface(IHostMemoryManager *iface, REFIID riid, void **out)
{
    return query_interface((IUnknown *)iface, &IID_IHostMemoryManager, riid, out);
}

static ULONG STDMETHODCALLTYPE manager_AddRef(IHostMemoryManager *iface)
{
    (void)iface;
    return count_up(&references);
}

static ULONG STDMETHODCALLTYPE manager_Release(IHostMemoryManager *iface)
{
    ULONG left = count_down(&references);
    (void)iface;
    if (!left && chosen == HEAP_DIES_WITH_MANAGER)
        HeapDestroy(first_heap);
    return left;
}

static HRESULT STDMETHODCALLTYPE manager_CreateMalloc(IHostMemoryManager *iface, DWORD type, IHostMalloc **out)
{
    DWORD last_error = GetLastError();
    HRESULT hr;
    (void)iface;
    if (!out)
        return fail(ERROR_NOACCESS, E_POINTER);
    *out = NULL;
    if (is_barred(eTaskCritical))
        return fail(ERROR_NOT_ENOUGH_MEMORY, HOST_E_CLRNOTAVAILABLE);
    if (chosen == EXECUTABLE_REFUSED && (type & MALLOC_EXECUTABLE))
        return fail(ERROR_INVALID_PARAMETER, E_INVALIDARG);
    hr = heap_create(type, out);
    if (hr == S_OK)
        succeed(last_error);
    return hr == S_OK && chosen == CREATE_MALLOC_S_FALSE ? S_FALSE : hr;
}

static HRESULT STDMETHODCALLTYPE manager_VirtualAlloc(IHostMemoryManager *iface, void *address, SIZE_T size, DWORD type,
                                                      DWORD protect, EMemoryCriticalLevel level, void **out)
{
    HRESULT hr;
    (void)iface;
    if (!out && chosen != NULL_OUT_FOLLOWED)
        return fail(ERROR_NOACCESS, E_POINTER);
    if (chosen != OUT_LEFT_ON_FAILURE)
        *out = NULL;
    enter();
    if (chosen == LARGE_FRAMES)
        use_stack();
    hr = pages_alloc(address, size, type, protect, level, out);
    leave();
    return hr;
}

static HRESULT STDMETHODCALLTYPE manager_VirtualFree(IHostMemoryManager *iface, LPVOID address, SIZE_T size, DWORD type)
{
    HRESULT hr;
    (void)iface;
    enter();
    hr = pages_free(address, size, type);
    leave();
    return hr == S_OK && chosen == S_FALSE_FOR_SUCCESS ? S_FALSE : hr;
}

/* STDMETHODCALLTYPE is missing, which a cast hides from the compiler. */
static HRESULT __cdecl manager_VirtualFree_cdecl(IHostMemoryManager *iface, LPVOID address, SIZE_T size, DWORD type)
{
    return manager_VirtualFree(iface, address, size, type);
}

static HRESULT STDMETHODCALLTYPE manager_VirtualQuery(IHostMemoryManager *iface, void *address, void *buffer,
                                                      SIZE_T length, SIZE_T *result)
{
    DWORD last_error = GetLastError();
    (void)iface;
    if (!buffer || !result)
        return fail(ERROR_NOACCESS, E_POINTER);
    *result = 0;
    if ((chosen == QUERY_OWN_MEMORY_ONLY && !pages_are_own(address)) ||
        (chosen == QUERY_ENDS_EARLY && (UINT_PTR)address >= 0x10000000u))
        return fail(ERROR_INVALID_PARAMETER, E_INVALIDARG);
    if (chosen == QUERY_IGNORES_LENGTH)
        length = sizeof(MEMORY_BASIC_INFORMATION);
    enter();
    *result = VirtualQuery(address, buffer, length);
    leave();
    return *result ? succeed(last_error) : fail(GetLastError(), E_INVALIDARG);
}

static HRESULT STDMETHODCALLTYPE manager_VirtualProtect(IHostMemoryManager *iface, void *address, SIZE_T size,
                                                        DWORD protect, DWORD *old)
{
    DWORD last_error = GetLastError(), was = 0;
    BOOL done;
    (void)iface;
    if (!old)
        return fail(ERROR_NOACCESS, E_POINTER);
    if (chosen == PROTECT_OWN_MEMORY_ONLY && !pages_are_own(address))
        return fail(ERROR_INVALID_ADDRESS, HOST_E_INVALIDOPERATION);
    if (chosen == GUARD_DROPPED)
        protect &= ~(DWORD)PAGE_GUARD;
    enter();
    done = VirtualProtect(address, size, protect, &was);
    leave();
    if (chosen == OLD_PROTECTION_NOT_TOLD || !done)
        was = 0;
    if (done || chosen != OLD_PROTECTION_LEFT_ON_FAILURE)
        *old = was;
    return done ? succeed(last_error) : fail(GetLastError(), E_INVALIDARG);
}

static HRESULT STDMETHODCALLTYPE manager_GetMemoryLoad(IHostMemoryManager *iface, DWORD *load, SIZE_T *available)
{
    DWORD last_error = GetLastError();
    MEMORYSTATUSEX memory = {.dwLength = sizeof memory};
    (void)iface;
    if (!load || !available)
        return fail(ERROR_NOACCESS, E_POINTER);
    if (chosen == LOAD_NEVER_COMES)
        Sleep(INFINITE);
    if (!GlobalMemoryStatusEx(&memory))
        return fail(GetLastError(), E_INVALIDARG);
    *load = chosen == LOAD_IN_BYTES ? (DWORD)(memory.ullTotalPhys - memory.ullAvailPhys) : memory.dwMemoryLoad;
    *available = memory.ullAvailPhys > (SIZE_T)-1 ? (SIZE_T)-1 : (SIZE_T)memory.ullAvailPhys;
    return succeed(last_error);
}

static HRESULT STDMETHODCALLTYPE manager_RegisterMemoryNotificationCallback(IHostMemoryManager *iface,
                                                                            ICLRMemoryNotificationCallback *callback)
{
    HRESULT hr;
    (void)iface;
    enter();
    hr = notices_register(callback);
    leave();
    return hr;
}

static HRESULT STDMETHODCALLTYPE manager_NeedsVirtualAddressSpace(IHostMemoryManager *iface, LPVOID start, SIZE_T size)
{
    (void)iface;
    (void)start;
    (void)size;
    return chosen == NEEDS_NOT_IMPLEMENTED ? E_NOTIMPL : E_OUTOFMEMORY;
}

static HRESULT STDMETHODCALLTYPE manager_AcquiredVirtualAddressSpace(IHostMemoryManager *iface, LPVOID start,
                                                                     SIZE_T size)
{
    (void)iface;
    (void)start;
    if (chosen == SPACE_SETS_LAST_ERROR)
        SetLastError(ERROR_SUCCESS);
    return chosen == VIEW_NEEDS_SIZE && !size ? E_INVALIDARG : S_OK;
}

static HRESULT STDMETHODCALLTYPE manager_ReleasedVirtualAddressSpace(IHostMemoryManager *iface, LPVOID start)
{
    (void)iface;
    if (chosen == UNKNOWN_VIEW_UNMAPPED)
        UnmapViewOfFile(start);
    return S_OK;
}

static const IHostMemoryManagerVtbl manager_vtbl = {
    .QueryInterface = manager_QueryInterface,
    .AddRef = manager_AddRef,
    .Release = manager_Release,
    .CreateMalloc = manager_CreateMalloc,
    .VirtualAlloc = manager_VirtualAlloc,
    .VirtualFree = manager_VirtualFree,
    .VirtualQuery = manager_VirtualQuery,
    .VirtualProtect = manager_VirtualProtect,
    .GetMemoryLoad = manager_GetMemoryLoad,
    .RegisterMemoryNotificationCallback = manager_RegisterMemoryNotificationCallback,
    .NeedsVirtualAddressSpace = manager_NeedsVirtualAddressSpace,
    .AcquiredVirtualAddressSpace = manager_AcquiredVirtualAddressSpace,
    .ReleasedVirtualAddressSpace = manager_ReleasedVirtualAddressSpace,
};

HRESULT __cdecl hostmem_conformance_create(IHostMemoryManager **out)
{
    static IHostMemoryManagerVtbl mutated;
    static IHostMemoryManager manager;
    HRESULT(__cdecl * wrong)(IHostMemoryManager *, LPVOID, SIZE_T, DWORD) = manager_VirtualFree_cdecl;
    chosen = mutant_from_environment();
    manager.lpVtbl = &manager_vtbl;
    if (chosen == CDECL_METHOD) {
        mutated = manager_vtbl;
        memcpy((void *)&mutated.VirtualFree, &wrong, sizeof wrong);
        manager.lpVtbl = &mutated;
    }
    if (chosen == BORN_WITHOUT_REFERENCE)
        references = 0;
    process_ends(); /* so that nothing is looked up later */
    *out = &manager;
    return S_OK;
}
