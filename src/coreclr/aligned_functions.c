/* _aligned_malloc and its like. As in the C runtime, an aligned block lies inside of a larger block, and the word in
 * front of it points to the beginning of the larger one; so this word also tells whose block it is. In bytes, from the
 * beginning: [ up to alignment - 1 | a pointer to the beginning | 0 to a pointer's size - 1, by offset ] the caller's
 * bytes */
#include <errno.h>

#include "coreclr/attachment.h"
#include "coreclr/block_functions.h"

#define POINTER_BYTES sizeof(void *)

typedef struct aligned_request {
    size_t size;
    size_t alignment;
    size_t offset; /* this byte of the block is aligned */
} aligned_request;

static bool is_on(void)
{
    return hmi_coreclr_now.blocks.heap != NULL;
}

/* Other values are passed to the C runtime, which reports them. */
static bool is_valid(const aligned_request *wanted)
{
    return wanted->alignment && !(wanted->alignment & (wanted->alignment - 1)) &&
           (!wanted->offset || wanted->offset < wanted->size);
}

static size_t alignment_of(const aligned_request *wanted)
{
    return wanted->alignment < POINTER_BYTES ? POINTER_BYTES : wanted->alignment;
}

static size_t gap_of(const aligned_request *wanted)
{
    return (0 - wanted->offset) & (POINTER_BYTES - 1);
}

/* How many bytes an aligned block takes besides the caller's. */
static size_t overhead(const aligned_request *wanted)
{
    return alignment_of(wanted) - 1 + POINTER_BYTES + gap_of(wanted);
}

/* The word that points to the block around an aligned one. */
static void **link_of(void *aligned)
{
    return (void **)((UINT_PTR)aligned & ~(UINT_PTR)(POINTER_BYTES - 1)) - 1;
}

static void *out_of_memory(void)
{
    SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    if (hmi_coreclr_now.crt.errno_of_thread)
        *hmi_coreclr_now.crt.errno_of_thread() = ENOMEM;
    return NULL;
}

static void *allocate(const aligned_request *wanted, unsigned kind, const void *caller)
{
    size_t alignment = alignment_of(wanted), extra = overhead(wanted);
    UINT_PTR address;
    void *block;
    if (!is_on() || !is_valid(wanted))
        return hmi_coreclr_now.crt.aligned_offset_malloc(wanted->size, wanted->alignment, wanted->offset);
    if (wanted->size > SIZE_MAX - extra)
        return out_of_memory();
    block = hmi_crt_allocate(wanted->size + extra, kind, caller);
    if (!block)
        return NULL;
    address = (((UINT_PTR)block + extra + wanted->offset) & ~(UINT_PTR)(alignment - 1)) - wanted->offset;
    *link_of((void *)address) = block;
    return (void *)address;
}

/* The manager's block around an aligned one, and its size; NULL: the block is not the manager's. */
static void *block_around(void *aligned, SIZE_T *size)
{
    void *block = is_on() ? *link_of(aligned) : NULL;
    return block && hmi_coreclr_blocks_with(block, size) ? block : NULL;
}

static void count_foreign(void)
{
    if (is_on())
        atomic_fetch_add_explicit(&hmi_coreclr_now.foreign_blocks, 1, memory_order_relaxed);
}

void __cdecl hmi_crt_aligned_free(void *aligned)
{
    SIZE_T size;
    void *block = aligned ? block_around(aligned, &size) : NULL;
    if (block && hmi_coreclr_free(block))
        return;
    if (aligned)
        count_foreign();
    hmi_coreclr_now.crt.aligned_free(aligned);
}

/* Moves the contents of the manager's aligned block. old_size: of the block around it. */
static void *move(void *aligned, void *block, SIZE_T old_size, const aligned_request *wanted, unsigned kind, bool zero,
                  const void *caller)
{
    size_t held = old_size - (size_t)((char *)aligned - (char *)block), kept;
    void *moved;
    if (!wanted->size) {
        hmi_coreclr_free(block);
        return NULL;
    }
    if (zero && old_size - overhead(wanted) < held) /* the bytes behind the caller's were not cleared */
        held = old_size - overhead(wanted);
    moved = allocate(wanted, kind, caller);
    if (!moved)
        return NULL;
    kept = held < wanted->size ? held : wanted->size;
    memcpy(moved, aligned, kept);
    if (zero)
        memset((char *)moved + kept, 0, wanted->size - kept);
    hmi_coreclr_free(block);
    return moved;
}

static void *reallocate(void *aligned, const aligned_request *wanted, unsigned kind, const void *caller)
{
    SIZE_T old_size;
    void *block;
    if (!aligned)
        return allocate(wanted, kind, caller);
    block = block_around(aligned, &old_size);
    if (block)
        return move(aligned, block, old_size, wanted, kind, false, caller);
    count_foreign();
    return hmi_coreclr_now.crt.aligned_offset_realloc(aligned, wanted->size, wanted->alignment, wanted->offset);
}

static void *reallocate_cleared(void *aligned, size_t count, size_t size, size_t alignment, size_t offset,
                                unsigned kind, const void *caller)
{
    aligned_request wanted = {count * size, alignment, offset};
    SIZE_T old_size;
    void *block = aligned ? block_around(aligned, &old_size) : NULL, *fresh;
    if (is_on() && size && count > SIZE_MAX / size)
        return out_of_memory();
    if (block)
        return move(aligned, block, old_size, &wanted, kind, true, caller);
    if (aligned || !is_on()) {
        if (aligned)
            count_foreign();
        return hmi_coreclr_now.crt.aligned_offset_recalloc(aligned, count, size, alignment, offset);
    }
    fresh = allocate(&wanted, kind, caller);
    return fresh ? memset(fresh, 0, wanted.size) : NULL;
}

