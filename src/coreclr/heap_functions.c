/* HeapAlloc and its like. The blocks of the process heap come from the same heap as those of the C runtime and of
 * LocalAlloc, as in Windows. Which heap a block belongs to depends on the block, not on the heap that the caller names.
 */
#include "coreclr/attachment.h"
#include "coreclr/block_functions.h"

/* The exception that Windows raises for HEAP_GENERATE_EXCEPTIONS. */
#define STATUS_OUT_OF_MEMORY 0xc0000017u

/* The blocks for a caller of a governed heap; NULL if the heap is left to Windows. */
static hmi_blocks *blocks_for(HANDLE heap, unsigned kind)
{
    hmi_coreclr *now = &hmi_coreclr_now;
    if (!now->blocks.heap)
        return NULL;
    return heap == now->process_heap ? hmi_coreclr_blocks_for(kind) : hmi_private_heaps_find(&now->private_heaps, heap);
}

/* The blocks of a governed heap that a block belongs to; NULL: it is not the manager's. */
static hmi_blocks *blocks_with(HANDLE heap, const void *block, SIZE_T *size)
{
    hmi_coreclr *now = &hmi_coreclr_now;
    hmi_blocks *blocks;
    if (!now->blocks.heap || !block)
        return NULL;
    if (heap == now->process_heap)
        return hmi_coreclr_blocks_with(block, size);
    blocks = hmi_private_heaps_find(&now->private_heaps, heap);
    return blocks && hmi_blocks_size(blocks, block, size) ? blocks : NULL;
}

/* Whether calls for a block of others that name this heap are counted. */
static bool is_governed(HANDLE heap)
{
    return blocks_for(heap, HOSTMEM_CORECLR_BLOCKS) != NULL;
}

static void count_foreign(void)
{
    atomic_fetch_add_explicit(&hmi_coreclr_now.foreign_blocks, 1, memory_order_relaxed);
}

HMI_COLD static void *refuse(DWORD flags)
{
    SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    if (flags & HEAP_GENERATE_EXCEPTIONS)
        RaiseException(STATUS_OUT_OF_MEMORY, 0, 0, NULL);
    return NULL;
}

static void *allocate(HANDLE heap, DWORD flags, SIZE_T size, unsigned kind, const void *caller)
{
    hmi_blocks *blocks = blocks_for(heap, kind);
    void *block;
    if (!blocks)
        return HeapAlloc(heap, flags, size);
    block = hmi_blocks_alloc(blocks, size, hmi_coreclr_now.levels[kind], caller);
    if (!block)
        return refuse(flags);
    return flags & HEAP_ZERO_MEMORY ? memset(block, 0, size) : block;
}

LPVOID WINAPI hmi_heap_HeapAlloc(HANDLE heap, DWORD flags, SIZE_T size)
{
    return allocate(heap, flags, size, HOSTMEM_CORECLR_BLOCKS, HMI_RETURN_ADDRESS());
}

LPVOID WINAPI hmi_heap_invoked_HeapAlloc(HANDLE heap, DWORD flags, SIZE_T size)
{
    return allocate(heap, flags, size, HOSTMEM_CORECLR_INVOKED, HMI_RETURN_ADDRESS());
}

LPVOID WINAPI hmi_heap_library_HeapAlloc(HANDLE heap, DWORD flags, SIZE_T size)
{
    return allocate(heap, flags, size, HMI_LIBRARY_BLOCKS, HMI_RETURN_ADDRESS());
}

static void *reallocate(HANDLE heap, DWORD flags, void *block, SIZE_T size, unsigned kind, const void *caller)
{
    SIZE_T old_size;
    hmi_blocks *blocks = blocks_with(heap, block, &old_size);
    void *resized;
    if (!blocks) {
        if (is_governed(heap))
            count_foreign();
        return HeapReAlloc(heap, flags, block, size);
    }
    if (flags & HEAP_REALLOC_IN_PLACE_ONLY)
        return size <= old_size ? block : refuse(flags);
    resized = hmi_blocks_resize(blocks, block, old_size, size, hmi_coreclr_now.levels[kind],
                                (flags & HEAP_ZERO_MEMORY) != 0, caller);
    return resized ? resized : refuse(flags);
}

LPVOID WINAPI hmi_heap_HeapReAlloc(HANDLE heap, DWORD flags, LPVOID block, SIZE_T size)
{
    return reallocate(heap, flags, block, size, HOSTMEM_CORECLR_BLOCKS, HMI_RETURN_ADDRESS());
}

LPVOID WINAPI hmi_heap_invoked_HeapReAlloc(HANDLE heap, DWORD flags, LPVOID block, SIZE_T size)
{
    return reallocate(heap, flags, block, size, HOSTMEM_CORECLR_INVOKED, HMI_RETURN_ADDRESS());
}

