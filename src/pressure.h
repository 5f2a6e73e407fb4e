/* Telling the CLR how full memory is. A thread of ours sends the notifications: it alone calls the callback, never
 * inside a call that the CLR made and never with anything held. */
#ifndef HOSTMEM_SRC_PRESSURE_H
#define HOSTMEM_SRC_PRESSURE_H

#include "budget.h"
#include "events.h"

typedef struct hostmem_pressure hostmem_pressure;

/* Creates the notifier of one instance, with one reference, which keeps one on budget. Returns a Win32 error, 0 for
 * success. */
UINT32 hostmem_pressure_create(hostmem_os *os, hostmem_budget *budget, hostmem_pressure **out);
void hostmem_pressure_release(hostmem_pressure *pressure);

/* Where notifications are reported. Keeps a reference. Precondition: nobody has used the notifier yet. */
void hostmem_pressure_report_to(hostmem_pressure *pressure, hostmem_events *events);

/* Keeps a reference on callback in place of the former one, which the thread gives back as soon as it does not use it;
 * NULL: none. The first callback starts the thread. Returns a Win32 error, 0 for success: ERROR_OPERATION_ABORTED after
 * the shutdown. No reference is kept then. */
UINT32 hostmem_pressure_register(hostmem_pressure *pressure, ICLRMemoryNotificationCallback *callback);

/* Says that a request was refused: the thread sends Low at once, unless the CLR has just heard it. */
void hostmem_pressure_refused(hostmem_pressure *pressure);

/* Begins the shutdown without waiting for anything: no callback is accepted any more, and nobody may wait for
 * memory. */
void hostmem_pressure_stop(hostmem_pressure *pressure);

/* Ends the thread and gives the callback back. Waits for a notification that is running, but not for ever, and not when
 * called from inside it. May be repeated. */
void hostmem_pressure_shutdown(hostmem_pressure *pressure);
bool hostmem_pressure_is_shut_down(const hostmem_pressure *pressure);

/* How many notifications of a kind (eMemoryAvailableLow and so on) were sent. */
UINT64 hostmem_pressure_sent(const hostmem_pressure *pressure, EMemoryAvailable kind);

#endif
