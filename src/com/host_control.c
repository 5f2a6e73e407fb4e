/* The COM object IHostControl. It owns one reference each on the core, on the manager that it returns, and on the
 * host's own control (inner). Immutable after construction, so any thread may call it. */
#define CONST_VTABLE
#define COBJMACROS
#include "com/host_control.h"
#include "core_state.h"

#include "com/object.h"

typedef struct host_control {
    IHostControl IHostControl_iface;
    hmi_object object;
    IHostMemoryManager *manager;
    IHostControl *inner; /* NULL: none */
} host_control;

static host_control *impl_from_IHostControl(IHostControl *iface)
{
    return CONTAINING_RECORD(iface, host_control, IHostControl_iface);
}

static HRESULT STDMETHODCALLTYPE host_control_QueryInterface(IHostControl *iface, REFIID riid, void **out)
{
    return hmi_object_query(iface, &IID_IHostControl, riid, out);
}

static ULONG STDMETHODCALLTYPE host_control_AddRef(IHostControl *iface)
{
    return hmi_object_add_ref(&impl_from_IHostControl(iface)->object);
}

static ULONG STDMETHODCALLTYPE host_control_Release(IHostControl *iface)
{
    host_control *self = impl_from_IHostControl(iface);
    ULONG references = hmi_object_release(&self->object);
    if (!references) {
        if (self->inner)
            IHostControl_Release(self->inner);
        IHostMemoryManager_Release(self->manager);
        hmi_object_free(&self->object, self);
    }
    return references;
}

static HRESULT STDMETHODCALLTYPE host_control_GetHostManager(IHostControl *iface, REFIID riid, void **out)
{
    host_control *self = impl_from_IHostControl(iface);
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!riid)
        return E_INVALIDARG;
    if (IsEqualGUID(riid, &IID_IHostMemoryManager)) {
        *out = self->manager;
        IHostMemoryManager_AddRef(self->manager);
        return S_OK;
    }
    return self->inner ? IHostControl_GetHostManager(self->inner, riid, out) : E_NOINTERFACE;
}

static HRESULT STDMETHODCALLTYPE host_control_SetAppDomainManager(IHostControl *iface, DWORD domain, IUnknown *manager)
{
    host_control *self = impl_from_IHostControl(iface);
    return self->inner ? IHostControl_SetAppDomainManager(self->inner, domain, manager) : S_OK;
}

static const IHostControlVtbl host_control_vtbl = {
    .QueryInterface = host_control_QueryInterface,
    .AddRef = host_control_AddRef,
    .Release = host_control_Release,
    .GetHostManager = host_control_GetHostManager,
    .SetAppDomainManager = host_control_SetAppDomainManager,
};

UINT32 hmi_host_control_create(hmi_core *core, IHostMemoryManager *manager, IHostControl *inner, IHostControl **out)
{
    host_control *self = core->os->object_alloc(core->os, sizeof *self);
    if (!self)
        return ERROR_NOT_ENOUGH_MEMORY;
    self->IHostControl_iface.lpVtbl = &host_control_vtbl;
    hmi_object_init(&self->object, core);
    self->manager = manager;
    IHostMemoryManager_AddRef(manager);
    self->inner = inner;
    if (inner)
        IHostControl_AddRef(inner);
    *out = &self->IHostControl_iface;
    return 0;
}
