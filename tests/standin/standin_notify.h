/* The stand-in's ICLRMemoryNotificationCallback. Like the CLR's own it is never destroyed: AddRef and Release do
 * nothing and return 1. A notification only sets flags, which the next safe point handles. */
#ifndef STANDIN_NOTIFY_H
#define STANDIN_NOTIFY_H

#include "standin_gc.h"

typedef struct standin_notify {
    ICLRMemoryNotificationCallback ICLRMemoryNotificationCallback_iface;
    standin_check *check;
    standin_gc *volatile gc; /* NULL until there is a heap */
    volatile LONG received[4];
} standin_notify;

void standin_notify_init(standin_notify *notify, standin_check *check);

#endif
