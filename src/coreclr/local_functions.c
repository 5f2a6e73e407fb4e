/* LocalAlloc and its like, for fixed blocks, whose handle is their address. */
#include "coreclr/attachment.h"
#include "coreclr/block_functions.h"

/* Some headers lack it. */
#define CHANGES_FLAGS_ONLY 0x80u /* LMEM_MODIFY */

/* The manager's blocks that a block belongs to; NULL: it is not the manager's. */
static hmi_blocks *find(const void *block, SIZE_T *size)
{
    return hmi_coreclr_now.blocks.heap && block ? hmi_coreclr_blocks_with(block, size) : NULL;
}

static void count_foreign(const void *block)
{
    if (block && hmi_coreclr_now.blocks.heap)
        atomic_fetch_add_explicit(&hmi_coreclr_now.foreign_blocks, 1, memory_order_relaxed);
}

static void *allocate(UINT flags, SIZE_T size, unsigned kind, const void *caller)
{
    void *block;
    if (!hmi_coreclr_now.blocks.heap || (flags & LMEM_MOVEABLE))
        return LocalAlloc(flags, size);
    block = hmi_blocks_alloc(hmi_coreclr_blocks_for(kind), size, hmi_coreclr_now.levels[kind], caller);
    if (!block) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    return flags & LMEM_ZEROINIT ? memset(block, 0, size) : block;
}

HLOCAL WINAPI hmi_local_LocalAlloc(UINT flags, SIZE_T size)
{
    return allocate(flags, size, HOSTMEM_CORECLR_BLOCKS, HMI_RETURN_ADDRESS());
}

HLOCAL WINAPI hmi_local_invoked_LocalAlloc(UINT flags, SIZE_T size)
{
    return allocate(flags, size, HOSTMEM_CORECLR_INVOKED, HMI_RETURN_ADDRESS());
}

HLOCAL WINAPI hmi_local_library_LocalAlloc(UINT flags, SIZE_T size)
{
    return allocate(flags, size, HMI_LIBRARY_BLOCKS, HMI_RETURN_ADDRESS());
}

/* A fixed block may move only if LMEM_MOVEABLE is passed. */
static void *reallocate(void *block, SIZE_T size, UINT flags, unsigned kind, const void *caller)
{
    SIZE_T old_size;
    hmi_blocks *blocks = find(block, &old_size);
    void *resized = NULL;
    if (!blocks) {
        count_foreign(block);
        return LocalReAlloc(block, size, flags);
    }
    if (flags & CHANGES_FLAGS_ONLY)
        return block;
    if (flags & LMEM_MOVEABLE)
        resized = hmi_blocks_resize(blocks, block, old_size, size, hmi_coreclr_now.levels[kind],
                                    (flags & LMEM_ZEROINIT) != 0, caller);
    else if (size <= old_size)
        resized = block;
    if (!resized)
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return resized;
}

HLOCAL WINAPI hmi_local_LocalReAlloc(HLOCAL block, SIZE_T size, UINT flags)
{
    return reallocate(block, size, flags, HOSTMEM_CORECLR_BLOCKS, HMI_RETURN_ADDRESS());
}

HLOCAL WINAPI hmi_local_invoked_LocalReAlloc(HLOCAL block, SIZE_T size, UINT flags)
{
    return reallocate(block, size, flags, HOSTMEM_CORECLR_INVOKED, HMI_RETURN_ADDRESS());
}

HLOCAL WINAPI hmi_local_library_LocalReAlloc(HLOCAL block, SIZE_T size, UINT flags)
{
    return reallocate(block, size, flags, HMI_LIBRARY_BLOCKS, HMI_RETURN_ADDRESS());
}

HLOCAL WINAPI hmi_local_LocalFree(HLOCAL block)
{
    if (hmi_coreclr_now.blocks.heap && block && hmi_coreclr_free(block))
        return NULL;
    count_foreign(block);
    return LocalFree(block);
}

SIZE_T WINAPI hmi_local_LocalSize(HLOCAL block)
{
    SIZE_T size;
    return find(block, &size) ? size : LocalSize(block);
}

UINT WINAPI hmi_local_LocalFlags(HLOCAL block)
{
    SIZE_T size;
    return find(block, &size) ? 0 : LocalFlags(block);
}

LPVOID WINAPI hmi_local_LocalLock(HLOCAL block)
{
    SIZE_T size;
    return find(block, &size) ? block : LocalLock(block);
}

BOOL WINAPI hmi_local_LocalUnlock(HLOCAL block)
{
    SIZE_T size;
    if (!find(block, &size))
        return LocalUnlock(block);
    SetLastError(ERROR_NOT_LOCKED); /* as Windows does for any fixed block */
    return FALSE;
}

HLOCAL WINAPI hmi_local_LocalHandle(LPCVOID block)
{
    SIZE_T size;
    return find(block, &size) ? (HLOCAL)(UINT_PTR)block : LocalHandle(block);
}
