/* malloc and its like. */
#include <errno.h>

#include "coreclr/attachment.h"
#include "coreclr/block_functions.h"

/* Also sets the last error that HeapAlloc would have set below the C runtime. */
static void *out_of_memory(void)
{
    SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    if (hmi_coreclr_now.crt.errno_of_thread)
        *hmi_coreclr_now.crt.errno_of_thread() = ENOMEM;
    return NULL;
}

/* A program may have asked (_set_new_mode) that malloc calls its new handler, too, and tries again as long as the
 * handler returns nonzero. */
HMI_COLD static void *allocate_again(size_t size, unsigned kind, const void *caller)
{
    hmi_coreclr *now = &hmi_coreclr_now;
    while (now->crt.query_new_mode && now->crt.callnewh && now->crt.query_new_mode() && now->crt.callnewh(size)) {
        void *block = hmi_blocks_alloc(hmi_coreclr_blocks_for(kind), size, now->levels[kind], caller);
        if (block)
            return block;
    }
    return out_of_memory();
}

HMI_ALWAYS_INLINE void *allocate(size_t size, unsigned kind, const void *caller)
{
    hmi_coreclr *now = &hmi_coreclr_now;
    void *block = hmi_blocks_alloc(hmi_coreclr_blocks_for(kind), size, now->levels[kind], caller);
    return block ? block : allocate_again(size, kind, caller);
}

/* Whether blocks are governed. */
HMI_ALWAYS_INLINE bool is_on(void)
{
    return hmi_coreclr_now.blocks.heap != NULL;
}

static void count_foreign(void)
{
    atomic_fetch_add_explicit(&hmi_coreclr_now.foreign_blocks, 1, memory_order_relaxed);
}

void *hmi_crt_allocate(size_t size, unsigned kind, const void *caller)
{
    return allocate(size, kind, caller);
}

void *__cdecl hmi_crt_malloc(size_t size)
{
    return is_on() ? allocate(size, HOSTMEM_CORECLR_BLOCKS, HMI_RETURN_ADDRESS()) : hmi_coreclr_now.crt.malloc(size);
}

void *__cdecl hmi_crt_invoked_malloc(size_t size)
{
    return is_on() ? allocate(size, HOSTMEM_CORECLR_INVOKED, HMI_RETURN_ADDRESS()) : hmi_coreclr_now.crt.malloc(size);
}

void *__cdecl hmi_crt_library_malloc(size_t size)
{
    return is_on() ? allocate(size, HMI_LIBRARY_BLOCKS, HMI_RETURN_ADDRESS()) : hmi_coreclr_now.crt.malloc(size);
}

static bool overflows(size_t count, size_t size)
{
    return size && count > SIZE_MAX / size;
}

static void *allocate_cleared(size_t count, size_t size, unsigned kind, const void *caller)
{
    void *block;
    if (!is_on())
        return hmi_coreclr_now.crt.calloc(count, size);
    if (overflows(count, size))
        return out_of_memory();
    block = allocate(count * size, kind, caller);
    return block ? memset(block, 0, count * size) : NULL;
}

void *__cdecl hmi_crt_calloc(size_t count, size_t size)
{
    return allocate_cleared(count, size, HOSTMEM_CORECLR_BLOCKS, HMI_RETURN_ADDRESS());
}

void *__cdecl hmi_crt_invoked_calloc(size_t count, size_t size)
{
    return allocate_cleared(count, size, HOSTMEM_CORECLR_INVOKED, HMI_RETURN_ADDRESS());
}

void *__cdecl hmi_crt_library_calloc(size_t count, size_t size)
{
    return allocate_cleared(count, size, HMI_LIBRARY_BLOCKS, HMI_RETURN_ADDRESS());
}

void __cdecl hmi_crt_free(void *block)
{
    if (!block)
        return;
    if (is_on()) {
        if (hmi_coreclr_free(block))
            return;
        count_foreign();
    }
    hmi_coreclr_now.crt.free(block);
}

/* The manager's blocks that a block belongs to, and its size; NULL: it is not the manager's. */
static hmi_blocks *find(const void *block, SIZE_T *size)
{
    return is_on() ? hmi_coreclr_blocks_with(block, size) : NULL;
}

/* Resizes the manager's block to size bytes; 0 frees it. */
static void *resize(hmi_blocks *blocks, void *block, size_t old_size, size_t size, unsigned kind, bool zero,
                    const void *caller)
{
    void *resized;
    if (!size) {
        hmi_blocks_free(blocks, block);
        return NULL;
    }
    resized = hmi_blocks_resize(blocks, block, old_size, size, hmi_coreclr_now.levels[kind], zero, caller);
    return resized ? resized : out_of_memory();
}

static void *reallocate(void *block, size_t size, unsigned kind, const void *caller)
{
    hmi_blocks *blocks;
    SIZE_T old_size;
    if (is_on() && !block)
        return allocate(size, kind, caller);
    blocks = find(block, &old_size);
    if (blocks)
        return resize(blocks, block, old_size, size, kind, false, caller);
    if (is_on())
        count_foreign();
    return hmi_coreclr_now.crt.realloc(block, size);
}

void *__cdecl hmi_crt_realloc(void *block, size_t size)
{
    return reallocate(block, size, HOSTMEM_CORECLR_BLOCKS, HMI_RETURN_ADDRESS());
}

void *__cdecl hmi_crt_invoked_realloc(void *block, size_t size)
{
    return reallocate(block, size, HOSTMEM_CORECLR_INVOKED, HMI_RETURN_ADDRESS());
}

void *__cdecl hmi_crt_library_realloc(void *block, size_t size)
{
    return reallocate(block, size, HMI_LIBRARY_BLOCKS, HMI_RETURN_ADDRESS());
}

static void *reallocate_cleared(void *block, size_t count, size_t size, unsigned kind, const void *caller)
{
    hmi_blocks *blocks;
    SIZE_T old_size;
    if (is_on() && !block)
        return allocate_cleared(count, size, kind, caller);
    blocks = find(block, &old_size);
    if (blocks)
        return overflows(count, size) ? out_of_memory()
                                      : resize(blocks, block, old_size, count * size, kind, true, caller);
    if (is_on())
        count_foreign();
    return hmi_coreclr_now.crt.recalloc(block, count, size);
}

void *__cdecl hmi_crt_recalloc(void *block, size_t count, size_t size)
{
    return reallocate_cleared(block, count, size, HOSTMEM_CORECLR_BLOCKS, HMI_RETURN_ADDRESS());
}

void *__cdecl hmi_crt_invoked_recalloc(void *block, size_t count, size_t size)
{
    return reallocate_cleared(block, count, size, HOSTMEM_CORECLR_INVOKED, HMI_RETURN_ADDRESS());
}

void *__cdecl hmi_crt_library_recalloc(void *block, size_t count, size_t size)
{
    return reallocate_cleared(block, count, size, HMI_LIBRARY_BLOCKS, HMI_RETURN_ADDRESS());
}

/* The manager's blocks have no room behind them. */
void *__cdecl hmi_crt_expand(void *block, size_t size)
{
    SIZE_T old_size;
    if (!find(block, &old_size))
        return hmi_coreclr_now.crt.expand(block, size);
    return size <= old_size ? block : out_of_memory();
}

size_t __cdecl hmi_crt_msize(void *block)
{
    SIZE_T size;
    return find(block, &size) ? size : hmi_coreclr_now.crt.msize(block);
}
