/* A COM object that does nothing. See replay_callback.h. */
#define COBJMACROS
#include "replay_callback.h"

static HRESULT STDMETHODCALLTYPE callback_QueryInterface(ICLRMemoryNotificationCallback *iface, REFIID riid, void **out)
{
    *out = IsEqualIID(riid, &IID_IUnknown) || IsEqualIID(riid, &IID_ICLRMemoryNotificationCallback) ? iface : NULL;
    return *out ? S_OK : E_NOINTERFACE;
}

/* It is never freed, so references need not be counted. */
static ULONG STDMETHODCALLTYPE callback_AddRef(ICLRMemoryNotificationCallback *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE callback_Release(ICLRMemoryNotificationCallback *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE callback_OnMemoryNotification(ICLRMemoryNotificationCallback *iface,
                                                               EMemoryAvailable available)
{
    (void)iface;
    (void)available;
    return S_OK;
}

ICLRMemoryNotificationCallback *replay_callback(void)
{
    /* Not const: the SDK's C macros take pointers to non-const tables. */
    static ICLRMemoryNotificationCallbackVtbl table = {
        .QueryInterface = callback_QueryInterface,
        .AddRef = callback_AddRef,
        .Release = callback_Release,
        .OnMemoryNotification = callback_OnMemoryNotification,
    };
    static ICLRMemoryNotificationCallback callback = {.lpVtbl = &table};

    return &callback;
}
