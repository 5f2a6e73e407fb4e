/* A garbage-collected heap of tree nodes, shared by several threads, in segments allocated through the manager.
 *
 * Threads take nodes from chunks of their own; filling a new chunk is a safe point. A collection stops every thread
 * at its safe point, marks from their roots, compacts towards the front and frees the rest. It does not need to
 * stop a thread that is away: in a call to the manager, which may take long. The heap collects before it grows:
 * when twice the live nodes are in use, or earlier if the manager refuses memory, reports that memory is low, or
 * reports a high load. */
#ifndef STANDIN_GC_H
#define STANDIN_GC_H

#include "standin_segment.h"

typedef struct standin_node {
    UINT_PTR header; /* the address of its method table; the collector uses the low bits */
    struct standin_node *left;
    struct standin_node *right;
    UINT_PTR item;
} standin_node;

enum { STANDIN_GC_SEGMENTS = 64, STANDIN_GC_ROOTS = 64 };

typedef struct standin_mutator standin_mutator;

typedef struct standin_gc {
    standin_check *check;
    UINT_PTR method_table;
    SIZE_T segment_size;

    /* Guarded by lock. Slots are nodes, numbered across all segments. */
    CRITICAL_SECTION lock;
    CONDITION_VARIABLE changed; /* collecting, running or growing */
    standin_segment segments[STANDIN_GC_SEGMENTS];
    UINT32 segment_count;
    SIZE_T used_slots;
    SIZE_T clean_from_slot; /* from here on committed memory has never been used, so it is zero */
    SIZE_T budget_slots;    /* collect when so many are in use */
    standin_mutator *mutators;
    UINT32 running; /* mutators that a collection has to stop */
    BOOL collecting;
    BOOL growing; /* a thread is requesting more, without the lock */

    /* Set by any thread, at any time. */
    volatile LONG interrupt;   /* a mutator should check the following, and whether to collect */
    volatile LONG low_pending; /* collect at the next safe point */
    HANDLE low;                /* an event, set when low_pending is */
    volatile LONG low_memory;  /* the last notification was Low: every collection frees all it can */

    volatile LONG collections, collections_by_low, collections_by_refusal, eager_collections;
} standin_gc;

/* A thread that uses the heap. Its roots are a stack of references, like a program's local variables. */
struct standin_mutator {
    standin_gc *gc;
    standin_mutator *next;
    EMemoryCriticalLevel level; /* of the thread's requests at the moment */
    standin_node *chunk, *chunk_next, *chunk_end;
    standin_node *roots[STANDIN_GC_ROOTS];
    UINT32 root_count;
};

/* Reserves the first segment and commits a little of it, which stays committed until the heap is closed.
 * method_table: any address; every live node must contain it. */
HRESULT standin_gc_open(standin_gc *gc, standin_check *check, const void *method_table, EMemoryCriticalLevel level);
void standin_gc_close(standin_gc *gc);

void standin_gc_attach(standin_gc *gc, standin_mutator *mutator);
void standin_gc_detach(standin_mutator *mutator);

/* Returns a zeroed node. A collection may free everything that is not reachable from a root, and move the rest.
 * NULL: the manager refused memory and a collection did not help. */
standin_node *standin_gc_new(standin_mutator *mutator);

/* Takes part in a collection, or starts one, if necessary. */
void standin_gc_safe_point(standin_mutator *mutator);

/* Between these two calls a thread is away: it touches no node, and collections do not wait for it. */
void standin_gc_leave(standin_mutator *mutator);
void standin_gc_come_back(standin_mutator *mutator);

/* Collects, because another request was refused memory, and frees all it can. */
void standin_gc_collect_for_refusal(standin_mutator *mutator);

/* Resets the heap to its state after opening. No thread may be attached. */
void standin_gc_clear(standin_gc *gc);

/* May be called at any time, from any thread, even inside of the manager: they do not block. */
void standin_gc_notify_low(standin_gc *gc);
void standin_gc_notify_enough(standin_gc *gc);

#endif
