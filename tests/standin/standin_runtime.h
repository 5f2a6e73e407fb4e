/* What a started runtime owns: the manager it got, its heaps, and structures with the same lifetime. Setting the
 * control, starting and ending are done by the host's thread; everything else may be used by any thread. */
#ifndef STANDIN_RUNTIME_H
#define STANDIN_RUNTIME_H

#include "standin_code.h"
#include "standin_finalizer.h"
#include "standin_gc.h"
#include "standin_notify.h"

enum { STANDIN_NATIVE_BLOCKS = 48 };

typedef struct standin_runtime {
    standin_check check;
    standin_gc gc;
    standin_finalizer finalizer;
    standin_notify notify;
    standin_code loader; /* method tables; nothing is added once the runtime has started */
    void *native[STANDIN_NATIVE_BLOCKS];
    BOOL started;
    volatile LONG tasks, tasks_out_of_memory;
} standin_runtime;

/* FALSE if the process lacks the resources for the stand-in itself. */
BOOL standin_runtime_init(standin_runtime *runtime);
void standin_runtime_free(standin_runtime *runtime);

/* Asks the control for its managers, the memory manager first, and prepares that one. Stops at the first failure. */
HRESULT standin_runtime_set_control(standin_runtime *runtime, IHostControl *control);

/* Creates the heaps. Every request is eProcessCritical. After a failure everything is freed. */
HRESULT standin_runtime_start(standin_runtime *runtime);

/* The end of the process: makes the last calls, and then frees everything. */
void standin_runtime_end(standin_runtime *runtime);

void standin_runtime_report(standin_runtime *runtime, standin_report *report);

#endif
