/* Stands for the mscoree.h of the Windows SDK, which declares the memory interfaces itself: the same names and
 * guard macros, enumerations without guards and with tags that MIDL makes up, in the form that MIDL gives a header.
 * IHostControl is here because hostmem.h needs it. The header tests put this folder first on the include path. */
#define HOSTMEM_TEST_SDK_MSCOREE_H

#ifndef COM_NO_WINDOWS_H
#include "windows.h"
#include "ole2.h"
#endif

#ifndef __mscoree_h__
#define __mscoree_h__

#ifndef __IHostControl_FWD_DEFINED__
#define __IHostControl_FWD_DEFINED__
typedef interface IHostControl IHostControl;
#endif

#ifndef __IHostMalloc_FWD_DEFINED__
#define __IHostMalloc_FWD_DEFINED__
typedef interface IHostMalloc IHostMalloc;
#endif

#ifndef __ICLRMemoryNotificationCallback_FWD_DEFINED__
#define __ICLRMemoryNotificationCallback_FWD_DEFINED__
typedef interface ICLRMemoryNotificationCallback ICLRMemoryNotificationCallback;
#endif

#ifndef __IHostMemoryManager_FWD_DEFINED__
#define __IHostMemoryManager_FWD_DEFINED__
typedef interface IHostMemoryManager IHostMemoryManager;
#endif

#include "unknwn.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum __MIDL___MIDL_itf_mscoree_0000_0001 {
    eMemoryAvailableLow = 1,
    eMemoryAvailableNeutral = (eMemoryAvailableLow + 1),
    eMemoryAvailableHigh = (eMemoryAvailableNeutral + 1)
} EMemoryAvailable;

typedef enum __MIDL___MIDL_itf_mscoree_0000_0002 {
    eTaskCritical = 0,
    eAppDomainCritical = 1,
    eProcessCritical = 2
} EMemoryCriticalLevel;

typedef enum __MIDL___MIDL_itf_mscoree_0000_0003 { MALLOC_THREADSAFE = 0x1, MALLOC_EXECUTABLE = 0x2 } MALLOC_TYPE;

#ifndef __IHostControl_INTERFACE_DEFINED__
#define __IHostControl_INTERFACE_DEFINED__

EXTERN_C const IID IID_IHostControl;

#if defined(__cplusplus) && !defined(CINTERFACE)

MIDL_INTERFACE("02CA073C-7079-4860-880A-C2F7A449C991")
IHostControl : public IUnknown
{
public:
    virtual HRESULT STDMETHODCALLTYPE GetHostManager(REFIID riid, void **ppObject) = 0;

    virtual HRESULT STDMETHODCALLTYPE SetAppDomainManager(DWORD dwAppDomainID, IUnknown * pUnkAppDomainManager) = 0;
};

#else

typedef struct IHostControlVtbl {
    BEGIN_INTERFACE

    HRESULT(STDMETHODCALLTYPE *QueryInterface)(IHostControl *This, REFIID riid, void **ppvObject);

    ULONG(STDMETHODCALLTYPE *AddRef)(IHostControl *This);

    ULONG(STDMETHODCALLTYPE *Release)(IHostControl *This);

    HRESULT(STDMETHODCALLTYPE *GetHostManager)(IHostControl *This, REFIID riid, void **ppObject);

    HRESULT(STDMETHODCALLTYPE *SetAppDomainManager)
    (IHostControl *This, DWORD dwAppDomainID, IUnknown *pUnkAppDomainManager);

    END_INTERFACE
} IHostControlVtbl;

interface IHostControl
{
    CONST_VTBL struct IHostControlVtbl *lpVtbl;
};

#endif

#endif

#ifndef __IHostMalloc_INTERFACE_DEFINED__
#define __IHostMalloc_INTERFACE_DEFINED__

EXTERN_C const IID IID_IHostMalloc;

#if defined(__cplusplus) && !defined(CINTERFACE)

