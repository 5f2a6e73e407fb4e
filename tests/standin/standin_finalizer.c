/* The finalizer thread. See standin_finalizer.h. */
#include "standin_finalizer.h"

#include <string.h>

static DWORD WINAPI run_finalizer(void *argument)
{
    standin_finalizer *self = argument;
    standin_mutator mutator;

    for (;;) {
        WaitForSingleObject(self->gc->low, INFINITE);
        if (self->stop)
            return 0;
        memset(&mutator, 0, sizeof(mutator));
        standin_gc_attach(self->gc, &mutator);
        standin_gc_safe_point(&mutator);
        standin_gc_detach(&mutator);
    }
}

BOOL standin_finalizer_start(standin_finalizer *finalizer, standin_gc *gc)
{
    finalizer->gc = gc;
    finalizer->stop = FALSE;
    finalizer->thread = CreateThread(NULL, 0, run_finalizer, finalizer, 0, NULL);
    return finalizer->thread != NULL;
}

void standin_finalizer_stop(standin_finalizer *finalizer)
{
    InterlockedExchange(&finalizer->stop, TRUE);
    SetEvent(finalizer->gc->low);
    WaitForSingleObject(finalizer->thread, INFINITE);
    CloseHandle(finalizer->thread);
}
