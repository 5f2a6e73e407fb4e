/* The contents of the state that the COM objects of one instance share (core.h), for the modules that use its parts. */
#ifndef HMI_CORE_STATE_H
#define HMI_CORE_STATE_H

#include "budget/quota_cache.h"
#include "books/address_reserve.h"
#include "events/events.h"
#include "core.h"
#include "fault/fault.h"
#include "books/kinds.h"
#include "books/ledger.h"
#include "budget/notifier.h"
#include "books/records.h"
#include "books/relock_queue.h"
#include "books/sampler.h"
#include "books/sites.h"

/* Why an instance refuses all requests for memory; a set. The values are those of HOSTMEM_TRACE_CLOSED. */
enum {
    HMI_CLOSED_BY_HOST = 1, /* hostmem_set_clr_state */
    HMI_CLOSED_BY_LATCH = 2 /* HOSTMEM_FAIL_FAST */
};

struct hmi_core {
    _Atomic ULONG references;
    UINT32 flags; /* of hostmem_config */
    UINT32 numa_node;
    hostmem_os *os;
    hmi_os_info info;
    /* What every call needs is near the beginning, so that it takes few cache lines. */
    _Atomic UINT32 closed; /* HMI_CLOSED_ bits */
    bool samples;          /* whether stacks are sampled: sampler.bytes is not 0 */
    hmi_events *events;
    hostmem_budget *budget;
    hmi_quota_cache *quota_cache;
    hmi_faults faults;
    hmi_notifier *notifier;
    hmi_address_reserve address_reserve;
    hmi_ledger ledger;
    hmi_relock_queue relock_queue; /* with HOSTMEM_LOCK_PAGES */
    char pad_before_refused[HMI_CACHE_LINE];
    _Atomic uint64_t refusals[HOSTMEM_REFUSERS][HOSTMEM_REFUSAL_RESULTS][HMI_NO_LEVEL + 1];
    _Atomic uint64_t last_system_error;
    _Atomic uint64_t waits[3];
    _Atomic uint64_t wait_ms[3];
    _Atomic uint64_t heaps;
    _Atomic uint64_t alloc_calls; /* the largest value returned so far; derived from the counters that follow */
    _Atomic uint64_t failed_allocs;
    _Atomic uint64_t failed_debug_allocs;
    _Atomic uint64_t failed_frees;    /* including Free(NULL) */
    _Atomic uint64_t released_blocks; /* blocks freed because their heap was released */
    _Atomic uint64_t rare_calls[HOSTMEM_CALL_METHODS - HMI_COUNTED_METHODS];
    _Atomic uint64_t lock_failures;
    _Atomic uint64_t numa_misses;
    hostmem_line_writer *leak_sink; /* of hostmem_config; NULL: none */
    void *leak_context;
    hmi_sites sites;
    hmi_sampler sampler;
    hmi_records records;
    hmi_kinds kinds;
};

/* Counts a call of a method (HOSTMEM_CALL_VIRTUAL_ALLOC and so on). Frequent methods are counted per thread slot. Not
 * used for Alloc, whose calls are computed from the other counters so that counting costs nothing. For Free, only calls
 * that freed a block are counted here. */
static inline void hmi_core_count_call(hmi_core *core, unsigned method)
{
    if (method < HMI_COUNTED_METHODS)
        hmi_quota_cache_count_call(core->quota_cache, method);
    else
        atomic_fetch_add_explicit(&core->rare_calls[method - HMI_COUNTED_METHODS], 1, memory_order_relaxed);
}

/* Counts a rare event in one of a core's counters. */
static inline void hmi_core_count(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_release);
}

/* Reports a call of the CLR, if there are listeners. what_: an event of HOSTMEM_TRACE_ without that prefix; more fields
 * of hostmem_trace_event may follow. */
#define HMI_REPORT_CALL(core, what_, level_, hr, ...)                                                                  \
    do {                                                                                                               \
        if (hmi_events_wanted((core)->events))                                                                         \
            hmi_core_report(                                                                                           \
                (core), &(hostmem_trace_event){                                                                        \
                            .what = HOSTMEM_TRACE_##what_, .level = (level_), .result = (uint32_t)(hr), __VA_ARGS__}); \
    } while (0)

/* Queries the operating system about the pages from run->start on. Sets run->end to the end of the region that starts
 * there, or to end if that is less. False: the query failed. */
bool hmi_core_describe(hmi_core *core, UINT_PTR end, hmi_range *run, MEMORY_BASIC_INFORMATION *region);

#endif
