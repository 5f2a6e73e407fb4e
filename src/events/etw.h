/* Event Tracing for Windows: the provider "hostmem", {bcb84861-4dc6-5c04-b82b-4d33ee9666ec}, the id that tools derive
 * from the name. Its events describe themselves (TraceLogging), so no manifest has to be installed. */
#ifndef HMI_EVENTS_ETW_H
#define HMI_EVENTS_ETW_H

#include <hostmem/trace_format.h>

#include "os/os.h"

/* Keywords by which sessions choose events. */
enum {
    HMI_ETW_PAGES = 0x1,  /* virtual memory and address space */
    HMI_ETW_BLOCKS = 0x2, /* heaps and their blocks */
    HMI_ETW_POLICY = 0x4  /* loads, notifications, waits, limits, and being closed */
};

typedef struct hmi_etw {
    hostmem_os *os;
    void *registration; /* NULL: not available */
} hmi_etw;

/* Registers the provider. enable is called whenever a session starts or stops listening, perhaps before this returns.
 * If the provider cannot be registered, nobody ever listens. Precondition: etw is zeroed. */
void hmi_etw_open(hmi_etw *etw, hostmem_os *os, void (*enable)(void *context, BOOL wanted), void *context);
void hmi_etw_close(hmi_etw *etw);

/* instance: an address that distinguishes the events of instances. */
void hmi_etw_write(hmi_etw *etw, const hostmem_trace_event *event, const void *instance);

#endif
