/* A notification callback that counts and records its calls. Never freed. */
#ifndef HOSTMEM_TESTS_CONFORMANCE_CALLBACK_H
#define HOSTMEM_TESTS_CONFORMANCE_CALLBACK_H

#include "check.h"

typedef struct callback {
    ICLRMemoryNotificationCallback iface;
    volatile LONG references;       /* 1 after callback_init: the test's own */
    volatile LONG fewest;           /* the minimum so far */
    volatile LONG calls[4];         /* calls that have returned, by EMemoryAvailable; [0]: unknown values */
    volatile LONG begun;            /* calls, including those that have not returned */
    volatile LONG from_inside;      /* calls on the thread that was inside of a method */
    volatile DWORD inside_thread;   /* the thread that is inside of a method now; 0: none */
    void (*on_call)(void *context); /* NULL: nothing */
    void *context;
} callback;

void callback_init(callback *callback);

/* Registers it; NULL is allowed. */
void callback_register(subject *subject, callback *callback);

/* Wait until *counter is at least, or at most, wanted; FALSE: not in time. */
BOOL callback_wait_least(const volatile LONG *counter, LONG wanted, DWORD patience_ms);
BOOL callback_wait_most(const volatile LONG *counter, LONG wanted);

#endif
