/* A way to get memory that takes part in the comparison: raw Win32, the pass-through, or an instance of hostmem with
 * some configuration. It owns the regions and heaps that its workers use. Everything here ends the program with a
 * message where it cannot do what is asked. */
#ifndef HOSTMEM_BENCH_SIDE_H
#define HOSTMEM_BENCH_SIDE_H

#ifndef COBJMACROS
#define COBJMACROS
#endif
#include <hostmem/hostmem.h>

#include "listening_callback.h"
#include "team.h"

/* How many regions of a kind each worker has, to be used in turn: what the kernel does for a page depends on where
 * among its records that page happens to be. */
#define BENCH_PLACES (sizeof(void *) == 8 ? 8u : 2u)

typedef enum side_make { SIDE_RAW, SIDE_PASSTHROUGH, SIDE_HOSTMEM } side_make;

typedef struct side_plan {
    const char *name;
    side_make make;
    UINT32 flags;                    /* of hostmem_config */
    BOOL limited;                    /* with a limit, too far away to be reached */
    BOOL notified;                   /* with a notification callback registered */
    BOOL traced;                     /* with a trace running, whose data goes nowhere */
    BOOL pages_only;                 /* takes no part in heap operations */
    BOOL judged;                     /* what it reaches is held against the goals: */
    double heap_goal, heap_goal_two; /* 0: those of the operation */
} side_plan;

typedef struct side {
    const side_plan *plan;
    hostmem *instance;
    IHostMemoryManager *manager; /* NULL: raw */
    listening_callback callback;
    IHostMalloc *mallocs[1 + 2 * BENCH_THREADS]; /* the shared one, each worker's own, each worker's unserialised */
    HANDLE heaps[1 + 2 * BENCH_THREADS];         /* the same of the raw side */
    char *space[BENCH_THREADS][BENCH_PLACES], *committed[BENCH_THREADS][BENCH_PLACES];
    UINT32 turn;      /* of the places */
    char *neighbours; /* what shared regions are: two granules for each worker */
    worker workers[BENCH_THREADS];
    SIZE_T sizes[BENCH_SIZES];
} side;

/* os: NULL, or what an instance of hostmem is to stand on. queried: see worker. */
side *side_open(const side_plan *plan, struct hostmem_os *os, char *queried);
void side_close(side *self);

/* Makes the workers ready for a batch of an operation, in the next place. shared: all on one heap; on pages: on regions
 * of one granule each, side by side (only with an os of one's own, and not for operations that fill their space). */
void side_arrange(side *self, const operation *what, BOOL shared);

/* Undoes what a batch of an operation that fills its space has left, for so many workers. */
void side_tidy(side *self, UINT32 threads);

#endif
