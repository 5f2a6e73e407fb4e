/* The public entry points: they check arguments and put the parts together. The handle owns one reference on the core
 * and one on the manager. */
#define COBJMACROS
#include <hostmem/hostmem.h>

#include <corerror.h>

#include "memory/admission.h"
#include "config.h"
#include "core_state.h"
#include "com/host_control.h"
#include "report/leaks.h"
#include "com/memory_manager.h"
#include "base/sized.h"
#include "trace/trace.h"

struct hostmem {
    hmi_core *core;
    IHostMemoryManager *manager;
    hmi_trace *trace;
};

/* The size of the struct in the first version: the least that a caller can mean. */
#define FIRST_STATUS_SIZE (offsetof(hostmem_trace_status, reserved_word) + sizeof(UINT32))

static void destroy(hostmem *instance)
{
    if (instance->trace)
        hmi_trace_release(instance->trace);
    if (instance->manager)
        IHostMemoryManager_Release(instance->manager);
    hmi_core_release(instance->core);
}

/* A trace for as long as the instance lives, as the environment wants it. */
static HRESULT start_trace(hostmem *instance)
{
    hostmem_os *os = instance->core->os;
    char *path = os->object_alloc(os, HMI_MAX_TRACE_PATH + 1);
    hostmem_trace_config config = {.size = sizeof config, .path = path};
    HRESULT hr;
    if (!path)
        return E_OUTOFMEMORY;
    hr = os->get_environment(os, "HOSTMEM_TRACE", path, HMI_MAX_TRACE_PATH + 1) ? hostmem_trace_start(instance, &config)
                                                                                : S_OK;
    os->object_free(os, path);
    return FAILED(hr) && hr != E_OUTOFMEMORY ? HRESULT_FROM_WIN32(ERROR_BAD_ENVIRONMENT) : hr;
}

hmi_core *hmi_core_of(hostmem *instance)
{
    return instance->core;
}

UINT32 hostmem_version(void)
{
    return HOSTMEM_VERSION;
}

/* Creates the parts, each of which keeps its own reference on what it needs. */
static HRESULT assemble(const hmi_settings *settings, hostmem_budget *budget, hostmem *instance)
{
    HRESULT hr = E_OUTOFMEMORY;
    instance->core = hmi_core_create(&settings->config, budget);
    if (!instance->core)
        return E_OUTOFMEMORY;
    if (SUCCEEDED(hmi_faults_set(&instance->core->faults, settings->faults, settings->fault_count)) &&
        !hmi_memory_manager_create(instance->core, &instance->manager) &&
        !hmi_trace_create(instance->core, &instance->trace))
        hr = settings->config.flags & HOSTMEM_ENVIRONMENT ? start_trace(instance) : S_OK;
    if (FAILED(hr))
        destroy(instance);
    return hr;
}

HRESULT hostmem_create(const hostmem_config *config, hostmem **out)
{
    hmi_settings settings;
    hmi_config_mistake mistake;
    hostmem_budget *budget;
    hostmem *instance;
    hostmem_os *os;
    HRESULT hr;
    if (!out)
        return E_POINTER;
    *out = NULL;
    hr = hmi_config_complete(config, &settings, &mistake);
    if (FAILED(hr))
        return hr;
    os = settings.config.os;
    instance = os->object_alloc(os, sizeof *instance);
    if (!instance)
        return E_OUTOFMEMORY;
    budget = settings.config.budget;
    if (budget)
        hmi_budget_add_ref(budget);
    else if (hmi_budget_make(&settings.budget, os, &budget))
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
    hmi_config_mistake mistake;
    HRESULT hr;
    if (!out)
        return E_POINTER;
    *out = NULL;
    hr = hmi_config_complete_budget(config, &complete, &mistake);
    if (FAILED(hr))
        return hr;
    return hmi_budget_make(&complete, os ? os : hmi_os_win32(), out) ? E_OUTOFMEMORY : S_OK;
}

HRESULT hostmem_budget_configure(hostmem_budget *budget, const hostmem_budget_config *config)
{
    hostmem_budget_config complete;
    hmi_config_mistake mistake;
    HRESULT hr;
    if (!budget || !config)
        return E_POINTER;
    hr = hmi_config_complete_budget(config, &complete, &mistake);
    if (SUCCEEDED(hr))
        hmi_budget_apply(budget, &complete);
    return hr;
}

