/* The callback of the mutant manager. The correct one keeps it and never calls it: it never runs low on memory. */
#define CONST_VTABLE
#include "manager.h"

static PVOID volatile registered;

HRESULT notices_register(ICLRMemoryNotificationCallback *callback)
{
    ICLRMemoryNotificationCallback *former;
    if ((callback || chosen == REGISTER_FOLLOWS_NULL) && chosen != CALLBACK_RELEASED_UNASKED)
        ICLRMemoryNotificationCallback_AddRef(callback);
    former = InterlockedExchangePointer(&registered, callback);
    if (former && chosen != CALLBACK_KEPT)
        ICLRMemoryNotificationCallback_Release(former);
    return S_OK;
}

static void notify(EMemoryAvailable available)
{
    ICLRMemoryNotificationCallback *callback = registered;
    if (callback)
        ICLRMemoryNotificationCallback_OnMemoryNotification(callback, available);
}

static DWORD WINAPI notify_low(void *context)
{
    (void)context;
    enter(); /* matters to the mutant that holds its lock here */
    notify(eMemoryAvailableLow);
    leave();
    return 0;
}

void notices_refused(void)
{
    HANDLE thread;
    if (chosen == NOTICE_FROM_INSIDE) {
        notify(eMemoryAvailableLow);
    } else if (chosen == NOTICE_UNDER_LOCK || chosen == LOW_FOR_EVER) {
        thread = CreateThread(NULL, 0, notify_low, NULL, 0, NULL);
        if (thread)
            CloseHandle(thread);
    }
}
