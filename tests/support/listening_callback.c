/* See listening_callback.h. */
#define CONST_VTABLE
#include "listening_callback.h"

static HRESULT STDMETHODCALLTYPE listening_QueryInterface(ICLRMemoryNotificationCallback *iface, REFIID riid,
                                                          void **out)
{
    (void)iface;
    (void)riid;
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE listening_AddRef(ICLRMemoryNotificationCallback *iface)
{
    return (ULONG)atomic_fetch_add(&((listening_callback *)iface)->references, 1) + 1;
}

static ULONG STDMETHODCALLTYPE listening_Release(ICLRMemoryNotificationCallback *iface)
{
    return (ULONG)atomic_fetch_sub(&((listening_callback *)iface)->references, 1) - 1;
}

static HRESULT STDMETHODCALLTYPE listening_OnMemoryNotification(ICLRMemoryNotificationCallback *iface,
                                                                EMemoryAvailable kind)
{
    static const char letters[] = "?LNH";
    listening_callback *self = (listening_callback *)iface;
    UINT32 number = atomic_fetch_add(&self->heard, 1);
    if (number < LISTENING_MOST) {
        self->kinds[number] = letters[kind >= eMemoryAvailableLow && kind <= eMemoryAvailableHigh ? kind : 0];
        self->times_ms[number] = self->os->now_ms(self->os);
    }
    if (self->entered)
        sim_gate_open(self->entered);
    if (self->act)
        self->act(self, kind);
    if (self->leave)
        sim_gate_pass(self->leave, SIM_NO_TIMEOUT);
    return self->result;
}

static const ICLRMemoryNotificationCallbackVtbl listening_vtbl = {
    .QueryInterface = listening_QueryInterface,
    .AddRef = listening_AddRef,
    .Release = listening_Release,
    .OnMemoryNotification = listening_OnMemoryNotification,
};

void listening_callback_init(listening_callback *callback, hostmem_os *os)
{
    *callback = (listening_callback){.iface = {&listening_vtbl}, .os = os};
    atomic_store(&callback->references, 1);
}
