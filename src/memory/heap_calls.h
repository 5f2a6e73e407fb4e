/* Alloc and Free of a heap (heap.h), inline, so that each method of a COM object that calls them is one function: in a
 * runtime's process most of what a call costs are misses of the instruction cache. What is rare is in heap.c.
 *
 * Each block has a head with its size and the record of its origin, and a map says where live blocks begin. Free tests
 * and clears a block's mark in one step. So nothing behind a pointer is read unless a block begins there, and if two
 * threads free the same block, one of them is refused. */
#ifndef HMI_MEMORY_HEAP_CALLS_H
#define HMI_MEMORY_HEAP_CALLS_H

#include "memory/heap.h"
#include "core_state.h"

#include "memory/admission.h"
#include "base/compiler.h"
#include "books/block_map.h"
#include "os/heap_backend.h"

typedef struct hmi_block_head {
    SIZE_T size;
    SIZE_T record; /* the record of its origin; 0: none */
} hmi_block_head;

_Static_assert(sizeof(hmi_block_head) == MEMORY_ALLOCATION_ALIGNMENT, "blocks keep the alignment of the heap below");

struct hmi_heap {
    hmi_core *core;
    const hmi_heap_backend *backend; /* NULL: blocks come from system_heap */
    void *system_heap;
    UINT32 counted_kind;  /* whose bytes its blocks count as; HOSTMEM_KIND_OTHER: they are not counted */
    bool checked;         /* HOSTMEM_CHECKED: only one thread may use it */
    _Atomic UINT32 owner; /* that thread; 0: no thread has used it yet */
    hmi_block_map live;
};

/* ---- The rest of what follows, for rare cases ---- */

/* A request to a checked heap, or one that may need more than an attempt. */
HMI_COLD HRESULT hmi_heap_request_carefully(hmi_heap *heap, SIZE_T size, EMemoryCriticalLevel level,
                                            const hmi_site *site, UINT32 method, void **out);

/* A request whose attempt was refused. */
HMI_COLD HRESULT hmi_heap_refuse(hmi_heap *heap, SIZE_T size, EMemoryCriticalLevel level, const hmi_site *site,
                                 UINT32 method, void **out, UINT32 error);

/* Takes back what an attempt has done. memory: NULL if the heap below has refused it. */
HMI_COLD void hmi_heap_undo_block(hmi_heap *heap, void *memory, SIZE_T size, hmi_record record);

/* Free in a checked heap. */
HMI_COLD HRESULT hmi_heap_free_carefully(hmi_heap *heap, void *block);

/* Free of what is no block of the heap, and of one that the heap below does not free. */
HMI_COLD HRESULT hmi_heap_refuse_unknown_block(hmi_heap *heap);
HMI_COLD HRESULT hmi_heap_keep_block(hmi_heap *heap, void *block, UINT32 error);

/* ---- Parts ---- */

static inline hmi_block_head *hmi_heap_head_of(void *block)
{
    return (hmi_block_head *)block - 1;
}

/* Allocate and free a block with its head. Both return a Win32 error, 0 for success. */
static inline UINT32 hmi_heap_take_memory(hmi_heap *heap, SIZE_T size, void **out)
{
    hostmem_os *os = heap->core->os;
    if (HMI_LIKELY(!heap->backend))
        return os->heap_alloc(os, heap->system_heap, size, out);
    *out = heap->backend->alloc(os, size);
    return *out ? 0 : ERROR_NOT_ENOUGH_MEMORY;
}

static inline UINT32 hmi_heap_give_memory(hmi_heap *heap, void *memory)
{
    hostmem_os *os = heap->core->os;
    if (HMI_LIKELY(!heap->backend))
        return os->heap_free(os, heap->system_heap, memory);
    heap->backend->free(os, memory);
    return 0;
}

static inline bool hmi_heap_is_checked(const hmi_heap *heap)
{
    return heap->checked;
}

