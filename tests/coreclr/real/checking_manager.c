/* See checking_manager.h. The thread's last error is passed through unchanged: before a call and after a success it
 * is the caller's, after a failure the manager's. */
#define COBJMACROS
#include "checking_manager.h"

#include <stdlib.h>

#include "own_books.h"

/* No call writes this by chance. */
#define POISON_WORD 0xBAD0BAD1u

typedef struct checked_heap {
    IHostMalloc IHostMalloc_iface;
    IHostMalloc *inner; /* holds a reference */
    volatile LONG references;
} checked_heap;

static standin_check check;
static IHostMemoryManager manager;
static const IHostMallocVtbl heap_vtbl;

/* Where Windows puts a request with an address. */
static char *round_down(void *address, SIZE_T unit)
{
    return (char *)((UINT_PTR)address & ~(UINT_PTR)(unit - 1));
}

static HRESULT STDMETHODCALLTYPE manager_QueryInterface(IHostMemoryManager *This, REFIID iid, void **out)
{
    const BOOL known = IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IHostMemoryManager);

    *out = known ? This : NULL;
    return known ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE manager_AddRef(IHostMemoryManager *This)
{
    (void)This;
    return 2;
}

static ULONG STDMETHODCALLTYPE manager_Release(IHostMemoryManager *This)
{
    (void)This;
    return 1;
}

static HRESULT STDMETHODCALLTYPE manager_CreateMalloc(IHostMemoryManager *This, DWORD type, IHostMalloc **out)
{
    void *inner = STANDIN_POISON;
    DWORD before = GetLastError();
    checked_heap *heap;
    HRESULT hr;

    (void)This;
    standin_check_begin(&check, STANDIN_CREATE_MALLOC);
    hr = IHostMemoryManager_CreateMalloc(check.manager, type, (IHostMalloc **)&inner);
    hr = standin_check_end(&check, STANDIN_CREATE_MALLOC, hr);
    hr = standin_check_out(&check, STANDIN_CREATE_MALLOC, hr, inner);
    *out = NULL;
    if (hr != S_OK)
        return hr;
    heap = calloc(1, sizeof(*heap));
    if (!heap)
        abort();
    heap->IHostMalloc_iface.lpVtbl = (IHostMallocVtbl *)&heap_vtbl;
    heap->inner = inner;
    heap->references = 1;
    *out = &heap->IHostMalloc_iface;
    SetLastError(before);
    return S_OK;
}

/* Checks a success. */
static void check_pages(void *address, SIZE_T size, DWORD type, DWORD protect, void *out)
{
    const standin_method method = STANDIN_VIRTUAL_ALLOC;
    char *expected = round_down(address, type & MEM_RESERVE ? check.granularity : check.page_size);
    SIZE_T whole = size + (SIZE_T)((char *)address - expected);

    if (expected ? out != expected : round_down(out, check.granularity) != out)
        standin_violation(&check, method, "gave %p for a request at %p", out, address);
    else if ((type & (MEM_RESERVE | MEM_COMMIT)) && !own_books_has_view(out))
        standin_check_pages(&check, method, out, whole, type & MEM_COMMIT ? MEM_COMMIT : MEM_RESERVE, protect);
}

static HRESULT STDMETHODCALLTYPE manager_VirtualAlloc(IHostMemoryManager *This, void *address, SIZE_T size, DWORD type,
                                                      DWORD protect, EMemoryCriticalLevel level, void **out)
{
    void *got = STANDIN_POISON;
    DWORD before = GetLastError();
    HRESULT hr;

    (void)This;
    standin_check_begin(&check, STANDIN_VIRTUAL_ALLOC);
    hr = IHostMemoryManager_VirtualAlloc(check.manager, address, size, type, protect, level, &got);
    hr = standin_check_end(&check, STANDIN_VIRTUAL_ALLOC, hr);
    hr = standin_check_out(&check, STANDIN_VIRTUAL_ALLOC, hr, got);
    *out = hr == S_OK ? got : NULL;
    if (hr != S_OK)
        return hr;
    if ((type & MEM_RESERVE) || !address)
        own_books_reserved(got, size);
    else if (type & MEM_COMMIT)
        own_books_committed(address, size);
    check_pages(address, size, type, protect, got);
    SetLastError(before);
    return S_OK;
}

