/* An internal interface of heaps for src/coreclr: realloc, HeapSize and similar functions need to know the size of a
 * block and whether a heap has it, which IHostMalloc does not tell, and say whom they allocate a block for. It begins
 * with the methods of IHostMalloc, and QueryInterface returns it for the identifier below. Other managers do not have
 * it. */
#ifndef HMI_COM_SIZED_MALLOC_H
#define HMI_COM_SIZED_MALLOC_H

#include <hostmem/interfaces.h>

extern const IID hmi_iid_sized_malloc;

typedef struct hmi_sized_malloc hmi_sized_malloc;

/* The methods of IHostMalloc come first, so that one object serves as both. */
typedef struct hmi_sized_malloc_vtbl {
    IHostMallocVtbl IHostMalloc_vtbl;

    /* Alloc, for a function of the library that was called in its place: if the block is sampled, its stack begins at
     * the address that this function returns to. */
    HRESULT(STDMETHODCALLTYPE *AllocFor)
    (hmi_sized_malloc *self, const void *caller, SIZE_T size, EMemoryCriticalLevel level, void **block);

    /* Free, for a block of this heap. S_FALSE: block is not (or no longer) one; then nothing is counted or reported,
     * and the last error is unchanged. */
    HRESULT(STDMETHODCALLTYPE *FreeOwn)(hmi_sized_malloc *self, void *block);

    /* The number of bytes that were requested for a block. S_FALSE: it is not a block of this heap, and *size is 0. */
    HRESULT(STDMETHODCALLTYPE *GetSize)(hmi_sized_malloc *self, const void *block, SIZE_T *size);

    /* S_OK: the heap has blocks that were not freed; S_FALSE: it has none. */
    HRESULT(STDMETHODCALLTYPE *HasBlocks)(hmi_sized_malloc *self);

    /* Says what the heap's blocks are for: HOSTMEM_KIND_BLOCKS and so on. Called before the first block. */
    void(STDMETHODCALLTYPE *SetKind)(hmi_sized_malloc *self, UINT32 kind);
} hmi_sized_malloc_vtbl;

struct hmi_sized_malloc {
    const hmi_sized_malloc_vtbl *vtbl;
};

#endif
