/* The runtime's finalizer thread. As in a CLR, it responds to a low-memory notification: managed threads, which
 * respond at their safe points, may all be waiting for memory. */
#ifndef STANDIN_FINALIZER_H
#define STANDIN_FINALIZER_H

#include "standin_gc.h"

typedef struct standin_finalizer {
    standin_gc *gc;
    HANDLE thread;
    volatile LONG stop;
} standin_finalizer;

/* FALSE: the thread could not be created. */
BOOL standin_finalizer_start(standin_finalizer *finalizer, standin_gc *gc);
void standin_finalizer_stop(standin_finalizer *finalizer);

#endif