/* .NET 10 for x86 now and then decommits 0 bytes at the end of what a segment of its heap has committed. Windows
 * refuses that (ERROR_INVALID_PARAMETER): 0 bytes mean the whole reservation, of which the address must be the base. */
static BOOL is_decommit_of_nothing(const void *address, SIZE_T size, DWORD type)
{
    MEMORY_BASIC_INFORMATION is;

    return type == MEM_DECOMMIT && !size && VirtualQuery(address, &is, sizeof(is)) && is.AllocationBase != address;
}

static HRESULT STDMETHODCALLTYPE manager_VirtualFree(IHostMemoryManager *This, void *address, SIZE_T size, DWORD type)
{
    DWORD before = GetLastError();
    BOOL own = (type & MEM_RELEASE) && own_books_released(address);
    HRESULT hr;

    (void)This;
    if (is_decommit_of_nothing(address, size, type)) {
        hr = IHostMemoryManager_VirtualFree(check.manager, address, size, type);
        if (hr != E_INVALIDARG)
            standin_violation(&check, STANDIN_VIRTUAL_FREE, "decommitted 0 bytes in a reservation: 0x%08lX",
                              (unsigned long)hr);
        return hr;
    }
    standin_check_begin(&check, STANDIN_VIRTUAL_FREE);
    hr = IHostMemoryManager_VirtualFree(check.manager, address, size, type);
    hr = standin_check_end(&check, STANDIN_VIRTUAL_FREE, hr);
    if (hr != S_OK) {
        MEMORY_BASIC_INFORMATION is = {0};

        VirtualQuery(address, &is, sizeof(is));
        standin_violation(&check, STANDIN_VIRTUAL_FREE,
                          "refused %p, 0x%lX bytes, type 0x%lX: in %p, 0x%lX bytes of state 0x%lX", address,
                          (unsigned long)size, type, is.AllocationBase, (unsigned long)is.RegionSize, is.State);
    }
    if (own && hr != S_OK)
        standin_violation(&check, STANDIN_VIRTUAL_FREE, "did not take back its own memory at %p", address);
    if (hr == S_OK && type == MEM_DECOMMIT && size && !own_books_has_view(address))
        standin_check_pages(&check, STANDIN_VIRTUAL_FREE, address, size, MEM_RESERVE, 0);
    if (hr == S_OK)
        SetLastError(before);
    return hr;
}

static HRESULT STDMETHODCALLTYPE manager_VirtualQuery(IHostMemoryManager *This, void *address, void *buffer,
                                                      SIZE_T size, SIZE_T *written)
{
    const standin_method method = STANDIN_VIRTUAL_QUERY;
    SIZE_T bytes = POISON_WORD;
    DWORD before = GetLastError();
    HRESULT hr;

    (void)This;
    standin_check_begin(&check, method);
    hr = IHostMemoryManager_VirtualQuery(check.manager, address, buffer, size, &bytes);
    hr = standin_check_end(&check, method, hr);
    if (bytes == POISON_WORD)
        standin_violation(&check, method, "left its out parameter unwritten, returning 0x%08lX", (unsigned long)hr);
    else if (hr == S_OK && bytes != sizeof(MEMORY_BASIC_INFORMATION))
        standin_violation(&check, method, "says it wrote %lu bytes", (unsigned long)bytes);
    else if (hr == S_OK && ((MEMORY_BASIC_INFORMATION *)buffer)->BaseAddress != round_down(address, check.page_size))
        standin_violation(&check, method, "describes another page than %p", address);
    *written = bytes;
    if (hr == S_OK)
        SetLastError(before);
    return hr;
}

