/* The public entry points: they check arguments and put the parts together. The handle owns one reference on the core
 * and one on the manager. */
#define COBJMACROS
#include <hostmem/hostmem.h>

#include <corerror.h>

#include "admission.h"
#include "config.h"
#include "core.h"
#include "host_control.h"
#include "leaks.h"
#include "memory_manager.h"
#include "sized.h"
#include "trace.h"

struct hostmem {
    hostmem_core *core;
    IHostMemoryManager *manager;
    hostmem_trace *trace;
};

/* The size of the struct in the first version: the least that a caller can mean. */
#define FIRST_STATUS_SIZE (offsetof(hostmem_trace_status, reserved_word) + sizeof(UINT32))

/* What hostmem_shutdown waits for. */
#define SHUTDOWN_PATIENCE_MS 2000u

static void take_apart(hostmem *instance)
{
    if (instance->trace)
        hostmem_trace_release(instance->trace);
    if (instance->manager)
        IHostMemoryManager_Release(instance->manager);
    hostmem_core_release(instance->core);
}

/* A trace for as long as the instance lives, as the environment wants it. */
static HRESULT start_trace(hostmem *instance)
{
    hostmem_os *os = instance->core->os;
    char *path = os->object_alloc(os, HOSTMEM_LONGEST_TRACE_PATH + 1);
    hostmem_trace_config config = {.size = sizeof config, .path = path};
    HRESULT hr;
    if (!path)
        return E_OUTOFMEMORY;
    hr = os->get_environment(os, "HOSTMEM_TRACE", path, HOSTMEM_LONGEST_TRACE_PATH + 1)
             ? hostmem_trace_start(instance, &config)
             : S_OK;
    os->object_free(os, path);
    return FAILED(hr) && hr != E_OUTOFMEMORY ? HRESULT_FROM_WIN32(ERROR_BAD_ENVIRONMENT) : hr;
}

hostmem_core *hostmem_core_of(hostmem *instance)
{
    return instance->core;
}

UINT32 hostmem_version(void)
{
    return HOSTMEM_VERSION;
}

/* Creates the parts, each of which keeps its own reference on what it needs. */
static HRESULT assemble(const hostmem_settings *settings, hostmem_budget *budget, hostmem *instance)
{
    HRESULT hr = E_OUTOFMEMORY;
    instance->core = hostmem_core_create(&settings->config, budget);
    if (!instance->core)
        return E_OUTOFMEMORY;
    if (SUCCEEDED(hostmem_faults_set(&instance->core->faults, settings->faults, settings->fault_count)) &&
        !hostmem_memory_manager_create(instance->core, &instance->manager) &&
        !hostmem_trace_create(instance->core, &instance->trace))
        hr = settings->config.flags & HOSTMEM_ENVIRONMENT ? start_trace(instance) : S_OK;
    if (FAILED(hr))
        take_apart(instance);
    return hr;
}

HRESULT hostmem_create(const hostmem_config *config, hostmem **out)
{
    hostmem_settings settings;
    hostmem_mistake mistake;
    hostmem_budget *budget;
    hostmem *instance;
    hostmem_os *os;
    HRESULT hr;
    if (!out)
        return E_POINTER;
    *out = NULL;
    hr = hostmem_config_complete(config, &settings, &mistake);
    if (FAILED(hr))
        return hr;
    os = settings.config.os;
    instance = os->object_alloc(os, sizeof *instance);
    if (!instance)
        return E_OUTOFMEMORY;
    budget = settings.config.budget;
    if (budget)
        hostmem_budget_add_ref(budget);
    else if (hostmem_budget_make(&settings.budget, os, &budget))
        budget = NULL;
    hr = budget ? assemble(&settings, budget, instance) : E_OUTOFMEMORY;
    hostmem_budget_release(budget);
    if (FAILED(hr))
        os->object_free(os, instance);
    else
        *out = instance;
    return hr;
}

HRESULT hostmem_budget_create(const hostmem_budget_config *config, struct hostmem_os *os, hostmem_budget **out)
{
    hostmem_budget_config complete;
    hostmem_mistake mistake;
    HRESULT hr;
    if (!out)
        return E_POINTER;
    *out = NULL;
    hr = hostmem_config_complete_budget(config, &complete, &mistake);
    if (FAILED(hr))
        return hr;
    return hostmem_budget_make(&complete, os ? os : hostmem_os_win32(), out) ? E_OUTOFMEMORY : S_OK;
}

HRESULT hostmem_budget_configure(hostmem_budget *budget, const hostmem_budget_config *config)
{
    hostmem_budget_config complete;
    hostmem_mistake mistake;
    HRESULT hr;
    if (!budget || !config)
        return E_POINTER;
    hr = hostmem_config_complete_budget(config, &complete, &mistake);
    if (SUCCEEDED(hr))
        hostmem_budget_apply(budget, &complete);
    return hr;
}

HRESULT hostmem_budget_get_use(hostmem_budget *budget, UINT64 *used_bytes)
{
    if (used_bytes)
        *used_bytes = 0;
    if (!budget || !used_bytes)
        return E_POINTER;
    *used_bytes = hostmem_budget_used(budget);
    return S_OK;
}

HRESULT hostmem_get_manager(hostmem *instance, IHostMemoryManager **out)
{
    if (out)
        *out = NULL;
    if (!instance || !out)
        return E_POINTER;
    IHostMemoryManager_AddRef(instance->manager);
    *out = instance->manager;
    return S_OK;
}

