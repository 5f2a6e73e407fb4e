/* The ICLRRuntimeHost of the stand-in: the states of a CLR, and which calls each of them allows. See standin_clr.h. */
#define COBJMACROS
#define CONST_VTABLE
#include "standin_clr.h"

#include "standin_execute.h"

#include <corerror.h>
#include <stdlib.h>

/* MinGW's mscoree.h defines it only with INITGUID. */
static const IID iid_runtime_host = {0x90F1A06C, 0x7712, 0x4762, {0x86, 0xB5, 0x7A, 0x5E, 0xBA, 0x6B, 0xDB, 0x02}};

/* The only application domain; this is a default domain's number. */
enum { DEFAULT_DOMAIN = 1 };

typedef enum clr_state { CREATED, STARTED, STOPPED } clr_state;

typedef struct standin_clr {
    ICLRRuntimeHost ICLRRuntimeHost_iface;
    volatile LONG references;
    clr_state state;
    BOOL has_control;
    standin_runtime runtime;
} standin_clr;

static standin_clr *impl_from_ICLRRuntimeHost(ICLRRuntimeHost *iface)
{
    return CONTAINING_RECORD(iface, standin_clr, ICLRRuntimeHost_iface);
}

static HRESULT STDMETHODCALLTYPE clr_QueryInterface(ICLRRuntimeHost *iface, REFIID iid, void **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!IsEqualGUID(iid, &IID_IUnknown) && !IsEqualGUID(iid, &iid_runtime_host))
        return E_NOINTERFACE;
    ICLRRuntimeHost_AddRef(iface);
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE clr_AddRef(ICLRRuntimeHost *iface)
{
    return (ULONG)InterlockedIncrement(&impl_from_ICLRRuntimeHost(iface)->references);
}

static void destroy(standin_clr *clr)
{
    standin_runtime_free(&clr->runtime);
    free(clr);
}

static ULONG STDMETHODCALLTYPE clr_Release(ICLRRuntimeHost *iface)
{
    standin_clr *clr = impl_from_ICLRRuntimeHost(iface);
    ULONG references = (ULONG)InterlockedDecrement(&clr->references);

    /* A manager may still call back into a runtime whose control was set. */
    if (!references && !clr->has_control)
        destroy(clr);
    return references;
}

static HRESULT STDMETHODCALLTYPE clr_Start(ICLRRuntimeHost *iface)
{
    standin_clr *clr = impl_from_ICLRRuntimeHost(iface);
    HRESULT hr;

    if (clr->state == STARTED)
        return S_FALSE;
    if (clr->state == STOPPED)
        return HOST_E_CLRNOTAVAILABLE; /* a CLR cannot be started again */
    hr = standin_runtime_start(&clr->runtime);
    if (hr == S_OK)
        clr->state = STARTED;
    return hr;
}

