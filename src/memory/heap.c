/* Each block has a head with its size and the record of its origin, and a map says where live blocks begin. Free tests
 * and clears a block's mark in one step. So nothing behind a pointer is read unless a block begins there, and if two
 * threads free the same block, one of them is refused. */
#include "memory/heap.h"
#include "core_state.h"

#include <corerror.h>

#include "memory/admission.h"
#include "base/compiler.h"
#include "books/block_map.h"
#include "os/heap_backend.h"

typedef struct block_head {
    SIZE_T size;
    SIZE_T record; /* the record of its origin; 0: none */
} block_head;

_Static_assert(sizeof(block_head) == MEMORY_ALLOCATION_ALIGNMENT, "blocks keep the alignment of the heap below");

struct hmi_heap {
    hmi_core *core;
    const hmi_heap_backend *backend; /* NULL: blocks come from system_heap */
    void *system_heap;
    UINT32 counted_kind;  /* whose bytes its blocks count as; HOSTMEM_KIND_OTHER: they are not counted */
    bool checked;         /* HOSTMEM_CHECKED: only one thread may use it */
    _Atomic UINT32 owner; /* that thread; 0: no thread has used it yet */
    hmi_block_map live;
};

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

static block_head *head_of(void *block)
{
    return (block_head *)block - 1;
}

/* Allocate and free a block with its head. Both return a Win32 error, 0 for success. */
static inline UINT32 take_memory(hmi_heap *heap, SIZE_T size, void **out)
{
    hostmem_os *os = heap->core->os;
    if (!heap->backend)
        return os->heap_alloc(os, heap->system_heap, size, out);
    *out = heap->backend->alloc(os, size);
    return *out ? 0 : ERROR_NOT_ENOUGH_MEMORY;
}

static inline UINT32 give_memory(hmi_heap *heap, void *memory)
{
    hostmem_os *os = heap->core->os;
    if (!heap->backend)
        return os->heap_free(os, heap->system_heap, memory);
    heap->backend->free(os, memory);
    return 0;
}

static inline void count(hmi_heap *heap, uint64_t bytes)
{
    if (heap->counted_kind)
        hmi_kinds_count(&heap->core->kinds, heap->counted_kind, bytes);
}

/* Accounts for a block that is still in a heap that is being destroyed. Only a backend's blocks have to be freed; a
 * heap of the system is destroyed with all its blocks. */
