/* The state that the COM objects of one instance share, counted by the references of all of them and of the host's handle.
 * It goes with the last reference. Everything in it may be used by any thread at any time without waiting. */
#ifndef HOSTMEM_SRC_CORE_H
#define HOSTMEM_SRC_CORE_H

#include <hostmem/hostmem.h>

#include "account.h"
#include "address_reserve.h"
#include "events.h"
#include "failure.h"
#include "fault.h"
#include "ledger.h"
#include "pressure.h"
#include "resets.h"
#include "sites.h"

/* Why every request of memory fails; a set. The values are those of HOSTMEM_TRACE_CLOSED. */
enum {
    HOSTMEM_CLOSED_BY_HOST = 1, /* hostmem_set_clr_state */
    HOSTMEM_CLOSED_BY_LATCH = 2 /* HOSTMEM_FAIL_FAST */
};

typedef struct hostmem_core {
    _Atomic ULONG references;
    UINT32 flags; /* of hostmem_config */
    UINT32 numa_node;
    hostmem_os *os;
    hostmem_os_info info;
    _Atomic UINT32 closed; /* HOSTMEM_CLOSED_ bits */
    hostmem_events *events;
    hostmem_budget *budget;
    hostmem_account account;
    hostmem_pressure *pressure;
    hostmem_address_reserve address_reserve;
    hostmem_faults faults;
    hostmem_ledger ledger;
    hostmem_resets resets; /* with HOSTMEM_LOCK_PAGES */
    char pad_before_refused[HOSTMEM_CACHE_LINE];
    _Atomic uint64_t refused[3];
    _Atomic uint64_t waits[3];
    _Atomic uint64_t lock_failures;
    _Atomic uint64_t numa_misses;
    hostmem_sites sites;
} hostmem_core;

/* Creates a core with one reference, which keeps one on budget. config is complete and valid. Returns NULL if there is no
 * memory. */
hostmem_core *hostmem_core_create(const hostmem_config *config, hostmem_budget *budget);

/* Both return the new count. The last release frees the core. */
ULONG hostmem_core_add_ref(hostmem_core *core);
ULONG hostmem_core_release(hostmem_core *core);

/* Whether a critical level is one that the interfaces define. */
static inline bool hostmem_core_knows_level(EMemoryCriticalLevel level)
{
    /* As an integer: a compiler may take the type of the enumeration for a promise. */
    return (unsigned)level <= (unsigned)eProcessCritical;
}

/* Ends a call that failed: sets the thread's last error and returns the HRESULT for it. */
HRESULT hostmem_core_fail(hostmem_core *core, hostmem_operation operation, UINT32 error);

/* What the operating system says of the pages from run->start on; run->end becomes where that ends, no further than end.
 * False: it says nothing. */
bool hostmem_core_describe(hostmem_core *core, UINT_PTR end, hostmem_range *run, MEMORY_BASIC_INFORMATION *region);

/* Writes every figure; stats->size and reserved_word are left alone. */
void hostmem_core_stats(hostmem_core *core, hostmem_stats *stats);

#endif
