/* The shared state: construction, counting, and what every COM method needs to begin and end a call. Guarded by nothing
 * but atomics. */
#include "core_state.h"

#include <corerror.h>
#include <string.h>

/* A view that is recorded for the first time must not put tables where the reserve has just made room: it could not be
 * taken again in one piece. */
static UINT32 hold_address_space(hmi_core *core, SIZE_T size)
{
    if (size && !hmi_ledger_reserve_views(&core->ledger))
        return ERROR_NOT_ENOUGH_MEMORY;
    return hmi_address_reserve_init(&core->address_reserve, core->os, size);
}

hmi_core *hmi_core_create(const hostmem_config *config, hostmem_budget *budget)
{
    hmi_core *core = config->os->object_alloc(config->os, sizeof *core);
    if (!core)
        return NULL;
    core->os = config->os;
    core->flags = config->flags;
    core->numa_node = config->numa_node;
    core->leak_sink = config->leak_sink;
    core->leak_context = config->leak_context;
    core->os->get_info(core->os, &core->info);
    atomic_init(&core->references, 1);
    core->budget = budget;
    hmi_budget_add_ref(budget);
    core->account = (hmi_account){budget, hmi_budget_acquire_cache(budget)};
    hmi_sites_init(&core->sites, core->os);
    hmi_sampler_init(&core->sampler, (UINT32)config->sample_bytes);
    hmi_faults_init(&core->faults, core->os);
    if (!core->account.quota_cache || hmi_events_create(core->os, &core->events) ||
        hmi_ledger_init(&core->ledger, core->os) || hmi_records_init(&core->records, core->os) ||
        ((core->flags & HOSTMEM_LOCK_PAGES) &&
         hmi_relock_queue_init(&core->relock_queue, core->os, core->info.page_size)) ||
        hmi_notifier_create(core->os, budget, &core->notifier) ||
        hold_address_space(core, (SIZE_T)config->address_reserve_bytes)) {
        hmi_core_release(core);
        return NULL;
    }
    hmi_notifier_report_to(core->notifier, core->events);
    return core;
}

ULONG hmi_core_add_ref(hmi_core *core)
{
    return atomic_fetch_add_explicit(&core->references, 1, memory_order_relaxed) + 1;
}

ULONG hmi_core_release(hmi_core *core)
{
    ULONG references = atomic_fetch_sub_explicit(&core->references, 1, memory_order_acq_rel) - 1;
    if (!references) {
        hostmem_os *os = core->os;
        if (core->notifier) {
            hmi_notifier_shutdown(core->notifier);
            hmi_notifier_release(core->notifier);
        }
        hmi_address_reserve_destroy(&core->address_reserve);
        if (core->account.quota_cache)
            hmi_budget_release_cache(core->budget, core->account.quota_cache);
        hostmem_budget_release(core->budget);
        hmi_relock_queue_destroy(&core->relock_queue);
        hmi_records_destroy(&core->records);
        hmi_sites_destroy(&core->sites);
        hmi_faults_destroy(&core->faults);
        hmi_ledger_destroy(&core->ledger);
        hmi_events_release(core->events);
        os->object_free(os, core);
    }
    return references;
}

HRESULT hmi_core_fail(hmi_core *core, hmi_operation operation, UINT32 error)
{
    core->os->set_last_error(core->os, hmi_failure_code(error));
    return hmi_failure_hresult(operation, error);
}

void hmi_core_report(hmi_core *core, hostmem_trace_event *event)
{
    if (hmi_faults_were_injected(&core->faults))
        event->flags |= HOSTMEM_TRACE_INJECTED;
    hmi_events_report(core->events, event);
}

bool hmi_core_describe(hmi_core *core, UINT_PTR end, hmi_range *run, MEMORY_BASIC_INFORMATION *region)
{
    SIZE_T written;
    if (core->os->virtual_query(core->os, (void *)run->start, region, sizeof *region, &written))
        return false;
    run->end = (UINT_PTR)region->BaseAddress + region->RegionSize;
    if (run->end > end)
        run->end = end;
    return true;
}