HRESULT hostmem_get_control(hostmem *instance, IHostControl *inner, IHostControl **out)
{
    if (out)
        *out = NULL;
    if (!instance || !out)
        return E_POINTER;
    return hostmem_host_control_create(instance->core, instance->manager, inner, out) ? E_OUTOFMEMORY : S_OK;
}

HRESULT hostmem_get_stats(hostmem *instance, hostmem_stats *stats)
{
    hostmem_stats now = {0};
    if (!instance || !stats)
        return E_POINTER;
    if (stats->size < HOSTMEM_FIRST_STATS_SIZE)
        return E_INVALIDARG;
    hostmem_core_stats(instance->core, &now);
    hostmem_sized_write(stats, &now, sizeof now);
    return S_OK;
}

HRESULT hostmem_set_limit(hostmem *instance, UINT64 bytes)
{
    hostmem_events *events;
    HRESULT hr;
    if (!instance)
        return E_POINTER;
    events = instance->core->events;
    hr = hostmem_budget_set_limit(instance->core->budget, bytes) ? S_OK : E_INVALIDARG;
    if (hostmem_events_wanted(events))
        hostmem_events_report(events, &(hostmem_trace_event){.what = HOSTMEM_TRACE_LIMIT,
                                                             .level = HOSTMEM_TRACE_NO_LEVEL,
                                                             .result = (uint32_t)hr,
                                                             .size = bytes});
    return hr;
}

HRESULT hostmem_set_clr_state(hostmem *instance, hostmem_clr_state state)
{
    if (!instance)
        return E_POINTER;
    if (state != HOSTMEM_CLR_AVAILABLE && state != HOSTMEM_CLR_NOT_AVAILABLE)
        return E_INVALIDARG;
    if (atomic_load(&instance->core->closed) & HOSTMEM_CLOSED_BY_LATCH)
        return HOST_E_INVALIDOPERATION;
    if (state == HOSTMEM_CLR_NOT_AVAILABLE)
        hostmem_admission_close(instance->core, HOSTMEM_CLOSED_BY_HOST);
    else
        hostmem_admission_open(instance->core, HOSTMEM_CLOSED_BY_HOST);
    return S_OK;
}

HRESULT hostmem_fault_set(hostmem *instance, const hostmem_fault_rule *rules, UINT32 count)
{
    if (!instance || (!rules && count))
        return E_POINTER;
    return hostmem_faults_set(&instance->core->faults, rules, count);
}

HRESULT hostmem_fault_get_counts(hostmem *instance, hostmem_fault_count *counts, UINT32 capacity, UINT32 *count)
{
    if (count)
        *count = 0;
    if (!instance || !count || (!counts && capacity))
        return E_POINTER;
    *count = hostmem_faults_count(&instance->core->faults, counts, capacity);
    return S_OK;
}

HRESULT hostmem_trace_start(hostmem *instance, const hostmem_trace_config *config)
{
    hostmem_trace_config complete;
    UINT32 last_error;
    hostmem_os *os;
    HRESULT hr;
    if (!instance || !config)
        return E_POINTER;
    os = instance->core->os;
    hr = hostmem_config_complete_trace(config, &complete);
    if (FAILED(hr))
        return hr;
    last_error = os->get_last_error(os);
    hr = hostmem_trace_begin(instance->trace, &complete);
    os->set_last_error(os, last_error);
    return hr;
}

static HRESULT stop_trace(hostmem *instance, UINT32 patience_ms)
{
    hostmem_os *os = instance->core->os;
    UINT32 last_error = os->get_last_error(os);
    HRESULT hr = hostmem_trace_finish(instance->trace, patience_ms);
    os->set_last_error(os, last_error);
    return hr;
}

HRESULT hostmem_trace_stop(hostmem *instance)
{
    return instance ? stop_trace(instance, HOSTMEM_TRACE_PATIENCE_MS) : E_POINTER;
}

HRESULT hostmem_trace_get_status(hostmem *instance, hostmem_trace_status *status)
{
    hostmem_trace_status now = {0};
    if (!instance || !status)
        return E_POINTER;
    if (status->size < FIRST_STATUS_SIZE)
        return E_INVALIDARG;
    hostmem_trace_read_status(instance->trace, &now);
    hostmem_sized_write(status, &now, sizeof now);
    return S_OK;
}

static void shut_down(hostmem *instance)
{
    hostmem_core *core = instance->core;
    hostmem_pressure_stop(core->pressure);
    hostmem_waiting_wake_all(&core->budget->waiting); /* first: the notification that is waited for may wait itself */
    hostmem_pressure_shutdown(core->pressure);
    stop_trace(instance, SHUTDOWN_PATIENCE_MS); /* last: it should have all of that */
}

void hostmem_shutdown(hostmem *instance)
{
    if (instance)
        shut_down(instance);
}

ULONG hostmem_release(hostmem *instance)
{
    hostmem_core *core;
    hostmem_os *os;
    if (!instance)
        return 0;
    core = instance->core;
    os = core->os;
    shut_down(instance);
    hostmem_leaks_tell(core);
    hostmem_trace_release(instance->trace);
    IHostMemoryManager_Release(instance->manager);
    os->object_free(os, instance);
    return hostmem_core_release(core);
}
