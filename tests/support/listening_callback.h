/* An ICLRMemoryNotificationCallback that writes down what it hears, and does in a notification what a test wants done.
 * Made for threads: it may be called and counted on any. Never freed; a test looks at its references at the end. */
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
    hostmem_os *os;                 /* whose clock tells the time */
    _Atomic LONG references;        /* 1 after init */
    _Atomic UINT32 heard;           /* how often it was called */
    char kinds[LISTENING_MOST + 1]; /* L, N and H in order: to be read when the notifying thread is known to sleep */
    UINT64 times_ms[LISTENING_MOST];
    HRESULT result;                                               /* what OnMemoryNotification gives */
    void (*act)(listening_callback *self, EMemoryAvailable kind); /* NULL, or what it does before it returns */
    void *act_context;
    sim_gate *entered, *leave; /* NULL; or it opens the one and returns when the other opens */
};

void listening_callback_init(listening_callback *callback, hostmem_os *os);

#endif
