/* Stands for the mscoree.h of the Windows SDK, which declares the memory interfaces itself: the same names and
 * guard macros, enumerations without guards and with tags that MIDL makes up, in the form that MIDL gives a header.
 * EXTERN_GUID makes a definition of each identifier, before its declaration, as the SDK's rpcndr.h does for Visual C++.
 * IHostControl is here because hostmem.h needs it, ICLRRuntimeHost because the stand-in and the examples do. Tests put
 * this folder first on the include path. */
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

#ifndef __ICLRControl_FWD_DEFINED__
#define __ICLRControl_FWD_DEFINED__
typedef interface ICLRControl ICLRControl;
#endif

#ifndef __ICLRRuntimeHost_FWD_DEFINED__
#define __ICLRRuntimeHost_FWD_DEFINED__
typedef interface ICLRRuntimeHost ICLRRuntimeHost;
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

/* The SDK's rpcndr.h, which comes with unknwn.h, makes IDL's type of this name a macro. */
#ifndef small
#define small char
#endif

#ifdef __cplusplus
extern "C" {
#endif

EXTERN_GUID(CLSID_CLRRuntimeHost, 0x90F1A06E, 0x7712, 0x4762, 0x86, 0xB5, 0x7A, 0x5E, 0xBA, 0x6B, 0xDB, 0x02);
EXTERN_GUID(IID_ICLRRuntimeHost, 0x90F1A06C, 0x7712, 0x4762, 0x86, 0xB5, 0x7A, 0x5E, 0xBA, 0x6B, 0xDB, 0x02);
EXTERN_GUID(IID_IHostControl, 0x02CA073C, 0x7079, 0x4860, 0x88, 0x0A, 0xC2, 0xF7, 0xA4, 0x49, 0xC9, 0x91);
EXTERN_GUID(IID_IHostMemoryManager, 0x7BC698D1, 0xF9E3, 0x4460, 0x9C, 0xDE, 0xD0, 0x42, 0x48, 0xE9, 0xFA, 0x25);
EXTERN_GUID(IID_ICLRMemoryNotificationCallback, 0x47EB8E57, 0x0846, 0x4546, 0xAF, 0x76, 0x6F, 0x42, 0xFC, 0xFC, 0x26,
            0x49);
EXTERN_GUID(IID_IHostMalloc, 0x1831991C, 0xCC53, 0x4A31, 0xB2, 0x18, 0x04, 0xE9, 0x10, 0x44, 0x64, 0x79);

typedef HRESULT(STDMETHODCALLTYPE *FExecuteInAppDomainCallback)(void *cookie);

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

#ifdef COBJMACROS

#define IHostControl_QueryInterface(This, riid, ppvObject) ((This)->lpVtbl->QueryInterface(This, riid, ppvObject))

#define IHostControl_AddRef(This) ((This)->lpVtbl->AddRef(This))

#define IHostControl_Release(This) ((This)->lpVtbl->Release(This))

#define IHostControl_GetHostManager(This, riid, ppObject) ((This)->lpVtbl->GetHostManager(This, riid, ppObject))

#define IHostControl_SetAppDomainManager(This, dwAppDomainID, pUnkAppDomainManager) \
    ((This)->lpVtbl->SetAppDomainManager(This, dwAppDomainID, pUnkAppDomainManager))

#endif

#endif

#endif

#ifndef __ICLRRuntimeHost_INTERFACE_DEFINED__
#define __ICLRRuntimeHost_INTERFACE_DEFINED__

EXTERN_C const IID IID_ICLRRuntimeHost;

#if defined(__cplusplus) && !defined(CINTERFACE)

MIDL_INTERFACE("90F1A06C-7712-4762-86B5-7A5EBA6BDB02")
ICLRRuntimeHost : public IUnknown
{
public:
    virtual HRESULT STDMETHODCALLTYPE Start(void) = 0;

    virtual HRESULT STDMETHODCALLTYPE Stop(void) = 0;

    virtual HRESULT STDMETHODCALLTYPE SetHostControl(IHostControl * pHostControl) = 0;

    virtual HRESULT STDMETHODCALLTYPE GetCLRControl(ICLRControl * *pCLRControl) = 0;

    virtual HRESULT STDMETHODCALLTYPE UnloadAppDomain(DWORD dwAppDomainId, BOOL fWaitUntilDone) = 0;

    virtual HRESULT STDMETHODCALLTYPE ExecuteInAppDomain(DWORD dwAppDomainId, FExecuteInAppDomainCallback pCallback,
                                                         void *cookie) = 0;

    virtual HRESULT STDMETHODCALLTYPE GetCurrentAppDomainId(DWORD * pdwAppDomainId) = 0;

    virtual HRESULT STDMETHODCALLTYPE ExecuteApplication(LPCWSTR pwzAppFullName, DWORD dwManifestPaths,
                                                         LPCWSTR * ppwzManifestPaths, DWORD dwActivationData,
                                                         LPCWSTR * ppwzActivationData, int *pReturnValue) = 0;

    virtual HRESULT STDMETHODCALLTYPE ExecuteInDefaultAppDomain(LPCWSTR pwzAssemblyPath, LPCWSTR pwzTypeName,
                                                                LPCWSTR pwzMethodName, LPCWSTR pwzArgument,
                                                                DWORD * pReturnValue) = 0;
};

#else

typedef struct ICLRRuntimeHostVtbl {
    BEGIN_INTERFACE

    HRESULT(STDMETHODCALLTYPE *QueryInterface)(ICLRRuntimeHost *This, REFIID riid, void **ppvObject);

    ULONG(STDMETHODCALLTYPE *AddRef)(ICLRRuntimeHost *This);

    ULONG(STDMETHODCALLTYPE *Release)(ICLRRuntimeHost *This);

    HRESULT(STDMETHODCALLTYPE *Start)(ICLRRuntimeHost *This);

    HRESULT(STDMETHODCALLTYPE *Stop)(ICLRRuntimeHost *This);

    HRESULT(STDMETHODCALLTYPE *SetHostControl)(ICLRRuntimeHost *This, IHostControl *pHostControl);

    HRESULT(STDMETHODCALLTYPE *GetCLRControl)(ICLRRuntimeHost *This, ICLRControl **pCLRControl);

    HRESULT(STDMETHODCALLTYPE *UnloadAppDomain)(ICLRRuntimeHost *This, DWORD dwAppDomainId, BOOL fWaitUntilDone);

    HRESULT(STDMETHODCALLTYPE *ExecuteInAppDomain)
    (ICLRRuntimeHost *This, DWORD dwAppDomainId, FExecuteInAppDomainCallback pCallback, void *cookie);

    HRESULT(STDMETHODCALLTYPE *GetCurrentAppDomainId)(ICLRRuntimeHost *This, DWORD *pdwAppDomainId);

    HRESULT(STDMETHODCALLTYPE *ExecuteApplication)
    (ICLRRuntimeHost *This, LPCWSTR pwzAppFullName, DWORD dwManifestPaths, LPCWSTR *ppwzManifestPaths,
     DWORD dwActivationData, LPCWSTR *ppwzActivationData, int *pReturnValue);

    HRESULT(STDMETHODCALLTYPE *ExecuteInDefaultAppDomain)
    (ICLRRuntimeHost *This, LPCWSTR pwzAssemblyPath, LPCWSTR pwzTypeName, LPCWSTR pwzMethodName, LPCWSTR pwzArgument,
     DWORD *pReturnValue);

    END_INTERFACE
} ICLRRuntimeHostVtbl;

interface ICLRRuntimeHost
{
    CONST_VTBL struct ICLRRuntimeHostVtbl *lpVtbl;
};

#ifdef COBJMACROS

#define ICLRRuntimeHost_QueryInterface(This, riid, ppvObject) ((This)->lpVtbl->QueryInterface(This, riid, ppvObject))

#define ICLRRuntimeHost_AddRef(This) ((This)->lpVtbl->AddRef(This))

#define ICLRRuntimeHost_Release(This) ((This)->lpVtbl->Release(This))

#define ICLRRuntimeHost_Start(This) ((This)->lpVtbl->Start(This))

#define ICLRRuntimeHost_Stop(This) ((This)->lpVtbl->Stop(This))

#define ICLRRuntimeHost_SetHostControl(This, pHostControl) ((This)->lpVtbl->SetHostControl(This, pHostControl))

#define ICLRRuntimeHost_GetCLRControl(This, pCLRControl) ((This)->lpVtbl->GetCLRControl(This, pCLRControl))

#define ICLRRuntimeHost_UnloadAppDomain(This, dwAppDomainId, fWaitUntilDone) \
    ((This)->lpVtbl->UnloadAppDomain(This, dwAppDomainId, fWaitUntilDone))

#define ICLRRuntimeHost_ExecuteInAppDomain(This, dwAppDomainId, pCallback, cookie) \
    ((This)->lpVtbl->ExecuteInAppDomain(This, dwAppDomainId, pCallback, cookie))

#define ICLRRuntimeHost_GetCurrentAppDomainId(This, pdwAppDomainId) \
    ((This)->lpVtbl->GetCurrentAppDomainId(This, pdwAppDomainId))

#define ICLRRuntimeHost_ExecuteApplication(This, pwzAppFullName, dwManifestPaths, ppwzManifestPaths, dwActivationData, \
                                           ppwzActivationData, pReturnValue)                                           \
    ((This)->lpVtbl->ExecuteApplication(This, pwzAppFullName, dwManifestPaths, ppwzManifestPaths, dwActivationData,    \
                                        ppwzActivationData, pReturnValue))

#define ICLRRuntimeHost_ExecuteInDefaultAppDomain(This, pwzAssemblyPath, pwzTypeName, pwzMethodName, pwzArgument, \
                                                  pReturnValue)                                                   \
    ((This)->lpVtbl->ExecuteInDefaultAppDomain(This, pwzAssemblyPath, pwzTypeName, pwzMethodName, pwzArgument,    \
                                               pReturnValue))

#endif

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
