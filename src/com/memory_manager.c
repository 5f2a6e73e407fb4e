/* The COM object IHostMemoryManager: checks arguments, clears out parameters and counts references. memory/ and books/
 * do the work. It owns one reference on the core. Methods may run on any thread; only VirtualAlloc can wait, and only
 * if the budget is configured so. */
#define CONST_VTABLE
#include "com/memory_manager.h"
#include "core_state.h"

#include "memory/admission.h"
#include "com/object.h"
#include "com/node_manager.h"
#include "com/host_malloc.h"
#include "budget/memory_load.h"
#include "memory/pages.h"
#include "memory/placement.h"
#include "memory/views.h"

typedef struct memory_manager {
    IHostMemoryManager IHostMemoryManager_iface;
    hmi_object object;
} memory_manager;

static memory_manager *impl_from_IHostMemoryManager(IHostMemoryManager *iface)
{
    return CONTAINING_RECORD(iface, memory_manager, IHostMemoryManager_iface);
}

/* Every method except IUnknown's begins with this. method: HOSTMEM_CALL_VIRTUAL_ALLOC and so on. */
static hmi_core *enter(IHostMemoryManager *iface, unsigned method)
{
    hmi_core *core = impl_from_IHostMemoryManager(iface)->object.core;
    hmi_core_count_call(core, method);
    hmi_placement_relock_due(core);
    return core;
}

static HRESULT STDMETHODCALLTYPE memory_manager_QueryInterface(IHostMemoryManager *iface, REFIID riid, void **out)
{
    HRESULT hr = hmi_object_query(iface, &IID_IHostMemoryManager, riid, out);
    return hr == E_NOINTERFACE ? hmi_object_query(iface, &hmi_iid_node_manager, riid, out) : hr;
}

static ULONG STDMETHODCALLTYPE memory_manager_AddRef(IHostMemoryManager *iface)
{
    return hmi_object_add_ref(&impl_from_IHostMemoryManager(iface)->object);
}

static ULONG STDMETHODCALLTYPE memory_manager_Release(IHostMemoryManager *iface)
{
    memory_manager *self = impl_from_IHostMemoryManager(iface);
    ULONG references = hmi_object_release(&self->object);
    if (!references)
        hmi_object_free(&self->object, self);
    return references;
}

/* Each method calls the function in front of it, which does the work, and then reports the call to event listeners. */

static HRESULT create_malloc(hmi_core *core, DWORD type, IHostMalloc **out)
{
    UINT32 error;
    HRESULT hr;
    if (!out)
        return hmi_core_fail(core, HMI_OPERATION_CREATE_MALLOC, ERROR_NOACCESS);
    *out = NULL;
    if (type & ~(DWORD)(MALLOC_THREADSAFE | MALLOC_EXECUTABLE))
        return hmi_core_fail(core, HMI_OPERATION_CREATE_MALLOC, ERROR_INVALID_PARAMETER);
    if (hmi_admission_is_closed(core))
        return hmi_admission_deny(core, HMI_OPERATION_CREATE_MALLOC, HMI_NO_LEVEL);
    error = hmi_faults_inject(&core->faults, HOSTMEM_METHOD_CREATE_MALLOC, 0, type);
    if (!error)
        error = hmi_host_malloc_create(core, type, out);
    if (!error)
        return S_OK;
    hr = hmi_core_fail(core, HMI_OPERATION_CREATE_MALLOC, error);
    hmi_core_count_refusal(core, hr, HMI_NO_LEVEL, 0, error);
    return hr;
}

static HRESULT STDMETHODCALLTYPE memory_manager_CreateMalloc(IHostMemoryManager *iface, DWORD type, IHostMalloc **out)
{
    hmi_core *core = enter(iface, HOSTMEM_CALL_CREATE_MALLOC);
    HRESULT hr = create_malloc(core, type, out);
    HMI_REPORT_CALL(core, CREATE_MALLOC, HOSTMEM_TRACE_NO_LEVEL, hr, .type = type,
                    .out = hr == S_OK ? (UINT_PTR)*out : 0);
    return hr;
}