MIDL_INTERFACE("1831991C-CC53-4A31-B218-04E910446479")
IHostMalloc : public IUnknown
{
public:
    virtual HRESULT STDMETHODCALLTYPE Alloc(SIZE_T cbSize, EMemoryCriticalLevel eCriticalLevel, void **ppMem) = 0;

    virtual HRESULT STDMETHODCALLTYPE DebugAlloc(SIZE_T cbSize, EMemoryCriticalLevel eCriticalLevel, char *pszFileName,
                                                 int iLineNo, void **ppMem) = 0;

    virtual HRESULT STDMETHODCALLTYPE Free(void *pMem) = 0;
};

#else

typedef struct IHostMallocVtbl {
    BEGIN_INTERFACE

    HRESULT(STDMETHODCALLTYPE *QueryInterface)(IHostMalloc *This, REFIID riid, void **ppvObject);

    ULONG(STDMETHODCALLTYPE *AddRef)(IHostMalloc *This);

    ULONG(STDMETHODCALLTYPE *Release)(IHostMalloc *This);

    HRESULT(STDMETHODCALLTYPE *Alloc)
    (IHostMalloc *This, SIZE_T cbSize, EMemoryCriticalLevel eCriticalLevel, void **ppMem);

    HRESULT(STDMETHODCALLTYPE *DebugAlloc)
    (IHostMalloc *This, SIZE_T cbSize, EMemoryCriticalLevel eCriticalLevel, char *pszFileName, int iLineNo,
     void **ppMem);

    HRESULT(STDMETHODCALLTYPE *Free)(IHostMalloc *This, void *pMem);

    END_INTERFACE
} IHostMallocVtbl;

interface IHostMalloc
{
    CONST_VTBL struct IHostMallocVtbl *lpVtbl;
};

#ifdef COBJMACROS

#define IHostMalloc_QueryInterface(This, riid, ppvObject) ((This)->lpVtbl->QueryInterface(This, riid, ppvObject))

#define IHostMalloc_AddRef(This) ((This)->lpVtbl->AddRef(This))

#define IHostMalloc_Release(This) ((This)->lpVtbl->Release(This))

#define IHostMalloc_Alloc(This, cbSize, eCriticalLevel, ppMem) \
    ((This)->lpVtbl->Alloc(This, cbSize, eCriticalLevel, ppMem))

#define IHostMalloc_DebugAlloc(This, cbSize, eCriticalLevel, pszFileName, iLineNo, ppMem) \
    ((This)->lpVtbl->DebugAlloc(This, cbSize, eCriticalLevel, pszFileName, iLineNo, ppMem))

#define IHostMalloc_Free(This, pMem) ((This)->lpVtbl->Free(This, pMem))

#endif

#endif

#endif

#ifndef __ICLRMemoryNotificationCallback_INTERFACE_DEFINED__
#define __ICLRMemoryNotificationCallback_INTERFACE_DEFINED__

EXTERN_C const IID IID_ICLRMemoryNotificationCallback;

#if defined(__cplusplus) && !defined(CINTERFACE)

MIDL_INTERFACE("47EB8E57-0846-4546-AF76-6F42FCFC2649")
ICLRMemoryNotificationCallback : public IUnknown
{
public:
    virtual HRESULT STDMETHODCALLTYPE OnMemoryNotification(EMemoryAvailable eMemoryAvailable) = 0;
};

#else

typedef struct ICLRMemoryNotificationCallbackVtbl {
    BEGIN_INTERFACE

    HRESULT(STDMETHODCALLTYPE *QueryInterface)(ICLRMemoryNotificationCallback *This, REFIID riid, void **ppvObject);

    ULONG(STDMETHODCALLTYPE *AddRef)(ICLRMemoryNotificationCallback *This);

    ULONG(STDMETHODCALLTYPE *Release)(ICLRMemoryNotificationCallback *This);

    HRESULT(STDMETHODCALLTYPE *OnMemoryNotification)
    (ICLRMemoryNotificationCallback *This, EMemoryAvailable eMemoryAvailable);

    END_INTERFACE
} ICLRMemoryNotificationCallbackVtbl;

interface ICLRMemoryNotificationCallback
{
    CONST_VTBL struct ICLRMemoryNotificationCallbackVtbl *lpVtbl;
};

