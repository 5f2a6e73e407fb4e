/* A managed thread: its place on the garbage-collected heap, its native memory, and the locks it holds, which decide
 * at which critical level it asks for memory. Only the thread itself uses it. */
#ifndef STANDIN_TASK_H
#define STANDIN_TASK_H

#include "standin_blocks.h"
#include "standin_runtime.h"

typedef struct standin_task {
    standin_runtime *runtime;
    standin_mutator mutator;
    standin_blocks blocks;
    standin_code code;     /* dynamic methods */
    standin_segment large; /* a large object: an array of numbers */
    BOOL in_default_domain;
    UINT32 locks;
    UINT32 ticks;
} standin_task;

/* task is zeroed. number: 0 and up; every second thread works outside the default domain.
 * FALSE: out of memory; close still has to follow. */
BOOL standin_task_open(standin_task *task, standin_runtime *runtime, UINT32 number);
void standin_task_close(standin_task *task);

void standin_task_lock(standin_task *task);
void standin_task_unlock(standin_task *task);

/* One turn of what a runtime does beside running the program: loads, compiles, maps, queries, guards its stack.
 * FALSE: out of memory, though a collection was tried. */
BOOL standin_task_tick(standin_task *task);

/* A tree of 2^(depth+1)-1 nodes, or NULL when memory is out. */
standin_node *standin_task_build(standin_task *task, UINT32 depth);
/* Its number of nodes; one that is not as it was made is a violation. */
DWORD standin_task_count(standin_task *task, const standin_node *tree);

/* Roots: a reference that survives collections and follows its node when that moves. */
void standin_task_push(standin_task *task, standin_node *node);
standin_node *standin_task_top(const standin_task *task);
void standin_task_pop(standin_task *task);

#endif
