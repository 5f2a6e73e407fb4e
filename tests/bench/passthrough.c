/* See passthrough.h. Has no state except the handle of each heap. */
#define CONST_VTABLE
#include "passthrough.h"

typedef struct pass_malloc {
    IHostMalloc IHostMalloc_iface;
    HANDLE heap;
    DWORD options; /* of each call */
} pass_malloc;

static pass_malloc *impl_from_IHostMalloc(IHostMalloc *iface)
{
    return CONTAINING_RECORD(iface, pass_malloc, IHostMalloc_iface);
}

static HRESULT STDMETHODCALLTYPE pass_malloc_QueryInterface(IHostMalloc *iface, REFIID riid, void **out)
{
    (void)iface;
    (void)riid;
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE pass_malloc_AddRef(IHostMalloc *iface)
{
    (void)iface;
    return 1;
}

static ULONG STDMETHODCALLTYPE pass_malloc_Release(IHostMalloc *iface)
{
    pass_malloc *self = impl_from_IHostMalloc(iface);
    HeapDestroy(self->heap);
    HeapFree(GetProcessHeap(), 0, self);
    return 0;
}

static HRESULT STDMETHODCALLTYPE pass_malloc_Alloc(IHostMalloc *iface, SIZE_T size, EMemoryCriticalLevel level,
                                                   void **out)
{
    pass_malloc *self = impl_from_IHostMalloc(iface);
    (void)level;
    *out = HeapAlloc(self->heap, self->options, size);
    return *out ? S_OK : E_OUTOFMEMORY;
}

static HRESULT STDMETHODCALLTYPE pass_malloc_DebugAlloc(IHostMalloc *iface, SIZE_T size, EMemoryCriticalLevel level,
                                                        char *file, int line, void **out)
{
    (void)file;
    (void)line;
    return pass_malloc_Alloc(iface, size, level, out);
}

static HRESULT STDMETHODCALLTYPE pass_malloc_Free(IHostMalloc *iface, void *block)
{
    pass_malloc *self = impl_from_IHostMalloc(iface);
    return HeapFree(self->heap, self->options, block) ? S_OK : E_INVALIDARG;
}

static const IHostMallocVtbl pass_malloc_vtbl = {
    .QueryInterface = pass_malloc_QueryInterface,
    .AddRef = pass_malloc_AddRef,
    .Release = pass_malloc_Release,
    .Alloc = pass_malloc_Alloc,
    .DebugAlloc = pass_malloc_DebugAlloc,
    .Free = pass_malloc_Free,
};

static HRESULT STDMETHODCALLTYPE pass_manager_QueryInterface(IHostMemoryManager *iface, REFIID riid, void **out)
{
    (void)iface;
    (void)riid;
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE pass_manager_AddRef(IHostMemoryManager *iface)
{
    (void)iface;
    return 1;
}

static ULONG STDMETHODCALLTYPE pass_manager_Release(IHostMemoryManager *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE pass_manager_CreateMalloc(IHostMemoryManager *iface, DWORD type, IHostMalloc **out)
{
    pass_malloc *self = HeapAlloc(GetProcessHeap(), 0, sizeof *self);
    (void)iface;
    *out = NULL;
    if (!self)
        return E_OUTOFMEMORY;
    self->IHostMalloc_iface.lpVtbl = &pass_malloc_vtbl;
    self->options = type & MALLOC_THREADSAFE ? 0 : HEAP_NO_SERIALIZE;
    self->heap = HeapCreate(self->options, 0, 0);
    if (!self->heap) {
        HeapFree(GetProcessHeap(), 0, self);
        return E_OUTOFMEMORY;
    }
    *out = &self->IHostMalloc_iface;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE pass_manager_VirtualAlloc(IHostMemoryManager *iface, void *address, SIZE_T size,
                                                           DWORD type, DWORD protect, EMemoryCriticalLevel level,
                                                           void **out)
{
    (void)iface;
    (void)level;
    *out = VirtualAlloc(address, size, type, protect);
    return *out ? S_OK : E_OUTOFMEMORY;
}

static HRESULT STDMETHODCALLTYPE pass_manager_VirtualFree(IHostMemoryManager *iface, LPVOID address, SIZE_T size,
                                                          DWORD type)
{
    (void)iface;
    return VirtualFree(address, size, type) ? S_OK : E_INVALIDARG;
}

static HRESULT STDMETHODCALLTYPE pass_manager_VirtualQuery(IHostMemoryManager *iface, void *address, void *buffer,
                                                           SIZE_T length, SIZE_T *result)
{
    (void)iface;
    *result = VirtualQuery(address, (MEMORY_BASIC_INFORMATION *)buffer, length);
    return *result ? S_OK : E_INVALIDARG;
}

static HRESULT STDMETHODCALLTYPE pass_manager_VirtualProtect(IHostMemoryManager *iface, void *address, SIZE_T size,
                                                             DWORD protect, DWORD *old_protect)
{
    (void)iface;
    return VirtualProtect(address, size, protect, old_protect) ? S_OK : E_INVALIDARG;
}

static HRESULT STDMETHODCALLTYPE pass_manager_GetMemoryLoad(IHostMemoryManager *iface, DWORD *load, SIZE_T *available)
{
    MEMORYSTATUSEX status = {.dwLength = sizeof status};
    (void)iface;
    if (!GlobalMemoryStatusEx(&status))
        return E_FAIL;
    *load = status.dwMemoryLoad;
    *available = (SIZE_T)status.ullAvailPhys;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE
pass_manager_RegisterMemoryNotificationCallback(IHostMemoryManager *iface, ICLRMemoryNotificationCallback *callback)
{
    (void)iface;
    (void)callback;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE pass_manager_NeedsVirtualAddressSpace(IHostMemoryManager *iface, LPVOID start,
                                                                       SIZE_T size)
{
    (void)iface;
    (void)start;
    (void)size;
    return E_OUTOFMEMORY;
}

static HRESULT STDMETHODCALLTYPE pass_manager_AcquiredVirtualAddressSpace(IHostMemoryManager *iface, LPVOID start,
                                                                          SIZE_T size)
{
    (void)iface;
    (void)start;
    (void)size;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE pass_manager_ReleasedVirtualAddressSpace(IHostMemoryManager *iface, LPVOID start)
{
    (void)iface;
    (void)start;
    return S_OK;
}

static const IHostMemoryManagerVtbl pass_manager_vtbl = {
    .QueryInterface = pass_manager_QueryInterface,
    .AddRef = pass_manager_AddRef,
    .Release = pass_manager_Release,
    .CreateMalloc = pass_manager_CreateMalloc,
    .VirtualAlloc = pass_manager_VirtualAlloc,
    .VirtualFree = pass_manager_VirtualFree,
    .VirtualQuery = pass_manager_VirtualQuery,
    .VirtualProtect = pass_manager_VirtualProtect,
    .GetMemoryLoad = pass_manager_GetMemoryLoad,
    .RegisterMemoryNotificationCallback = pass_manager_RegisterMemoryNotificationCallback,
    .NeedsVirtualAddressSpace = pass_manager_NeedsVirtualAddressSpace,
    .AcquiredVirtualAddressSpace = pass_manager_AcquiredVirtualAddressSpace,
    .ReleasedVirtualAddressSpace = pass_manager_ReleasedVirtualAddressSpace,
};

IHostMemoryManager *passthrough_manager(void)
{
    static IHostMemoryManager manager = {.lpVtbl = &pass_manager_vtbl};
    return &manager;
}