/* A commit is sampled as a block of so many bytes would be. caller: where the stack begins. */
HMI_COLD static const hmi_site *sample(hmi_core *core, const void *address, SIZE_T size, DWORD type, const void *caller)
{
    hmi_range pages;
    if ((type & (MEM_COMMIT | MEM_RESET)) != MEM_COMMIT ||
        !hmi_ledger_pages(&core->ledger, (UINT_PTR)address, size, &pages) ||
        !hmi_sampler_count(&core->sampler, pages.end - pages.start))
        return NULL;
    return hmi_sampler_stack(&core->sites, caller);
}

HMI_ALWAYS_INLINE HRESULT virtual_alloc(hmi_core *core, void *address, SIZE_T size, DWORD type, DWORD protect,
                                        UINT32 node, EMemoryCriticalLevel level, const void *caller,
                                        const hmi_site **stack, void **out)
{
    if (!out)
        return hmi_core_fail(core, HMI_OPERATION_VIRTUAL_ALLOC, ERROR_NOACCESS);
    *out = NULL;
    if (!hmi_core_knows_level(level))
        return hmi_core_fail(core, HMI_OPERATION_VIRTUAL_ALLOC, ERROR_INVALID_PARAMETER);
    if (core->samples)
        *stack = sample(core, address, size, type, caller);
    if (*stack)
        return hmi_pages_alloc_sampled(core, address, size, type, protect, node, level, *stack, out);
    return node == HMI_NO_NODE ? hmi_pages_alloc(core, address, size, type, protect, level, out)
                               : hmi_pages_alloc_on_node(core, address, size, type, protect, node, level, out);
}

HMI_ALWAYS_INLINE HRESULT virtual_alloc_on_node(IHostMemoryManager *iface, void *address, SIZE_T size, DWORD type,
                                                DWORD protect, UINT32 node, EMemoryCriticalLevel level,
                                                const void *caller, void **out)
{
    hmi_core *core = enter(iface, HOSTMEM_CALL_VIRTUAL_ALLOC);
    const hmi_site *stack = NULL;
    HRESULT hr = virtual_alloc(core, address, size, type, protect, node, level, caller, &stack, out);
    HMI_REPORT_CALL(core, VIRTUAL_ALLOC, hmi_events_level(level), hr, .type = type, .protect = protect,
                    .address = (UINT_PTR)address, .size = size, .out = hr == S_OK ? (UINT_PTR)*out : 0,
                    .origin = (UINT_PTR)stack);
    return hr;
}

static HRESULT STDMETHODCALLTYPE memory_manager_VirtualAlloc(IHostMemoryManager *iface, void *address, SIZE_T size,
                                                             DWORD type, DWORD protect, EMemoryCriticalLevel level,
                                                             void **out)
{
    return virtual_alloc_on_node(iface, address, size, type, protect, HMI_NO_NODE, level, HMI_RETURN_ADDRESS(), out);
}

static HRESULT STDMETHODCALLTYPE memory_manager_VirtualAllocOnNode(hmi_node_manager *manager, void *address,
                                                                   SIZE_T size, DWORD type, DWORD protect, DWORD node,
                                                                   EMemoryCriticalLevel level, const void *caller,
                                                                   void **out)
{
    return virtual_alloc_on_node((IHostMemoryManager *)manager, address, size, type, protect, node, level, caller, out);
}

static HRESULT STDMETHODCALLTYPE memory_manager_VirtualFree(IHostMemoryManager *iface, LPVOID address, SIZE_T size,
                                                            DWORD type)
{
    hmi_core *core = enter(iface, HOSTMEM_CALL_VIRTUAL_FREE);
    uint64_t begin = hmi_events_begin(core->events);
    HRESULT hr = hmi_pages_free(core, address, size, type);
    HMI_REPORT_CALL(core, VIRTUAL_FREE, HOSTMEM_TRACE_NO_LEVEL, hr, .ticks = hmi_events_begun(core->events, begin),
                    .type = type, .address = (UINT_PTR)address, .size = size);
    return hr;
}

static HRESULT virtual_query(hmi_core *core, void *address, void *buffer, SIZE_T length, SIZE_T *result)
{
    UINT32 error;
    if (result)
        *result = 0;
    if (!result || !buffer)
        return hmi_core_fail(core, HMI_OPERATION_VIRTUAL_QUERY, ERROR_NOACCESS);
    error = hmi_faults_inject(&core->faults, HOSTMEM_METHOD_VIRTUAL_QUERY, 0, 0);
    if (!error)
        error = core->os->virtual_query(core->os, address, buffer, length, result);
    return error ? hmi_core_fail(core, HMI_OPERATION_VIRTUAL_QUERY, error) : S_OK;
}

