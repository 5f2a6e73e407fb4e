/* The COM object IHostMalloc: checks arguments, counts references, and forwards to its heap. It owns the heap and one
 * reference on the core. Methods may run on any thread (without MALLOC_THREADSAFE: on one at a time) and use little
 * stack, as the CLR requires. */
#define CONST_VTABLE
#include "com/host_malloc.h"
#include "core_state.h"

#include "com/object.h"
#include "com/sized_malloc.h"
#include "memory/heap_calls.h"
#include "memory/naming.h"
#include "report/leaks.h"

typedef struct host_malloc {
    IHostMalloc IHostMalloc_iface;
    hmi_object object;
    hmi_heap *heap;
} host_malloc;

static host_malloc *impl_from_IHostMalloc(IHostMalloc *iface)
{
    return CONTAINING_RECORD(iface, host_malloc, IHostMalloc_iface);
}

static HRESULT STDMETHODCALLTYPE host_malloc_QueryInterface(IHostMalloc *iface, REFIID riid, void **out)
{
    HRESULT hr = hmi_object_query(iface, &IID_IHostMalloc, riid, out);
    return hr == E_NOINTERFACE ? hmi_object_query(iface, &hmi_iid_sized_malloc, riid, out) : hr;
}

static ULONG STDMETHODCALLTYPE host_malloc_AddRef(IHostMalloc *iface)
{
    return hmi_object_add_ref(&impl_from_IHostMalloc(iface)->object);
}

static ULONG STDMETHODCALLTYPE host_malloc_Release(IHostMalloc *iface)
{
    host_malloc *self = impl_from_IHostMalloc(iface);
    ULONG references = hmi_object_release(&self->object);
    if (!references) {
        hmi_core *core = self->object.core;
        hmi_origins *leaked;
        /* Reported first: afterwards another heap may get this object's address, which identifies it in traces. */
        hmi_kinds_remove_heap(&core->kinds, (UINT_PTR)self);
        HMI_REPORT_CALL(core, HEAP_RELEASED, HOSTMEM_TRACE_NO_LEVEL, S_OK, .address = (UINT_PTR)self);
        leaked = core->leak_sink ? hmi_leaks_collect_heap(core, self->heap) : NULL;
        hmi_heap_destroy(self->heap);
        atomic_fetch_sub_explicit(&core->heaps, 1, memory_order_relaxed);
        if (leaked)
            /* After the heap is destroyed, so that an exception from the sink leaks no block */
            hmi_leaks_tell_of_heap(core, leaked);
        hmi_object_free(&self->object, self);
    }
    return references;
}

/* Checks the arguments of Alloc and DebugAlloc, and clears *out. Returns a Win32 error, 0 if they are good. */
static UINT32 check(EMemoryCriticalLevel level, void **out)
{
    if (!out)
        return ERROR_NOACCESS;
    *out = NULL;
    return hmi_core_knows_level(level) ? 0 : ERROR_INVALID_PARAMETER;
}

/* Ends Alloc where the caller has to be told of a failure, or listeners of the call. */
HMI_NOINLINE static HRESULT end_alloc(host_malloc *self, SIZE_T size, EMemoryCriticalLevel level, const hmi_site *stack,
                                      void **out, HRESULT hr)
{
    if (hr != S_OK)
        hmi_core_count(&self->object.core->failed_allocs);
    HMI_REPORT_CALL(self->object.core, ALLOC, hmi_events_level(level), hr, .address = (UINT_PTR)self, .size = size,
                    .out = hr == S_OK ? (UINT_PTR)*out : 0, .origin = (UINT_PTR)stack);
    return hr;
}

/* Alloc with wrong arguments, or where stacks are sampled. */
HMI_NOINLINE static HRESULT alloc_carefully(host_malloc *self, SIZE_T size, EMemoryCriticalLevel level,
                                            const void *caller, void **out)
{
    hmi_core *core = self->object.core;
    const hmi_site *stack = NULL;
    UINT32 error = check(level, out);
    HRESULT hr;
    if (error) {
        hr = hmi_core_fail(core, HMI_OPERATION_HEAP_ALLOC, error);
    } else {
        if (hmi_sampler_wants(&core->sampler, size))
            stack = hmi_sampler_stack(&core->sites, caller);
        hr = hmi_heap_alloc(self->heap, size, level, stack, out);
    }
    return end_alloc(self, size, level, stack, out, hr);
}

