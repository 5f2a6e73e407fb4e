/* The state that the COM objects of one instance share. References are held by all of them and by the host's handle;
 * the last release frees it. Any thread may use any part of it at any time. */
#ifndef HMI_CORE_H
#define HMI_CORE_H

#include <stdbool.h>
#include <stddef.h>

#include <hostmem/hostmem.h>
#include <hostmem/trace_format.h>

#include "base/failure.h"

typedef struct hmi_core hmi_core;

/* Creates a core with one reference, and adds a reference to budget. config must be complete and valid. Returns NULL if
 * there is no memory. */
hmi_core *hmi_core_create(const hostmem_config *config, hostmem_budget *budget);

/* The core of an instance. Adds no reference. */
hmi_core *hmi_core_of(hostmem *instance);

/* Both return the new count. The last release frees the core. */
ULONG hmi_core_add_ref(hmi_core *core);
ULONG hmi_core_release(hmi_core *core);

/* Counts a request for memory that was denied because the instance is closed; level may be HMI_NO_LEVEL. */
void hmi_core_count_denied(hmi_core *core, UINT32 level);

/* Counts a request for memory that ends with hr, and reports it to event listeners, if hr is a refusal. cause: the
 * Win32 error of the last attempt, with HMI_BY_BUDGET if the budget refused. */
void hmi_core_count_refusal(hmi_core *core, HRESULT hr, UINT32 level, UINT64 bytes, UINT32 cause);

/* Whether the interfaces define this critical level. */
static inline bool hmi_core_knows_level(EMemoryCriticalLevel level)
{
    /* Compared as an integer, since a compiler may assume that an enumeration has only its named values. */
    return (unsigned)level <= (unsigned)eProcessCritical;
}

/* Ends a failed call: sets the thread's last error, and returns the HRESULT for it. */
HRESULT hmi_core_fail(hmi_core *core, hmi_operation operation, UINT32 error);

/* Reports a call of the CLR to event listeners, marked if a fault was injected into it. */
void hmi_core_report(hmi_core *core, hostmem_trace_event *event);

#endif