static HRESULT STDMETHODCALLTYPE manager_VirtualProtect(IHostMemoryManager *This, void *address, SIZE_T size,
                                                        DWORD protect, DWORD *old)
{
    const standin_method method = STANDIN_VIRTUAL_PROTECT;
    DWORD told = POISON_WORD, before = GetLastError();
    MEMORY_BASIC_INFORMATION was, is;
    HRESULT hr;

    (void)This;
    if (!VirtualQuery(address, &was, sizeof(was)))
        was.State = MEM_FREE;
    standin_check_begin(&check, method);
    hr = IHostMemoryManager_VirtualProtect(check.manager, address, size, protect, &told);
    hr = standin_check_end(&check, method, hr);
    if (told == POISON_WORD)
        standin_violation(&check, method, "left its out parameter unwritten, returning 0x%08lX", (unsigned long)hr);
    else if (hr == S_OK && was.State == MEM_COMMIT && was.Type == MEM_PRIVATE && told != was.Protect)
        standin_violation(&check, method, "says that %p had 0x%lX, not 0x%lX", address, told, was.Protect);
    else if (hr == S_OK && VirtualQuery(address, &is, sizeof(is)) && is.Type == MEM_PRIVATE && is.Protect != protect)
        standin_violation(&check, method, "protection of %p is 0x%lX, not 0x%lX", address, is.Protect, protect);
    *old = told;
    if (hr == S_OK)
        SetLastError(before);
    return hr;
}

static HRESULT STDMETHODCALLTYPE manager_GetMemoryLoad(IHostMemoryManager *This, DWORD *load, SIZE_T *available)
{
    const standin_method method = STANDIN_GET_MEMORY_LOAD;
    DWORD percent = POISON_WORD, before = GetLastError();
    SIZE_T bytes = POISON_WORD;
    HRESULT hr;

    (void)This;
    standin_check_begin(&check, method);
    hr = IHostMemoryManager_GetMemoryLoad(check.manager, &percent, &bytes);
    hr = standin_check_end(&check, method, hr);
    if (percent == POISON_WORD || bytes == POISON_WORD)
        standin_violation(&check, method, "left an out parameter unwritten, returning 0x%08lX", (unsigned long)hr);
    else if (hr == S_OK && percent > 100)
        standin_violation(&check, method, "says %lu percent", percent);
    *load = percent;
    *available = bytes;
    if (hr == S_OK)
        SetLastError(before);
    return hr;
}

static HRESULT STDMETHODCALLTYPE manager_RegisterMemoryNotificationCallback(IHostMemoryManager *This,
                                                                            ICLRMemoryNotificationCallback *callback)
{
    DWORD before = GetLastError();
    HRESULT hr;

    (void)This;
    standin_check_begin(&check, STANDIN_REGISTER_CALLBACK);
    hr = IHostMemoryManager_RegisterMemoryNotificationCallback(check.manager, callback);
    hr = standin_check_end(&check, STANDIN_REGISTER_CALLBACK, hr);
    if (hr == S_OK)
        SetLastError(before);
    return hr;
}

static HRESULT STDMETHODCALLTYPE manager_NeedsVirtualAddressSpace(IHostMemoryManager *This, void *address, SIZE_T size)
{
    DWORD before = GetLastError();
    HRESULT hr;

    (void)This;
    standin_check_begin(&check, STANDIN_NEEDS_ADDRESS_SPACE);
    hr = IHostMemoryManager_NeedsVirtualAddressSpace(check.manager, address, size);
    hr = standin_check_end(&check, STANDIN_NEEDS_ADDRESS_SPACE, hr);
    SetLastError(before);
    return hr;
}

static HRESULT STDMETHODCALLTYPE manager_AcquiredVirtualAddressSpace(IHostMemoryManager *This, void *address,
                                                                     SIZE_T size)
{
    DWORD before = GetLastError();
    HRESULT hr;

    (void)This;
    own_books_mapped(address);
    standin_check_begin(&check, STANDIN_ACQUIRED_ADDRESS_SPACE);
    hr = IHostMemoryManager_AcquiredVirtualAddressSpace(check.manager, address, size);
    hr = standin_check_end(&check, STANDIN_ACQUIRED_ADDRESS_SPACE, hr);
    SetLastError(before);
    return hr;
}

