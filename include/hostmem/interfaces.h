/* The hosting interfaces of the .NET Framework CLR for memory: IHostMalloc, IHostMemoryManager,
 * ICLRMemoryNotificationCallback and their enumerations, for C (COBJMACROS defines the call macros) and C++.
 *
 * mscoree.h is included first. The Windows SDK's mscoree.h declares all of this, and its declarations are used,
 * whichever of the two headers a program includes first. MinGW-w64's declares only IHostControl and ICLRRuntimeHost;
 * this header declares the rest, with the guards that MIDL would write. idl/hostmem.idl is the source and has the
 * descriptions.
 *
 * If mscoree.h only declares the IIDs (MinGW-w64), the library defines these three and IID_IHostControl, each in an
 * object file of its own: a program that defines one itself links its own. */
#ifndef HOSTMEM_INTERFACES_H
#define HOSTMEM_INTERFACES_H

#include <windows.h>
#include <unknwn.h>
#include <mscoree.h>

/* MIDL writes guards for interfaces, not for enumerations: these are there if a header before has declared one of the
 * interfaces. */
#if !defined(__IHostMalloc_INTERFACE_DEFINED__) && !defined(__IHostMemoryManager_INTERFACE_DEFINED__) && \
    !defined(__ICLRMemoryNotificationCallback_INTERFACE_DEFINED__)

/* What the host tells the CLR about memory. */
typedef enum EMemoryAvailable {
    eMemoryAvailableLow = 1,
    eMemoryAvailableNeutral = 2,
    eMemoryAvailableHigh = 3
} EMemoryAvailable;

/* What is lost if the request fails: a task, an application domain, or the process. */
typedef enum EMemoryCriticalLevel {
    eTaskCritical = 0,
    eAppDomainCritical = 1,
    eProcessCritical = 2
} EMemoryCriticalLevel;

/* Flags of IHostMemoryManager::CreateMalloc. */
typedef enum MALLOC_TYPE { MALLOC_THREADSAFE = 0x1, MALLOC_EXECUTABLE = 0x2 } MALLOC_TYPE;

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

/* ---- IHostMalloc ---- */
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
#ifdef __CRT_UUID_DECL
__CRT_UUID_DECL(IHostMalloc, 0x1831991c, 0xcc53, 0x4a31, 0xb2, 0x18, 0x04, 0xe9, 0x10, 0x44, 0x64, 0x79)
#endif

#else

typedef struct IHostMallocVtbl {
    HRESULT(STDMETHODCALLTYPE *QueryInterface)(IHostMalloc *This, REFIID riid, void **ppvObject);
    ULONG(STDMETHODCALLTYPE *AddRef)(IHostMalloc *This);
    ULONG(STDMETHODCALLTYPE *Release)(IHostMalloc *This);
    HRESULT(STDMETHODCALLTYPE *Alloc)
    (IHostMalloc *This, SIZE_T cbSize, EMemoryCriticalLevel eCriticalLevel, void **ppMem);
    HRESULT(STDMETHODCALLTYPE *DebugAlloc)
    (IHostMalloc *This, SIZE_T cbSize, EMemoryCriticalLevel eCriticalLevel, char *pszFileName, int iLineNo,
     void **ppMem);
    HRESULT(STDMETHODCALLTYPE *Free)(IHostMalloc *This, void *pMem);
} IHostMallocVtbl;

