/* The public functions: they check arguments and create the parts of an instance. The handle owns one reference each on
 * the core, the manager and the module. */
#define COBJMACROS
#include <hostmem/hostmem.h>

#include <corerror.h>

#include "memory/admission.h"
#include "config.h"
#include "core_state.h"
#include "counters/counters.h"
#include "com/host_control.h"
#include "report/free_space.h"
#include "report/kind_bytes.h"
#include "report/leaks.h"
#include "com/memory_manager.h"
#include "base/output.h"
#include "base/sized.h"
#include "trace/trace.h"
#include "trace/trace_environment.h"
#include "report/statistics.h"

struct hostmem {
    hmi_core *core;
    IHostMemoryManager *manager;
    hmi_trace *trace;
    void *module; /* a reference, held by the instance */
    hmi_free_space free_space;
    hmi_counters counters;
};

/* The size of the struct in the first version; smaller sizes are errors. */
#define FIRST_STATUS_SIZE (offsetof(hostmem_trace_status, reserved_word) + sizeof(UINT32))

static void destroy(hostmem *instance)
{
    if (instance->trace)
        hmi_trace_release(instance->trace);
    if (instance->manager)
        IHostMemoryManager_Release(instance->manager);
    hmi_core_release(instance->core);
}

/* Starts the trace that the environment asks for; it lasts as long as the instance. */
static void start_trace(hostmem *instance)
{
    const hostmem_trace_config defaults = {.size = sizeof defaults, .path = ""};
    hostmem_trace_config config;
    if (SUCCEEDED(hmi_config_complete_trace(&defaults, &config)))
        hmi_trace_start_by_environment(instance->trace, &config);
}

hmi_core *hmi_core_of(hostmem *instance)
{
    return instance->core;
}

UINT32 hostmem_version(void)
{
    return HOSTMEM_VERSION;
}

/* Creates the parts of an instance; each keeps its own references on what it needs. */
static HRESULT assemble(const hmi_settings *settings, hostmem_budget *budget, hostmem *instance)
{
    HRESULT hr = E_OUTOFMEMORY;
    instance->core = hmi_core_create(&settings->config, budget);
    if (!instance->core)
        return E_OUTOFMEMORY;
    if (SUCCEEDED(hmi_faults_set(&instance->core->faults, settings->faults, settings->fault_count)) &&
        !hmi_memory_manager_create(instance->core, &instance->manager) &&
        !hmi_trace_create(instance->core, &instance->trace))
        hr = S_OK;
    if (FAILED(hr))
        destroy(instance);
    else if (settings->config.flags & HOSTMEM_ENVIRONMENT)
        start_trace(instance);
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
    instance->module = os->module_hold(os);
    budget = settings.config.budget;
    if (budget)
        hmi_budget_add_ref(budget);
    else if (hmi_budget_make(&settings.budget, os, &budget))
        budget = NULL;
    hr = budget ? assemble(&settings, budget, instance) : E_OUTOFMEMORY;
    hostmem_budget_release(budget);
    if (FAILED(hr)) {
        os->module_release(os, instance->module);
        os->object_free(os, instance);
    } else {
        *out = instance;
    }
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
    hmi_statistics_read(instance->core, &now);
    if (stats->size > offsetof(hostmem_stats, kind_bytes))
        hmi_kind_bytes_read(instance->core, now.kind_bytes);
    now.largest_free_bytes = hmi_free_space_read(&instance->free_space, instance->core);
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

HRESULT hostmem_trace_error(hostmem *instance, char *text, SIZE_T text_bytes)
{
    hmi_trace_failure failure;
    hmi_output output;
    HRESULT hr;
    if (!instance || (!text && text_bytes))
        return E_POINTER;
    hr = hmi_trace_read_failure(instance->trace, &failure);
    output = hmi_output_begin(text, text_bytes);
    if (FAILED(hr))
        hmi_trace_words_write(&output, failure, hr);
    return hr;
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

HRESULT hostmem_counters_start(hostmem *instance, const hostmem_counters_config *config)
{
    hostmem_counters_config complete;
    UINT32 last_error;
    hostmem_os *os;
    HRESULT hr;
    if (!instance)
        return E_POINTER;
    os = instance->core->os;
    hr = hmi_config_complete_counters(config, &complete);
    if (FAILED(hr))
        return hr;
    last_error = os->get_last_error(os);
    hr = hmi_counters_start(&instance->counters, instance->core, hmi_trace_instance(instance->trace), &complete);
    os->set_last_error(os, last_error);
    return hr;
}

static HRESULT stop_counters(hostmem *instance)
{
    hostmem_os *os = instance->core->os;
    UINT32 last_error = os->get_last_error(os);
    HRESULT hr = hmi_counters_stop(&instance->counters);
    os->set_last_error(os, last_error);
    return hr;
}

HRESULT hostmem_counters_stop(hostmem *instance)
{
    return instance ? stop_counters(instance) : E_POINTER;
}

static void shut_down(hostmem *instance)
{
    hmi_core *core = instance->core;
    hmi_notifier_stop(core->notifier);
    stop_counters(instance);
    /* First, because the notification that is waited for may itself wait for memory */
    hmi_waiting_wake_all(&core->budget->waiting);
    hmi_notifier_shutdown(core->notifier);
    if (FAILED(stop_trace(instance))) /* last, so that the trace has all of that */
        hmi_trace_abandon(instance->trace);
}

void hostmem_shutdown(hostmem *instance)
{
    if (instance)
        shut_down(instance);
}

/* Releases the instance's reference on the module. The caller holds one until hostmem_release has returned. A COM
 * object's Release could not do this, because it would return to unloaded code. With mimalloc the reference is kept,
 * because mimalloc's memory and code belong to the process. */
static void let_module_go(hostmem *instance, ULONG objects)
{
    hostmem_os *os = instance->core->os;
    if (!objects && !(instance->core->flags & HOSTMEM_MIMALLOC))
        os->module_release(os, instance->module);
}

ULONG hostmem_release(hostmem *instance)
{
    hmi_core *core;
    hostmem_os *os;
    ULONG objects, threads;
    if (!instance)
        return 0;
    core = instance->core;
    os = core->os;
    shut_down(instance);
    hmi_leaks_tell(core);
    IHostMemoryManager_Release(instance->manager);
    threads = hmi_notifier_is_running(core->notifier);
    objects = hmi_core_release(core) - 1; /* the trace still has a reference on the core */
    let_module_go(instance, objects);
    threads += hmi_trace_release(instance->trace) != 0;
    os->object_free(os, instance);
    return objects + threads;
}