static HRESULT STDMETHODCALLTYPE manager_ReleasedVirtualAddressSpace(IHostMemoryManager *This, void *address)
{
    DWORD before = GetLastError();
    HRESULT hr;

    (void)This;
    own_books_unmapped(address);
    standin_check_begin(&check, STANDIN_RELEASED_ADDRESS_SPACE);
    hr = IHostMemoryManager_ReleasedVirtualAddressSpace(check.manager, address);
    hr = standin_check_end(&check, STANDIN_RELEASED_ADDRESS_SPACE, hr);
    SetLastError(before);
    return hr;
}

/* Its heaps. */

static checked_heap *impl_from_IHostMalloc(IHostMalloc *iface)
{
    return (checked_heap *)iface; /* its first member */
}

static HRESULT STDMETHODCALLTYPE heap_QueryInterface(IHostMalloc *This, REFIID iid, void **out)
{
    const BOOL known = IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IHostMalloc);

    *out = known ? This : NULL;
    if (!known)
        return E_NOINTERFACE;
    IHostMalloc_AddRef(This);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE heap_AddRef(IHostMalloc *This)
{
    return (ULONG)InterlockedIncrement(&impl_from_IHostMalloc(This)->references);
}

static ULONG STDMETHODCALLTYPE heap_Release(IHostMalloc *This)
{
    checked_heap *heap = impl_from_IHostMalloc(This);
    LONG left = InterlockedDecrement(&heap->references);

    if (!left) {
        IHostMalloc_Release(heap->inner);
        free(heap);
    }
    return (ULONG)left;
}

static HRESULT allocate(IHostMalloc *This, SIZE_T size, EMemoryCriticalLevel level, const char *file, int line,
                        void **out)
{
    const standin_method method = file ? STANDIN_DEBUG_ALLOC : STANDIN_ALLOC;
    IHostMalloc *inner = impl_from_IHostMalloc(This)->inner;
    void *block = STANDIN_POISON;
    DWORD before = GetLastError();
    HRESULT hr;

    standin_check_begin(&check, method);
    hr = file ? IHostMalloc_DebugAlloc(inner, size, level, (char *)file, line, &block)
              : IHostMalloc_Alloc(inner, size, level, &block);
    hr = standin_check_end(&check, method, hr);
    hr = standin_check_out(&check, method, hr, block);
    *out = hr == S_OK ? block : NULL;
    if (hr != S_OK)
        return hr;
    if ((UINT_PTR)block % (2 * sizeof(void *)))
        standin_violation(&check, method, "block %p is not aligned", block);
    SetLastError(before);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE heap_Alloc(IHostMalloc *This, SIZE_T size, EMemoryCriticalLevel level, void **out)
{
    return allocate(This, size, level, NULL, 0, out);
}

static HRESULT STDMETHODCALLTYPE heap_DebugAlloc(IHostMalloc *This, SIZE_T size, EMemoryCriticalLevel level, char *file,
                                                 int line, void **out)
{
    return allocate(This, size, level, file ? file : "", line, out);
}

static HRESULT STDMETHODCALLTYPE heap_Free(IHostMalloc *This, void *block)
{
    DWORD before = GetLastError();
    HRESULT hr;

    standin_check_begin(&check, STANDIN_FREE);
    hr = IHostMalloc_Free(impl_from_IHostMalloc(This)->inner, block);
    hr = standin_check_end(&check, STANDIN_FREE, hr);
    if (hr == S_OK)
        SetLastError(before);
    return hr;
}

static const IHostMemoryManagerVtbl manager_vtbl = {
    manager_QueryInterface,
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
    manager_ReleasedVirtualAddressSpace,
};

static const IHostMallocVtbl heap_vtbl = {
    heap_QueryInterface, heap_AddRef, heap_Release, heap_Alloc, heap_DebugAlloc, heap_Free,
};

BOOL checking_manager_init(IHostMemoryManager *inner)
{
    manager.lpVtbl = (IHostMemoryManagerVtbl *)&manager_vtbl;
    check.manager = inner;
    return standin_check_init(&check);
}

IHostMemoryManager *checking_manager_get(void)
{
    return &manager;
}

const standin_check *checking_manager_record(void)
{
    return &check;
}
