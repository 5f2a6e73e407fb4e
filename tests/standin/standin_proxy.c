/* The proxy. Every fault is a few lines in the method that it affects. See standin_proxy.h. */
#define COBJMACROS
#define CONST_VTABLE
#include "standin_proxy.h"

#include <corerror.h>
#include <string.h>

/* The offset of a misaligned block. */
enum { OFF = 4 };

/* TRUE: the request must be refused. */
static BOOL count_request(standin_proxy *proxy, EMemoryCriticalLevel level)
{
    InterlockedIncrement(&proxy->levels[level]);
    if (proxy->refuse_all)
        return TRUE;
    return proxy->refuse_after > 0 && !InterlockedDecrement(&proxy->refuse_after);
}

static HRESULT refuse(void **out)
{
    *out = NULL;
    SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return E_OUTOFMEMORY;
}

/* ---- IHostMalloc ---- */

static standin_proxy *impl_from_IHostMalloc(IHostMalloc *iface)
{
    return CONTAINING_RECORD(iface, standin_proxy, IHostMalloc_iface);
}

static HRESULT STDMETHODCALLTYPE malloc_QueryInterface(IHostMalloc *iface, REFIID iid, void **out)
{
    (void)iface;
    (void)iid;
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE malloc_AddRef(IHostMalloc *iface)
{
    return (ULONG)InterlockedIncrement(&impl_from_IHostMalloc(iface)->references);
}

/* The runtime holds one reference; the heap behind it is released with it. */
static ULONG STDMETHODCALLTYPE malloc_Release(IHostMalloc *iface)
{
    standin_proxy *proxy = impl_from_IHostMalloc(iface);

    IHostMalloc_Release(proxy->inner_malloc);
    proxy->inner_malloc = NULL;
    return (ULONG)InterlockedDecrement(&proxy->references);
}

/* Returns one block to many owners; it is large enough for each. It is freed with the heap. */
static HRESULT share_block(standin_proxy *proxy, EMemoryCriticalLevel level, void **out)
{
    HRESULT hr = S_OK;

    if (!proxy->shared_block)
        hr = IHostMalloc_Alloc(proxy->inner_malloc, 128, level, &proxy->shared_block);
    *out = proxy->shared_block;
    return hr;
}

static HRESULT misalign_block(standin_proxy *proxy, SIZE_T size, EMemoryCriticalLevel level, void **out)
{
    HRESULT hr = IHostMalloc_Alloc(proxy->inner_malloc, size + OFF, level, out);

    if (hr == S_OK)
        *out = (char *)*out + OFF;
    return hr;
}

static HRESULT STDMETHODCALLTYPE malloc_DebugAlloc(IHostMalloc *iface, SIZE_T size, EMemoryCriticalLevel level,
                                                   char *file, int line, void **out)
{
    standin_proxy *proxy = impl_from_IHostMalloc(iface);

    if (count_request(proxy, level))
        return refuse(out);
    if (proxy->fault == BLOCK_SHARED && size > 32 && size <= 128)
        return share_block(proxy, level, out);
    if (proxy->fault == BLOCK_MISALIGNED)
        return misalign_block(proxy, size, level, out);
    if (proxy->fault == BLOCK_S_OK_AND_NULL || (proxy->fault == BLOCK_OF_0_GIVES_NULL && !size)) {
        *out = NULL;
        return S_OK;
    }
    return file ? IHostMalloc_DebugAlloc(proxy->inner_malloc, size, level, file, line, out)
                : IHostMalloc_Alloc(proxy->inner_malloc, size, level, out);
}

static HRESULT STDMETHODCALLTYPE malloc_Alloc(IHostMalloc *iface, SIZE_T size, EMemoryCriticalLevel level, void **out)
{
    return malloc_DebugAlloc(iface, size, level, NULL, 0, out);
}

static HRESULT STDMETHODCALLTYPE malloc_Free(IHostMalloc *iface, void *block)
{
    standin_proxy *proxy = impl_from_IHostMalloc(iface);

    if (proxy->fault == FREE_OF_NULL_REFUSED && !block) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return E_INVALIDARG;
    }
    if (block && block == proxy->shared_block)
        return S_OK;
    if (proxy->fault == BLOCK_MISALIGNED && block)
        block = (char *)block - OFF;
    return IHostMalloc_Free(proxy->inner_malloc, block);
}

static const IHostMallocVtbl malloc_vtbl = {
    .QueryInterface = malloc_QueryInterface,
    .AddRef = malloc_AddRef,
    .Release = malloc_Release,
    .Alloc = malloc_Alloc,
    .DebugAlloc = malloc_DebugAlloc,
    .Free = malloc_Free,
};

/* ---- IHostMemoryManager ---- */

static standin_proxy *impl_from_IHostMemoryManager(IHostMemoryManager *iface)
{
    return CONTAINING_RECORD(iface, standin_proxy, IHostMemoryManager_iface);
}

