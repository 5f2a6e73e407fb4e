/* The state that the COM objects of one instance share, counted by the references of all of them and of the host's
 * handle. It goes with the last reference. Everything in it may be used by any thread at any time without waiting. */
#ifndef HOSTMEM_SRC_CORE_H
#define HOSTMEM_SRC_CORE_H

#include <stddef.h>

#include <hostmem/hostmem.h>

#include "account.h"
#include "address_reserve.h"
#include "events.h"
#include "failure.h"
#include "fault.h"
#include "ledger.h"
#include "pressure.h"
#include "records.h"
#include "resets.h"
#include "sampler.h"
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
    _Atomic uint64_t refusals[HOSTMEM_REFUSAL_RESULTS][HOSTMEM_NO_LEVEL + 1];
    _Atomic uint64_t waits[3];
    _Atomic uint64_t wait_ms[3];
    _Atomic uint64_t heaps;
    _Atomic uint64_t alloc_calls; /* as told last; what follows is what they are derived from */
    _Atomic uint64_t failed_allocs;
    _Atomic uint64_t failed_debug_allocs;
    _Atomic uint64_t failed_frees;    /* of nothing, too */
    _Atomic uint64_t released_blocks; /* that went with their heaps */
    _Atomic uint64_t rare_calls[HOSTMEM_CALL_METHODS - HOSTMEM_SHARE_CALLS];
    _Atomic uint64_t lock_failures;
    _Atomic uint64_t numa_misses;
    hostmem_line_writer *leak_sink; /* of hostmem_config; NULL: nobody wants to know */
    void *leak_context;
    hostmem_sites sites;
    hostmem_sampler sampler;
    hostmem_records records;
} hostmem_core;

/* Creates a core with one reference, which keeps one on budget. config is complete and valid. Returns NULL if there is
 * no memory. */
hostmem_core *hostmem_core_create(const hostmem_config *config, hostmem_budget *budget);

/* The core of an instance, which keeps its reference. */
hostmem_core *hostmem_core_of(hostmem *instance);

/* Both return the new count. The last release frees the core. */
ULONG hostmem_core_add_ref(hostmem_core *core);
ULONG hostmem_core_release(hostmem_core *core);

/* Counts a call of a method, HOSTMEM_CALL_VIRTUAL_ALLOC and so on: the frequent ones where threads do not meet. Not for
 * Alloc, whose calls are derived from those of the others so that they cost nothing; and of Free, those that gave a
 * block back. */
static inline void hostmem_core_count_call(hostmem_core *core, unsigned method)
{
    if (method < HOSTMEM_SHARE_CALLS)
        hostmem_shares_count_call(core->account.shares, method);
    else
        atomic_fetch_add_explicit(&core->rare_calls[method - HOSTMEM_SHARE_CALLS], 1, memory_order_relaxed);
}

/* Counts what is rare, in one of the fields of a core. */
static inline void hostmem_core_count(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_release);
}

/* Counts a request of memory that ends with hr, if that is a refusal; level may be HOSTMEM_NO_LEVEL. */
void hostmem_core_count_refusal(hostmem_core *core, HRESULT hr, UINT32 level);

/* Whether a critical level is one that the interfaces define. */
static inline bool hostmem_core_knows_level(EMemoryCriticalLevel level)
{
    /* As an integer: a compiler may take the type of the enumeration for a promise. */
    return (unsigned)level <= (unsigned)eProcessCritical;
}

/* Ends a call that failed: sets the thread's last error and returns the HRESULT for it. */
HRESULT hostmem_core_fail(hostmem_core *core, hostmem_operation operation, UINT32 error);

/* Reports a call of the CLR to whoever listens, marked if a fault on purpose has struck it. */
void hostmem_core_report(hostmem_core *core, hostmem_trace_event *event);

/* What the operating system says of the pages from run->start on; run->end becomes where that ends, no further than
 * end.
 * False: it says nothing. */
bool hostmem_core_describe(hostmem_core *core, UINT_PTR end, hostmem_range *run, MEMORY_BASIC_INFORMATION *region);

/* The size of hostmem_stats in the first version: the least that a caller can mean. */
#define HOSTMEM_FIRST_STATS_SIZE (offsetof(hostmem_stats, refused) + sizeof(UINT64[3]))

/* Writes every figure; stats->size and reserved_word are left alone. */
void hostmem_core_stats(hostmem_core *core, hostmem_stats *stats);

#endif