static HRESULT STDMETHODCALLTYPE clr_Stop(ICLRRuntimeHost *iface)
{
    standin_clr *clr = impl_from_ICLRRuntimeHost(iface);

    if (clr->state != STARTED)
        return HOST_E_CLRNOTAVAILABLE;
    clr->state = STOPPED; /* nothing is released or freed */
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE clr_SetHostControl(ICLRRuntimeHost *iface, IHostControl *control)
{
    standin_clr *clr = impl_from_ICLRRuntimeHost(iface);
    HRESULT hr;

    if (!control)
        return E_INVALIDARG;
    if (clr->state != CREATED || clr->has_control)
        return E_ACCESSDENIED;
    hr = standin_runtime_set_control(&clr->runtime, control);
    clr->has_control = hr == S_OK;
    return hr;
}

static HRESULT STDMETHODCALLTYPE clr_GetCLRControl(ICLRRuntimeHost *iface, ICLRControl **out)
{
    (void)iface;
    if (!out)
        return E_POINTER;
    *out = NULL;
    return E_NOTIMPL; /* nothing of the stand-in can be configured in this way */
}

static HRESULT STDMETHODCALLTYPE clr_UnloadAppDomain(ICLRRuntimeHost *iface, DWORD domain, BOOL wait)
{
    standin_clr *clr = impl_from_ICLRRuntimeHost(iface);

    (void)wait;
    if (clr->state != STARTED)
        return HOST_E_CLRNOTAVAILABLE;
    return domain == DEFAULT_DOMAIN ? COR_E_CANNOTUNLOADAPPDOMAIN : COR_E_APPDOMAINUNLOADED;
}

static HRESULT STDMETHODCALLTYPE clr_ExecuteInAppDomain(ICLRRuntimeHost *iface, DWORD domain,
                                                        FExecuteInAppDomainCallback callback, void *cookie)
{
    standin_clr *clr = impl_from_ICLRRuntimeHost(iface);

    if (!callback)
        return E_POINTER;
    if (clr->state != STARTED)
        return HOST_E_CLRNOTAVAILABLE;
    return domain == DEFAULT_DOMAIN ? callback(cookie) : COR_E_APPDOMAINUNLOADED;
}

static HRESULT STDMETHODCALLTYPE clr_GetCurrentAppDomainId(ICLRRuntimeHost *iface, DWORD *out)
{
    standin_clr *clr = impl_from_ICLRRuntimeHost(iface);

    if (!out)
        return E_POINTER;
    *out = 0;
    if (clr->state != STARTED)
        return HOST_E_CLRNOTAVAILABLE;
    *out = DEFAULT_DOMAIN;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE clr_ExecuteApplication(ICLRRuntimeHost *iface, LPCWSTR name, DWORD manifests,
                                                        LPCWSTR *manifest, DWORD data_count, LPCWSTR *data, int *out)
{
    (void)iface;
    (void)name;
    (void)manifests;
    (void)manifest;
    (void)data_count;
    (void)data;
    if (out)
        *out = 0;
    return E_NOTIMPL; /* ClickOnce applications are not supported */
}

static HRESULT STDMETHODCALLTYPE clr_ExecuteInDefaultAppDomain(ICLRRuntimeHost *iface, LPCWSTR assembly, LPCWSTR type,
                                                               LPCWSTR method, LPCWSTR argument, DWORD *out)
{
    standin_clr *clr = impl_from_ICLRRuntimeHost(iface);
    const standin_program *program;
    standin_arguments arguments;
    DWORD result = 0;
    HRESULT hr;

    if (!assembly || !type || !method)
        return E_POINTER;
    if (clr->state != STARTED)
        return HOST_E_CLRNOTAVAILABLE;
    hr = standin_program_find(type, method, &program);
    if (hr == S_OK)
        hr = standin_program_parse(program, argument, &arguments);
    if (hr == S_OK)
        hr = standin_execute(&clr->runtime, program, &arguments, &result);
    if (hr == S_OK && out)
        *out = result;
    return hr;
}

static const ICLRRuntimeHostVtbl clr_vtbl = {
    .QueryInterface = clr_QueryInterface,
    .AddRef = clr_AddRef,
    .Release = clr_Release,
    .Start = clr_Start,
    .Stop = clr_Stop,
    .SetHostControl = clr_SetHostControl,
    .GetCLRControl = clr_GetCLRControl,
    .UnloadAppDomain = clr_UnloadAppDomain,
    .ExecuteInAppDomain = clr_ExecuteInAppDomain,
    .GetCurrentAppDomainId = clr_GetCurrentAppDomainId,
    .ExecuteApplication = clr_ExecuteApplication,
    .ExecuteInDefaultAppDomain = clr_ExecuteInDefaultAppDomain,
};

HRESULT standin_clr_create(ICLRRuntimeHost **out)
{
    standin_clr *clr;

    if (!out)
        return E_POINTER;
    *out = NULL;
    clr = calloc(1, sizeof(*clr));
    if (!clr || !standin_runtime_init(&clr->runtime)) {
        free(clr);
        return E_OUTOFMEMORY;
    }
    clr->ICLRRuntimeHost_iface.lpVtbl = &clr_vtbl;
    clr->references = 1;
    *out = &clr->ICLRRuntimeHost_iface;
    return S_OK;
}

void standin_clr_report(ICLRRuntimeHost *host, standin_report *report)
{
    standin_runtime_report(&impl_from_ICLRRuntimeHost(host)->runtime, report);
}

void standin_clr_end_process(ICLRRuntimeHost *host)
{
    standin_clr *clr = impl_from_ICLRRuntimeHost(host);

    standin_runtime_end(&clr->runtime);
    destroy(clr);
}
