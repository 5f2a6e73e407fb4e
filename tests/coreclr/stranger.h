/* A memory manager of somebody else's: it does what it is asked with the C library and, on Windows, with Win32, takes note
 * of how it was asked, and can be told to refuse. It knows none of hostmem's own interfaces. One thread. */
#ifndef HOSTMEM_TESTS_STRANGER_H
#define HOSTMEM_TESTS_STRANGER_H

#include <stdbool.h>

#include <hostmem/interfaces.h>

typedef struct stranger {
    IHostMemoryManager manager;
    IHostMalloc heap; /* the only one: CreateMalloc always gives it */
    LONG references;  /* of the manager; 1 after init */
    LONG heap_references;
    LONG blocks;                /* that were not freed */
    SIZE_T block_bytes;         /* asked for by the last Alloc */
    EMemoryCriticalLevel level; /* of the last request */
    LONG calls;                 /* of the methods that ask for memory */
    DWORD malloc_type;          /* of the last CreateMalloc */
    HRESULT refuse;             /* S_OK: it does not */
    DWORD refuse_error;         /* the last error that it leaves then; 0: it leaves none, as the interfaces allow */
    HRESULT released;           /* what AcquiredVirtualAddressSpace returns */
    LONG views;                 /* announced and not withdrawn */
    void *view;                 /* the last that was announced */
    SIZE_T view_bytes;
    HRESULT needs;      /* what NeedsVirtualAddressSpace returns */
    LONG needs_calls;   /* of it */
    bool spoils_errors; /* whether it leaves a last error after success, too */
    ICLRMemoryNotificationCallback *callback;
} stranger;

void stranger_init(stranger *self);

#endif
