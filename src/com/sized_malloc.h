/* An interface of the library's own beside IHostMalloc, for the adapter of modern runtimes: realloc, HeapSize and their
 * like have to know how large a block is and whose it is, which IHostMalloc tells nobody. It begins with the methods of
 * IHostMalloc, and QueryInterface gives it for the identifier below; other managers do not have it. */
#ifndef HMI_COM_SIZED_MALLOC_H
#define HMI_COM_SIZED_MALLOC_H

#include <hostmem/interfaces.h>

extern const IID hmi_iid_sized_malloc;

typedef struct hmi_sized_malloc hmi_sized_malloc;

/* In C the members of IHostMalloc's own table come first, so that one object serves as both. */
typedef struct hmi_sized_malloc_vtbl {
    IHostMallocVtbl IHostMalloc_vtbl;

    /* Free of a block of this heap. S_FALSE: block is none (any more); nothing is counted or reported, and the last error
     * is as before. */
    HRESULT(STDMETHODCALLTYPE *FreeOwn)(hmi_sized_malloc *self, void *block);

    /* How many bytes were asked for. S_FALSE: as above; *size is 0. */
    HRESULT(STDMETHODCALLTYPE *GetSize)(hmi_sized_malloc *self, const void *block, SIZE_T *size);

    /* S_OK: there are blocks that have not been freed; S_FALSE: there are none. */
    HRESULT(STDMETHODCALLTYPE *HasBlocks)(hmi_sized_malloc *self);
} hmi_sized_malloc_vtbl;

struct hmi_sized_malloc {
    const hmi_sized_malloc_vtbl *vtbl;
};

#endif
