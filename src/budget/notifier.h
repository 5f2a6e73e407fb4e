/* Tells the CLR how full memory is. A thread of the library calls the callback: never inside of a call of the CLR, and
 * never with a lock held. */
#ifndef HMI_BUDGET_NOTIFIER_H
#define HMI_BUDGET_NOTIFIER_H

#include "budget/budget.h"
#include "events/events.h"

typedef struct hmi_notifier hmi_notifier;

/* Creates the notifier of an instance with one reference, and adds a reference to budget. Returns a Win32 error, 0 for
 * success. */
UINT32 hmi_notifier_create(hostmem_os *os, hostmem_budget *budget, hmi_notifier **out);
void hmi_notifier_release(hmi_notifier *notifier);

/* Sets where notifications are reported, and keeps a reference on it. Precondition: the notifier was not used yet. */
void hmi_notifier_report_to(hmi_notifier *notifier, hmi_events *events);

/* Registers a callback in place of the former one, with a reference on it; NULL: none. The thread releases the former
 * one as soon as it does not use it. The first callback starts the thread. Returns a Win32 error, 0 for success;
 * ERROR_OPERATION_ABORTED after the shutdown. On failure no reference is kept. */
UINT32 hmi_notifier_register(hmi_notifier *notifier, ICLRMemoryNotificationCallback *callback);

/* Called when a request was refused: the thread sends Low at once, unless it has just sent it. */
void hmi_notifier_refused(hmi_notifier *notifier);

/* Begins the shutdown without waiting: no callback is accepted any more, and requests no longer wait for memory. */
void hmi_notifier_stop(hmi_notifier *notifier);

/* Ends the thread and releases the callback. Waits for a running notification for a limited time, and not if called
 * from inside of it. May be repeated. */
void hmi_notifier_shutdown(hmi_notifier *notifier);
bool hmi_notifier_is_shut_down(const hmi_notifier *notifier);

/* Whether the thread may still be inside of a callback: it was started, and its end was not seen yet. */
bool hmi_notifier_is_running(const hmi_notifier *notifier);

/* The number of notifications of a kind (eMemoryAvailableLow and so on) that were sent. */
UINT64 hmi_notifier_sent(const hmi_notifier *notifier, EMemoryAvailable kind);

#endif
