/* Threads that are suspended or ended from outside, at whatever instruction they have reached: by SuspendThread and
 * TerminateThread, or by signals. Whatever a victim has locked stays locked. Keeps <windows.h> and the POSIX
 * headers apart, as sim_thread.h does. A failure that a test cannot cause ends the process with a message. */
#ifndef HOSTMEM_TESTS_VICTIM_H
#define HOSTMEM_TESTS_VICTIM_H

typedef struct victim victim;

/* entry may return when it is told to in some way of its own; then call victim_join. */
victim *victim_start(void (*entry)(void *context), void *context);

/* Optional, before victim_suspend. To suspend several victims, call this for all of them first: a victim without a
 * processor stops as soon as it gets one, and would otherwise have to wait for others that keep running. */
void victim_stop(victim *self);
/* When victim_suspend returns the thread has stopped. Precondition of victim_resume: it is suspended. */
void victim_suspend(victim *self);
void victim_resume(victim *self);

/* Yields the processor to other threads for about so long. */
void victim_let_run(unsigned microseconds);

/* Exactly one of the two must be called once, and frees the victim: victim_terminate ends the thread where it is,
 * suspended or not. */
void victim_terminate(victim *self);
void victim_join(victim *self);

#endif
