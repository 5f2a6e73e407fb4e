/* The part of the Windows SDK's metahost.h that finding a CLR needs; MinGW-w64 has no such header. Methods that are
 * not called here are placeholders in the table. */
#ifndef CLRHOST_METAHOST_H
#define CLRHOST_METAHOST_H

#include <windows.h>

typedef struct ICLRMetaHost ICLRMetaHost;
typedef struct ICLRRuntimeInfo ICLRRuntimeInfo;

typedef struct ICLRMetaHostVtbl {
    HRESULT(STDMETHODCALLTYPE *QueryInterface)(ICLRMetaHost *This, REFIID riid, void **out);
    ULONG(STDMETHODCALLTYPE *AddRef)(ICLRMetaHost *This);
    ULONG(STDMETHODCALLTYPE *Release)(ICLRMetaHost *This);
    HRESULT(STDMETHODCALLTYPE *GetRuntime)(ICLRMetaHost *This, LPCWSTR version, REFIID riid, void **out);
    void *others[6];
} ICLRMetaHostVtbl;

struct ICLRMetaHost {
    const ICLRMetaHostVtbl *lpVtbl;
};

typedef struct ICLRRuntimeInfoVtbl {
    HRESULT(STDMETHODCALLTYPE *QueryInterface)(ICLRRuntimeInfo *This, REFIID riid, void **out);
    ULONG(STDMETHODCALLTYPE *AddRef)(ICLRRuntimeInfo *This);
    ULONG(STDMETHODCALLTYPE *Release)(ICLRRuntimeInfo *This);
    void *before[6];
    HRESULT(STDMETHODCALLTYPE *GetInterface)(ICLRRuntimeInfo *This, REFCLSID clsid, REFIID riid, void **out);
    void *others[5];
} ICLRRuntimeInfoVtbl;

struct ICLRRuntimeInfo {
    const ICLRRuntimeInfoVtbl *lpVtbl;
};

/* The two functions of mscoree.dll. */
typedef HRESULT(STDAPICALLTYPE *CLRCreateInstanceFn)(REFCLSID clsid, REFIID riid, void **out);
typedef HRESULT(STDAPICALLTYPE *CorBindToRuntimeExFn)(LPCWSTR version, LPCWSTR flavor, DWORD flags, REFCLSID clsid,
                                                      REFIID riid, void **out);

static const GUID clsid_meta_host = {0x9280188D, 0x0E8E, 0x4867, {0xB3, 0x0C, 0x7F, 0xA8, 0x38, 0x84, 0xE8, 0xDE}};
static const GUID iid_meta_host = {0xD332DB9E, 0xB9B3, 0x4125, {0x82, 0x07, 0xA1, 0x48, 0x84, 0xF5, 0x32, 0x16}};
static const GUID iid_runtime_info = {0xBD39D1D2, 0xBA2F, 0x486A, {0x89, 0xB0, 0xB4, 0xB0, 0xCB, 0x46, 0x68, 0x91}};
static const GUID clsid_runtime_host = {0x90F1A06E, 0x7712, 0x4762, {0x86, 0xB5, 0x7A, 0x5E, 0xBA, 0x6B, 0xDB, 0x02}};
static const GUID iid_runtime_host = {0x90F1A06C, 0x7712, 0x4762, {0x86, 0xB5, 0x7A, 0x5E, 0xBA, 0x6B, 0xDB, 0x02}};

#endif
