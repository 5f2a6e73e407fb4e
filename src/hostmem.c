/* The public entry points: they check arguments and put the parts together. The handle owns one reference on the core and one
 * on the manager. */
#define COBJMACROS
#include <hostmem/hostmem.h>

#include <string.h>

#include "core.h"
#include "host_control.h"
#include "memory_manager.h"

struct hostmem {
    hostmem_core *core;
    IHostMemoryManager *manager;
};

/* The sizes of the structs in the first version: the least that a caller can mean. */
#define FIRST_CONFIG_SIZE (offsetof(hostmem_config, os) + sizeof(struct hostmem_os *))
#define FIRST_STATS_SIZE (offsetof(hostmem_stats, refused) + sizeof(UINT64[3]))

/* Whether the bytes of a newer version's fields are all 0, so that the caller asks for nothing this version lacks. */
static BOOL rest_is_zero(const hostmem_config *config)
{
    const unsigned char *bytes = (const unsigned char *)config;
    UINT32 at;
    for (at = sizeof *config; at < config->size; at++) {
        if (bytes[at])
            return FALSE;
    }
    return TRUE;
}

/* Copies what the caller set over the defaults. */
static HRESULT complete_config(const hostmem_config *given, hostmem_config *complete)
{
    memset(complete, 0, sizeof *complete);
    if (given) {
        if (given->size < FIRST_CONFIG_SIZE || !rest_is_zero(given) || (given->flags & ~(UINT32)HOSTMEM_FREE_FOREIGN))
            return E_INVALIDARG;
        memcpy(complete, given, given->size < sizeof *complete ? given->size : sizeof *complete);
    }
    complete->size = sizeof *complete;
    if (!complete->os)
        complete->os = hostmem_os_win32();
    return S_OK;
}

HRESULT hostmem_create(const hostmem_config *config, hostmem **out)
{
    hostmem_config complete;
    hostmem *instance;
    HRESULT hr;
    if (!out)
        return E_POINTER;
    *out = NULL;
    hr = complete_config(config, &complete);
    if (FAILED(hr))
        return hr;
    instance = complete.os->object_alloc(complete.os, sizeof *instance);
    if (!instance)
        return E_OUTOFMEMORY;
    instance->core = hostmem_core_create(&complete);
    if (!instance->core)
        goto free_instance;
    if (hostmem_memory_manager_create(instance->core, &instance->manager))
        goto release_core;
    *out = instance;
    return S_OK;

release_core:
    hostmem_core_release(instance->core);
free_instance:
    complete.os->object_free(complete.os, instance);
    return E_OUTOFMEMORY;
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
    hostmem_budget_set_limit(&instance->core->budget, bytes);
    return S_OK;
}

void hostmem_shutdown(hostmem *instance)
{
    if (instance)
        hostmem_core_shutdown(instance->core);
}

ULONG hostmem_release(hostmem *instance)
{
    hostmem_core *core;
    hostmem_os *os;
    if (!instance)
        return 0;
    core = instance->core;
    os = core->os;
    hostmem_core_shutdown(core);
    IHostMemoryManager_Release(instance->manager);
    os->object_free(os, instance);
    return hostmem_core_release(core);
}
