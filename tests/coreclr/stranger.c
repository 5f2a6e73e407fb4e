/* Methods in the order of the interfaces. */
#define COBJMACROS
#include "stranger.h"

#include <corerror.h>
#include <stdlib.h>

static stranger *of_manager(IHostMemoryManager *iface)
{
    return CONTAINING_RECORD(iface, stranger, manager);
}

static stranger *of_heap(IHostMalloc *iface)
{
    return CONTAINING_RECORD(iface, stranger, heap);
}

static void leave_error(DWORD error)
{
#ifdef _WIN32
    SetLastError(error);
#else
    (void)error;
#endif
}

/* Records a request for memory. False: it must be refused. */
static bool note_request(stranger *self, EMemoryCriticalLevel level)
{
    self->calls++;
    self->level = level;
    if (self->refuse == S_OK) {
        if (self->spoils_errors)
            leave_error(ERROR_GEN_FAILURE);
        return true;
    }
    if (self->refuse_error)
        leave_error(self->refuse_error);
    return false;
}

/* ---- The heap ---- */

static HRESULT STDMETHODCALLTYPE heap_QueryInterface(IHostMalloc *iface, REFIID riid, void **out)
{
    (void)iface;
    (void)riid;
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE heap_AddRef(IHostMalloc *iface)
{
    return (ULONG)++of_heap(iface)->heap_references;
}

static ULONG STDMETHODCALLTYPE heap_Release(IHostMalloc *iface)
{
    return (ULONG)--of_heap(iface)->heap_references;
}

static HRESULT STDMETHODCALLTYPE heap_Alloc(IHostMalloc *iface, SIZE_T size, EMemoryCriticalLevel level, void **out)
{
    stranger *self = of_heap(iface);
    self->block_bytes = size;
    *out = NULL;
    if (!note_request(self, level))
        return self->refuse;
    *out = malloc(size ? size : 1);
    if (!*out)
        return E_OUTOFMEMORY;
    self->blocks++;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE heap_DebugAlloc(IHostMalloc *iface, SIZE_T size, EMemoryCriticalLevel level,
                                                 char *file, int line, void **out)
{
    (void)file;
    (void)line;
    return heap_Alloc(iface, size, level, out);
}

static HRESULT STDMETHODCALLTYPE heap_Free(IHostMalloc *iface, void *block)
{
    if (block)
        of_heap(iface)->blocks--;
    free(block);
    return S_OK;
}

/* ---- The manager ---- */

static HRESULT STDMETHODCALLTYPE manager_QueryInterface(IHostMemoryManager *iface, REFIID riid, void **out)
{
    (void)iface;
    (void)riid;
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE manager_AddRef(IHostMemoryManager *iface)
{
    return (ULONG)++of_manager(iface)->references;
}

static ULONG STDMETHODCALLTYPE manager_Release(IHostMemoryManager *iface)
{
    return (ULONG)--of_manager(iface)->references;
}

static HRESULT STDMETHODCALLTYPE manager_CreateMalloc(IHostMemoryManager *iface, DWORD type, IHostMalloc **out)
{
    stranger *self = of_manager(iface);
    self->malloc_type = type;
    *out = NULL;
    if (self->refuse != S_OK)
        return self->refuse;
    self->heap_references++;
    *out = &self->heap;
    return S_OK;
}

#ifdef _WIN32
/* The failure table's result for the errors that Win32 can return in these tests. */
static HRESULT result(BOOL done)
{
    return done ? S_OK : HRESULT_FROM_WIN32(GetLastError());
}
#endif

static HRESULT STDMETHODCALLTYPE manager_VirtualAlloc(IHostMemoryManager *iface, void *address, SIZE_T size, DWORD type,
                                                      DWORD protect, EMemoryCriticalLevel level, void **out)
{
    stranger *self = of_manager(iface);
    *out = NULL;
    if (!note_request(self, level))
        return self->refuse;
#ifdef _WIN32
    *out = VirtualAlloc(address, size, type, protect);
    return result(*out != NULL);
#else
    (void)address;
    (void)size;
    (void)type;
    (void)protect;
    return E_NOTIMPL;
#endif
}

static HRESULT STDMETHODCALLTYPE manager_VirtualFree(IHostMemoryManager *iface, LPVOID address, SIZE_T size, DWORD type)
{
    stranger *self = of_manager(iface);
    if (!note_request(self, self->level))
        return self->refuse;
#ifdef _WIN32
    return result(VirtualFree(address, size, type));
#else
    (void)address;
    (void)size;
    (void)type;
    return E_NOTIMPL;
#endif
}

static HRESULT STDMETHODCALLTYPE manager_VirtualQuery(IHostMemoryManager *iface, void *address, void *buffer,
                                                      SIZE_T length, SIZE_T *written)
{
    stranger *self = of_manager(iface);
    *written = 0;
    if (!note_request(self, self->level))
        return self->refuse;
#ifdef _WIN32
    *written = VirtualQuery(address, (MEMORY_BASIC_INFORMATION *)buffer, length);
    return result(*written != 0);
#else
    (void)address;
    (void)buffer;
    (void)length;
    return E_NOTIMPL;
#endif
}

static HRESULT STDMETHODCALLTYPE manager_VirtualProtect(IHostMemoryManager *iface, void *address, SIZE_T size,
                                                        DWORD protect, DWORD *old_protect)
{
    stranger *self = of_manager(iface);
    if (!note_request(self, self->level))
        return self->refuse;
#ifdef _WIN32
    return result(VirtualProtect(address, size, protect, old_protect));
#else
    (void)address;
    (void)size;
    (void)protect;
    (void)old_protect;
    return E_NOTIMPL;
#endif
}

static HRESULT STDMETHODCALLTYPE manager_GetMemoryLoad(IHostMemoryManager *iface, DWORD *load, SIZE_T *available)
{
    (void)iface;
    *load = 99;
    *available = 12345;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE manager_RegisterMemoryNotificationCallback(IHostMemoryManager *iface,
                                                                            ICLRMemoryNotificationCallback *callback)
{
    of_manager(iface)->callback = callback;
    return of_manager(iface)->refuse;
}

static HRESULT STDMETHODCALLTYPE manager_NeedsVirtualAddressSpace(IHostMemoryManager *iface, LPVOID start, SIZE_T size)
{
    (void)start;
    (void)size;
    of_manager(iface)->needs_calls++;
    return of_manager(iface)->needs;
}

static HRESULT STDMETHODCALLTYPE manager_AcquiredVirtualAddressSpace(IHostMemoryManager *iface, LPVOID start,
                                                                     SIZE_T size)
{
    stranger *self = of_manager(iface);
    self->view = start;
    self->view_bytes = size;
    if (SUCCEEDED(self->released))
        self->views++;
    return self->released;
}

static HRESULT STDMETHODCALLTYPE manager_ReleasedVirtualAddressSpace(IHostMemoryManager *iface, LPVOID start)
{
    of_manager(iface)->views--;
    of_manager(iface)->view = start;
    return S_OK;
}

void stranger_init(stranger *self)
{
    static IHostMallocVtbl heap_vtbl = {heap_QueryInterface, heap_AddRef,     heap_Release,
                                        heap_Alloc,          heap_DebugAlloc, heap_Free};
    static IHostMemoryManagerVtbl manager_vtbl = {manager_QueryInterface,
                                                  manager_AddRef,
                                                  manager_Release,
                                                  manager_CreateMalloc,
                                                  manager_VirtualAlloc,
                                                  manager_VirtualFree,
                                                  manager_VirtualQuery,
                                                  manager_VirtualProtect,
                                                  manager_GetMemoryLoad,
                                                  manager_RegisterMemoryNotificationCallback,
                                                  manager_NeedsVirtualAddressSpace,
                                                  manager_AcquiredVirtualAddressSpace,
                                                  manager_ReleasedVirtualAddressSpace};
    *self = (stranger){.references = 1, .needs = E_OUTOFMEMORY};
    self->manager.lpVtbl = &manager_vtbl;
    self->heap.lpVtbl = &heap_vtbl;
}
