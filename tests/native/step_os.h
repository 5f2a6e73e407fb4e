/* The operating system under the sweep in test_stops.c: each of its functions is a point (step_thread.h), and does
 * what it does in one step. It has one thread at work at a time, a clock that moves only while somebody waits, and all
 * of its memory in one place, so that it can be put back to what it was. Of Windows' rules it has those that the
 * library depends on; sim_os has the others. */
#ifndef HOSTMEM_TESTS_STEP_OS_H
#define HOSTMEM_TESTS_STEP_OS_H

#include "os/os.h"
#include "step_thread.h"

#define STEP_PAGE ((SIZE_T)4096)
#define STEP_GRANULE ((SIZE_T)65536)

/* Everything that there was is gone. */
void step_os_reset(void);
hostmem_os *step_os_functions(void);

/* Takes note of all memory, and puts it back as often as wanted. No thread of the library's has begun by then; those
 * that have begun since are forgotten. */
void step_os_save(void);
void step_os_restore(void);

/* Lets the library's threads run until each of them waits for what has not come. */
void step_os_settle(void);
/* Moves the clock, and lets those run whose time has come. */
void step_os_advance(UINT64 ms);
/* Runs the victim until it stops, ends or waits; while it waits for the end of a thread of the library's, or just for
 * time to pass, answers that. answer, if not NULL, is called once, when the victim waits for an event first. */
step_state step_os_run_victim(void (*answer)(void *context), void *context);

/* The next thread that the victim starts fails to. */
void step_os_refuse_thread(BOOL refused);
/* HMI_SIGNAL_ bits that are raised from now on. */
void step_os_set_signals(UINT32 signals);
/* Whether somebody listens to Event Tracing for Windows. */
void step_os_listen_to_etw(BOOL wanted);

typedef struct step_os_totals {
    UINT64 reserved_bytes;
    UINT64 committed_bytes;
    UINT64 executable_bytes;
    UINT64 heap_blocks; /* number */
    UINT64 heap_bytes;  /* as asked for */
    UINT64 objects;     /* number, events included */
    UINT64 tables;      /* number */
    UINT64 etw_events;  /* number */
    UINT64 modules;     /* number of times that it is held */
} step_os_totals;

step_os_totals step_os_total(void);

#endif