#ifdef COBJMACROS

#define ICLRMemoryNotificationCallback_QueryInterface(This, riid, ppvObject) \
    ((This)->lpVtbl->QueryInterface(This, riid, ppvObject))

#define ICLRMemoryNotificationCallback_AddRef(This) ((This)->lpVtbl->AddRef(This))

#define ICLRMemoryNotificationCallback_Release(This) ((This)->lpVtbl->Release(This))

#define ICLRMemoryNotificationCallback_OnMemoryNotification(This, eMemoryAvailable) \
    ((This)->lpVtbl->OnMemoryNotification(This, eMemoryAvailable))

#endif

#endif

#endif

#ifndef __IHostMemoryManager_INTERFACE_DEFINED__
#define __IHostMemoryManager_INTERFACE_DEFINED__

EXTERN_C const IID IID_IHostMemoryManager;

#if defined(__cplusplus) && !defined(CINTERFACE)

MIDL_INTERFACE("7BC698D1-F9E3-4460-9CDE-D04248E9FA25")
IHostMemoryManager : public IUnknown
{
public:
    virtual HRESULT STDMETHODCALLTYPE CreateMalloc(DWORD dwMallocType, IHostMalloc * *ppMalloc) = 0;

    virtual HRESULT STDMETHODCALLTYPE VirtualAlloc(void *pAddress, SIZE_T dwSize, DWORD flAllocationType,
                                                   DWORD flProtect, EMemoryCriticalLevel eCriticalLevel,
                                                   void **ppMem) = 0;

    virtual HRESULT STDMETHODCALLTYPE VirtualFree(LPVOID lpAddress, SIZE_T dwSize, DWORD dwFreeType) = 0;

    virtual HRESULT STDMETHODCALLTYPE VirtualQuery(void *lpAddress, void *lpBuffer, SIZE_T dwLength,
                                                   SIZE_T *pResult) = 0;

    virtual HRESULT STDMETHODCALLTYPE VirtualProtect(void *lpAddress, SIZE_T dwSize, DWORD flNewProtect,
                                                     DWORD *pflOldProtect) = 0;

    virtual HRESULT STDMETHODCALLTYPE GetMemoryLoad(DWORD * pMemoryLoad, SIZE_T * pAvailableBytes) = 0;

    virtual HRESULT STDMETHODCALLTYPE RegisterMemoryNotificationCallback(ICLRMemoryNotificationCallback *
                                                                         pCallback) = 0;

    virtual HRESULT STDMETHODCALLTYPE NeedsVirtualAddressSpace(LPVOID startAddress, SIZE_T size) = 0;

    virtual HRESULT STDMETHODCALLTYPE AcquiredVirtualAddressSpace(LPVOID startAddress, SIZE_T size) = 0;

    virtual HRESULT STDMETHODCALLTYPE ReleasedVirtualAddressSpace(LPVOID startAddress) = 0;
};

#else

