/* The COM object IHostControl. It owns one reference each on the core, the manager that it hands out, and the inner
 * control. Immutable after construction, so any thread may call it. */
#define CONST_VTABLE
#define COBJMACROS
#include "com/host_control.h"

#include "base/com.h"

typedef struct host_control {
    IHostControl IHostControl_iface;
    _Atomic ULONG references;
    hmi_core *core;
    IHostMemoryManager *manager;
    IHostControl *inner; /* NULL: none */
} host_control;

static host_control *impl_from_IHostControl(IHostControl *iface)
{
    return CONTAINING_RECORD(iface, host_control, IHostControl_iface);
}

static HRESULT STDMETHODCALLTYPE host_control_QueryInterface(IHostControl *iface, REFIID riid, void **out)
{
    return hmi_com_query(iface, &IID_IHostControl, riid, out);
}

static ULONG STDMETHODCALLTYPE host_control_AddRef(IHostControl *iface)
{
    return atomic_fetch_add_explicit(&impl_from_IHostControl(iface)->references, 1, memory_order_relaxed) + 1;
}

static ULONG STDMETHODCALLTYPE host_control_Release(IHostControl *iface)
{
    host_control *self = impl_from_IHostControl(iface);
    ULONG references = atomic_fetch_sub_explicit(&self->references, 1, memory_order_acq_rel) - 1;
    if (!references) {
        hmi_core *core = self->core;
        if (self->inner)
            IHostControl_Release(self->inner);
        IHostMemoryManager_Release(self->manager);
        core->os->object_free(core->os, self);
        hmi_core_release(core);
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
    atomic_init(&self->references, 1);
    self->core = core;
    hmi_core_add_ref(core);
    self->manager = manager;
    IHostMemoryManager_AddRef(manager);
    self->inner = inner;
    if (inner)
        IHostControl_AddRef(inner);
    *out = &self->IHostControl_iface;
    return 0;
}
