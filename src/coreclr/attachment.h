/* The process's attachment, which the replacing functions work with. There is one static instance, because these
 * functions have no parameter for it. It is filled in before the first import leads to one of them, and does not change
 * while active. Included only in this folder, whose files are for Windows and call it directly: their functions replace
 * Windows' own, with its types and its last error.
 *
 * Checked against ARM's memory model: `active` is stored last and acquired first; counters are relaxed. A module calls
 * through its imports by plain loads, which do not order what the called function loads then, so
 * FlushProcessWriteBuffers makes the attachment visible to all threads before any import is changed. */
#ifndef HMI_CORECLR_ATTACHMENT_H
#define HMI_CORECLR_ATTACHMENT_H

#include <hostmem/coreclr.h>

#include "coreclr/blocks.h"
#include "coreclr/object_ranges.h"
#include "coreclr/private_heaps.h"
#include "com/node_manager.h"
#include "core_state.h"

/* Reservations and views begin at multiples of this, in bytes; only views in placeholders may begin elsewhere. */
#define HMI_CORECLR_GRANULARITY 0x10000u

/* Functions of the C runtime that the modules use; blocks of others are passed to it. */
typedef struct hmi_coreclr_crt {
    void *(__cdecl *malloc)(size_t size);
    void *(__cdecl *calloc)(size_t count, size_t size);
    void *(__cdecl *realloc)(void *block, size_t size);
    void *(__cdecl *recalloc)(void *block, size_t count, size_t size);
    void *(__cdecl *expand)(void *block, size_t size);
    void(__cdecl *free)(void *block);
    size_t(__cdecl *msize)(void *block);
    void *(__cdecl *aligned_offset_malloc)(size_t size, size_t alignment, size_t offset);
    void *(__cdecl *aligned_offset_realloc)(void *block, size_t size, size_t alignment, size_t offset);
    void *(__cdecl *aligned_offset_recalloc)(void *block, size_t count, size_t size, size_t alignment, size_t offset);
    void(__cdecl *aligned_free)(void *block);
    size_t(__cdecl *aligned_msize)(void *block, size_t alignment, size_t offset);
    int *(__cdecl *errno_of_thread)(void);
    int(__cdecl *query_new_mode)(void);
    int(__cdecl *callnewh)(size_t size);
} hmi_coreclr_crt;

/* Who calls, as indices of hmi_coreclr.levels besides those of HOSTMEM_CORECLR_KINDS: DLLs that are not the runtime's.
 * They have the levels of the runtime, but their memory has a kind of its own. */
enum { HMI_LIBRARY_PAGES = HOSTMEM_CORECLR_KINDS, HMI_LIBRARY_BLOCKS, HMI_CORECLR_CALLERS };

typedef struct hmi_coreclr {
    _Atomic bool active; /* false: all functions pass their calls to Windows */
    UINT32 flags;        /* of hostmem_coreclr_config */
    EMemoryCriticalLevel levels[HMI_CORECLR_CALLERS];
    /* Of the process heap and the C runtime; has no heap if blocks are not governed. What every call of these needs is
     * in one cache line up to here. */
    hmi_blocks blocks;
    IHostMemoryManager *manager;
    hmi_node_manager *nodes; /* the same manager if it is the library's own; otherwise NULL */
    hmi_core *core;          /* of the instance; NULL: no instance */
    HANDLE process_heap;
    hmi_private_heaps private_heaps;
    /* The same as blocks for other callers; without a heap, they use that one. */
    hmi_blocks library_blocks;
    hmi_blocks invoked_blocks;
    hmi_coreclr_crt crt;
    hmi_object_ranges objects;
    hmi_atomic_bitmap views; /* the first addresses of views that were announced to the manager */
    _Atomic uint64_t taken;  /* number of reservations and views that were not freed */
    _Atomic uint64_t foreign_blocks;
    _Atomic uint64_t foreign_pages;
    _Atomic uint64_t told_limit_bytes;
    _Atomic uint32_t invoked;
} hmi_coreclr;

extern hmi_coreclr hmi_coreclr_now;

/* Whether a reservation or a view may begin at an address. */
static inline bool hmi_coreclr_is_start(const void *address)
{
    return !((UINT_PTR)address & (HMI_CORECLR_GRANULARITY - 1));
}

static inline bool hmi_coreclr_is_active(void)
{
    return atomic_load_explicit(&hmi_coreclr_now.active, memory_order_acquire);
}

/* Whether a handle is the calling process. Memory of other processes is not governed. */
bool hmi_coreclr_is_this_process(HANDLE process);

/* The blocks for a caller: HOSTMEM_CORECLR_BLOCKS, HOSTMEM_CORECLR_INVOKED, HMI_LIBRARY_BLOCKS. Precondition: blocks
 * are governed. */
HMI_ALWAYS_INLINE hmi_blocks *hmi_coreclr_blocks_for(unsigned caller)
{
    hmi_coreclr *now = &hmi_coreclr_now;
    if (caller == HOSTMEM_CORECLR_INVOKED && now->invoked_blocks.heap)
        return &now->invoked_blocks;
    if (caller == HMI_LIBRARY_BLOCKS && now->library_blocks.heap)
        return &now->library_blocks;
    return &now->blocks;
}

/* The blocks that a block belongs to, and its size; NULL: it was not allocated by any of these callers. */
hmi_blocks *hmi_coreclr_blocks_with(const void *block, SIZE_T *size);

/* Part of the next function. */
bool hmi_coreclr_free_of_others(void *block);

/* Frees a block of any of these callers. False: it is not one; nothing was done. */
HMI_ALWAYS_INLINE bool hmi_coreclr_free(void *block)
{
    return hmi_blocks_free(&hmi_coreclr_now.blocks, block) || hmi_coreclr_free_of_others(block);
}

/* Called before and after a call of the manager; hmi_coreclr_end sets the thread's last error. */
static inline DWORD hmi_coreclr_begin(void)
{
    DWORD before = GetLastError();
    SetLastError(ERROR_SUCCESS);
    return before;
}

/* On success, restores the last error from before. On failure, sets the manager's Win32 code, or one made from its
 * HRESULT if the manager has set none. Returns whether hr is success. */
bool hmi_coreclr_end(HRESULT hr, DWORD before);

#endif
