/* Telling the CLR how full memory is. A thread of ours sends the notifications: it alone calls the callback, never
 * inside a call that the CLR made and never with anything held. */
#ifndef HMI_BUDGET_NOTIFIER_H
#define HMI_BUDGET_NOTIFIER_H

#include "budget/budget.h"
#include "events/events.h"

typedef struct hmi_notifier hmi_notifier;

/* Creates the notifier of one instance, with one reference, which keeps one on budget. Returns a Win32 error, 0 for
 * success. */
UINT32 hmi_notifier_create(hostmem_os *os, hostmem_budget *budget, hmi_notifier **out);
void hmi_notifier_release(hmi_notifier *notifier);

/* Where notifications are reported. Keeps a reference. Precondition: nobody has used the notifier yet. */
void hmi_notifier_report_to(hmi_notifier *notifier, hmi_events *events);

/* Keeps a reference on callback in place of the former one, which the thread gives back as soon as it does not use it;
 * NULL: none. The first callback starts the thread. Returns a Win32 error, 0 for success: ERROR_OPERATION_ABORTED after
 * the shutdown. No reference is kept then. */
UINT32 hmi_notifier_register(hmi_notifier *notifier, ICLRMemoryNotificationCallback *callback);

/* Says that a request was refused: the thread sends Low at once, unless the CLR has just heard it. */
void hmi_notifier_refused(hmi_notifier *notifier);

/* Begins the shutdown without waiting for anything: no callback is accepted any more, and nobody may wait for
 * memory. */
void hmi_notifier_stop(hmi_notifier *notifier);

/* Ends the thread and gives the callback back. Waits for a notification that is running, but not for ever, and not when
 * called from inside it. May be repeated. */
void hmi_notifier_shutdown(hmi_notifier *notifier);
bool hmi_notifier_is_shut_down(const hmi_notifier *notifier);

/* Whether the thread may still be inside of a callback: it has been started, and has neither come to its end nor been
 * seen to have ended. */
bool hmi_notifier_is_running(const hmi_notifier *notifier);

/* How many notifications of a kind (eMemoryAvailableLow and so on) were sent. */
UINT64 hmi_notifier_sent(const hmi_notifier *notifier, EMemoryAvailable kind);

#endif
