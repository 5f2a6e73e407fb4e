/* Blocks from mimalloc, where each thread allocates from pages of its own and threads seldom meet. Compiled only with
 * the CMake option HOSTMEM_WITH_MIMALLOC. No state; mimalloc's options are left to the program, which may use mimalloc
 * itself. */
#include "os/heap_backend.h"

#include <mimalloc.h>

/* A block for the time after process detach has begun, when mimalloc must not be used: threads were ended anywhere
 * inside of it. Whole pages, never freed. */
static void *late_alloc(hostmem_os *os, SIZE_T size)
{
    void *block;
    return os->virtual_alloc(os, NULL, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, &block) ? NULL : block;
}

/* Saves the last error, which mimalloc may change even if it succeeds. */
static void *mimalloc_alloc(hostmem_os *os, SIZE_T size)
{
    UINT32 last_error;
    void *block;
    if (os->process_is_ending(os))
        return late_alloc(os, size);
    last_error = os->get_last_error(os);
    block = mi_malloc(hmi_os_block_size(size));
    os->set_last_error(os, last_error);
    return block;
}

static void mimalloc_free(hostmem_os *os, void *block)
{
    UINT32 last_error;
    if (os->process_is_ending(os))
        return;
    last_error = os->get_last_error(os);
    mi_free(block);
    os->set_last_error(os, last_error);
}

const hmi_heap_backend *hmi_heap_mimalloc(void)
{
    static const hmi_heap_backend backend = {.alloc = mimalloc_alloc, .free = mimalloc_free};
    return &backend;
}
