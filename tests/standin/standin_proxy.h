/* A memory manager between the stand-in and a real one. It passes everything on, records what a test wants to know,
 * refuses a request when told to, and breaks the contract in the one way that it is told to, to show that the
 * stand-in notices. Set the fields before the runtime gets the control. */
#ifndef STANDIN_PROXY_H
#define STANDIN_PROXY_H

#include "standin_clr.h"

typedef enum standin_fault {
    HONEST,
    CREATE_MALLOC_GIVES_NULL,
    PAGES_S_OK_AND_NULL,
    PAGES_REFUSED_UNWRITTEN,
    PAGES_REFUSED_WITH_POINTER,
    PAGES_S_FALSE,
    PAGES_UNDOCUMENTED,
    PAGES_LAST_ERROR_LOST,
    PAGES_NO_LAST_ERROR,
    PAGES_ELSEWHERE,
    PAGES_NOT_COMMITTED,
    PAGES_NOT_ZERO,
    PAGES_LOSE_CONTENT,
    PAGES_NO_WRITE_WATCH,
    PAGES_NOT_TAKEN_BACK,
    PAGES_NOT_DECOMMITTED,
    QUERY_UNWRITTEN,
    QUERY_OF_ELSEWHERE,
    PROTECT_UNWRITTEN,
    PROTECT_WRONG_OLD,
    LOAD_UNWRITTEN,
    LOAD_ABOVE_100,
    ACQUIRED_LAST_ERROR_LOST,
    BLOCK_S_OK_AND_NULL,
    BLOCK_OF_0_GIVES_NULL,
    BLOCK_MISALIGNED,
    BLOCK_SHARED,
    FREE_OF_NULL_REFUSED,
    NOTIFIES_INSIDE_A_CALL,
    FAULTS
} standin_fault;

typedef struct standin_proxy {
    IHostControl IHostControl_iface;
    IHostMemoryManager IHostMemoryManager_iface;
    IHostMalloc IHostMalloc_iface;
    IHostMemoryManager *inner;
    IHostMalloc *inner_malloc;
    void *shared_block;

    standin_fault fault;
    volatile LONG refuse_after;               /* refuse the request for memory that decrements this to 0; 0: none */
    volatile LONG refuse_all;                 /* refuse all from now on */
    volatile LONG levels[3];                  /* requests for memory, by critical level */
    volatile LONG references;                 /* on the three objects together */
    ICLRMemoryNotificationCallback *callback; /* registered by the runtime */
} standin_proxy;

/* Clears proxy and connects it to inner, which is borrowed. */
void standin_proxy_init(standin_proxy *proxy, IHostMemoryManager *inner);

#endif
