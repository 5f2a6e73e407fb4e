/* A managed thread: its state on the garbage-collected heap, its native memory, and the locks it holds, which
 * determine the critical level of its requests. Only the thread itself uses it. */
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

/* task is zeroed. number: 0 and up; every second thread works outside of the default domain. FALSE: out of memory;
 * close must still be called. */
BOOL standin_task_open(standin_task *task, standin_runtime *runtime, UINT32 number);
void standin_task_close(standin_task *task);

void standin_task_lock(standin_task *task);
void standin_task_unlock(standin_task *task);

/* One step of the runtime's other work: loads, compiles, maps, queries, guards its stack. FALSE: out of memory even
 * after a collection. */
BOOL standin_task_tick(standin_task *task);

/* A tree of 2^(depth+1)-1 nodes, or NULL if out of memory. */
standin_node *standin_task_build(standin_task *task, UINT32 depth);
/* Its number of nodes; a node that has changed is a violation. */
DWORD standin_task_count(standin_task *task, const standin_node *tree);

/* Roots: a reference that survives collections and is updated when its node moves. */
void standin_task_push(standin_task *task, standin_node *node);
standin_node *standin_task_top(const standin_task *task);
void standin_task_pop(standin_task *task);

#endif
