/* The shared state: construction, counting, and what every COM method needs to begin and end a call. Guarded by nothing
 * but atomics. */
#include "core.h"

#include <corerror.h>

/* A view that is recorded for the first time must not put tables where the reserve has just made room: it could not be
 * taken again in one piece. */
static UINT32 hold_address_space(hostmem_core *core, SIZE_T size)
{
    if (size && !hostmem_extents_reserve_all(&core->ledger.views))
        return ERROR_NOT_ENOUGH_MEMORY;
    return hostmem_address_reserve_init(&core->address_reserve, core->os, size);
}

hostmem_core *hostmem_core_create(const hostmem_config *config, hostmem_budget *budget)
{
    hostmem_core *core = config->os->object_alloc(config->os, sizeof *core);
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
    hostmem_budget_add_ref(budget);
    core->account = (hostmem_account){budget, hostmem_budget_lend_shares(budget)};
    hostmem_sites_init(&core->sites, core->os);
    hostmem_sampler_init(&core->sampler, (UINT32)config->sample_bytes);
    hostmem_faults_init(&core->faults, core->os);
    if (!core->account.shares || hostmem_events_create(core->os, &core->events) ||
        hostmem_ledger_init(&core->ledger, core->os) || hostmem_records_init(&core->records, core->os) ||
        ((core->flags & HOSTMEM_LOCK_PAGES) && hostmem_resets_init(&core->resets, core->os, core->info.page_size)) ||
        hostmem_pressure_create(core->os, budget, &core->pressure) ||
        hold_address_space(core, (SIZE_T)config->address_reserve_bytes)) {
        hostmem_core_release(core);
        return NULL;
    }
    hostmem_pressure_report_to(core->pressure, core->events);
    return core;
}

ULONG hostmem_core_add_ref(hostmem_core *core)
{
    return atomic_fetch_add_explicit(&core->references, 1, memory_order_relaxed) + 1;
}

ULONG hostmem_core_release(hostmem_core *core)
{
    ULONG references = atomic_fetch_sub_explicit(&core->references, 1, memory_order_acq_rel) - 1;
    if (!references) {
        hostmem_os *os = core->os;
        if (core->pressure) {
            hostmem_pressure_shutdown(core->pressure);
            hostmem_pressure_release(core->pressure);
        }
        hostmem_address_reserve_destroy(&core->address_reserve);
        if (core->account.shares)
            hostmem_budget_return_shares(core->budget, core->account.shares);
        hostmem_budget_release(core->budget);
        hostmem_resets_destroy(&core->resets);
        hostmem_records_destroy(&core->records);
        hostmem_sites_destroy(&core->sites);
        hostmem_faults_destroy(&core->faults);
        hostmem_ledger_destroy(&core->ledger);
        hostmem_events_release(core->events);
        os->object_free(os, core);
    }
    return references;
}

HRESULT hostmem_core_fail(hostmem_core *core, hostmem_operation operation, UINT32 error)
{
    core->os->set_last_error(core->os, error);
    return hostmem_failure_hresult(operation, error);
}

void hostmem_core_report(hostmem_core *core, hostmem_trace_event *event)
{
    if (hostmem_faults_have_struck(&core->faults))
        event->flags |= HOSTMEM_TRACE_INJECTED;
    hostmem_events_report(core->events, event);
}

bool hostmem_core_describe(hostmem_core *core, UINT_PTR end, hostmem_range *run, MEMORY_BASIC_INFORMATION *region)
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

