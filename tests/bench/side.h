/* A side of the comparison: raw Win32, the pass-through, or an instance of hostmem with some configuration. It owns
 * the regions and heaps that its workers use. Everything here ends the program with a message on failure. */
#ifndef HOSTMEM_BENCH_SIDE_H
#define HOSTMEM_BENCH_SIDE_H

#ifndef COBJMACROS
#define COBJMACROS
#endif
#include <hostmem/hostmem.h>

#include "build.h"
#include "listening_callback.h"
#include "team.h"

/* How many regions of a kind each worker has, used in turn: the kernel's cost for a page depends on where the page
 * is in its tree of mappings. */
#define BENCH_PLACES (sizeof(void *) == 8 ? 8u : 2u)

typedef enum side_make { SIDE_RAW, SIDE_PASSTHROUGH, SIDE_HOSTMEM } side_make;

typedef struct side_plan {
    const char *name;
    side_make make;
    UINT32 flags;                    /* of hostmem_config */
    BOOL limited;                    /* with a limit that is never reached */
    BOOL notified;                   /* with a notification callback registered */
    BOOL traced;                     /* with a trace running, whose data is discarded */
    BOOL pages_only;                 /* not used for heap operations */
    BOOL judged;                     /* the goals are for this side: */
    double heap_goal, heap_goal_two; /* 0: those of the operation */
    const bench_build *build;        /* whose instance it is; NULL: of the library that is linked in */
} side_plan;

typedef struct side {
    const side_plan *plan;
    hostmem *instance;
    IHostMemoryManager *manager; /* NULL: raw */
    listening_callback callback;
    IHostMalloc *mallocs[1 + 2 * BENCH_THREADS]; /* the shared one, each worker's own, each worker's for a single
                                                  * thread */
    HANDLE heaps[1 + 2 * BENCH_THREADS];         /* the same of the raw side */
    char *space[BENCH_THREADS][BENCH_PLACES], *committed[BENCH_THREADS][BENCH_PLACES];
    UINT32 turn;      /* index of the next region */
    char *neighbours; /* shared regions: two granules for each worker */
    worker workers[BENCH_THREADS];
    SIZE_T sizes[BENCH_SIZES];
} side;

/* os: NULL, or the operating system for an instance of hostmem. queried: see worker. */
side *side_open(const side_plan *plan, struct hostmem_os *os, char *queried);
void side_close(side *self);

/* Prepares the workers for a batch of an operation, with their next region. shared: all on one heap; for pages: on
 * adjacent regions of one granule each (only with an os of one's own, and not for operations that fill their
 * space). */
void side_arrange(side *self, const operation *what, BOOL shared);

/* Decommits what a batch of an operation that fills its space has committed, for so many workers. */
void side_tidy(side *self, UINT32 threads);

#endif
