/* The state that the COM objects of one instance share, counted by the references of all of them and of the host's
 * handle. It goes with the last reference. Everything in it may be used by any thread at any time without waiting. */
#ifndef HMI_CORE_H
#define HMI_CORE_H

#include <stdbool.h>
#include <stddef.h>

#include <hostmem/hostmem.h>
#include <hostmem/trace_format.h>

#include "base/failure.h"

typedef struct hmi_core hmi_core;

/* Creates a core with one reference, which keeps one on budget. config is complete and valid. Returns NULL if there is
 * no memory. */
hmi_core *hmi_core_create(const hostmem_config *config, hostmem_budget *budget);

/* The core of an instance, which keeps its reference. */
hmi_core *hmi_core_of(hostmem *instance);

/* Both return the new count. The last release frees the core. */
ULONG hmi_core_add_ref(hmi_core *core);
ULONG hmi_core_release(hmi_core *core);

/* Counts a request of memory of a closed instance, which nobody was asked for; level may be HMI_NO_LEVEL. */
void hmi_core_count_denied(hmi_core *core, UINT32 level);

/* Counts a request of memory that ends with hr, if that is a refusal, and reports it to whoever listens. cause: the
 * Win32 error of the last attempt, with HMI_BY_BUDGET where the budget has refused. */
void hmi_core_count_refusal(hmi_core *core, HRESULT hr, UINT32 level, UINT64 bytes, UINT32 cause);

/* Whether a critical level is one that the interfaces define. */
static inline bool hmi_core_knows_level(EMemoryCriticalLevel level)
{
    /* As an integer: a compiler may take the type of the enumeration for a promise. */
    return (unsigned)level <= (unsigned)eProcessCritical;
}

/* Ends a call that failed: sets the thread's last error and returns the HRESULT for it. */
HRESULT hmi_core_fail(hmi_core *core, hmi_operation operation, UINT32 error);

/* Reports a call of the CLR to whoever listens, marked if a fault on purpose has struck it. */
void hmi_core_report(hmi_core *core, hostmem_trace_event *event);

#endif