/* caller: where a sampled stack begins. */
HMI_ALWAYS_INLINE HRESULT alloc(host_malloc *self, SIZE_T size, EMemoryCriticalLevel level, const void *caller,
                                void **out)
{
    HRESULT hr;
    if (HMI_UNLIKELY(check(level, out) || self->object.core->samples))
        return alloc_carefully(self, size, level, caller, out);
    hr = hmi_heap_request(self->heap, size, level, NULL, HOSTMEM_METHOD_ALLOC, out);
    if (HMI_LIKELY(hr == S_OK && !hmi_events_wanted(self->object.core->events)))
        return S_OK;
    return end_alloc(self, size, level, NULL, out, hr);
}

static HRESULT STDMETHODCALLTYPE host_malloc_Alloc(IHostMalloc *iface, SIZE_T size, EMemoryCriticalLevel level,
                                                   void **out)
{
    return alloc(impl_from_IHostMalloc(iface), size, level, HMI_RETURN_ADDRESS(), out);
}

/* If there is no memory to record the place, the block has no origin; the call does not fail. */
static const hmi_site *site_of(host_malloc *self, const char *file, int line)
{
    hostmem_os *os = self->object.core->os;
    UINT32 last_error = os->get_last_error(os);
    const hmi_site *site = hmi_sites_intern(&self->object.core->sites, file, line);
    os->set_last_error(os, last_error);
    return site;
}

static HRESULT debug_alloc(host_malloc *self, SIZE_T size, EMemoryCriticalLevel level, char *file, int line,
                           const void *caller, const hmi_site **site, void **out)
{
    UINT32 error = check(level, out);
    if (error)
        return hmi_core_fail(self->object.core, HMI_OPERATION_HEAP_ALLOC, error);
    if (!file && hmi_sampler_wants(&self->object.core->sampler, size))
        *site = hmi_sampler_stack(&self->object.core->sites, caller);
    if (!*site)
        *site = site_of(self, file, line);
    return hmi_heap_debug_alloc(self->heap, size, level, *site, out);
}

static HRESULT STDMETHODCALLTYPE host_malloc_DebugAlloc(IHostMalloc *iface, SIZE_T size, EMemoryCriticalLevel level,
                                                        char *file, int line, void **out)
{
    host_malloc *self = impl_from_IHostMalloc(iface);
    const hmi_site *site = NULL;
    HRESULT hr;
    hmi_core_count_call(self->object.core, HOSTMEM_CALL_DEBUG_ALLOC);
    hr = debug_alloc(self, size, level, file, line, HMI_RETURN_ADDRESS(), &site, out);
    if (hr != S_OK)
        hmi_core_count(&self->object.core->failed_debug_allocs);
    HMI_REPORT_CALL(self->object.core, DEBUG_ALLOC, hmi_events_level(level), hr, .address = (UINT_PTR)self,
                    .size = size, .out = hr == S_OK ? (UINT_PTR)*out : 0, .origin = (UINT_PTR)site);
    return hr;
}

/* Ends a Free that failed, or of which listeners are told. */
HMI_NOINLINE static HRESULT end_free(host_malloc *self, void *block, uint64_t begin, HRESULT hr)
{
    if (!block || hr != S_OK)
        hmi_core_count(&self->object.core->failed_frees);
    HMI_REPORT_CALL(self->object.core, FREE, HOSTMEM_TRACE_NO_LEVEL, hr, .address = (UINT_PTR)self,
                    .ticks = hmi_events_begun(self->object.core->events, begin), .out = (UINT_PTR)block);
    return hr;
}

/* Free in a checked heap, or of NULL. */
HMI_NOINLINE static HRESULT free_carefully(host_malloc *self, void *block)
{
    uint64_t begin = hmi_events_begin(self->object.core->events);
    HRESULT hr = block ? hmi_heap_free(self->heap, block) : S_OK;
    if (block && hr == S_OK)
        hmi_core_count_call(self->object.core, HOSTMEM_CALL_FREE);
    return end_free(self, block, begin, hr);
}