static HRESULT STDMETHODCALLTYPE manager_QueryInterface(IHostMemoryManager *iface, REFIID iid, void **out)
{
    (void)iface;
    (void)iid;
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE manager_AddRef(IHostMemoryManager *iface)
{
    return (ULONG)InterlockedIncrement(&impl_from_IHostMemoryManager(iface)->references);
}

static ULONG STDMETHODCALLTYPE manager_Release(IHostMemoryManager *iface)
{
    return (ULONG)InterlockedDecrement(&impl_from_IHostMemoryManager(iface)->references);
}

static HRESULT STDMETHODCALLTYPE manager_CreateMalloc(IHostMemoryManager *iface, DWORD type, IHostMalloc **out)
{
    standin_proxy *proxy = impl_from_IHostMemoryManager(iface);
    HRESULT hr;

    *out = NULL;
    if (proxy->fault == CREATE_MALLOC_GIVES_NULL)
        return S_OK;
    hr = IHostMemoryManager_CreateMalloc(proxy->inner, type, &proxy->inner_malloc);
    if (hr == S_OK) {
        *out = &proxy->IHostMalloc_iface;
        InterlockedIncrement(&proxy->references);
    }
    return hr;
}

/* Faults in place of the allocation. FALSE: it must be made. */
static BOOL fake_pages(standin_proxy *proxy, void *address, DWORD type, HRESULT *hr, void **out)
{
    *hr = S_OK;
    switch (proxy->fault) {
    case PAGES_S_OK_AND_NULL:
        *out = NULL;
        return TRUE;
    case PAGES_REFUSED_UNWRITTEN:
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        *hr = E_OUTOFMEMORY;
        return TRUE;
    case PAGES_REFUSED_WITH_POINTER:
        *hr = refuse(out);
        *out = proxy;
        return TRUE;
    case PAGES_S_FALSE:
        refuse(out);
        *hr = S_FALSE;
        return TRUE;
    case PAGES_UNDOCUMENTED:
        refuse(out);
        *hr = E_ABORT;
        return TRUE;
    case PAGES_NO_LAST_ERROR:
        *hr = refuse(out);
        SetLastError(0);
        return TRUE;
    case PAGES_NOT_COMMITTED:
        *out = address;
        return address && type == MEM_COMMIT;
    default:
        return FALSE;
    }
}

/* Faults that change an allocation after it was made. */
static void spoil_pages(standin_proxy *proxy, SIZE_T size, DWORD type, void **out)
{
    switch (proxy->fault) {
    case PAGES_LAST_ERROR_LOST:
        SetLastError(0);
        break;
    case PAGES_ELSEWHERE:
        if (type == MEM_COMMIT)
            *out = (char *)*out + 1;
        break;
    case PAGES_NOT_ZERO:
        if (type == MEM_COMMIT)
            ((char *)*out)[size - 1] = 1;
        break;
    case PAGES_LOSE_CONTENT:
        if (type == MEM_COMMIT)
            memset(*out, 0, size);
        break;
    case NOTIFIES_INSIDE_A_CALL:
        if (proxy->callback)
            ICLRMemoryNotificationCallback_OnMemoryNotification(proxy->callback, eMemoryAvailableNeutral);
        break;
    default:
        break;
    }
}

static HRESULT STDMETHODCALLTYPE manager_VirtualAlloc(IHostMemoryManager *iface, void *address, SIZE_T size, DWORD type,
                                                      DWORD protect, EMemoryCriticalLevel level, void **out)
{
    standin_proxy *proxy = impl_from_IHostMemoryManager(iface);
    HRESULT hr;

    if (count_request(proxy, level))
        return refuse(out);
    if (fake_pages(proxy, address, type, &hr, out))
        return hr;
    if (proxy->fault == PAGES_NO_WRITE_WATCH)
        type &= ~(DWORD)MEM_WRITE_WATCH;
    hr = IHostMemoryManager_VirtualAlloc(proxy->inner, address, size, type, protect, level, out);
    if (hr == S_OK)
        spoil_pages(proxy, size, type, out);
    return hr;
}

static HRESULT STDMETHODCALLTYPE manager_VirtualFree(IHostMemoryManager *iface, LPVOID address, SIZE_T size, DWORD type)
{
    standin_proxy *proxy = impl_from_IHostMemoryManager(iface);

    if (proxy->fault == PAGES_NOT_TAKEN_BACK && type == MEM_RELEASE) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return HOST_E_INVALIDOPERATION;
    }
    if (proxy->fault == PAGES_NOT_DECOMMITTED && type == MEM_DECOMMIT)
        return S_OK;
    return IHostMemoryManager_VirtualFree(proxy->inner, address, size, type);
}

static HRESULT STDMETHODCALLTYPE manager_VirtualQuery(IHostMemoryManager *iface, void *address, void *buffer,
                                                      SIZE_T length, SIZE_T *written)
{
    standin_proxy *proxy = impl_from_IHostMemoryManager(iface);

    if (proxy->fault == QUERY_UNWRITTEN)
        return S_OK;
    if (proxy->fault == QUERY_OF_ELSEWHERE)
        address = proxy;
    return IHostMemoryManager_VirtualQuery(proxy->inner, address, buffer, length, written);
}

