/* The counting COM objects. The control is used on one thread at a time, the callback on any. */
#define CONST_VTABLE
#include "com_doubles.h"

static HRESULT STDMETHODCALLTYPE callback_QueryInterface(ICLRMemoryNotificationCallback *iface, REFIID riid, void **out)
{
    (void)iface;
    (void)riid;
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE callback_AddRef(ICLRMemoryNotificationCallback *iface)
{
    return (ULONG)++((counting_callback *)iface)->references;
}

static ULONG STDMETHODCALLTYPE callback_Release(ICLRMemoryNotificationCallback *iface)
{
    return (ULONG)--((counting_callback *)iface)->references;
}

static HRESULT STDMETHODCALLTYPE callback_OnMemoryNotification(ICLRMemoryNotificationCallback *iface,
                                                               EMemoryAvailable available)
{
    (void)available;
    ((counting_callback *)iface)->notifications++;
    return S_OK;
}

static const ICLRMemoryNotificationCallbackVtbl callback_vtbl = {
    .QueryInterface = callback_QueryInterface,
    .AddRef = callback_AddRef,
    .Release = callback_Release,
    .OnMemoryNotification = callback_OnMemoryNotification,
};

void counting_callback_init(counting_callback *callback)
{
    *callback = (counting_callback){.iface = {&callback_vtbl}};
    callback->references = 1;
}

static HRESULT STDMETHODCALLTYPE control_QueryInterface(IHostControl *iface, REFIID riid, void **out)
{
    (void)iface;
    (void)riid;
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE control_AddRef(IHostControl *iface)
{
    return (ULONG)++((counting_control *)iface)->references;
}

static ULONG STDMETHODCALLTYPE control_Release(IHostControl *iface)
{
    return (ULONG)--((counting_control *)iface)->references;
}

static HRESULT STDMETHODCALLTYPE control_GetHostManager(IHostControl *iface, REFIID riid, void **out)
{
    counting_control *self = (counting_control *)iface;
    self->manager_requests++;
    self->last_manager = *riid;
    *out = self->manager;
    return self->manager_hr;
}

static HRESULT STDMETHODCALLTYPE control_SetAppDomainManager(IHostControl *iface, DWORD domain, IUnknown *manager)
{
    counting_control *self = (counting_control *)iface;
    self->domain_requests++;
    self->last_domain = domain;
    self->last_domain_manager = manager;
    return self->domain_hr;
}

static const IHostControlVtbl control_vtbl = {
    .QueryInterface = control_QueryInterface,
    .AddRef = control_AddRef,
    .Release = control_Release,
    .GetHostManager = control_GetHostManager,
    .SetAppDomainManager = control_SetAppDomainManager,
};

void counting_control_init(counting_control *control)
{
    *control = (counting_control){.iface = {&control_vtbl}, .references = 1};
}
