/* What a started runtime owns: the manager it was given, its heaps, and the structures that live as long as it does.
 * Setting the control, starting and ending are the host thread's; everything else may be used by any thread. */
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

/* FALSE when the process is out of what the stand-in needs for itself. */
BOOL standin_runtime_init(standin_runtime *runtime);
void standin_runtime_free(standin_runtime *runtime);

/* Asks the control for its managers, the memory manager first, and readies that. The first failure ends it. */
HRESULT standin_runtime_set_control(standin_runtime *runtime, IHostControl *control);

/* Builds the heaps. Every request is eProcessCritical. What a failure leaves is given back. */
HRESULT standin_runtime_start(standin_runtime *runtime);

/* The end of the process: the calls that come last, and then everything is given back. */
void standin_runtime_end(standin_runtime *runtime);

void standin_runtime_report(standin_runtime *runtime, standin_report *report);

#endif