LPVOID WINAPI hmi_heap_library_HeapReAlloc(HANDLE heap, DWORD flags, LPVOID block, SIZE_T size)
{
    return reallocate(heap, flags, block, size, HMI_LIBRARY_BLOCKS, HMI_RETURN_ADDRESS());
}

/* Frees a block of the manager's. False: it is not one, or the heap is left to Windows. */
static bool free_own(HANDLE heap, void *block)
{
    hmi_coreclr *now = &hmi_coreclr_now;
    hmi_blocks *blocks;
    if (heap == now->process_heap)
        return hmi_coreclr_free(block);
    blocks = hmi_private_heaps_find(&now->private_heaps, heap);
    return blocks && hmi_blocks_free(blocks, block);
}

BOOL WINAPI hmi_heap_HeapFree(HANDLE heap, DWORD flags, LPVOID block)
{
    if (block && hmi_coreclr_now.blocks.heap) {
        if (free_own(heap, block))
            return TRUE;
        if (is_governed(heap))
            count_foreign();
    }
    return HeapFree(heap, flags, block);
}

SIZE_T WINAPI hmi_heap_HeapSize(HANDLE heap, DWORD flags, LPCVOID block)
{
    SIZE_T size;
    return blocks_with(heap, block, &size) ? size : HeapSize(heap, flags, block);
}

BOOL WINAPI hmi_heap_HeapValidate(HANDLE heap, DWORD flags, LPCVOID block)
{
    SIZE_T size;
    return blocks_with(heap, block, &size) ? TRUE : HeapValidate(heap, flags, block);
}

/* Creates a heap of the manager's for a new heap of Windows. False: the heap is left to Windows. */
static bool govern(HANDLE heap, DWORD options, UINT32 kind)
{
    hmi_coreclr *now = &hmi_coreclr_now;
    hmi_blocks *blocks = HeapAlloc(now->process_heap, 0, sizeof *blocks);
    /* Thread-safe even if not asked for: HEAP_NO_SERIALIZE allows several threads that exclude each other, IHostMalloc
     * without MALLOC_THREADSAFE may not. */
    DWORD type = MALLOC_THREADSAFE | (options & HEAP_CREATE_ENABLE_EXECUTE ? (DWORD)MALLOC_EXECUTABLE : 0);
    if (!blocks)
        return false;
    if (hmi_blocks_init(blocks, hmi_os_win32(), now->manager, type) == S_OK) {
        hmi_blocks_set_kind(blocks, kind);
        if (hmi_private_heaps_add(&now->private_heaps, heap, blocks))
            return true;
        hmi_blocks_destroy(blocks);
    }
    HeapFree(now->process_heap, 0, blocks);
    return false;
}

static HANDLE create(DWORD options, SIZE_T initial_size, SIZE_T maximum_size, UINT32 kind)
{
    HANDLE heap = HeapCreate(options, initial_size, maximum_size);
    DWORD error = GetLastError();
    /* Heaps with a maximum size must refuse what is beyond it, which the manager cannot do. Heaps that raise exceptions
     * do so by an option that later calls of HeapAlloc do not repeat. */
    if (heap && hmi_coreclr_now.blocks.heap && !maximum_size && !(options & HEAP_GENERATE_EXCEPTIONS))
        govern(heap, options, kind);
    SetLastError(error);
    return heap;
}

HANDLE WINAPI hmi_heap_HeapCreate(DWORD options, SIZE_T initial_size, SIZE_T maximum_size)
{
    return create(options, initial_size, maximum_size, HOSTMEM_KIND_BLOCKS);
}

HANDLE WINAPI hmi_heap_library_HeapCreate(DWORD options, SIZE_T initial_size, SIZE_T maximum_size)
{
    return create(options, initial_size, maximum_size, HOSTMEM_KIND_LIBRARIES);
}

HANDLE WINAPI hmi_heap_invoked_HeapCreate(DWORD options, SIZE_T initial_size, SIZE_T maximum_size)
{
    return create(options, initial_size, maximum_size, HOSTMEM_KIND_INVOKED);
}

BOOL WINAPI hmi_heap_HeapDestroy(HANDLE heap)
{
    hmi_coreclr *now = &hmi_coreclr_now;
    hmi_blocks *blocks = now->blocks.heap ? hmi_private_heaps_take(&now->private_heaps, heap) : NULL;
    if (blocks) {
        DWORD error = GetLastError();
        hmi_blocks_destroy(blocks);
        HeapFree(now->process_heap, 0, blocks);
        SetLastError(error);
    }
    return HeapDestroy(heap);
}
