/* Makes every call in a loop: each method of the manager and of a heap, and the host's functions, with memory of
 * its own. It records which call it is in. For tests that suspend or end threads in the middle of calls; nothing
 * here waits, locks or asserts. A caller is used by one thread at a time. */
#ifndef HOSTMEM_TESTS_CALLER_H
#define HOSTMEM_TESTS_CALLER_H

#include <stdatomic.h>
#include <stdbool.h>

#include "com_doubles.h"

#include <hostmem/hostmem.h>

typedef enum caller_call {
    CALLER_QUERY_INTERFACE,
    CALLER_ADD_REF,
    CALLER_RELEASE,
    CALLER_CREATE_MALLOC,
    CALLER_RESERVE,
    CALLER_COMMIT,
    CALLER_DECOMMIT,
    CALLER_RELEASE_PAGES,
    CALLER_VIRTUAL_QUERY,
    CALLER_PROTECT,
    CALLER_MEMORY_LOAD,
    CALLER_REGISTER_CALLBACK,
    CALLER_NEEDS_SPACE,
    CALLER_ACQUIRED_SPACE,
    CALLER_RELEASED_SPACE,
    CALLER_MALLOC_QUERY_INTERFACE,
    CALLER_MALLOC_ADD_REF,
    CALLER_MALLOC_RELEASE,
    CALLER_MALLOC_LAST_RELEASE, /* the heap is destroyed */
    CALLER_ALLOC,
    CALLER_DEBUG_ALLOC,
    CALLER_FREE,
    CALLER_GET_STATS,
    CALLER_SET_LIMIT,
    CALLER_WAITING, /* a request that waits for memory */
    CALLER_CALLS,
    CALLER_OUTSIDE = CALLER_CALLS
} caller_call;

extern const char *const caller_names[CALLER_CALLS];

#define CALLER_PAGE ((SIZE_T)4096)
#define CALLER_REGION_BYTES (16 * CALLER_PAGE)
#define CALLER_BLOCK_BYTES ((SIZE_T)200)
#define CALLER_VIEW_BYTES CALLER_PAGE

typedef struct caller {
    hostmem *instance;
    IHostMemoryManager *manager;
    IHostMalloc *heap;        /* may be shared */
    UINT64 limit;             /* the limit that set_limit sets */
    SIZE_T wish_bytes;        /* the size of a request that waits */
    bool may_be_shut_down;    /* the instance may be shut down meanwhile */
    _Atomic UINT32 favourite; /* a caller_call that the thread makes more often than others, so that more
                               * suspensions hit it */
    atomic_bool stop;
    _Atomic UINT32 inside; /* a caller_call: the one that is running */
    _Atomic UINT32 done[CALLER_CALLS];
    _Atomic(const char *) fault; /* the first call with a wrong result */
    _Atomic UINT32 fault_result;
    atomic_bool fault_in_new_heap; /* set while a heap is being created and destroyed */
    counting_callback callback;
    /* What it holds. Written after the call that allocated it has ended, or before the call that frees it begins. */
    char *region;
    void *block, *debug_block;
    IHostMalloc *own_heap;
} caller;

/* shared: references are borrowed from the caller of this function. */
void caller_init(caller *self, hostmem *instance, IHostMemoryManager *manager, IHostMalloc *heap);

/* Makes every call except CALLER_WAITING, and frees everything. */
void caller_round(caller *self);
/* Makes a request that waits, and frees what it got. */
void caller_wait(caller *self);

/* Entry functions of threads: they make rounds, or waiting requests, until stop is set or after a wrong result.
 * context is the caller. */
void caller_go_round(void *context);
void caller_go_waiting(void *context);

/* The number of calls that have ended. */
UINT32 caller_total(const caller *self);

/* The parts of a round, for tests that may make only some of the calls at a time. caller_take allocates a committed
 * region and two blocks; caller_ask changes nothing; caller_give_back frees what caller_take allocated. */
void caller_take(caller *self);
void caller_ask(caller *self);
void caller_give_back(caller *self);

/* Frees what a thread that was ended held, as far as possible. False: a free had a result that it may not have. */
bool caller_bury(caller *self);

#endif