/* Free in a heap that is not checked. S_FALSE: block is not one of this heap; nothing was done then. */
HMI_ALWAYS_INLINE HRESULT free_own(host_malloc *self, void *block, uint64_t begin)
{
    hmi_core *core = self->object.core;
    hmi_quota_slot *slot = hmi_quota_cache_slot(core->quota_cache);
    HRESULT hr = hmi_heap_free_any(self->heap, block, slot);
    if (HMI_UNLIKELY(hr == S_FALSE))
        return hr;
    if (HMI_LIKELY(hr == S_OK)) {
        hmi_quota_slot_count_call(core->quota_cache, slot, HOSTMEM_CALL_FREE);
        if (HMI_LIKELY(!hmi_events_wanted(core->events)))
            return hr;
    }
    return end_free(self, block, begin, hr);
}

static HRESULT STDMETHODCALLTYPE host_malloc_Free(IHostMalloc *iface, void *block)
{
    host_malloc *self = impl_from_IHostMalloc(iface);
    uint64_t begin = hmi_events_begin(self->object.core->events);
    HRESULT hr;
    if (HMI_UNLIKELY(!block || hmi_heap_is_checked(self->heap)))
        return free_carefully(self, block);
    hr = free_own(self, block, begin);
    return HMI_LIKELY(hr == S_OK) ? S_OK
           : hr == S_FALSE        ? end_free(self, block, begin, hmi_heap_refuse_unknown_block(self->heap))
                                  : hr;
}

static HRESULT STDMETHODCALLTYPE host_malloc_AllocFor(hmi_sized_malloc *sized, const void *caller, SIZE_T size,
                                                      EMemoryCriticalLevel level, void **out)
{
    return alloc(impl_from_IHostMalloc((IHostMalloc *)sized), size, level, caller, out);
}

static HRESULT STDMETHODCALLTYPE host_malloc_FreeOwn(hmi_sized_malloc *sized, void *block)
{
    host_malloc *self = impl_from_IHostMalloc((IHostMalloc *)sized);
    if (HMI_UNLIKELY(hmi_heap_is_checked(self->heap)))
        return hmi_heap_owns(self->heap, block) ? free_carefully(self, block) : S_FALSE;
    return free_own(self, block, hmi_events_begin(self->object.core->events));
}

static HRESULT STDMETHODCALLTYPE host_malloc_GetSize(hmi_sized_malloc *sized, const void *block, SIZE_T *size)
{
    return hmi_heap_size(impl_from_IHostMalloc((IHostMalloc *)sized)->heap, block, size) ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE host_malloc_HasBlocks(hmi_sized_malloc *sized)
{
    return hmi_heap_has_blocks(impl_from_IHostMalloc((IHostMalloc *)sized)->heap) ? S_OK : S_FALSE;
}

static void STDMETHODCALLTYPE host_malloc_SetKind(hmi_sized_malloc *sized, UINT32 kind)
{
    host_malloc *self = impl_from_IHostMalloc((IHostMalloc *)sized);
    hmi_core *core = self->object.core;
    hmi_heap_set_kind(self->heap, kind);
    hmi_kinds_add_heap(&core->kinds, (UINT_PTR)self, kind);
    hmi_naming_report(core, (UINT_PTR)self, 0, kind);
}

static const hmi_sized_malloc_vtbl host_malloc_vtbl = {
    .IHostMalloc_vtbl =
        {
            .QueryInterface = host_malloc_QueryInterface,
            .AddRef = host_malloc_AddRef,
            .Release = host_malloc_Release,
            .Alloc = host_malloc_Alloc,
            .DebugAlloc = host_malloc_DebugAlloc,
            .Free = host_malloc_Free,
        },
    .AllocFor = host_malloc_AllocFor,
    .FreeOwn = host_malloc_FreeOwn,
    .GetSize = host_malloc_GetSize,
    .HasBlocks = host_malloc_HasBlocks,
    .SetKind = host_malloc_SetKind,
};

UINT32 hmi_host_malloc_create(hmi_core *core, DWORD type, IHostMalloc **out)
{
    host_malloc *self = core->os->object_alloc(core->os, sizeof *self);
    UINT32 error;
    if (!self)
        return ERROR_NOT_ENOUGH_MEMORY;
    error = hmi_heap_create(core, type, &self->heap);
    if (error) {
        core->os->object_free(core->os, self);
        return error;
    }
    self->IHostMalloc_iface.lpVtbl = &host_malloc_vtbl.IHostMalloc_vtbl;
    hmi_object_init(&self->object, core);
    atomic_fetch_add_explicit(&core->heaps, 1, memory_order_relaxed);
    *out = &self->IHostMalloc_iface;
    return 0;
}