static HRESULT STDMETHODCALLTYPE memory_manager_VirtualQuery(IHostMemoryManager *iface, void *address, void *buffer,
                                                             SIZE_T length, SIZE_T *result)
{
    hmi_core *core = enter(iface, HOSTMEM_CALL_VIRTUAL_QUERY);
    HRESULT hr = virtual_query(core, address, buffer, length, result);
    HMI_REPORT_CALL(core, VIRTUAL_QUERY, HOSTMEM_TRACE_NO_LEVEL, hr, .address = (UINT_PTR)address, .size = length,
                    .out = hr == S_OK ? *result : 0);
    return hr;
}

static HRESULT virtual_protect(hmi_core *core, void *address, SIZE_T size, DWORD protect, DWORD *old_protect)
{
    UINT32 old = 0;
    HRESULT hr;
    if (!old_protect)
        return hmi_core_fail(core, HMI_OPERATION_VIRTUAL_PROTECT, ERROR_NOACCESS);
    *old_protect = 0;
    hr = hmi_pages_protect(core, address, size, protect, &old);
    *old_protect = old;
    return hr;
}

static HRESULT STDMETHODCALLTYPE memory_manager_VirtualProtect(IHostMemoryManager *iface, void *address, SIZE_T size,
                                                               DWORD protect, DWORD *old_protect)
{
    hmi_core *core = enter(iface, HOSTMEM_CALL_VIRTUAL_PROTECT);
    HRESULT hr = virtual_protect(core, address, size, protect, old_protect);
    HMI_REPORT_CALL(core, VIRTUAL_PROTECT, HOSTMEM_TRACE_NO_LEVEL, hr, .protect = protect,
                    .value = hr == S_OK ? *old_protect : 0, .address = (UINT_PTR)address, .size = size);
    return hr;
}

