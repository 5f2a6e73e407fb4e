/* Making and destroying heaps, what they tell of their blocks, and the rare cases of heap_calls.h. */
#include "memory/heap_calls.h"

#include <corerror.h>

UINT32 hmi_heap_create(hmi_core *core, DWORD type, hmi_heap **out)
{
    hostmem_os *os = core->os;
    UINT32 options = (type & MALLOC_THREADSAFE ? 0u : (UINT32)HEAP_NO_SERIALIZE) |
                     (type & MALLOC_EXECUTABLE ? (UINT32)HEAP_CREATE_ENABLE_EXECUTE : 0u);
    hmi_heap *heap = os->object_alloc(os, sizeof *heap);
    UINT32 error;
    if (!heap)
        return ERROR_NOT_ENOUGH_MEMORY;
    heap->core = core;
    heap->checked = (core->flags & HOSTMEM_CHECKED) && !(type & MALLOC_THREADSAFE);
    error = hmi_block_map_init(&heap->live, os);
    if (error)
        goto free_object;
    if ((core->flags & HOSTMEM_MIMALLOC) && !(type & MALLOC_EXECUTABLE))
        heap->backend = hmi_heap_mimalloc();
    error = heap->backend ? 0 : os->heap_create(os, options, &heap->system_heap);
    if (error)
        goto destroy_map;
    *out = heap;
    return 0;

destroy_map:
    hmi_block_map_destroy(&heap->live);
free_object:
    os->object_free(os, heap);
    return error;
}

/* Accounts for a block that is still in a heap that is being destroyed. Only a backend's blocks have to be freed; a
 * heap of the system is destroyed with all its blocks. */
static void book_out_block(void *context, void *block, SIZE_T size, hmi_record record)
{
    hmi_heap *heap = context;
    hmi_records_put(&heap->core->records, record);
    if (heap->backend)
        hmi_heap_give_memory(heap, hmi_heap_head_of(block));
    hmi_quota_cache_refund(heap->core->quota_cache, HMI_BLOCKS, size);
    hmi_heap_count(heap, 0 - (uint64_t)size);
    hmi_core_count(&heap->core->released_blocks);
}

void hmi_heap_destroy(hmi_heap *heap)
{
    hostmem_os *os = heap->core->os;
    hmi_heap_for_each_block(heap, book_out_block, heap);
    if (!heap->backend)
        os->heap_destroy(os, heap->system_heap);
    hmi_block_map_destroy(&heap->live);
    os->object_free(os, heap);
}

/* Whether the calling thread may use a checked heap. The first thread that uses it owns it until the end. */
HMI_COLD static bool is_its_owner(hmi_heap *heap)
{
    UINT32 owner = 0, self = heap->core->os->thread_id(heap->core->os);
    return atomic_compare_exchange_strong(&heap->owner, &owner, self) || owner == self;
}

static inline bool is_owner(hmi_heap *heap)
{
    return !heap->checked || is_its_owner(heap);
}

typedef struct block_request {
    hmi_heap *heap;
    SIZE_T size;
    EMemoryCriticalLevel level;
    const hmi_site *site;
    void **out;
} block_request;

static UINT32 attempt_block(void *context)
{
    const block_request *wanted = context;
    return hmi_heap_take_block(wanted->heap, wanted->size, wanted->level, wanted->site, wanted->out);
}

static hmi_request request_for(block_request *wanted, UINT32 method)
{
    return (hmi_request){.operation = HMI_OPERATION_HEAP_ALLOC,
                         .call = {method, (UINT32)wanted->level, 0, wanted->size},
                         .bytes = wanted->size,
                         .attempt = attempt_block,
                         .context = wanted};
}

HRESULT hmi_heap_request_carefully(hmi_heap *heap, SIZE_T size, EMemoryCriticalLevel level, const hmi_site *site,
                                   UINT32 method, void **out)
{
    block_request wanted = {heap, size, level, site, out};
    const hmi_request request = request_for(&wanted, method);
    if (!is_owner(heap))
        return hmi_core_fail(heap->core, HMI_OPERATION_HEAP_ALLOC, ERROR_NOT_OWNER);
    return hmi_admission_request_slow_path(heap->core, &request);
}

