/* QueryInterface, once for all objects. No state. */
#define COBJMACROS
#include "base/com.h"

/* A copy of our own, so that programs need not link the system's library of identifiers for it. */
static const IID unknown_iid = {0x00000000, 0x0000, 0x0000, {0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46}};

HRESULT hmi_com_query(void *object, REFIID own, REFIID wanted, void **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!wanted)
        return E_INVALIDARG;
    if (!IsEqualGUID(wanted, &unknown_iid) && !IsEqualGUID(wanted, own))
        return E_NOINTERFACE;
    *out = object;
    IUnknown_AddRef((IUnknown *)object);
    return S_OK;
}
