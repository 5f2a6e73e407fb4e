/* Finds a CLR: through ICLRMetaHost, which came with version 4, or else by the older CorBindToRuntimeEx. */
#include "find_clr.h"

#include <corerror.h>
#include <string.h>

#include "metahost.h"

/* Loads the system's mscoree.dll by its full path, so that a DLL of that name beside the program, in the current
 * folder or on the PATH is not used. It is not unloaded: the CLR lives as long as the process. */
static HMODULE load_shim(void)
{
    static const WCHAR name[] = L"\\mscoree.dll";
    WCHAR path[MAX_PATH + sizeof(name) / sizeof(*name)];
    UINT length = GetSystemDirectoryW(path, MAX_PATH);

    if (!length || length >= MAX_PATH)
        return NULL;
    memcpy(path + length, name, sizeof(name));
    return LoadLibraryExW(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
}

static FARPROC shim_function(const char *name)
{
    HMODULE shim = load_shim();

    return shim ? GetProcAddress(shim, name) : NULL;
}

static HRESULT bind_with_meta_host(CLRCreateInstanceFn create, const WCHAR *version, void **out)
{
    ICLRMetaHost *meta;
    ICLRRuntimeInfo *info;
    HRESULT hr = create(&clsid_meta_host, &iid_meta_host, (void **)&meta);

    if (FAILED(hr))
        return hr;
    hr = meta->lpVtbl->GetRuntime(meta, version, &iid_runtime_info, (void **)&info);
    meta->lpVtbl->Release(meta);
    if (FAILED(hr))
        return hr;
    hr = info->lpVtbl->GetInterface(info, &clsid_runtime_host, &iid_runtime_host, out);
    info->lpVtbl->Release(info);
    return hr;
}

HRESULT find_clr(const WCHAR *version, ICLRRuntimeHost **out)
{
    BOOL legacy = !wcsncmp(version, L"v2.", 3);
    FARPROC function = shim_function(legacy ? "CorBindToRuntimeEx" : "CLRCreateInstance");
    CLRCreateInstanceFn create;
    CorBindToRuntimeExFn bind;
    void *host = NULL;
    HRESULT hr = CLR_E_SHIM_RUNTIMELOAD;

    if (function && legacy) {
        memcpy(&bind, &function, sizeof(bind));
        hr = bind(version, L"wks", 0, &clsid_runtime_host, &iid_runtime_host, &host);
    } else if (function) {
        memcpy(&create, &function, sizeof(create));
        hr = bind_with_meta_host(create, version, &host);
    }
    *out = FAILED(hr) ? NULL : host;
    return hr;
}
