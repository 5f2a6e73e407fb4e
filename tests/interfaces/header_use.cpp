/* Compiled, never run: what a C++ program does with the interfaces. It implements them as classes, where `override`
 * makes the compiler compare each signature, and calls them through pointers. WITHOUT_UUIDOF: for a compiler whose
 * system headers have no __uuidof. */
#include "header_use.h"

#ifdef _MSC_VER /* where __uuidof is not a macro of MinGW's, but the compiler's own */
#pragma clang diagnostic ignored "-Wlanguage-extension-token"
#endif

#ifdef WITHOUT_UUIDOF
#define ID(type) IID_##type
#else
#define ID(type) __uuidof(type)
#endif

namespace
{

class Unowned
{
protected:
    static HRESULT found(IUnknown *object, void **out)
    {
        *out = object;
        return S_OK;
    }
};

class Heap final : public IHostMalloc, Unowned
{
public:
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID, void **out) override
    {
        return found(this, out);
    }
    ULONG STDMETHODCALLTYPE AddRef() override
    {
        return 1;
    }
    ULONG STDMETHODCALLTYPE Release() override
    {
        return 1;
    }
    HRESULT STDMETHODCALLTYPE Alloc(SIZE_T, EMemoryCriticalLevel, void **) override
    {
        return E_NOTIMPL;
    }
    HRESULT STDMETHODCALLTYPE DebugAlloc(SIZE_T, EMemoryCriticalLevel, char *, int, void **) override
    {
        return E_NOTIMPL;
    }
    HRESULT STDMETHODCALLTYPE Free(void *) override
    {
        return E_NOTIMPL;
    }
};

class Callback final : public ICLRMemoryNotificationCallback, Unowned
{
public:
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID, void **out) override
    {
        return found(this, out);
    }
    ULONG STDMETHODCALLTYPE AddRef() override
    {
        return 1;
    }
    ULONG STDMETHODCALLTYPE Release() override
    {
        return 1;
    }
    HRESULT STDMETHODCALLTYPE OnMemoryNotification(EMemoryAvailable) override
    {
        return E_NOTIMPL;
    }
};

class Manager final : public IHostMemoryManager, Unowned
{
public:
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID, void **out) override
    {
        return found(this, out);
    }
    ULONG STDMETHODCALLTYPE AddRef() override
    {
        return 1;
    }
    ULONG STDMETHODCALLTYPE Release() override
    {
        return 1;
    }
    HRESULT STDMETHODCALLTYPE CreateMalloc(DWORD, IHostMalloc **) override
    {
        return E_NOTIMPL;
    }
    HRESULT STDMETHODCALLTYPE VirtualAlloc(void *, SIZE_T, DWORD, DWORD, EMemoryCriticalLevel, void **) override
    {
        return E_NOTIMPL;
    }
    HRESULT STDMETHODCALLTYPE VirtualFree(LPVOID, SIZE_T, DWORD) override
    {
        return E_NOTIMPL;
    }
    HRESULT STDMETHODCALLTYPE VirtualQuery(void *, void *, SIZE_T, query_result *) override
    {
        return E_NOTIMPL;
    }
    HRESULT STDMETHODCALLTYPE VirtualProtect(void *, SIZE_T, DWORD, DWORD *) override
    {
        return E_NOTIMPL;
    }
    HRESULT STDMETHODCALLTYPE GetMemoryLoad(DWORD *, SIZE_T *) override
    {
        return E_NOTIMPL;
    }
    HRESULT STDMETHODCALLTYPE RegisterMemoryNotificationCallback(ICLRMemoryNotificationCallback *) override
    {
        return E_NOTIMPL;
    }
    HRESULT STDMETHODCALLTYPE NeedsVirtualAddressSpace(LPVOID, SIZE_T) override
    {
        return E_NOTIMPL;
    }
    HRESULT STDMETHODCALLTYPE AcquiredVirtualAddressSpace(LPVOID, SIZE_T) override
    {
        return E_NOTIMPL;
    }
    HRESULT STDMETHODCALLTYPE ReleasedVirtualAddressSpace(LPVOID) override
    {
        return E_NOTIMPL;
    }
};

} // namespace

HRESULT use_malloc(IHostMalloc *heap, char *file, void **block);
HRESULT use_callback(ICLRMemoryNotificationCallback *callback, void **object);
HRESULT use_manager(IHostMemoryManager *manager, ICLRMemoryNotificationCallback *callback, IHostMalloc **heap);
HRESULT use_classes(char *file, void **object, IHostMalloc **made);

HRESULT use_malloc(IHostMalloc *heap, char *file, void **block)
{
    if (FAILED(heap->QueryInterface(IID_IHostMalloc, block)) || heap->AddRef() == heap->Release() ||
        FAILED(heap->QueryInterface(ID(IHostMalloc), block)) || FAILED(heap->Alloc(1, eTaskCritical, block)) ||
        FAILED(heap->DebugAlloc(1, eAppDomainCritical, file, 1, block))) {
        return E_FAIL;
    }
    return heap->Free(*block);
}

HRESULT use_callback(ICLRMemoryNotificationCallback *callback, void **object)
{
    if (FAILED(callback->QueryInterface(IID_ICLRMemoryNotificationCallback, object)) ||
        FAILED(callback->QueryInterface(ID(ICLRMemoryNotificationCallback), object)) ||
        callback->AddRef() == callback->Release()) {
        return E_FAIL;
    }
    return callback->OnMemoryNotification(eMemoryAvailableNeutral);
}

HRESULT use_manager(IHostMemoryManager *manager, ICLRMemoryNotificationCallback *callback, IHostMalloc **heap)
{
    void *memory = nullptr;
    DWORD word = MALLOC_THREADSAFE | MALLOC_EXECUTABLE;
    SIZE_T size = 0;
    MEMORY_BASIC_INFORMATION information;
    if (FAILED(manager->QueryInterface(IID_IHostMemoryManager, &memory)) ||
        FAILED(manager->QueryInterface(ID(IHostMemoryManager), &memory)) || manager->AddRef() == manager->Release() ||
        FAILED(manager->CreateMalloc(word, heap)) ||
        FAILED(manager->VirtualAlloc(memory, size, MEM_COMMIT, PAGE_READWRITE, eProcessCritical, &memory)) ||
        FAILED(manager->VirtualFree(memory, size, MEM_RELEASE)) ||
        FAILED(manager->VirtualQuery(memory, &information, sizeof information, &size)) ||
        FAILED(manager->VirtualProtect(memory, size, PAGE_READONLY, &word)) ||
        FAILED(manager->GetMemoryLoad(&word, &size)) || FAILED(manager->RegisterMemoryNotificationCallback(callback)) ||
        FAILED(manager->NeedsVirtualAddressSpace(memory, size)) ||
        FAILED(manager->AcquiredVirtualAddressSpace(memory, size))) {
        return E_FAIL;
    }
    return manager->ReleasedVirtualAddressSpace(memory);
}

HRESULT use_classes(char *file, void **object, IHostMalloc **made)
{
    static Heap heap;
    static Callback callback;
    static Manager manager;
    if (FAILED(use_malloc(&heap, file, object)) || FAILED(use_callback(&callback, object))) {
        return E_FAIL;
    }
    return use_manager(&manager, &callback, made);
}

#ifdef HOSTMEM_HOSTMEM_H
#include "header_use_api.h"
#endif