HRESULT hmi_heap_refuse(hmi_heap *heap, SIZE_T size, EMemoryCriticalLevel level, const hmi_site *site, UINT32 method,
                        void **out, UINT32 error)
{
    block_request wanted = {heap, size, level, site, out};
    const hmi_request request = request_for(&wanted, method);
    return hmi_admission_refuse(heap->core, &request, error);
}

void hmi_heap_undo_block(hmi_heap *heap, void *memory, SIZE_T size, hmi_record record)
{
    if (memory) {
        hmi_records_put(&heap->core->records, record);
        hmi_heap_give_memory(heap, memory);
    }
    hmi_quota_cache_cancel_charge(heap->core->quota_cache, HMI_BLOCKS, size);
}

HRESULT hmi_heap_alloc(hmi_heap *heap, SIZE_T size, EMemoryCriticalLevel level, const hmi_site *site, void **out)
{
    return hmi_heap_request(heap, size, level, site, HOSTMEM_METHOD_ALLOC, out);
}

HRESULT hmi_heap_debug_alloc(hmi_heap *heap, SIZE_T size, EMemoryCriticalLevel level, const hmi_site *site, void **out)
{
    return hmi_heap_request(heap, size, level, site, HOSTMEM_METHOD_DEBUG_ALLOC, out);
}

HRESULT hmi_heap_refuse_unknown_block(hmi_heap *heap)
{
    hmi_core_fail(heap->core, HMI_OPERATION_HEAP_FREE, ERROR_INVALID_ADDRESS);
    return HOST_E_INVALIDOPERATION;
}

/* The mark's memory is committed, so adding cannot fail. */
HRESULT hmi_heap_keep_block(hmi_heap *heap, void *block, UINT32 error)
{
    hmi_block_map_add(&heap->live, (UINT_PTR)block);
    return hmi_core_fail(heap->core, HMI_OPERATION_HEAP_FREE, error);
}

HRESULT hmi_heap_free_carefully(hmi_heap *heap, void *block)
{
    return is_owner(heap) ? hmi_heap_free_any(heap, block, hmi_quota_cache_slot(heap->core->quota_cache))
                          : hmi_core_fail(heap->core, HMI_OPERATION_HEAP_FREE, ERROR_NOT_OWNER);
}

HRESULT hmi_heap_free(hmi_heap *heap, void *block)
{
    HRESULT hr = heap->checked ? hmi_heap_free_carefully(heap, block)
                               : hmi_heap_free_any(heap, block, hmi_quota_cache_slot(heap->core->quota_cache));
    return hr == S_FALSE ? hmi_heap_refuse_unknown_block(heap) : hr;
}

void hmi_heap_set_kind(hmi_heap *heap, UINT32 kind)
{
    /* Blocks that are not counted as another kind are HOSTMEM_KIND_BLOCKS. */
    heap->counted_kind = kind == HOSTMEM_KIND_BLOCKS ? HOSTMEM_KIND_OTHER : kind;
}

bool hmi_heap_owns(hmi_heap *heap, const void *block)
{
    return hmi_block_map_has(&heap->live, (UINT_PTR)block);
}

bool hmi_heap_size(hmi_heap *heap, const void *block, SIZE_T *size)
{
    bool owned = hmi_heap_owns(heap, block);
    *size = owned ? ((const hmi_block_head *)block - 1)->size : 0;
    return owned;
}

bool hmi_heap_has_blocks(hmi_heap *heap)
{
    UINT_PTR address;
    return hmi_block_map_next(&heap->live, 0, &address);
}

void hmi_heap_for_each_block(hmi_heap *heap, hmi_heap_visitor *visit, void *context)
{
    UINT_PTR address = 0;
    for (; hmi_block_map_next(&heap->live, address, &address); address += MEMORY_ALLOCATION_ALIGNMENT) {
        const hmi_block_head *head = hmi_heap_head_of((void *)address);
        visit(context, (void *)address, head->size, (hmi_record)head->record);
    }
}