void *__cdecl hmi_crt_aligned_offset_malloc(size_t size, size_t alignment, size_t offset)
{
    return allocate(&(aligned_request){size, alignment, offset}, HOSTMEM_CORECLR_BLOCKS, HMI_RETURN_ADDRESS());
}

void *__cdecl hmi_crt_invoked_aligned_offset_malloc(size_t size, size_t alignment, size_t offset)
{
    return allocate(&(aligned_request){size, alignment, offset}, HOSTMEM_CORECLR_INVOKED, HMI_RETURN_ADDRESS());
}

void *__cdecl hmi_crt_library_aligned_offset_malloc(size_t size, size_t alignment, size_t offset)
{
    return allocate(&(aligned_request){size, alignment, offset}, HMI_LIBRARY_BLOCKS, HMI_RETURN_ADDRESS());
}

void *__cdecl hmi_crt_aligned_malloc(size_t size, size_t alignment)
{
    return allocate(&(aligned_request){size, alignment, 0}, HOSTMEM_CORECLR_BLOCKS, HMI_RETURN_ADDRESS());
}

void *__cdecl hmi_crt_invoked_aligned_malloc(size_t size, size_t alignment)
{
    return allocate(&(aligned_request){size, alignment, 0}, HOSTMEM_CORECLR_INVOKED, HMI_RETURN_ADDRESS());
}

void *__cdecl hmi_crt_library_aligned_malloc(size_t size, size_t alignment)
{
    return allocate(&(aligned_request){size, alignment, 0}, HMI_LIBRARY_BLOCKS, HMI_RETURN_ADDRESS());
}

void *__cdecl hmi_crt_aligned_offset_realloc(void *aligned, size_t size, size_t alignment, size_t offset)
{
    return reallocate(aligned, &(aligned_request){size, alignment, offset}, HOSTMEM_CORECLR_BLOCKS,
                      HMI_RETURN_ADDRESS());
}

void *__cdecl hmi_crt_invoked_aligned_offset_realloc(void *aligned, size_t size, size_t alignment, size_t offset)
{
    return reallocate(aligned, &(aligned_request){size, alignment, offset}, HOSTMEM_CORECLR_INVOKED,
                      HMI_RETURN_ADDRESS());
}

void *__cdecl hmi_crt_library_aligned_offset_realloc(void *aligned, size_t size, size_t alignment, size_t offset)
{
    return reallocate(aligned, &(aligned_request){size, alignment, offset}, HMI_LIBRARY_BLOCKS, HMI_RETURN_ADDRESS());
}

void *__cdecl hmi_crt_aligned_realloc(void *aligned, size_t size, size_t alignment)
{
    return reallocate(aligned, &(aligned_request){size, alignment, 0}, HOSTMEM_CORECLR_BLOCKS, HMI_RETURN_ADDRESS());
}

void *__cdecl hmi_crt_invoked_aligned_realloc(void *aligned, size_t size, size_t alignment)
{
    return reallocate(aligned, &(aligned_request){size, alignment, 0}, HOSTMEM_CORECLR_INVOKED, HMI_RETURN_ADDRESS());
}

void *__cdecl hmi_crt_library_aligned_realloc(void *aligned, size_t size, size_t alignment)
{
    return reallocate(aligned, &(aligned_request){size, alignment, 0}, HMI_LIBRARY_BLOCKS, HMI_RETURN_ADDRESS());
}

void *__cdecl hmi_crt_aligned_offset_recalloc(void *aligned, size_t count, size_t size, size_t alignment, size_t offset)
{
    return reallocate_cleared(aligned, count, size, alignment, offset, HOSTMEM_CORECLR_BLOCKS, HMI_RETURN_ADDRESS());
}

void *__cdecl hmi_crt_invoked_aligned_offset_recalloc(void *aligned, size_t count, size_t size, size_t alignment,
                                                      size_t offset)
{
    return reallocate_cleared(aligned, count, size, alignment, offset, HOSTMEM_CORECLR_INVOKED, HMI_RETURN_ADDRESS());
}

void *__cdecl hmi_crt_library_aligned_offset_recalloc(void *aligned, size_t count, size_t size, size_t alignment,
                                                      size_t offset)
{
    return reallocate_cleared(aligned, count, size, alignment, offset, HMI_LIBRARY_BLOCKS, HMI_RETURN_ADDRESS());
}

void *__cdecl hmi_crt_aligned_recalloc(void *aligned, size_t count, size_t size, size_t alignment)
{
    return reallocate_cleared(aligned, count, size, alignment, 0, HOSTMEM_CORECLR_BLOCKS, HMI_RETURN_ADDRESS());
}

void *__cdecl hmi_crt_invoked_aligned_recalloc(void *aligned, size_t count, size_t size, size_t alignment)
{
    return reallocate_cleared(aligned, count, size, alignment, 0, HOSTMEM_CORECLR_INVOKED, HMI_RETURN_ADDRESS());
}

void *__cdecl hmi_crt_library_aligned_recalloc(void *aligned, size_t count, size_t size, size_t alignment)
{
    return reallocate_cleared(aligned, count, size, alignment, 0, HMI_LIBRARY_BLOCKS, HMI_RETURN_ADDRESS());
}

size_t __cdecl hmi_crt_aligned_msize(void *aligned, size_t alignment, size_t offset)
{
    const aligned_request as = {SIZE_MAX, alignment, offset};
    SIZE_T size;
    if (!aligned || !is_valid(&as) || !block_around(aligned, &size))
        return hmi_coreclr_now.crt.aligned_msize(aligned, alignment, offset);
    return size - overhead(&as);
}
