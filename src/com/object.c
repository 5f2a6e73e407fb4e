/* The parts of com/object.h that are not called often. No state. */
#define COBJMACROS
#include "com/object.h"

#include "core_state.h"

/* IID_IUnknown, defined here so that programs need not link uuid.lib for it. */
static const IID unknown_iid = {0x00000000, 0x0000, 0x0000, {0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46}};

HRESULT hmi_object_query(void *iface, REFIID own, REFIID wanted, void **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!wanted)
        return E_INVALIDARG;
    if (!IsEqualGUID(wanted, &unknown_iid) && !IsEqualGUID(wanted, own))
        return E_NOINTERFACE;
    *out = iface;
    IUnknown_AddRef((IUnknown *)iface);
    return S_OK;
}

void hmi_object_free(hmi_object *object, void *memory)
{
    hmi_core *core = object->core;
    core->os->object_free(core->os, memory);
    hmi_core_release(core);
}