static inline void hmi_heap_count(hmi_heap *heap, uint64_t bytes)
{
    if (HMI_UNLIKELY(heap->counted_kind))
        hmi_kinds_count(&heap->core->kinds, heap->counted_kind, bytes);
}

/* One attempt. Charges first; writes *out on success. */
HMI_ALWAYS_INLINE UINT32 hmi_heap_take_block(hmi_heap *heap, SIZE_T size, EMemoryCriticalLevel level,
                                             const hmi_site *site, void **out)
{
    hmi_core *core = heap->core;
    hmi_quota_slot *slot = hmi_quota_cache_slot(core->quota_cache);
    hmi_record record = 0;
    hmi_block_head *head;
    void *memory;

    /* A size that no address space has is refused without being charged. */
    if (HMI_UNLIKELY(size > core->info.highest_address - sizeof(hmi_block_head)))
        return ERROR_NOT_ENOUGH_MEMORY;
    if (HMI_UNLIKELY(!hmi_quota_slot_take(core->quota_cache, slot, HMI_BLOCKS, size)) &&
        !hmi_quota_cache_charge_budget(core->quota_cache, HMI_BLOCKS, size, level))
        return HMI_BY_BUDGET | ERROR_NOT_ENOUGH_MEMORY;
    if (HMI_UNLIKELY(hmi_heap_take_memory(heap, sizeof(hmi_block_head) + size, &memory))) {
        hmi_heap_undo_block(heap, NULL, size, 0);
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    if (site)
        record = hmi_records_take(&core->records, site, size);
    head = memory;
    head->size = size;
    head->record = record;
    if (HMI_UNLIKELY(!hmi_block_map_add(&heap->live, (UINT_PTR)(head + 1)))) {
        hmi_heap_undo_block(heap, memory, size, record);
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    hmi_quota_slot_note_peak(slot);
    hmi_heap_count(heap, size);
    *out = head + 1;
    return 0;
}

/* ---- Calls ---- */

/* hmi_heap_alloc for the method of a fault rule: hmi_admission_request, with nothing stored in memory but what is
 * needed where it is refused. */
HMI_ALWAYS_INLINE HRESULT hmi_heap_request(hmi_heap *heap, SIZE_T size, EMemoryCriticalLevel level,
                                           const hmi_site *site, UINT32 method, void **out)
{
    UINT32 error;
    if (HMI_UNLIKELY(hmi_heap_is_checked(heap) || !hmi_admission_is_plain(heap->core, (UINT32)level)))
        return hmi_heap_request_carefully(heap, size, level, site, method, out);
    error = hmi_heap_take_block(heap, size, level, site, out);
    return HMI_LIKELY(!error) ? S_OK : hmi_heap_refuse(heap, size, level, site, method, out, error);
}

/* hmi_heap_free for a heap that is not checked, or for its owner. S_FALSE: block is not one of this heap; nothing is
 * changed then, also not the last error. slot: the calling thread's. */
HMI_ALWAYS_INLINE HRESULT hmi_heap_free_any(hmi_heap *heap, void *block, hmi_quota_slot *slot)
{
    hmi_core *core = heap->core;
    hmi_block_head head;
    UINT32 error;
    if (HMI_UNLIKELY(!hmi_block_map_remove(&heap->live, (UINT_PTR)block)))
        return S_FALSE;
    head = *hmi_heap_head_of(block);
    error = hmi_heap_give_memory(heap, hmi_heap_head_of(block));
    if (HMI_UNLIKELY(error))
        return hmi_heap_keep_block(heap, block, error);
    if (HMI_UNLIKELY(head.record))
        hmi_records_put(&core->records, (hmi_record)head.record);
    hmi_quota_slot_refund(core->quota_cache, slot, HMI_BLOCKS, head.size);
    hmi_heap_count(heap, 0 - (uint64_t)head.size);
    return S_OK;
}

#endif