/* HOSTMEM_REFUSAL_RESULTS: not a refusal. */
static unsigned refusal_of(HRESULT hr)
{
    switch (hr) {
    case E_OUTOFMEMORY:
        return HOSTMEM_REFUSAL_OUT_OF_MEMORY;
    case HOST_E_TIMEOUT:
        return HOSTMEM_REFUSAL_TIMEOUT;
    case HOST_E_ABANDONED:
        return HOSTMEM_REFUSAL_ABANDONED;
    case E_FAIL:
        return HOSTMEM_REFUSAL_FAIL_FAST;
    case HOST_E_CLRNOTAVAILABLE:
        return HOSTMEM_REFUSAL_UNAVAILABLE;
    default:
        return HOSTMEM_REFUSAL_RESULTS;
    }
}

void hmi_core_count_denied(hmi_core *core, UINT32 level)
{
    hmi_core_count(&core->refusals[HOSTMEM_REFUSER_SYSTEM][HOSTMEM_REFUSAL_UNAVAILABLE][level]);
}

void hmi_core_count_refusal(hmi_core *core, HRESULT hr, UINT32 level, UINT64 bytes, UINT32 cause)
{
    unsigned result = refusal_of(hr);
    bool by_budget = (cause & HMI_BY_BUDGET) != 0;
    if (result == HOSTMEM_REFUSAL_RESULTS)
        return;
    if (!by_budget)
        atomic_store_explicit(&core->last_system_error, cause, memory_order_relaxed);
    hmi_core_count(&core->refusals[by_budget ? HOSTMEM_REFUSER_BUDGET : HOSTMEM_REFUSER_SYSTEM][result][level]);
    if (hmi_events_wanted(core->events))
        hmi_events_report(core->events, &(hostmem_trace_event){
                                            .what = HOSTMEM_TRACE_REFUSED,
                                            .level = level == HMI_NO_LEVEL ? HOSTMEM_TRACE_NO_LEVEL : (uint8_t)level,
                                            .result = (uint32_t)hr,
                                            .type = by_budget ? HOSTMEM_TRACE_BY_BUDGET : HOSTMEM_TRACE_BY_SYSTEM,
                                            .value = hmi_failure_code(cause),
                                            .size = bytes});
}

/* In order: what is read first was counted before what is read later, where one call counts both. */
static uint64_t read(const _Atomic uint64_t *figure)
{
    return atomic_load_explicit(figure, memory_order_acquire);
}

static uint64_t at_least(uint64_t peak, uint64_t bytes)
{
    return peak < bytes ? bytes : peak;
}

static void read_refusals(hmi_core *core, hostmem_stats *stats)
{
    unsigned by, result, level;
    memset(stats->refused, 0, sizeof stats->refused);
    memset(stats->refusals, 0, sizeof stats->refusals);
    memset(stats->refused_by, 0, sizeof stats->refused_by);
    for (by = 0; by < HOSTMEM_REFUSERS; by++) {
        for (result = 0; result < HOSTMEM_REFUSAL_RESULTS; result++) {
            for (level = 0; level <= HMI_NO_LEVEL; level++) {
                uint64_t number = read(&core->refusals[by][result][level]);
                stats->refusals[result][level] += number;
                if (result == HOSTMEM_REFUSAL_UNAVAILABLE)
                    continue;
                stats->refused_by[by][level] += number;
                if (level < HMI_NO_LEVEL)
                    stats->refused[level] += number;
            }
        }
    }
    stats->last_system_error = read(&core->last_system_error);
}

/* Calls of Alloc: every block that was ever given out is held, was freed or went with its heap, and came from Alloc or
 * DebugAlloc. What is taken out of one sum and put into another is read after it was put there, and what is subtracted
 * is read last: while others run the result is never too large, so the largest one so far is true. */