static HRESULT get_memory_load(hmi_core *core, DWORD *load, SIZE_T *available)
{
    hmi_memory_load now;
    UINT32 error;
    if (load)
        *load = 0;
    if (available)
        *available = 0;
    if (!load || !available)
        return hmi_core_fail(core, HMI_OPERATION_MEMORY_LOAD, ERROR_NOACCESS);
    error = hmi_faults_inject(&core->faults, HOSTMEM_METHOD_GET_MEMORY_LOAD, 0, 0);
    if (!error)
        error = hmi_memory_load_now(core->os, core->budget, &now);
    if (error)
        return hmi_core_fail(core, HMI_OPERATION_MEMORY_LOAD, error);
    *load = now.load_percent;
    *available = now.available_bytes > SIZE_MAX ? SIZE_MAX : (SIZE_T)now.available_bytes;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE memory_manager_GetMemoryLoad(IHostMemoryManager *iface, DWORD *load, SIZE_T *available)
{
    hmi_core *core = enter(iface, HOSTMEM_CALL_GET_MEMORY_LOAD);
    HRESULT hr = get_memory_load(core, load, available);
    HMI_REPORT_CALL(core, GET_MEMORY_LOAD, HOSTMEM_TRACE_NO_LEVEL, hr, .value = hr == S_OK ? *load : 0,
                    .out = hr == S_OK ? *available : 0);
    return hr;
}

static HRESULT register_callback(hmi_core *core, ICLRMemoryNotificationCallback *callback)
{
    UINT32 last_error = core->os->get_last_error(core->os);
    UINT32 error = hmi_faults_inject(&core->faults, HOSTMEM_METHOD_REGISTER_CALLBACK, 0, 0);
    if (!error)
        error = hmi_notifier_register(core->notifier, callback);
    if (error)
        return hmi_core_fail(core, HMI_OPERATION_REGISTER_CALLBACK, error);
    /* Creating the event or the thread may have changed it even on success. */
    core->os->set_last_error(core->os, last_error);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE
memory_manager_RegisterMemoryNotificationCallback(IHostMemoryManager *iface, ICLRMemoryNotificationCallback *callback)
{
    hmi_core *core = enter(iface, HOSTMEM_CALL_REGISTER_CALLBACK);
    HRESULT hr = register_callback(core, callback);
    HMI_REPORT_CALL(core, REGISTER_CALLBACK, HOSTMEM_TRACE_NO_LEVEL, hr, .address = (UINT_PTR)callback);
    return hr;
}

/* The CLR calls the next three methods while it is examining the last error of a failed mapping, so they never change
 * it. */

static HRESULT STDMETHODCALLTYPE memory_manager_NeedsVirtualAddressSpace(IHostMemoryManager *iface, LPVOID start,
                                                                         SIZE_T size)
{
    hmi_core *core = enter(iface, HOSTMEM_CALL_NEEDS_ADDRESS_SPACE);
    /* S_OK without having released anything would only make the CLR try again in vain. */
    HRESULT hr = hmi_address_reserve_yield(&core->address_reserve, start, size) ? S_OK : E_OUTOFMEMORY;
    HMI_REPORT_CALL(core, NEEDS_ADDRESS_SPACE, HOSTMEM_TRACE_NO_LEVEL, hr, .address = (UINT_PTR)start, .size = size);
    return hr;
}

static HRESULT add_view(hmi_core *core, void *start, SIZE_T size)
{
    UINT32 last_error = core->os->get_last_error(core->os);
    HRESULT hr = hmi_views_add(core, start, size);
    hmi_address_reserve_used(&core->address_reserve);
    core->os->set_last_error(core->os, last_error);
    return hr;
}

static HRESULT STDMETHODCALLTYPE memory_manager_AcquiredVirtualAddressSpace(IHostMemoryManager *iface, LPVOID start,
                                                                            SIZE_T size)
{
    hmi_core *core = enter(iface, HOSTMEM_CALL_ACQUIRED_ADDRESS_SPACE);
    HRESULT hr = add_view(core, start, size);
    HMI_REPORT_CALL(core, ACQUIRED_ADDRESS_SPACE, HOSTMEM_TRACE_NO_LEVEL, hr, .address = (UINT_PTR)start, .size = size);
    return hr;
}

static HRESULT STDMETHODCALLTYPE memory_manager_ReleasedVirtualAddressSpace(IHostMemoryManager *iface, LPVOID start)
{
    hmi_core *core = enter(iface, HOSTMEM_CALL_RELEASED_ADDRESS_SPACE);
    /* Reported before the view is removed, because the CLR has already unmapped it. This method cannot fail. */
    HMI_REPORT_CALL(core, RELEASED_ADDRESS_SPACE, HOSTMEM_TRACE_NO_LEVEL, S_OK, .address = (UINT_PTR)start);
    hmi_views_remove(core, start);
    hmi_address_reserve_restore(&core->address_reserve);
    return S_OK;
}

static const hmi_node_manager_vtbl memory_manager_vtbl = {
    .IHostMemoryManager_vtbl =
        {
            .QueryInterface = memory_manager_QueryInterface,
            .AddRef = memory_manager_AddRef,
            .Release = memory_manager_Release,
            .CreateMalloc = memory_manager_CreateMalloc,
            .VirtualAlloc = memory_manager_VirtualAlloc,
            .VirtualFree = memory_manager_VirtualFree,
            .VirtualQuery = memory_manager_VirtualQuery,
            .VirtualProtect = memory_manager_VirtualProtect,
            .GetMemoryLoad = memory_manager_GetMemoryLoad,
            .RegisterMemoryNotificationCallback = memory_manager_RegisterMemoryNotificationCallback,
            .NeedsVirtualAddressSpace = memory_manager_NeedsVirtualAddressSpace,
            .AcquiredVirtualAddressSpace = memory_manager_AcquiredVirtualAddressSpace,
            .ReleasedVirtualAddressSpace = memory_manager_ReleasedVirtualAddressSpace,
        },
    .VirtualAllocOnNode = memory_manager_VirtualAllocOnNode,
};

UINT32 hmi_memory_manager_create(hmi_core *core, IHostMemoryManager **out)
{
    memory_manager *self = core->os->object_alloc(core->os, sizeof *self);
    if (!self)
        return ERROR_NOT_ENOUGH_MEMORY;
    self->IHostMemoryManager_iface.lpVtbl = &memory_manager_vtbl.IHostMemoryManager_vtbl;
    hmi_object_init(&self->object, core);
    *out = &self->IHostMemoryManager_iface;
    return 0;
}
