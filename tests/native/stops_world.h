/* What the sweep in test_stops.c happens in: a budget with two instances, the way that it is in, and two threads that
 * hold something of the first. Everything that the library has lies in step_os, which puts it back for each point. */
#ifndef HOSTMEM_TESTS_STOPS_WORLD_H
#define HOSTMEM_TESTS_STOPS_WORLD_H

#include <stdbool.h>

#include <hostmem/hostmem.h>

#include "com_doubles.h"
#include "step_os.h"

#define KIB ((UINT64)1 << 10)
#define MIB ((UINT64)1 << 20)

/* What hostmem.h lets a thread that stands still, or was ended, hold beside what its call is about. */
#define STOPS_HELD_BESIDES (128 * KIB)

#define STOPS_ADDRESS_RESERVE MIB

/* A state of affairs in which every call is made. Every zero is the plain case. */
typedef struct stops_way {
    const char *name;
    UINT64 limit;        /* of the budget; 0: none */
    UINT64 left;         /* of the limit, when the victim's call begins; 0: nearly all */
    SIZE_T bytes;        /* of large requests; 0: 64 KiB */
    UINT32 low_percent;  /* 0: 99 */
    UINT32 caching;      /* number of other threads that have quota in their caches */
    UINT32 wait_ms;      /* of eTaskCritical */
    bool answered;       /* when the victim waits first, somebody frees what it waits for */
    UINT32 flags;        /* of the first instance */
    UINT64 sample_bytes; /* of the first instance */
    bool trace;
    bool etw;
    bool callback;       /* one is registered */
    bool faults;         /* rules are in force that nothing matches */
    bool fresh;          /* no table has been used yet */
    bool same_slot;      /* both threads are led to the same slots */
    bool thread_refused; /* the first thread that the victim's call starts fails to */
    bool named;          /* a runtime is attached: memory is named, and the heap's blocks are a library's */
} stops_way;

typedef struct stops_world stops_world;

/* What a thread has. */
typedef struct stops_holder {
    stops_world *world;
    UINT32 id;
    uintptr_t key;
    counting_callback callback;
    char *region;
    SIZE_T region_bytes;
    SIZE_T committed;
    void *block;
    SIZE_T block_bytes;
    IHostMalloc *heap; /* of its own */
    IHostControl *control;
    hostmem_budget *budget;
    hostmem *instance;
    hostmem_baseline *baseline;
    IHostMemoryManager *manager; /* a reference */
    bool is_viewed;
    HRESULT hr; /* of the last call */
} stops_holder;

struct stops_world {
    const stops_way *way;
    const struct stops_call *call; /* the victim's */
    hostmem_budget *budget;
    hostmem *instance, *second;
    IHostMemoryManager *manager, *second_manager;
    IHostMalloc *heap;
    IHostControl *control;
    char *fill; /* of the second instance; stays to the end */
    SIZE_T fill_bytes;
    counting_callback callback;
    stops_holder victim, other;
    UINT64 used_before;  /* when the victim's call begins */
    UINT64 victim_takes; /* at most */
    UINT64 victim_frees; /* at most */
    UINT64 events;       /* that the other thread's calls must have left in the trace */
    UINT64 trace_bytes;  /* written */
};

struct stops_call;

/* Makes a world that is in a way when the victim begins a call, as stops_world_begin has it do. */
void stops_world_open(stops_world *world, const stops_way *way, const struct stops_call *call);

/* Takes everything apart. False: a thread of the library's is still there. */
bool stops_world_close(stops_world *world);

/* What cannot be put back, the library's threads, and what comes right before the call. Call it after
 * step_os_restore. */
void stops_world_begin(stops_world *world);

/* Lets the calling thread pass for a holder's. */
void stops_act_as(const stops_holder *holder);

/* How many bytes the holders have of the budget. */
UINT64 stops_held(const stops_holder *holder);

/* Of a request at eTaskCritical by the other thread, which has so much already: whether it must be admitted whatever
 * the victim does, and whether it must be refused. */
bool stops_has_room(const stops_world *world, UINT64 bytes);
bool stops_has_no_room(const stops_world *world, UINT64 bytes);
/* What the budget has in use, by its own account. */
UINT64 stops_used(const stops_world *world);

/* The largest request that must be admitted; 0: none. */
UINT64 stops_room(const stops_world *world);

/* Holds the figures of both instances against the system's, and says what is off by more than that; besides: what is in
 * use, of memory that counts against the limit. NULL: nothing is. */
const char *stops_check_figures(const stops_world *world, UINT64 bytes, UINT64 besides, UINT64 blocks);

/* A call of each kind, by a thread of that key and id: its tables are there then, and quota is cached in its slot. */
void stops_use(stops_world *world, uintptr_t key, UINT32 id);

/* How many points ordinary calls of the running thread are, at best. */
typedef struct stops_cost {
    UINT64 pages;  /* a page committed and released */
    UINT64 blocks; /* a block taken and freed */
} stops_cost;

stops_cost stops_measure(stops_world *world);

#endif