HRESULT hostmem_budget_get_use(hostmem_budget *budget, UINT64 *used_bytes)
{
    if (used_bytes)
        *used_bytes = 0;
    if (!budget || !used_bytes)
        return E_POINTER;
    *used_bytes = hmi_budget_used(budget);
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
    return hmi_host_control_create(instance->core, instance->manager, inner, out) ? E_OUTOFMEMORY : S_OK;
}

HRESULT hostmem_get_stats(hostmem *instance, hostmem_stats *stats)
{
    hostmem_stats now = {0};
    if (!instance || !stats)
        return E_POINTER;
    if (stats->size < HMI_FIRST_STATS_SIZE)
        return E_INVALIDARG;
    hmi_core_stats(instance->core, &now);
    hmi_sized_write(stats, &now, sizeof now);
    return S_OK;
}

HRESULT hostmem_set_limit(hostmem *instance, UINT64 bytes)
{
    hmi_events *events;
    HRESULT hr;
    if (!instance)
        return E_POINTER;
    events = instance->core->events;
    hr = hmi_budget_set_limit(instance->core->budget, bytes) ? S_OK : E_INVALIDARG;
    if (hmi_events_wanted(events))
        hmi_events_report(events, &(hostmem_trace_event){.what = HOSTMEM_TRACE_LIMIT,
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
    if (atomic_load(&instance->core->closed) & HMI_CLOSED_BY_LATCH)
        return HOST_E_INVALIDOPERATION;
    if (state == HOSTMEM_CLR_NOT_AVAILABLE)
        hmi_admission_close(instance->core, HMI_CLOSED_BY_HOST);
    else
        hmi_admission_open(instance->core, HMI_CLOSED_BY_HOST);
    return S_OK;
}

HRESULT hostmem_fault_set(hostmem *instance, const hostmem_fault_rule *rules, UINT32 count)
{
    if (!instance || (!rules && count))
        return E_POINTER;
    return hmi_faults_set(&instance->core->faults, rules, count);
}

HRESULT hostmem_fault_get_counts(hostmem *instance, hostmem_fault_count *counts, UINT32 capacity, UINT32 *count)
{
    if (count)
        *count = 0;
    if (!instance || !count || (!counts && capacity))
        return E_POINTER;
    *count = hmi_faults_count(&instance->core->faults, counts, capacity);
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
    hr = hmi_config_complete_trace(config, &complete);
    if (FAILED(hr))
        return hr;
    last_error = os->get_last_error(os);
    hr = hmi_trace_begin(instance->trace, &complete);
    os->set_last_error(os, last_error);
    return hr;
}

static HRESULT stop_trace(hostmem *instance)
{
    hostmem_os *os = instance->core->os;
    UINT32 last_error = os->get_last_error(os);
    HRESULT hr = hmi_trace_finish(instance->trace);
    os->set_last_error(os, last_error);
    return hr;
}

HRESULT hostmem_trace_stop(hostmem *instance)
{
    return instance ? stop_trace(instance) : E_POINTER;
}

HRESULT hostmem_trace_get_status(hostmem *instance, hostmem_trace_status *status)
{
    hostmem_trace_status now = {0};
    if (!instance || !status)
        return E_POINTER;
    if (status->size < FIRST_STATUS_SIZE)
        return E_INVALIDARG;
    hmi_trace_read_status(instance->trace, &now);
    hmi_sized_write(status, &now, sizeof now);
    return S_OK;
}

static void shut_down(hostmem *instance)
{
    hmi_core *core = instance->core;
    hmi_notifier_stop(core->notifier);
    hmi_waiting_wake_all(&core->budget->waiting); /* first: the notification that is waited for may wait itself */
    hmi_notifier_shutdown(core->notifier);
    if (FAILED(stop_trace(instance))) /* last: it should have all of that */
        hmi_trace_abandon(instance->trace);
}

void hostmem_shutdown(hostmem *instance)
{
    if (instance)
        shut_down(instance);
}

ULONG hostmem_release(hostmem *instance)
{
    hmi_core *core;
    hostmem_os *os;
    if (!instance)
        return 0;
    core = instance->core;
    os = core->os;
    shut_down(instance);
    hmi_leaks_tell(core);
    hmi_trace_release(instance->trace);
    IHostMemoryManager_Release(instance->manager);
    os->object_free(os, instance);
    return hmi_core_release(core);
}
