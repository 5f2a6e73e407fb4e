/* Moves a simulated system's clock while the test's thread waits in the library, and checks that the wait lasts
 * exactly as long as it should. */
#ifndef HOSTMEM_TESTS_LATE_CLOCK_H
#define HOSTMEM_TESTS_LATE_CLOCK_H

#include "sim_os.h"
#include "sim_thread.h"

typedef struct late_clock {
    sim_os *sim;
    BOOL joins;   /* the thread waits for a thread's end, not for an event */
    UINT32 count; /* number of threads that wait in that way, including the test's own */
    UINT64 wait_ms;
    BOOL held;
    sim_thread *thread;
} late_clock;

/* When so many threads wait, the clock moves to a millisecond before the end of the wait, and then to its end. */
void late_clock_start(late_clock *clock, sim_os *sim, BOOL joins, UINT32 count, UINT64 wait_ms);
/* Called after the wait. Whether the thread waited, and still did a millisecond before the end. */
BOOL late_clock_stop(late_clock *clock);

#endif
