/* Threads that are stopped or ended from outside, at whatever instruction they have reached: by SuspendThread and
 * TerminateThread, or by signals. Whatever a victim has locked stays locked. Keeps <windows.h> and the POSIX headers
 * apart, as sim_thread.h does. A failure that a test cannot provoke ends the process with a message. */
#ifndef HOSTMEM_TESTS_VICTIM_H
#define HOSTMEM_TESTS_VICTIM_H

typedef struct victim victim;

/* entry may return when it is told to, by whatever it and its starter have agreed upon; victim_join then. */
victim *victim_start(void (*entry)(void *context), void *context);

/* May come before victim_suspend. Of several victims that are to stand, all are told first: one that has lost the processor
 * stops as soon as it has it again, and would otherwise have to wait for others that run on. */
void victim_stop(victim *self);
/* When victim_suspend returns the thread stands still. Precondition of victim_resume: it does. */
void victim_suspend(victim *self);
void victim_resume(victim *self);

/* Leaves the processor to others for about so long. */
void victim_let_run(unsigned microseconds);

/* One of the two must be called once, and frees the victim: the first ends the thread where it is, standing or not. */
void victim_terminate(victim *self);
void victim_join(victim *self);

#endif
