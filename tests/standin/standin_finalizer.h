/* The runtime's finalizer thread. As in a CLR, it answers a low-memory notification: managed threads, which do so at
 * their safe points, may all be waiting for memory. */
#ifndef STANDIN_FINALIZER_H
#define STANDIN_FINALIZER_H

#include "standin_gc.h"

typedef struct standin_finalizer {
    standin_gc *gc;
    HANDLE thread;
    volatile LONG stop;
} standin_finalizer;

/* FALSE: there is no thread to be had. */
BOOL standin_finalizer_start(standin_finalizer *finalizer, standin_gc *gc);
void standin_finalizer_stop(standin_finalizer *finalizer);

#endif
