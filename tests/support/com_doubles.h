/* COM objects that count calls: a notification callback and a host's own control. They are never freed, so that a
 * test can check their counts at the end. */
#ifndef HOSTMEM_TESTS_COM_DOUBLES_H
#define HOSTMEM_TESTS_COM_DOUBLES_H

#ifndef COBJMACROS
#define COBJMACROS
#endif
#include <hostmem/interfaces.h>
#include <stdatomic.h>

typedef struct counting_callback {
    ICLRMemoryNotificationCallback iface;
    _Atomic LONG references; /* 1 after init */
    _Atomic LONG notifications;
    UINT32 thread;             /* that called init and makes the test's calls */
    _Atomic LONG inside_calls; /* notifications on that thread, which can only come from inside of a call */
} counting_callback;

void counting_callback_init(counting_callback *callback);

typedef struct counting_control {
    IHostControl iface;
    LONG references; /* 1 after init */
    LONG manager_requests;
    IID last_manager;   /* of the last GetHostManager */
    HRESULT manager_hr; /* what GetHostManager returns, */
    void *manager;      /* and writes */
    LONG domain_requests;
    DWORD last_domain; /* of the last SetAppDomainManager */
    IUnknown *last_domain_manager;
    HRESULT domain_hr;
} counting_control;

void counting_control_init(counting_control *control);

#endif
