/* HeapAlloc and its like. The blocks of the process heap come from the same heap as those of the C runtime and of
 * LocalAlloc, as in Windows. Which heap a block belongs to depends on the block, not on the heap that the caller names.
 */
#include "coreclr/attachment.h"
#include "coreclr/block_functions.h"

/* The exception that Windows raises for HEAP_GENERATE_EXCEPTIONS. */
#define STATUS_OUT_OF_MEMORY 0xc0000017u

/* The blocks of a governed heap; NULL if the heap is left to Windows. */
static hmi_blocks *blocks_of(HANDLE heap)
{
    hmi_coreclr *now = &hmi_coreclr_now;
    if (!now->blocks.heap)
        return NULL;
    return heap == now->process_heap ? &now->blocks : hmi_private_heaps_find(&now->private_heaps, heap);
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

static void *allocate(HANDLE heap, DWORD flags, SIZE_T size, unsigned kind)
{
    hmi_blocks *blocks = blocks_of(heap);
    void *block;
    if (!blocks)
        return HeapAlloc(heap, flags, size);
    block = hmi_blocks_alloc(blocks, size, hmi_coreclr_now.levels[kind]);
    if (!block)
        return refuse(flags);
    return flags & HEAP_ZERO_MEMORY ? memset(block, 0, size) : block;
}

LPVOID WINAPI hmi_heap_HeapAlloc(HANDLE heap, DWORD flags, SIZE_T size)
{
    return allocate(heap, flags, size, HOSTMEM_CORECLR_BLOCKS);
}

LPVOID WINAPI hmi_heap_invoked_HeapAlloc(HANDLE heap, DWORD flags, SIZE_T size)
{
    return allocate(heap, flags, size, HOSTMEM_CORECLR_INVOKED);
}

static void *reallocate(HANDLE heap, DWORD flags, void *block, SIZE_T size, unsigned kind)
{
    hmi_blocks *blocks = blocks_of(heap);
    SIZE_T old_size;
    void *resized;
    if (!blocks || !hmi_blocks_size(blocks, block, &old_size)) {
        if (blocks)
            count_foreign();
        return HeapReAlloc(heap, flags, block, size);
    }
    if (flags & HEAP_REALLOC_IN_PLACE_ONLY)
        return size <= old_size ? block : refuse(flags);
    resized = hmi_blocks_resize(blocks, block, old_size, size, hmi_coreclr_now.levels[kind],
                                (flags & HEAP_ZERO_MEMORY) != 0);
    return resized ? resized : refuse(flags);
}

LPVOID WINAPI hmi_heap_HeapReAlloc(HANDLE heap, DWORD flags, LPVOID block, SIZE_T size)
{
    return reallocate(heap, flags, block, size, HOSTMEM_CORECLR_BLOCKS);
}

LPVOID WINAPI hmi_heap_invoked_HeapReAlloc(HANDLE heap, DWORD flags, LPVOID block, SIZE_T size)
{
    return reallocate(heap, flags, block, size, HOSTMEM_CORECLR_INVOKED);
}

BOOL WINAPI hmi_heap_HeapFree(HANDLE heap, DWORD flags, LPVOID block)
{
    hmi_blocks *blocks = blocks_of(heap);
    if (blocks && block) {
        if (hmi_blocks_free(blocks, block))
            return TRUE;
        count_foreign();
    }
    return HeapFree(heap, flags, block);
}

SIZE_T WINAPI hmi_heap_HeapSize(HANDLE heap, DWORD flags, LPCVOID block)
{
    hmi_blocks *blocks = blocks_of(heap);
    SIZE_T size;
    return blocks && hmi_blocks_size(blocks, block, &size) ? size : HeapSize(heap, flags, block);
}

BOOL WINAPI hmi_heap_HeapValidate(HANDLE heap, DWORD flags, LPCVOID block)
{
    hmi_blocks *blocks = block ? blocks_of(heap) : NULL;
    SIZE_T size;
    return blocks && hmi_blocks_size(blocks, block, &size) ? TRUE : HeapValidate(heap, flags, block);
}

/* Creates a heap of the manager's for a new heap of Windows. False: the heap is left to Windows. */
static bool govern(HANDLE heap, DWORD options)
{
    hmi_coreclr *now = &hmi_coreclr_now;
    hmi_blocks *blocks = HeapAlloc(now->process_heap, 0, sizeof *blocks);
    /* Thread-safe even if not asked for: HEAP_NO_SERIALIZE allows several threads that exclude each other, IHostMalloc
     * without MALLOC_THREADSAFE may not. */
    DWORD type = MALLOC_THREADSAFE | (options & HEAP_CREATE_ENABLE_EXECUTE ? (DWORD)MALLOC_EXECUTABLE : 0);
    if (!blocks)
        return false;
    if (hmi_blocks_init(blocks, hmi_os_win32(), now->manager, type) == S_OK) {
        if (hmi_private_heaps_add(&now->private_heaps, heap, blocks))
            return true;
        hmi_blocks_destroy(blocks);
    }
    HeapFree(now->process_heap, 0, blocks);
    return false;
}

HANDLE WINAPI hmi_heap_HeapCreate(DWORD options, SIZE_T initial_size, SIZE_T maximum_size)
{
    HANDLE heap = HeapCreate(options, initial_size, maximum_size);
    DWORD error = GetLastError();
    /* Heaps with a maximum size must refuse what is beyond it, which the manager cannot do. Heaps that raise exceptions
     * do so by an option that later calls of HeapAlloc do not repeat. */
    if (heap && hmi_coreclr_now.blocks.heap && !maximum_size && !(options & HEAP_GENERATE_EXCEPTIONS))
        govern(heap, options);
    SetLastError(error);
    return heap;
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
