/* Somebody who calls everything: each method of the manager and of a heap, and what a host calls beside, over and over,
 * with memory of his own, and says at every instant inside of which call he is. For tests that stop or end threads in
 * the middle of calls; nothing here waits, locks or asserts. One thread at a time has a caller. */
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
    CALLER_MALLOC_LAST_RELEASE, /* the heap goes */
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
    UINT64 limit;             /* that set_limit sets */
    SIZE_T wish_bytes;        /* what a request that waits asks for */
    bool may_be_shut_down;    /* the instance, meanwhile */
    _Atomic UINT32 favourite; /* a caller_call that the thread makes more often than others; so that it is met there */
    atomic_bool stop;
    _Atomic UINT32 inside; /* a caller_call */
    _Atomic UINT32 done[CALLER_CALLS];
    _Atomic(const char *) fault; /* the first call that went wrong */
    _Atomic UINT32 fault_result;
    atomic_bool fault_in_new_heap; /* while there was one that is made and dropped */
    counting_callback callback;
    /* What it has. Written when the call that gave it has ended, or before the one that takes it back begins. */
    char *region;
    void *block, *debug_block;
    IHostMalloc *own_heap;
} caller;

/* shared: references are borrowed. */
void caller_init(caller *self, hostmem *instance, IHostMemoryManager *manager, IHostMalloc *heap);

/* Every call but CALLER_WAITING; nothing is left over. */
void caller_round(caller *self);
/* A request that waits, and gives back what it got. */
void caller_wait(caller *self);

/* For threads: rounds, or waiting requests, until stop is set; none any more after a fault. context is the caller. */
void caller_go_round(void *context);
void caller_go_waiting(void *context);

/* How many calls have ended. */
UINT32 caller_total(const caller *self);

/* The parts of a round, for tests that may only make some of the calls at a time. caller_take gets a region, committed,
 * and two blocks; caller_ask changes nothing; caller_give_back frees what caller_take got. */
void caller_take(caller *self);
void caller_ask(caller *self);
void caller_give_back(caller *self);

/* Gives back what a thread that was ended had, as far as it can be. False: a free had a result that it may not have. */
bool caller_bury(caller *self);

#endif
