/* Each block has a head with its size and the record of its origin, and a bitmap says where live blocks begin. Free
 * tests and clears that bit in one step. So nothing behind a pointer is read unless its bit was set, and if two threads
 * free the same block, one of them is refused. */
#include "memory/heap.h"
#include "core_state.h"

#include <corerror.h>

#include "memory/admission.h"
#include "base/compiler.h"
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
    UINT32 counted_kind;    /* whose bytes its blocks count as; HOSTMEM_KIND_OTHER: they are not counted */
    bool checked;           /* HOSTMEM_CHECKED: only one thread may use it */
    _Atomic UINT32 owner;   /* that thread; 0: no thread has used it yet */
    hmi_atomic_bitmap live; /* one bit for each address that a block may begin at */
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
    error = hmi_atomic_bitmap_init(&heap->live, os, MEMORY_ALLOCATION_ALIGNMENT);
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
    hmi_atomic_bitmap_destroy(&heap->live);
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
    hmi_atomic_bitmap_destroy(&heap->live);
    os->object_free(os, heap);
}

/* Whether the calling thread may use the heap. The first thread that uses a checked heap owns it until the end. */
static bool is_owner(hmi_heap *heap)
{
    UINT32 owner = 0, self;
    if (!heap->checked)
        return true;
    self = heap->core->os->thread_id(heap->core->os);
    return atomic_compare_exchange_strong(&heap->owner, &owner, self) || owner == self;
}

typedef struct block_request {
    hmi_heap *heap;
    SIZE_T size;
    EMemoryCriticalLevel level;
    const hmi_site *site;
    void *result;
} block_request;

HMI_ALWAYS_INLINE UINT32 take_block(void *context)
{
    block_request *wanted = context;
    hmi_heap *heap = wanted->heap;
    hmi_core *core = heap->core;
    hmi_record record;
    void *memory;

    /* A size that no address space has is refused without being charged. */
    if (wanted->size > core->info.highest_address - sizeof(block_head))
        return ERROR_NOT_ENOUGH_MEMORY;
    if (!hmi_quota_cache_charge(core->quota_cache, HMI_BLOCKS, wanted->size, wanted->level))
        return HMI_BY_BUDGET | ERROR_NOT_ENOUGH_MEMORY;
    if (take_memory(heap, sizeof(block_head) + wanted->size, &memory))
        goto undo;
    record = wanted->site ? hmi_records_take(&core->records, wanted->site, wanted->size) : 0;
    *(block_head *)memory = (block_head){wanted->size, record};
    wanted->result = (block_head *)memory + 1;
    if (!hmi_atomic_bitmap_add(&heap->live, (UINT_PTR)wanted->result))
        goto free_memory;
    hmi_quota_cache_note_peak(core->quota_cache);
    count(heap, wanted->size);
    return 0;

free_memory:
    hmi_records_put(&core->records, record);
    give_memory(heap, memory);
undo:
    hmi_quota_cache_cancel_charge(core->quota_cache, HMI_BLOCKS, wanted->size);
    return ERROR_NOT_ENOUGH_MEMORY;
}

static HRESULT request_block(block_request *wanted, UINT32 method, void **out)
{
    hmi_heap *heap = wanted->heap;
    HRESULT hr;
    if (!is_owner(heap))
        return hmi_core_fail(heap->core, HMI_OPERATION_HEAP_ALLOC, ERROR_NOT_OWNER);
    hr = hmi_admission_request(heap->core, (hmi_request){.operation = HMI_OPERATION_HEAP_ALLOC,
                                                         .call = {method, (UINT32)wanted->level, 0, wanted->size},
                                                         .bytes = wanted->size,
                                                         .attempt = take_block,
                                                         .context = wanted});
    if (hr == S_OK)
        *out = wanted->result;
    return hr;
}

HRESULT hmi_heap_alloc(hmi_heap *heap, SIZE_T size, EMemoryCriticalLevel level, const hmi_site *site, void **out)
{
    block_request wanted = {heap, size, level, site, NULL};
    return request_block(&wanted, HOSTMEM_METHOD_ALLOC, out);
}

HRESULT hmi_heap_debug_alloc(hmi_heap *heap, SIZE_T size, EMemoryCriticalLevel level, const hmi_site *site, void **out)
{
    block_request wanted = {heap, size, level, site, NULL};
    return request_block(&wanted, HOSTMEM_METHOD_DEBUG_ALLOC, out);
}

HRESULT hmi_heap_free(hmi_heap *heap, void *block)
{
    hmi_core *core = heap->core;
    UINT_PTR address = (UINT_PTR)block;
    block_head head;
    UINT32 error;

    if (!is_owner(heap))
        return hmi_core_fail(core, HMI_OPERATION_HEAP_FREE, ERROR_NOT_OWNER);
    if (address % MEMORY_ALLOCATION_ALIGNMENT || !hmi_atomic_bitmap_remove(&heap->live, address)) {
        hmi_core_fail(core, HMI_OPERATION_HEAP_FREE, ERROR_INVALID_ADDRESS);
        return HOST_E_INVALIDOPERATION;
    }
    head = *head_of(block);
    error = give_memory(heap, head_of(block));
    if (error) {
        hmi_atomic_bitmap_add(&heap->live, address); /* cannot fail: the bit's memory is committed */
        return hmi_core_fail(core, HMI_OPERATION_HEAP_FREE, error);
    }
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
    return (UINT_PTR)block % MEMORY_ALLOCATION_ALIGNMENT == 0 && hmi_atomic_bitmap_test(&heap->live, (UINT_PTR)block);
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
    return hmi_atomic_bitmap_next(&heap->live, 0, &address);
}

void hmi_heap_for_each_block(hmi_heap *heap, hmi_heap_visitor *visit, void *context)
{
    UINT_PTR address = 0;
    for (; hmi_atomic_bitmap_next(&heap->live, address, &address); address += MEMORY_ALLOCATION_ALIGNMENT) {
        const block_head *head = head_of((void *)address);
        visit(context, (void *)address, head->size, (hmi_record)head->record);
    }
}