static HRESULT STDMETHODCALLTYPE manager_VirtualProtect(IHostMemoryManager *iface, void *address, SIZE_T size,
                                                        DWORD protect, DWORD *old)
{
    standin_proxy *proxy = impl_from_IHostMemoryManager(iface);
    DWORD before = *old;
    HRESULT hr = IHostMemoryManager_VirtualProtect(proxy->inner, address, size, protect, old);

    if (proxy->fault == PROTECT_UNWRITTEN)
        *old = before;
    if (proxy->fault == PROTECT_WRONG_OLD)
        *old = PAGE_EXECUTE;
    return hr;
}

static HRESULT STDMETHODCALLTYPE manager_GetMemoryLoad(IHostMemoryManager *iface, DWORD *load, SIZE_T *available)
{
    standin_proxy *proxy = impl_from_IHostMemoryManager(iface);
    SIZE_T before = *available;
    HRESULT hr = IHostMemoryManager_GetMemoryLoad(proxy->inner, load, available);

    if (proxy->fault == LOAD_UNWRITTEN)
        *available = before;
    if (proxy->fault == LOAD_ABOVE_100)
        *load = 101;
    return hr;
}

static HRESULT STDMETHODCALLTYPE manager_RegisterMemoryNotificationCallback(IHostMemoryManager *iface,
                                                                            ICLRMemoryNotificationCallback *callback)
{
    standin_proxy *proxy = impl_from_IHostMemoryManager(iface);

    proxy->callback = callback;
    return IHostMemoryManager_RegisterMemoryNotificationCallback(proxy->inner, callback);
}

static HRESULT STDMETHODCALLTYPE manager_NeedsVirtualAddressSpace(IHostMemoryManager *iface, LPVOID address,
                                                                  SIZE_T size)
{
    return IHostMemoryManager_NeedsVirtualAddressSpace(impl_from_IHostMemoryManager(iface)->inner, address, size);
}

static HRESULT STDMETHODCALLTYPE manager_AcquiredVirtualAddressSpace(IHostMemoryManager *iface, LPVOID address,
                                                                     SIZE_T size)
{
    standin_proxy *proxy = impl_from_IHostMemoryManager(iface);
    HRESULT hr = IHostMemoryManager_AcquiredVirtualAddressSpace(proxy->inner, address, size);

    if (proxy->fault == ACQUIRED_LAST_ERROR_LOST)
        SetLastError(ERROR_INVALID_ADDRESS);
    return hr;
}

static HRESULT STDMETHODCALLTYPE manager_ReleasedVirtualAddressSpace(IHostMemoryManager *iface, LPVOID address)
{
    return IHostMemoryManager_ReleasedVirtualAddressSpace(impl_from_IHostMemoryManager(iface)->inner, address);
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

/* ---- IHostControl ---- */

static standin_proxy *impl_from_IHostControl(IHostControl *iface)
{
    return CONTAINING_RECORD(iface, standin_proxy, IHostControl_iface);
}

static HRESULT STDMETHODCALLTYPE control_QueryInterface(IHostControl *iface, REFIID iid, void **out)
{
    (void)iface;
    (void)iid;
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE control_AddRef(IHostControl *iface)
{
    return (ULONG)InterlockedIncrement(&impl_from_IHostControl(iface)->references);
}

static ULONG STDMETHODCALLTYPE control_Release(IHostControl *iface)
{
    return (ULONG)InterlockedDecrement(&impl_from_IHostControl(iface)->references);
}

static HRESULT STDMETHODCALLTYPE control_GetHostManager(IHostControl *iface, REFIID iid, void **out)
{
    standin_proxy *proxy = impl_from_IHostControl(iface);

    *out = NULL;
    if (!IsEqualGUID(iid, &IID_IHostMemoryManager))
        return E_NOINTERFACE;
    *out = &proxy->IHostMemoryManager_iface;
    InterlockedIncrement(&proxy->references);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE control_SetAppDomainManager(IHostControl *iface, DWORD domain, IUnknown *manager)
{
    (void)iface;
    (void)domain;
    (void)manager;
    return S_OK;
}

static const IHostControlVtbl control_vtbl = {
    .QueryInterface = control_QueryInterface,
    .AddRef = control_AddRef,
    .Release = control_Release,
    .GetHostManager = control_GetHostManager,
    .SetAppDomainManager = control_SetAppDomainManager,
};

void standin_proxy_init(standin_proxy *proxy, IHostMemoryManager *inner)
{
    memset(proxy, 0, sizeof(*proxy));
    proxy->IHostControl_iface.lpVtbl = &control_vtbl;
    proxy->IHostMemoryManager_iface.lpVtbl = &manager_vtbl;
    proxy->IHostMalloc_iface.lpVtbl = &malloc_vtbl;
    proxy->inner = inner;
}
