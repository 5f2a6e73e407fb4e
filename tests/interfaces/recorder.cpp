/* The recording objects: see recorder.h. They return fixed results, which the caller checks too. */
#include "recorder.h"

#include <hostmem/interfaces.h>

recorder_call recorder_latest;

namespace
{

template <class T> UINT64 widened(T number)
{
    return static_cast<UINT64>(number);
}

template <class T> UINT64 widened(T *pointer)
{
    return reinterpret_cast<UINT_PTR>(pointer);
}

template <class... A> HRESULT record(const char *method, A... arguments)
{
    const UINT64 all[] = {widened(arguments)..., 0};
    static_assert(sizeof...(arguments) <= RECORDER_ARGUMENTS_MAX, "");
    recorder_latest.method = method;
    recorder_latest.argument_count = static_cast<int>(sizeof...(arguments));
    for (unsigned i = 0; i < sizeof...(arguments); i++) {
        recorder_latest.arguments[i] = all[i];
    }
    return S_FALSE;
}

ULONG record_count(const char *method, ULONG count)
{
    record(method);
    return count;
}

class Malloc final : public IHostMalloc
{
public:
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID riid, void **out) override
    {
        return record("IHostMalloc::QueryInterface", &riid, out);
    }
    ULONG STDMETHODCALLTYPE AddRef() override
    {
        return record_count("IHostMalloc::AddRef", 11);
    }
    ULONG STDMETHODCALLTYPE Release() override
    {
        return record_count("IHostMalloc::Release", 10);
    }
    HRESULT STDMETHODCALLTYPE Alloc(SIZE_T size, EMemoryCriticalLevel level, void **out) override
    {
        return record("IHostMalloc::Alloc", size, level, out);
    }
    HRESULT STDMETHODCALLTYPE DebugAlloc(SIZE_T size, EMemoryCriticalLevel level, char *file, int line,
                                         void **out) override
    {
        return record("IHostMalloc::DebugAlloc", size, level, file, line, out);
    }
    HRESULT STDMETHODCALLTYPE Free(void *block) override
    {
        return record("IHostMalloc::Free", block);
    }
};

class Callback final : public ICLRMemoryNotificationCallback
{
public:
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID riid, void **out) override
    {
        return record("ICLRMemoryNotificationCallback::QueryInterface", &riid, out);
    }
    ULONG STDMETHODCALLTYPE AddRef() override
    {
        return record_count("ICLRMemoryNotificationCallback::AddRef", 21);
    }
    ULONG STDMETHODCALLTYPE Release() override
    {
        return record_count("ICLRMemoryNotificationCallback::Release", 20);
    }
    HRESULT STDMETHODCALLTYPE OnMemoryNotification(EMemoryAvailable available) override
    {
        return record("ICLRMemoryNotificationCallback::OnMemoryNotification", available);
    }
};

class Manager final : public IHostMemoryManager
{
public:
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID riid, void **out) override
    {
        return record("IHostMemoryManager::QueryInterface", &riid, out);
    }
    ULONG STDMETHODCALLTYPE AddRef() override
    {
        return record_count("IHostMemoryManager::AddRef", 31);
    }
    ULONG STDMETHODCALLTYPE Release() override
    {
        return record_count("IHostMemoryManager::Release", 30);
    }
    HRESULT STDMETHODCALLTYPE CreateMalloc(DWORD type, IHostMalloc **out) override
    {
        return record("IHostMemoryManager::CreateMalloc", type, out);
    }
    HRESULT STDMETHODCALLTYPE VirtualAlloc(void *address, SIZE_T size, DWORD type, DWORD protect,
                                           EMemoryCriticalLevel level, void **out) override
    {
        return record("IHostMemoryManager::VirtualAlloc", address, size, type, protect, level, out);
    }
    HRESULT STDMETHODCALLTYPE VirtualFree(LPVOID address, SIZE_T size, DWORD type) override
    {
        return record("IHostMemoryManager::VirtualFree", address, size, type);
    }
    HRESULT STDMETHODCALLTYPE VirtualQuery(void *address, void *buffer, SIZE_T length, SIZE_T *out) override
    {
        return record("IHostMemoryManager::VirtualQuery", address, buffer, length, out);
    }
    HRESULT STDMETHODCALLTYPE VirtualProtect(void *address, SIZE_T size, DWORD protect, DWORD *out) override
    {
        return record("IHostMemoryManager::VirtualProtect", address, size, protect, out);
    }
    HRESULT STDMETHODCALLTYPE GetMemoryLoad(DWORD *load, SIZE_T *available) override
    {
        return record("IHostMemoryManager::GetMemoryLoad", load, available);
    }
    HRESULT STDMETHODCALLTYPE RegisterMemoryNotificationCallback(ICLRMemoryNotificationCallback *callback) override
    {
        return record("IHostMemoryManager::RegisterMemoryNotificationCallback", callback);
    }
    HRESULT STDMETHODCALLTYPE NeedsVirtualAddressSpace(LPVOID start, SIZE_T size) override
    {
        return record("IHostMemoryManager::NeedsVirtualAddressSpace", start, size);
    }
    HRESULT STDMETHODCALLTYPE AcquiredVirtualAddressSpace(LPVOID start, SIZE_T size) override
    {
        return record("IHostMemoryManager::AcquiredVirtualAddressSpace", start, size);
    }
    HRESULT STDMETHODCALLTYPE ReleasedVirtualAddressSpace(LPVOID start) override
    {
        return record("IHostMemoryManager::ReleasedVirtualAddressSpace", start);
    }
};

Malloc the_malloc;
Callback the_callback;
Manager the_manager;

} // namespace

void *recorder_malloc(void)
{
    return static_cast<IHostMalloc *>(&the_malloc);
}

void *recorder_callback(void)
{
    return static_cast<ICLRMemoryNotificationCallback *>(&the_callback);
}

void *recorder_manager(void)
{
    return static_cast<IHostMemoryManager *>(&the_manager);
}

const recorder_iid *recorder_iids(void)
{
    static const recorder_iid iids[RECORDER_IIDS] = {
        {&__uuidof(IHostMalloc), &IID_IHostMalloc},
        {&__uuidof(ICLRMemoryNotificationCallback), &IID_ICLRMemoryNotificationCallback},
        {&__uuidof(IHostMemoryManager), &IID_IHostMemoryManager},
    };
    return iids;
}
