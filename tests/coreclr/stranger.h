/* A memory manager that is not hostmem's: it uses the C library and, on Windows, Win32, records its calls, and can
 * be told to refuse. It does not implement hostmem's own interfaces. Used by one thread. */
#ifndef HOSTMEM_TESTS_STRANGER_H
#define HOSTMEM_TESTS_STRANGER_H

#include <stdbool.h>

#include <hostmem/interfaces.h>

typedef struct stranger {
    IHostMemoryManager manager;
    IHostMalloc heap; /* the only one: CreateMalloc always returns it */
    LONG references;  /* of the manager; 1 after init */
    LONG heap_references;
    LONG blocks;                /* number not freed */
    SIZE_T block_bytes;         /* requested by the last Alloc */
    EMemoryCriticalLevel level; /* of the last request */
    LONG calls;                 /* of the methods that request memory */
    DWORD malloc_type;          /* of the last CreateMalloc */
    HRESULT refuse;             /* S_OK: nothing is refused */
    DWORD refuse_error;         /* the last error that it sets then; 0: none, which the interfaces allow */
    HRESULT released;           /* what AcquiredVirtualAddressSpace returns */
    LONG views;                 /* number announced and not released */
    void *view;                 /* the last one announced */
    SIZE_T view_bytes;
    HRESULT needs;      /* what NeedsVirtualAddressSpace returns */
    LONG needs_calls;   /* number of its calls */
    bool spoils_errors; /* whether it changes the last error after success, too */
    ICLRMemoryNotificationCallback *callback;
} stranger;

void stranger_init(stranger *self);

#endif
