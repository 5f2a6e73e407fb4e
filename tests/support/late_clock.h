/* Moves a simulated system's clock while the test's own thread waits in the library, and sees that the wait lasts just
 * as long as it should. */
#ifndef HOSTMEM_TESTS_LATE_CLOCK_H
#define HOSTMEM_TESTS_LATE_CLOCK_H

#include "sim_os.h"
#include "sim_thread.h"

typedef struct late_clock {
    sim_os *sim;
    BOOL joins;   /* the wait is for a thread's end, not for an event */
    UINT32 count; /* of threads that wait in that way, the test's own among them */
    UINT64 wait_ms;
    BOOL held;
    sim_thread *thread;
} late_clock;

/* When as many wait, the clock moves to a millisecond before the end of the wait, and then to its end. */
void late_clock_start(late_clock *clock, sim_os *sim, BOOL joins, UINT32 count, UINT64 wait_ms);
/* After the wait. Whether it was there, and still there a millisecond before its end. */
BOOL late_clock_stop(late_clock *clock);

#endif
