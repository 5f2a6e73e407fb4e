/* Compiled, never run: calls every method as a C program does, with the call macros if there are any, and also in a
 * C++ program with CINTERFACE. */
#include "header_use.h"

#ifdef __cplusplus
extern "C" {
#endif

HRESULT use_malloc(IHostMalloc *heap, char *file, void **block);
HRESULT use_callback(ICLRMemoryNotificationCallback *callback, void **object);
HRESULT use_manager(IHostMemoryManager *manager, ICLRMemoryNotificationCallback *callback, IHostMalloc **heap);

#ifdef __cplusplus
}
#endif

/* With the macros, calls use their full names; without, the slots. */
#ifdef COBJMACROS
#define CALL(type, method) type##_##method
#else
#define CALL(type, method) SLOT_##method
#define SLOT_QueryInterface(object, id, out) (object)->lpVtbl->QueryInterface(object, id, out)
#define SLOT_AddRef(object) (object)->lpVtbl->AddRef(object)
#define SLOT_Release(object) (object)->lpVtbl->Release(object)
#define SLOT_Alloc(object, size, level, out) (object)->lpVtbl->Alloc(object, size, level, out)
#define SLOT_DebugAlloc(object, size, level, file, line, out) \
    (object)->lpVtbl->DebugAlloc(object, size, level, file, line, out)
#define SLOT_Free(object, block) (object)->lpVtbl->Free(object, block)
#define SLOT_OnMemoryNotification(object, available) (object)->lpVtbl->OnMemoryNotification(object, available)
#define SLOT_CreateMalloc(object, type, out) (object)->lpVtbl->CreateMalloc(object, type, out)
#define SLOT_VirtualAlloc(object, address, size, type, protect, level, out) \
    (object)->lpVtbl->VirtualAlloc(object, address, size, type, protect, level, out)
#define SLOT_VirtualFree(object, address, size, type) (object)->lpVtbl->VirtualFree(object, address, size, type)
#define SLOT_VirtualQuery(object, address, buffer, length, out) \
    (object)->lpVtbl->VirtualQuery(object, address, buffer, length, out)
#define SLOT_VirtualProtect(object, address, size, protect, out) \
    (object)->lpVtbl->VirtualProtect(object, address, size, protect, out)
#define SLOT_GetMemoryLoad(object, load, available) (object)->lpVtbl->GetMemoryLoad(object, load, available)
#define SLOT_RegisterMemoryNotificationCallback(object, callback) \
    (object)->lpVtbl->RegisterMemoryNotificationCallback(object, callback)
#define SLOT_NeedsVirtualAddressSpace(object, start, size) \
    (object)->lpVtbl->NeedsVirtualAddressSpace(object, start, size)
#define SLOT_AcquiredVirtualAddressSpace(object, start, size) \
    (object)->lpVtbl->AcquiredVirtualAddressSpace(object, start, size)
#define SLOT_ReleasedVirtualAddressSpace(object, start) (object)->lpVtbl->ReleasedVirtualAddressSpace(object, start)
#endif

#ifdef __cplusplus
#define ID(type) IID_##type
#else
#define ID(type) &IID_##type
#endif

HRESULT use_malloc(IHostMalloc *heap, char *file, void **block)
{
    HRESULT result = CALL(IHostMalloc, QueryInterface)(heap, ID(IHostMalloc), block);
    ULONG references = CALL(IHostMalloc, AddRef)(heap);
    if (SUCCEEDED(result) && references != CALL(IHostMalloc, Release)(heap)) {
        result = CALL(IHostMalloc, Alloc)(heap, sizeof(IHostMallocVtbl), eTaskCritical, block);
    }
    if (SUCCEEDED(result)) {
        result = CALL(IHostMalloc, DebugAlloc)(heap, sizeof(IHostMallocVtbl), eAppDomainCritical, file, 1, block);
    }
    return SUCCEEDED(result) ? CALL(IHostMalloc, Free)(heap, *block) : result;
}

HRESULT use_callback(ICLRMemoryNotificationCallback *callback, void **object)
{
    HRESULT result = CALL(ICLRMemoryNotificationCallback, QueryInterface)(callback, ID(ICLRMemoryNotificationCallback),
                                                                          object);
    ULONG references = CALL(ICLRMemoryNotificationCallback, AddRef)(callback);
    if (SUCCEEDED(result) && references != CALL(ICLRMemoryNotificationCallback, Release)(callback)) {
        EMemoryAvailable available = eMemoryAvailableLow;
        result = CALL(ICLRMemoryNotificationCallback, OnMemoryNotification)(callback, available);
    }
    return result;
}

HRESULT use_manager(IHostMemoryManager *manager, ICLRMemoryNotificationCallback *callback, IHostMalloc **heap)
{
    void *memory = NULL;
    DWORD word = MALLOC_THREADSAFE | MALLOC_EXECUTABLE;
    SIZE_T size = 0;
    MEMORY_BASIC_INFORMATION information;
    query_result *written = NULL;
    HRESULT result = CALL(IHostMemoryManager, QueryInterface)(manager, ID(IHostMemoryManager), &memory);
    if (CALL(IHostMemoryManager, AddRef)(manager) == CALL(IHostMemoryManager, Release)(manager) || FAILED(result)) {
        return result;
    }
    if (FAILED(CALL(IHostMemoryManager, CreateMalloc)(manager, word, heap)) ||
        FAILED(CALL(IHostMemoryManager, VirtualAlloc)(manager, memory, size, MEM_COMMIT, PAGE_READWRITE,
                                                      eProcessCritical, &memory)) ||
        FAILED(CALL(IHostMemoryManager, VirtualProtect)(manager, memory, size, PAGE_READONLY, &word)) ||
        FAILED(CALL(IHostMemoryManager, VirtualFree)(manager, memory, size, MEM_RELEASE)) ||
        FAILED(CALL(IHostMemoryManager, GetMemoryLoad)(manager, &word, &size)) ||
        FAILED(CALL(IHostMemoryManager, RegisterMemoryNotificationCallback)(manager, callback)) ||
        FAILED(CALL(IHostMemoryManager, NeedsVirtualAddressSpace)(manager, memory, size)) ||
        FAILED(CALL(IHostMemoryManager, AcquiredVirtualAddressSpace)(manager, memory, size)) ||
        FAILED(CALL(IHostMemoryManager, ReleasedVirtualAddressSpace)(manager, memory))) {
        return E_FAIL;
    }
    return CALL(IHostMemoryManager, VirtualQuery)(manager, memory, &information, sizeof information, written);
}

#ifdef HOSTMEM_HOSTMEM_H
#include "header_use_api.h"
#endif
