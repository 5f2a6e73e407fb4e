/* COM objects that count calls: the callback may be used by any thread, the control by one at a time. */
#define CONST_VTABLE
#include "com_doubles.h"

#include "sim_thread.h"

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
    counting_callback *self = (counting_callback *)iface;
    (void)available;
    self->notifications++;
    if (sim_thread_id() == self->thread)
        self->inside_calls++;
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
    *callback = (counting_callback){.iface = {&callback_vtbl}, .references = 1, .thread = sim_thread_id()};
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
