/* The notification callback. See standin_notify.h. */
#define CONST_VTABLE
#include "standin_notify.h"

#include <string.h>

static standin_notify *impl_from_ICLRMemoryNotificationCallback(ICLRMemoryNotificationCallback *iface)
{
    return CONTAINING_RECORD(iface, standin_notify, ICLRMemoryNotificationCallback_iface);
}

static HRESULT STDMETHODCALLTYPE notify_QueryInterface(ICLRMemoryNotificationCallback *iface, REFIID iid, void **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!IsEqualGUID(iid, &IID_IUnknown) && !IsEqualGUID(iid, &IID_ICLRMemoryNotificationCallback))
        return E_NOINTERFACE;
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE notify_AddRef(ICLRMemoryNotificationCallback *iface)
{
    (void)iface;
    return 1;
}

static ULONG STDMETHODCALLTYPE notify_Release(ICLRMemoryNotificationCallback *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE notify_OnMemoryNotification(ICLRMemoryNotificationCallback *iface,
                                                             EMemoryAvailable available)
{
    standin_notify *notify = impl_from_ICLRMemoryNotificationCallback(iface);
    standin_check *check = notify->check;

    if (standin_check_is_in_call(check))
        standin_violation(check, STANDIN_NOTIFICATION, "called from inside a call that the runtime made");
    if (available < eMemoryAvailableLow || available > eMemoryAvailableHigh) {
        standin_violation(check, STANDIN_NOTIFICATION, "there is no EMemoryAvailable %d", (int)available);
        return S_OK;
    }
    InterlockedIncrement(&notify->received[available]);
    if (notify->gc && available == eMemoryAvailableLow)
        standin_gc_notify_low(notify->gc);
    else if (notify->gc)
        standin_gc_notify_enough(notify->gc);
    return S_OK;
}

static const ICLRMemoryNotificationCallbackVtbl notify_vtbl = {
    .QueryInterface = notify_QueryInterface,
    .AddRef = notify_AddRef,
    .Release = notify_Release,
    .OnMemoryNotification = notify_OnMemoryNotification,
};

void standin_notify_init(standin_notify *notify, standin_check *check)
{
    memset(notify, 0, sizeof(*notify));
    notify->ICLRMemoryNotificationCallback_iface.lpVtbl = &notify_vtbl;
    notify->check = check;
}