typedef struct IHostMemoryManagerVtbl {
    BEGIN_INTERFACE

    HRESULT(STDMETHODCALLTYPE *QueryInterface)(IHostMemoryManager *This, REFIID riid, void **ppvObject);

    ULONG(STDMETHODCALLTYPE *AddRef)(IHostMemoryManager *This);

    ULONG(STDMETHODCALLTYPE *Release)(IHostMemoryManager *This);

    HRESULT(STDMETHODCALLTYPE *CreateMalloc)(IHostMemoryManager *This, DWORD dwMallocType, IHostMalloc **ppMalloc);

    HRESULT(STDMETHODCALLTYPE *VirtualAlloc)
    (IHostMemoryManager *This, void *pAddress, SIZE_T dwSize, DWORD flAllocationType, DWORD flProtect,
     EMemoryCriticalLevel eCriticalLevel, void **ppMem);

    HRESULT(STDMETHODCALLTYPE *VirtualFree)
    (IHostMemoryManager *This, LPVOID lpAddress, SIZE_T dwSize, DWORD dwFreeType);

    HRESULT(STDMETHODCALLTYPE *VirtualQuery)
    (IHostMemoryManager *This, void *lpAddress, void *lpBuffer, SIZE_T dwLength, SIZE_T *pResult);

    HRESULT(STDMETHODCALLTYPE *VirtualProtect)
    (IHostMemoryManager *This, void *lpAddress, SIZE_T dwSize, DWORD flNewProtect, DWORD *pflOldProtect);

    HRESULT(STDMETHODCALLTYPE *GetMemoryLoad)(IHostMemoryManager *This, DWORD *pMemoryLoad, SIZE_T *pAvailableBytes);

    HRESULT(STDMETHODCALLTYPE *RegisterMemoryNotificationCallback)
    (IHostMemoryManager *This, ICLRMemoryNotificationCallback *pCallback);

    HRESULT(STDMETHODCALLTYPE *NeedsVirtualAddressSpace)(IHostMemoryManager *This, LPVOID startAddress, SIZE_T size);

    HRESULT(STDMETHODCALLTYPE *AcquiredVirtualAddressSpace)(IHostMemoryManager *This, LPVOID startAddress, SIZE_T size);

    HRESULT(STDMETHODCALLTYPE *ReleasedVirtualAddressSpace)(IHostMemoryManager *This, LPVOID startAddress);

    END_INTERFACE
} IHostMemoryManagerVtbl;

interface IHostMemoryManager
{
    CONST_VTBL struct IHostMemoryManagerVtbl *lpVtbl;
};

#ifdef COBJMACROS

#define IHostMemoryManager_QueryInterface(This, riid, ppvObject) ((This)->lpVtbl->QueryInterface(This, riid, ppvObject))

#define IHostMemoryManager_AddRef(This) ((This)->lpVtbl->AddRef(This))

#define IHostMemoryManager_Release(This) ((This)->lpVtbl->Release(This))

#define IHostMemoryManager_CreateMalloc(This, dwMallocType, ppMalloc) \
    ((This)->lpVtbl->CreateMalloc(This, dwMallocType, ppMalloc))

#define IHostMemoryManager_VirtualAlloc(This, pAddress, dwSize, flAllocationType, flProtect, eCriticalLevel, ppMem) \
    ((This)->lpVtbl->VirtualAlloc(This, pAddress, dwSize, flAllocationType, flProtect, eCriticalLevel, ppMem))

#define IHostMemoryManager_VirtualFree(This, lpAddress, dwSize, dwFreeType) \
    ((This)->lpVtbl->VirtualFree(This, lpAddress, dwSize, dwFreeType))

#define IHostMemoryManager_VirtualQuery(This, lpAddress, lpBuffer, dwLength, pResult) \
    ((This)->lpVtbl->VirtualQuery(This, lpAddress, lpBuffer, dwLength, pResult))

#define IHostMemoryManager_VirtualProtect(This, lpAddress, dwSize, flNewProtect, pflOldProtect) \
    ((This)->lpVtbl->VirtualProtect(This, lpAddress, dwSize, flNewProtect, pflOldProtect))

#define IHostMemoryManager_GetMemoryLoad(This, pMemoryLoad, pAvailableBytes) \
    ((This)->lpVtbl->GetMemoryLoad(This, pMemoryLoad, pAvailableBytes))

#define IHostMemoryManager_RegisterMemoryNotificationCallback(This, pCallback) \
    ((This)->lpVtbl->RegisterMemoryNotificationCallback(This, pCallback))

#define IHostMemoryManager_NeedsVirtualAddressSpace(This, startAddress, size) \
    ((This)->lpVtbl->NeedsVirtualAddressSpace(This, startAddress, size))

#define IHostMemoryManager_AcquiredVirtualAddressSpace(This, startAddress, size) \
    ((This)->lpVtbl->AcquiredVirtualAddressSpace(This, startAddress, size))

#define IHostMemoryManager_ReleasedVirtualAddressSpace(This, startAddress) \
    ((This)->lpVtbl->ReleasedVirtualAddressSpace(This, startAddress))

#endif

#endif

#endif

#ifdef __cplusplus
}
#endif

#endif