static uint64_t read_alloc_calls(hmi_core *core)
{
    hmi_quota_cache *cache = core->account.quota_cache;
    uint64_t last_told = read(&core->alloc_calls),
             failed = read(&core->failed_allocs) + read(&core->failed_debug_allocs);
    uint64_t given = hmi_quota_cache_calls(cache, HOSTMEM_CALL_FREE) + read(&core->released_blocks);
    uint64_t debug, now;
    given += hmi_quota_cache_used_blocks(cache);
    debug = hmi_quota_cache_calls(cache, HOSTMEM_CALL_DEBUG_ALLOC);
    now = given + failed > debug ? given + failed - debug : 0;
    while (last_told < now) {
        if (atomic_compare_exchange_weak(&core->alloc_calls, &last_told, now))
            return now;
    }
    return last_told;
}

static void read_calls(hmi_core *core, hostmem_stats *stats)
{
    unsigned method;
    for (method = 0; method < HOSTMEM_CALL_METHODS; method++)
        stats->calls[method] = method < HMI_COUNTED_METHODS ? hmi_quota_cache_calls(core->account.quota_cache, method)
                                                            : read(&core->rare_calls[method - HMI_COUNTED_METHODS]);
    stats->calls[HOSTMEM_CALL_FREE] += read(&core->failed_frees);
    stats->calls[HOSTMEM_CALL_ALLOC] = read_alloc_calls(core);
}

void hmi_core_stats(hmi_core *core, hostmem_stats *stats)
{
    hmi_quota_cache *cache = core->account.quota_cache;
    unsigned level, kind;
    uint64_t used;
    UINT32 closed;
    stats->reserved_bytes = hmi_sum_read(&core->ledger.reserved_bytes, &stats->peak_reserved_bytes);
    stats->committed_bytes = hmi_quota_cache_used_bytes(cache, HMI_PAGES);
    stats->peak_committed_bytes = at_least(hmi_quota_cache_peak(cache, HMI_PAGES), stats->committed_bytes);
    stats->executable_bytes = hmi_sum_read(&core->ledger.executable_bytes, &stats->peak_executable_bytes);
    stats->mapped_bytes = hmi_sum_read(&core->ledger.mapped_bytes, &stats->peak_mapped_bytes);
    stats->heap_bytes = hmi_quota_cache_used_bytes(cache, HMI_BLOCKS);
    stats->peak_heap_bytes = at_least(hmi_quota_cache_peak(cache, HMI_BLOCKS), stats->heap_bytes);
    stats->heap_blocks = hmi_quota_cache_used_blocks(cache);
    stats->heaps = read(&core->heaps);
    stats->used_bytes = stats->committed_bytes + stats->heap_bytes;
    stats->peak_used_bytes = hmi_quota_cache_peak(cache, HMI_KINDS);
    stats->limit_bytes = hmi_budget_limit(core->budget);
    used = hmi_budget_used(core->budget);
    stats->overdraft_bytes = stats->limit_bytes && used > stats->limit_bytes ? used - stats->limit_bytes : 0;
    read_refusals(core, stats);
    for (level = 0; level < 3; level++) {
        stats->wait_ms[level] = read(&core->wait_ms[level]);
        stats->waits[level] = read(&core->waits[level]);
    }
    for (level = 0; level < sizeof stats->injected / sizeof *stats->injected; level++)
        stats->injected[level] = read(&core->faults.injected[level]);
    for (kind = eMemoryAvailableLow; kind <= eMemoryAvailableHigh; kind++)
        stats->notifications[kind - eMemoryAvailableLow] = hmi_notifier_sent(core->notifier, (EMemoryAvailable)kind);
    stats->address_reserve_bytes = hmi_address_reserve_held(&core->address_reserve);
    stats->lock_failures = read(&core->lock_failures);
    stats->numa_misses = read(&core->numa_misses);
    read_calls(core, stats);
    closed = atomic_load_explicit(&core->closed, memory_order_relaxed);
    stats->latched = (closed & HMI_CLOSED_BY_LATCH) != 0;
    stats->clr_unavailable = (closed & HMI_CLOSED_BY_HOST) != 0;
}
