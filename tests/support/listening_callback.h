/* An ICLRMemoryNotificationCallback that records its notifications, and can run a test's function in one. It may be
 * called and released on any thread. It is never freed, so that a test can check its references at the end. */
#ifndef HOSTMEM_TESTS_LISTENING_CALLBACK_H
#define HOSTMEM_TESTS_LISTENING_CALLBACK_H

#include <stdatomic.h>

#ifndef COBJMACROS
#define COBJMACROS
#endif
#include <hostmem/interfaces.h>

#include "os/os.h"
#include "sim_thread.h"

#define LISTENING_MOST 100

typedef struct listening_callback listening_callback;

struct listening_callback {
    ICLRMemoryNotificationCallback iface;
    hostmem_os *os;                 /* whose clock is used for times */
    _Atomic LONG references;        /* 1 after init */
    _Atomic UINT32 heard;           /* how often it was called */
    char kinds[LISTENING_MOST + 1]; /* L, N and H in order; read it only while the notifying thread is known to sleep */
    UINT64 times_ms[LISTENING_MOST];
    HRESULT result;                                               /* what OnMemoryNotification returns */
    void (*act)(listening_callback *self, EMemoryAvailable kind); /* NULL, or called before it returns */
    void *act_context;
    sim_gate *entered, *leave; /* NULL; or it opens `entered` and returns when `leave` opens */
};

void listening_callback_init(listening_callback *callback, hostmem_os *os);

#endif
