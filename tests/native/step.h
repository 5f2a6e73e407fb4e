/* Forced in front of the library's sources (-include) for the sweep in test_stops.c: each atomic operation of theirs is
 * a numbered point, at which step.c may stop the thread for a while or for good. The calls of the operating system are
 * points, too (step_os.c). Threads are step.c's, so what tells one from the other is, too. */
#ifndef HOSTMEM_TESTS_STEP_H
#define HOSTMEM_TESTS_STEP_H

#include <errno.h>

#include "step_thread.h"

/* A point that the running thread stops at, or that is recorded. */
void step_reached(const char *name, const char *file, int line);

/* Comes before what is named. Inline, because billions are passed. */
static inline void step_point(const char *name, const char *file, int line)
{
    if (++step_running->points == step_running->stop_at || step_is_recording)
        step_reached(name, file, line);
}

/* An address that only the running thread has; there is nothing at it. */
int *step_errno(void);

#undef errno
#define errno (*step_errno())

#define HOOK_BEFORE(name) step_point(name, __FILE__, __LINE__)
#define HOOK_FAILS(name) (step_point(name, __FILE__, __LINE__), false)
#include "atomic_hooks.h"

#endif
