/* The shared state: construction, counting, and what every COM method needs to begin and end a call. Guarded by nothing but
 * atomics. */
#include "core.h"

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
    core->os->get_info(core->os, &core->info);
    atomic_init(&core->references, 1);
    core->budget = budget;
    hostmem_budget_add_ref(budget);
    core->account = (hostmem_account){budget, hostmem_budget_lend_shares(budget)};
    hostmem_sites_init(&core->sites, core->os);
    hostmem_faults_init(&core->faults, core->os);
    if (!core->account.shares || hostmem_events_create(core->os, &core->events) ||
        hostmem_ledger_init(&core->ledger, core->os) ||
        ((core->flags & HOSTMEM_LOCK_PAGES) &&
         hostmem_resets_init(&core->resets, core->os, core->info.page_size)) ||
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

static uint64_t read(const _Atomic uint64_t *figure)
{
    return atomic_load_explicit(figure, memory_order_relaxed);
}

void hostmem_core_stats(hostmem_core *core, hostmem_stats *stats)
{
    hostmem_shares *shares = core->account.shares;
    unsigned level, kind;
    uint64_t used;
    UINT32 closed;
    stats->reserved_bytes = read(&core->ledger.reserved_bytes);
    stats->committed_bytes = hostmem_shares_bytes(shares, HOSTMEM_PAGES);
    stats->peak_committed_bytes = hostmem_shares_peak(shares, HOSTMEM_PAGES);
    stats->executable_bytes = read(&core->ledger.executable_bytes);
    stats->mapped_bytes = read(&core->ledger.mapped_bytes);
    stats->heap_bytes = hostmem_shares_bytes(shares, HOSTMEM_BLOCKS);
    stats->heap_blocks = hostmem_shares_blocks(shares);
    stats->used_bytes = stats->committed_bytes + stats->heap_bytes;
    stats->peak_used_bytes = hostmem_shares_peak(shares, HOSTMEM_KINDS);
    stats->limit_bytes = hostmem_budget_limit(core->budget);
    used = hostmem_budget_used(core->budget);
    stats->overdraft_bytes = stats->limit_bytes && used > stats->limit_bytes ? used - stats->limit_bytes : 0;
    for (level = 0; level < 3; level++) {
        stats->refused[level] = read(&core->refused[level]);
        stats->waits[level] = read(&core->waits[level]);
    }
    for (level = 0; level < sizeof stats->injected / sizeof *stats->injected; level++)
        stats->injected[level] = read(&core->faults.injected[level]);
    for (kind = eMemoryAvailableLow; kind <= eMemoryAvailableHigh; kind++)
        stats->notifications[kind - eMemoryAvailableLow] = hostmem_pressure_sent(core->pressure, (EMemoryAvailable)kind);
    stats->address_reserve_bytes = hostmem_address_reserve_held(&core->address_reserve);
    stats->lock_failures = read(&core->lock_failures);
    stats->numa_misses = read(&core->numa_misses);
    closed = atomic_load_explicit(&core->closed, memory_order_relaxed);
    stats->latched = (closed & HOSTMEM_CLOSED_BY_LATCH) != 0;
    stats->clr_unavailable = (closed & HOSTMEM_CLOSED_BY_HOST) != 0;
}