static void book_out_block(void *context, void *block, SIZE_T size, hmi_record record)
{
    hmi_heap *heap = context;
    hmi_records_put(&heap->core->records, record);
    if (heap->backend)
        give_memory(heap, head_of(block));
    hmi_quota_cache_refund(heap->core->quota_cache, HMI_BLOCKS, size);
    count(heap, 0 - (uint64_t)size);
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

/* One attempt. Charges first; writes *out on success. */
HMI_ALWAYS_INLINE UINT32 take_block(hmi_heap *heap, SIZE_T size, EMemoryCriticalLevel level, const hmi_site *site,
                                    void **out)
{
    hmi_core *core = heap->core;
    hmi_record record;
    block_head *head;
    void *memory;

    /* A size that no address space has is refused without being charged. */
    if (size > core->info.highest_address - sizeof(block_head))
        return ERROR_NOT_ENOUGH_MEMORY;
    if (!hmi_quota_cache_charge(core->quota_cache, HMI_BLOCKS, size, level))
        return HMI_BY_BUDGET | ERROR_NOT_ENOUGH_MEMORY;
    if (take_memory(heap, sizeof(block_head) + size, &memory))
        goto undo;
    record = site ? hmi_records_take(&core->records, site, size) : 0;
    head = memory;
    head->size = size;
    head->record = record;
    if (!hmi_block_map_add(&heap->live, (UINT_PTR)(head + 1)))
        goto free_memory;
    hmi_quota_cache_note_peak(core->quota_cache);
    count(heap, size);
    *out = head + 1;
    return 0;

free_memory:
    hmi_records_put(&core->records, record);
    give_memory(heap, memory);
undo:
    hmi_quota_cache_cancel_charge(core->quota_cache, HMI_BLOCKS, size);
    return ERROR_NOT_ENOUGH_MEMORY;
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
    return take_block(wanted->heap, wanted->size, wanted->level, wanted->site, wanted->out);
}

static hmi_request request_for(block_request *wanted, UINT32 method)
{
    return (hmi_request){.operation = HMI_OPERATION_HEAP_ALLOC,
                         .call = {method, (UINT32)wanted->level, 0, wanted->size},
                         .bytes = wanted->size,
                         .attempt = attempt_block,
                         .context = wanted};
}

/* Parts of request_block for rare cases. */
HMI_COLD static HRESULT request_carefully(block_request wanted, UINT32 method)
{
    const hmi_request request = request_for(&wanted, method);
    if (!is_owner(wanted.heap))
        return hmi_core_fail(wanted.heap->core, HMI_OPERATION_HEAP_ALLOC, ERROR_NOT_OWNER);
    return hmi_admission_request_slow_path(wanted.heap->core, &request);
}

HMI_COLD static HRESULT refuse_block(block_request wanted, UINT32 method, UINT32 error)
{
    const hmi_request request = request_for(&wanted, method);
    return hmi_admission_refuse(wanted.heap->core, &request, error);
}

/* hmi_admission_request, with nothing stored in memory but what is needed where it is refused. */
HMI_ALWAYS_INLINE HRESULT request_block(hmi_heap *heap, SIZE_T size, EMemoryCriticalLevel level, const hmi_site *site,
                                        UINT32 method, void **out)
{
    UINT32 error;
    if (heap->checked || !hmi_admission_is_plain(heap->core, (UINT32)level))
        return request_carefully((block_request){heap, size, level, site, out}, method);
    error = take_block(heap, size, level, site, out);
    if (error)
        return refuse_block((block_request){heap, size, level, site, out}, method, error);
    return S_OK;
}

HRESULT hmi_heap_alloc(hmi_heap *heap, SIZE_T size, EMemoryCriticalLevel level, const hmi_site *site, void **out)
{
    return request_block(heap, size, level, site, HOSTMEM_METHOD_ALLOC, out);
}

HRESULT hmi_heap_debug_alloc(hmi_heap *heap, SIZE_T size, EMemoryCriticalLevel level, const hmi_site *site, void **out)
{
    return request_block(heap, size, level, site, HOSTMEM_METHOD_DEBUG_ALLOC, out);
}

HMI_COLD static HRESULT refuse_unknown_block(hmi_heap *heap)
{
    hmi_core_fail(heap->core, HMI_OPERATION_HEAP_FREE, ERROR_INVALID_ADDRESS);
    return HOST_E_INVALIDOPERATION;
}

/* The system has not freed the block. */
HMI_COLD static HRESULT keep_block(hmi_heap *heap, void *block, UINT32 error)
{
    hmi_block_map_add(&heap->live, (UINT_PTR)block); /* cannot fail: the mark's memory is committed */
    return hmi_core_fail(heap->core, HMI_OPERATION_HEAP_FREE, error);
}

HRESULT hmi_heap_free(hmi_heap *heap, void *block)
{
    hmi_core *core = heap->core;
    block_head head;
    UINT32 error;

    if (!is_owner(heap))
        return hmi_core_fail(core, HMI_OPERATION_HEAP_FREE, ERROR_NOT_OWNER);
    if (!hmi_block_map_remove(&heap->live, (UINT_PTR)block))
        return refuse_unknown_block(heap);
    head = *head_of(block);
    error = give_memory(heap, head_of(block));
    if (error)
        return keep_block(heap, block, error);
    if (head.record)
        hmi_records_put(&core->records, (hmi_record)head.record);
    hmi_quota_cache_refund(core->quota_cache, HMI_BLOCKS, head.size);
    count(heap, 0 - (uint64_t)head.size);
    return S_OK;
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
    *size = owned ? ((const block_head *)block - 1)->size : 0;
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
        const block_head *head = head_of((void *)address);
        visit(context, (void *)address, head->size, (hmi_record)head->record);
    }
}