interface IHostMalloc
{
    CONST_VTBL IHostMallocVtbl *lpVtbl;
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
#endif /* __IHostMalloc_INTERFACE_DEFINED__ */

/* ---- ICLRMemoryNotificationCallback ---- */
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
#ifdef __CRT_UUID_DECL
__CRT_UUID_DECL(ICLRMemoryNotificationCallback, 0x47eb8e57, 0x0846, 0x4546, 0xaf, 0x76, 0x6f, 0x42, 0xfc, 0xfc, 0x26,
                0x49)
#endif

#else

typedef struct ICLRMemoryNotificationCallbackVtbl {
    HRESULT(STDMETHODCALLTYPE *QueryInterface)
    (ICLRMemoryNotificationCallback *This, REFIID riid, void **ppvObject);
    ULONG(STDMETHODCALLTYPE *AddRef)(ICLRMemoryNotificationCallback *This);
    ULONG(STDMETHODCALLTYPE *Release)(ICLRMemoryNotificationCallback *This);
    HRESULT(STDMETHODCALLTYPE *OnMemoryNotification)
    (ICLRMemoryNotificationCallback *This, EMemoryAvailable eMemoryAvailable);
} ICLRMemoryNotificationCallbackVtbl;

interface ICLRMemoryNotificationCallback
{
    CONST_VTBL ICLRMemoryNotificationCallbackVtbl *lpVtbl;
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
#endif /* __ICLRMemoryNotificationCallback_INTERFACE_DEFINED__ */

/* ---- IHostMemoryManager ---- */
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
#ifdef __CRT_UUID_DECL
__CRT_UUID_DECL(IHostMemoryManager, 0x7bc698d1, 0xf9e3, 0x4460, 0x9c, 0xde, 0xd0, 0x42, 0x48, 0xe9, 0xfa, 0x25)
#endif

#else

typedef struct IHostMemoryManagerVtbl {
    HRESULT(STDMETHODCALLTYPE *QueryInterface)(IHostMemoryManager *This, REFIID riid, void **ppvObject);
    ULONG(STDMETHODCALLTYPE *AddRef)(IHostMemoryManager *This);
    ULONG(STDMETHODCALLTYPE *Release)(IHostMemoryManager *This);
    HRESULT(STDMETHODCALLTYPE *CreateMalloc)
    (IHostMemoryManager *This, DWORD dwMallocType, IHostMalloc **ppMalloc);
    HRESULT(STDMETHODCALLTYPE *VirtualAlloc)
    (IHostMemoryManager *This, void *pAddress, SIZE_T dwSize, DWORD flAllocationType, DWORD flProtect,
     EMemoryCriticalLevel eCriticalLevel, void **ppMem);
    HRESULT(STDMETHODCALLTYPE *VirtualFree)
    (IHostMemoryManager *This, LPVOID lpAddress, SIZE_T dwSize, DWORD dwFreeType);
    HRESULT(STDMETHODCALLTYPE *VirtualQuery)
    (IHostMemoryManager *This, void *lpAddress, void *lpBuffer, SIZE_T dwLength, SIZE_T *pResult);
    HRESULT(STDMETHODCALLTYPE *VirtualProtect)
    (IHostMemoryManager *This, void *lpAddress, SIZE_T dwSize, DWORD flNewProtect, DWORD *pflOldProtect);
    HRESULT(STDMETHODCALLTYPE *GetMemoryLoad)
    (IHostMemoryManager *This, DWORD *pMemoryLoad, SIZE_T *pAvailableBytes);
    HRESULT(STDMETHODCALLTYPE *RegisterMemoryNotificationCallback)
    (IHostMemoryManager *This, ICLRMemoryNotificationCallback *pCallback);
    HRESULT(STDMETHODCALLTYPE *NeedsVirtualAddressSpace)
    (IHostMemoryManager *This, LPVOID startAddress, SIZE_T size);
    HRESULT(STDMETHODCALLTYPE *AcquiredVirtualAddressSpace)
    (IHostMemoryManager *This, LPVOID startAddress, SIZE_T size);
    HRESULT(STDMETHODCALLTYPE *ReleasedVirtualAddressSpace)(IHostMemoryManager *This, LPVOID startAddress);
} IHostMemoryManagerVtbl;

interface IHostMemoryManager
{
    CONST_VTBL IHostMemoryManagerVtbl *lpVtbl;
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
#endif /* __IHostMemoryManager_INTERFACE_DEFINED__ */

#endif
