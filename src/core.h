/* The state that the COM objects of one instance share, counted by the references of all of them and of the host's
 * handle. It goes with the last reference. Everything in it may be used by any thread at any time without waiting. */
#ifndef HMI_CORE_H
#define HMI_CORE_H

#include <stddef.h>

#include <hostmem/hostmem.h>

#include "budget/account.h"
#include "books/address_reserve.h"
#include "events/events.h"
#include "base/failure.h"
#include "fault/fault.h"
#include "books/ledger.h"
#include "budget/notifier.h"
#include "books/records.h"
#include "books/relock_queue.h"
#include "books/sampler.h"
#include "books/sites.h"

/* Why every request of memory fails; a set. The values are those of HOSTMEM_TRACE_CLOSED. */
enum {
    HMI_CLOSED_BY_HOST = 1, /* hostmem_set_clr_state */
    HMI_CLOSED_BY_LATCH = 2 /* HOSTMEM_FAIL_FAST */
};

typedef struct hmi_core {
    _Atomic ULONG references;
    UINT32 flags; /* of hostmem_config */
    UINT32 numa_node;
    hostmem_os *os;
    hmi_os_info info;
    _Atomic UINT32 closed; /* HMI_CLOSED_ bits */
    hmi_events *events;
    hostmem_budget *budget;
    hmi_account account;
    hmi_notifier *notifier;
    hmi_address_reserve address_reserve;
    hmi_faults faults;
    hmi_ledger ledger;
    hmi_relock_queue relock_queue; /* with HOSTMEM_LOCK_PAGES */
    char pad_before_refused[HMI_CACHE_LINE];
    _Atomic uint64_t refusals[HOSTMEM_REFUSERS][HOSTMEM_REFUSAL_RESULTS][HMI_NO_LEVEL + 1];
    _Atomic uint64_t last_system_error;
    _Atomic uint64_t waits[3];
    _Atomic uint64_t wait_ms[3];
    _Atomic uint64_t heaps;
    _Atomic uint64_t alloc_calls; /* as told last; what follows is what they are derived from */
    _Atomic uint64_t failed_allocs;
    _Atomic uint64_t failed_debug_allocs;
    _Atomic uint64_t failed_frees;    /* of nothing, too */
    _Atomic uint64_t released_blocks; /* that went with their heaps */
    _Atomic uint64_t rare_calls[HOSTMEM_CALL_METHODS - HMI_COUNTED_METHODS];
    _Atomic uint64_t lock_failures;
    _Atomic uint64_t numa_misses;
    hostmem_line_writer *leak_sink; /* of hostmem_config; NULL: nobody wants to know */
    void *leak_context;
    hmi_sites sites;
    hmi_sampler sampler;
    hmi_records records;
} hmi_core;

/* Creates a core with one reference, which keeps one on budget. config is complete and valid. Returns NULL if there is
 * no memory. */
hmi_core *hmi_core_create(const hostmem_config *config, hostmem_budget *budget);

/* The core of an instance, which keeps its reference. */
hmi_core *hmi_core_of(hostmem *instance);

/* Both return the new count. The last release frees the core. */
ULONG hmi_core_add_ref(hmi_core *core);
ULONG hmi_core_release(hmi_core *core);

/* Counts a call of a method, HOSTMEM_CALL_VIRTUAL_ALLOC and so on: the frequent ones where threads do not meet. Not for
 * Alloc, whose calls are derived from those of the others so that they cost nothing; and of Free, those that gave a
 * block back. */
static inline void hmi_core_count_call(hmi_core *core, unsigned method)
{
    if (method < HMI_COUNTED_METHODS)
        hmi_quota_cache_count_call(core->account.quota_cache, method);
    else
        atomic_fetch_add_explicit(&core->rare_calls[method - HMI_COUNTED_METHODS], 1, memory_order_relaxed);
}

/* Counts what is rare, in one of the fields of a core. */
static inline void hmi_core_count(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_release);
}

/* Counts a request of memory of a closed instance, which nobody was asked for; level may be HMI_NO_LEVEL. */
void hmi_core_count_denied(hmi_core *core, UINT32 level);

/* Counts a request of memory that ends with hr, if that is a refusal, and reports it to whoever listens. cause: the Win32
 * error of the last attempt, with HMI_BY_BUDGET where the budget has refused. */
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

/* What the operating system says of the pages from run->start on; run->end becomes where that ends, no further than
 * end.
 * False: it says nothing. */
bool hmi_core_describe(hmi_core *core, UINT_PTR end, hmi_range *run, MEMORY_BASIC_INFORMATION *region);

/* The size of hostmem_stats in the first version: the least that a caller can mean. */
#define HMI_FIRST_STATS_SIZE (offsetof(hostmem_stats, refused) + sizeof(UINT64[3]))

/* Writes every figure but largest_free_bytes; stats->size and reserved_word are left alone. */
void hmi_core_stats(hmi_core *core, hostmem_stats *stats);

#endif
