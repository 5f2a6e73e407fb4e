/* The counting callback. Any thread may call it. */
#define CONST_VTABLE
#include "callback.h"

static callback *impl_from_ICLRMemoryNotificationCallback(ICLRMemoryNotificationCallback *iface)
{
    return CONTAINING_RECORD(iface, callback, iface);
}

static ULONG STDMETHODCALLTYPE callback_AddRef(ICLRMemoryNotificationCallback *iface)
{
    return (ULONG)InterlockedIncrement(&impl_from_ICLRMemoryNotificationCallback(iface)->references);
}

static ULONG STDMETHODCALLTYPE callback_Release(ICLRMemoryNotificationCallback *iface)
{
    callback *self = impl_from_ICLRMemoryNotificationCallback(iface);
    LONG left = InterlockedDecrement(&self->references);
    if (left < self->fewest)
        self->fewest = left;
    return (ULONG)left;
}

static HRESULT STDMETHODCALLTYPE callback_QueryInterface(ICLRMemoryNotificationCallback *iface, REFIID riid, void **out)
{
    if (!IsEqualIID(riid, &IID_IUnknown) && !IsEqualIID(riid, &IID_ICLRMemoryNotificationCallback)) {
        *out = NULL;
        return E_NOINTERFACE;
    }
    callback_AddRef(iface);
    *out = iface;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE callback_OnMemoryNotification(ICLRMemoryNotificationCallback *iface,
                                                               EMemoryAvailable available)
{
    callback *self = impl_from_ICLRMemoryNotificationCallback(iface);
    BOOL known = available >= eMemoryAvailableLow && available <= eMemoryAvailableHigh;
    InterlockedIncrement(&self->begun);
    if (self->inside_thread == GetCurrentThreadId())
        InterlockedIncrement(&self->from_inside);
    if (self->on_call)
        self->on_call(self->context);
    InterlockedIncrement(&self->calls[known ? available : 0]);
    return S_OK;
}

static const ICLRMemoryNotificationCallbackVtbl callback_vtbl = {
    .QueryInterface = callback_QueryInterface,
    .AddRef = callback_AddRef,
    .Release = callback_Release,
    .OnMemoryNotification = callback_OnMemoryNotification,
};

void callback_init(callback *callback)
{
    *callback = (struct callback){.iface = {&callback_vtbl}, .references = 1, .fewest = 1};
}

void callback_register(subject *subject, callback *callback)
{
    check_doing(callback ? "RegisterMemoryNotificationCallback" : "RegisterMemoryNotificationCallback(NULL)");
    expect_hr(
        "RegisterMemoryNotificationCallback",
        IHostMemoryManager_RegisterMemoryNotificationCallback(subject->manager, callback ? &callback->iface : NULL),
        S_OK);
}

BOOL callback_wait_least(const volatile LONG *counter, LONG wanted, DWORD patience_ms)
{
    DWORD begin = GetTickCount();
    while (*counter < wanted && GetTickCount() - begin < patience_ms)
        Sleep(5);
    return *counter >= wanted;
}

BOOL callback_wait_most(const volatile LONG *counter, LONG wanted)
{
    DWORD begin = GetTickCount(), patience_ms = check_patience();
    while (*counter > wanted && GetTickCount() - begin < patience_ms)
        Sleep(5);
    return *counter <= wanted;
}
