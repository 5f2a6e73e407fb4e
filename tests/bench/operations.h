/* What is measured: each operation as a loop of raw Win32 calls and as the same loop through an IHostMemoryManager.
 * A loop is run by one thread on a worker of its own and only makes the calls; whether they succeeded is checked
 * later. */
#ifndef HOSTMEM_BENCH_OPERATIONS_H
#define HOSTMEM_BENCH_OPERATIONS_H

#ifndef COBJMACROS
#define COBJMACROS
#endif
#include <hostmem/interfaces.h>

#include <stdint.h>

#define BENCH_PAGE ((SIZE_T)4096)
#define BENCH_GRANULE ((SIZE_T)65536)
#define BENCH_COMMITTED_PAGES 16u
#define BENCH_BLOCKS 100u
#define BENCH_SIZES 64u

/* What a thread works on. The raw loops use heap, the others manager and malloc. */
typedef struct worker {
    UINT32 index;
    IHostMemoryManager *manager;
    IHostMalloc *malloc;
    HANDLE heap;
    DWORD heap_options;  /* of each raw call */
    const SIZE_T *sizes; /* BENCH_SIZES sizes of blocks, used in turn */
    char *space;         /* a reservation with nothing committed at the start of a batch */
    UINT32 space_pages;
    char *committed; /* a reservation of BENCH_COMMITTED_PAGES, all committed read-write */
    char *queried;   /* an address to query, the same for all */
    void *blocks[BENCH_BLOCKS];
    uint32_t random;  /* state of stats_random; kept from batch to batch */
    const void *more; /* what the operations of some parts need in addition */
    char pad[64];     /* workers are adjacent; their cache lines must not be */
} worker;

/* Repeats the operation count times; returns the number of failed calls. */
typedef UINT32 operation_loop(worker *self, UINT32 count);

typedef enum operation_kind {
    OPERATION_PAGES, /* each thread on regions of its own */
    OPERATION_HEAP,  /* on thread-safe heaps: each thread on its own, or all on one */
    OPERATION_SINGLE /* one heap for each thread */
} operation_kind;

typedef struct operation {
    const char *name;
    operation_kind kind;
    operation_loop *raw;
    operation_loop *managed;
    SIZE_T block_size; /* of heap operations; 0: mixed */
    BOOL fills_space;  /* needs an uncommitted page of space each time: count is at most space_pages then */
    BOOL on_regions;   /* works on existing regions, which may be adjacent to other threads' */
    double goal;       /* maximum, with a limit and one thread, as a multiple of the raw call's time; 0: none */
    double goal_more;  /* the same: how much more than the pass-through's; 0: none */
    double goal_two;   /* the same, two threads on one heap */
} operation;

extern const operation pages_operations[];
extern const UINT32 pages_operation_count;
extern const operation heap_operations[];
extern const UINT32 heap_operation_count;

/* Fills sizes for an operation: all the same, or for 0 a mixture of mostly small ones. */
void operation_sizes(SIZE_T block_size, SIZE_T sizes[BENCH_SIZES]);

#endif
