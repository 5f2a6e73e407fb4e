/* The public entry points: they check arguments and put the parts together. The handle owns one reference on the core and one
 * on the manager. */
#define COBJMACROS
#include <hostmem/hostmem.h>

#include <corerror.h>
#include <string.h>

#include "admission.h"
#include "config.h"
#include "core.h"
#include "host_control.h"
#include "memory_manager.h"

struct hostmem {
    hostmem_core *core;
    IHostMemoryManager *manager;
};

/* The size of the struct in the first version: the least that a caller can mean. */
#define FIRST_STATS_SIZE (offsetof(hostmem_stats, refused) + sizeof(UINT64[3]))

UINT32 hostmem_version(void)
{
    return HOSTMEM_VERSION;
}

/* Creates the parts, each of which keeps its own reference on what it needs. */
static HRESULT assemble(const hostmem_settings *settings, hostmem_budget *budget, hostmem *instance)
{
    instance->core = hostmem_core_create(&settings->config, budget);
    if (!instance->core)
        return E_OUTOFMEMORY;
    if (FAILED(hostmem_faults_set(&instance->core->faults, settings->faults, settings->fault_count)) ||
        hostmem_memory_manager_create(instance->core, &instance->manager)) {
        hostmem_core_release(instance->core);
        return E_OUTOFMEMORY;
    }
    return S_OK;
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
    UINT32 size;
    if (!instance || !stats)
        return E_POINTER;
    size = stats->size;
    if (size < FIRST_STATS_SIZE)
        return E_INVALIDARG;
    now.size = size;
    hostmem_core_stats(instance->core, &now);
    if (size > sizeof now)
        memset((char *)stats + sizeof now, 0, size - sizeof now);
    memcpy(stats, &now, size < sizeof now ? size : sizeof now);
    return S_OK;
}

HRESULT hostmem_set_limit(hostmem *instance, UINT64 bytes)
{
    if (!instance)
        return E_POINTER;
    return hostmem_budget_set_limit(instance->core->budget, bytes) ? S_OK : E_INVALIDARG;
}

HRESULT hostmem_set_clr_state(hostmem *instance, hostmem_clr_state state)
{
    _Atomic UINT32 *closed;
    if (!instance)
        return E_POINTER;
    if (state != HOSTMEM_CLR_AVAILABLE && state != HOSTMEM_CLR_NOT_AVAILABLE)
        return E_INVALIDARG;
    closed = &instance->core->closed;
    if (atomic_load(closed) & HOSTMEM_CLOSED_BY_LATCH)
        return HOST_E_INVALIDOPERATION;
    if (state == HOSTMEM_CLR_NOT_AVAILABLE)
        hostmem_admission_close(instance->core, HOSTMEM_CLOSED_BY_HOST);
    else
        atomic_fetch_and(closed, ~(UINT32)HOSTMEM_CLOSED_BY_HOST);
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

static void shut_down(hostmem_core *core)
{
    hostmem_pressure_stop(core->pressure);
    hostmem_waiting_wake_all(&core->budget->waiting); /* first: the notification that is waited for may wait itself */
    hostmem_pressure_shutdown(core->pressure);
}

void hostmem_shutdown(hostmem *instance)
{
    if (instance)
        shut_down(instance->core);
}

ULONG hostmem_release(hostmem *instance)
{
    hostmem_core *core;
    hostmem_os *os;
    if (!instance)
        return 0;
    core = instance->core;
    os = core->os;
    shut_down(core);
    IHostMemoryManager_Release(instance->manager);
    os->object_free(os, instance);
    return hostmem_core_release(core);
}