void hostmem_core_count_refusal(hostmem_core *core, HRESULT hr, UINT32 level)
{
    unsigned result = refusal_of(hr);
    if (result < HOSTMEM_REFUSAL_RESULTS)
        hostmem_core_count(&core->refusals[result][level]);
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

static void read_refusals(hostmem_core *core, hostmem_stats *stats)
{
    unsigned result, level;
    for (result = 0; result < HOSTMEM_REFUSAL_RESULTS; result++) {
        for (level = 0; level <= HOSTMEM_NO_LEVEL; level++)
            stats->refusals[result][level] = read(&core->refusals[result][level]);
    }
    for (level = 0; level < 3; level++) {
        stats->refused[level] = 0;
        for (result = 0; result < HOSTMEM_REFUSAL_UNAVAILABLE; result++)
            stats->refused[level] += stats->refusals[result][level];
    }
}

/* Calls of Alloc: every block that was ever given out is held, was freed or went with its heap, and came from Alloc or
 * DebugAlloc. What is taken out of one sum and put into another is read after it was put there, and what is subtracted
 * is read last: while others run the result is never too large, so the largest one so far is true. */
static uint64_t read_alloc_calls(hostmem_core *core)
{
    hostmem_shares *shares = core->account.shares;
    uint64_t told = read(&core->alloc_calls), failed = read(&core->failed_allocs) + read(&core->failed_debug_allocs);
    uint64_t given = hostmem_shares_calls(shares, HOSTMEM_CALL_FREE) + read(&core->released_blocks);
    uint64_t debug, now;
    given += hostmem_shares_blocks(shares);
    debug = hostmem_shares_calls(shares, HOSTMEM_CALL_DEBUG_ALLOC);
    now = given + failed > debug ? given + failed - debug : 0;
    while (told < now) {
        if (atomic_compare_exchange_weak(&core->alloc_calls, &told, now))
            return now;
    }
    return told;
}

static void read_calls(hostmem_core *core, hostmem_stats *stats)
{
    unsigned method;
    for (method = 0; method < HOSTMEM_CALL_METHODS; method++)
        stats->calls[method] = method < HOSTMEM_SHARE_CALLS ? hostmem_shares_calls(core->account.shares, method)
                                                            : read(&core->rare_calls[method - HOSTMEM_SHARE_CALLS]);
    stats->calls[HOSTMEM_CALL_FREE] += read(&core->failed_frees);
    stats->calls[HOSTMEM_CALL_ALLOC] = read_alloc_calls(core);
}

void hostmem_core_stats(hostmem_core *core, hostmem_stats *stats)
{
    hostmem_shares *shares = core->account.shares;
    unsigned level, kind;
    uint64_t used;
    UINT32 closed;
    stats->reserved_bytes = hostmem_sum_read(&core->ledger.reserved_bytes, &stats->peak_reserved_bytes);
    stats->committed_bytes = hostmem_shares_bytes(shares, HOSTMEM_PAGES);
    stats->peak_committed_bytes = at_least(hostmem_shares_peak(shares, HOSTMEM_PAGES), stats->committed_bytes);
    stats->executable_bytes = hostmem_sum_read(&core->ledger.executable_bytes, &stats->peak_executable_bytes);
    stats->mapped_bytes = hostmem_sum_read(&core->ledger.mapped_bytes, &stats->peak_mapped_bytes);
    stats->heap_bytes = hostmem_shares_bytes(shares, HOSTMEM_BLOCKS);
    stats->peak_heap_bytes = at_least(hostmem_shares_peak(shares, HOSTMEM_BLOCKS), stats->heap_bytes);
    stats->heap_blocks = hostmem_shares_blocks(shares);
    stats->heaps = read(&core->heaps);
    stats->used_bytes = stats->committed_bytes + stats->heap_bytes;
    stats->peak_used_bytes = hostmem_shares_peak(shares, HOSTMEM_KINDS);
    stats->limit_bytes = hostmem_budget_limit(core->budget);
    used = hostmem_budget_used(core->budget);
    stats->overdraft_bytes = stats->limit_bytes && used > stats->limit_bytes ? used - stats->limit_bytes : 0;
    read_refusals(core, stats);
    for (level = 0; level < 3; level++) {
        stats->wait_ms[level] = read(&core->wait_ms[level]);
        stats->waits[level] = read(&core->waits[level]);
    }
    for (level = 0; level < sizeof stats->injected / sizeof *stats->injected; level++)
        stats->injected[level] = read(&core->faults.injected[level]);
    for (kind = eMemoryAvailableLow; kind <= eMemoryAvailableHigh; kind++)
        stats->notifications[kind - eMemoryAvailableLow] = hostmem_pressure_sent(core->pressure,
                                                                                 (EMemoryAvailable)kind);
    stats->address_reserve_bytes = hostmem_address_reserve_held(&core->address_reserve);
    stats->lock_failures = read(&core->lock_failures);
    stats->numa_misses = read(&core->numa_misses);
    read_calls(core, stats);
    closed = atomic_load_explicit(&core->closed, memory_order_relaxed);
    stats->latched = (closed & HOSTMEM_CLOSED_BY_LATCH) != 0;
    stats->clr_unavailable = (closed & HOSTMEM_CLOSED_BY_HOST) != 0;
}
