/* The state that the COM objects of an instance share: construction, counts, and what every COM method needs to begin
 * and end a call. All of it is atomic; no lock. Checked against ARM's memory model: counters are released for
 * report/statistics.c; the last error is only shown. */
#include "core_state.h"

#include <corerror.h>
#include <string.h>

/* Tables for views are made first. A table made later, when a view is recorded for the first time, could take the
 * address space that the reserve has released, which could then not be reserved again in one piece. */
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
    core->quota_cache = hmi_budget_acquire_cache(budget);
    hmi_sites_init(&core->sites, core->os);
    hmi_sampler_init(&core->sampler, (UINT32)config->sample_bytes);
    core->samples = config->sample_bytes != 0;
    hmi_faults_init(&core->faults, core->os);
    if (!core->quota_cache || hmi_events_create(core->os, &core->events) || hmi_ledger_init(&core->ledger, core->os) ||
        hmi_records_init(&core->records, core->os) ||
        (config->sample_bytes && hmi_page_origins_init(&core->ledger.origins, core->os)) ||
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
        if (core->quota_cache)
            hmi_budget_release_cache(core->budget, core->quota_cache);
        hostmem_budget_release(core->budget);
        hmi_relock_queue_destroy(&core->relock_queue);
        hmi_records_destroy(&core->records);
        hmi_sites_destroy(&core->sites);
        hmi_faults_destroy(&core->faults);
        hmi_kinds_destroy(&core->kinds);
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

/* HOSTMEM_REFUSAL_RESULTS: hr is no refusal. */
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
