/* Real threads, gates and time under the simulated operating system: pthreads, or Win32. Keeps <windows.h> and the
 * POSIX headers apart, as sim_backing.h does. A failure that a test cannot provoke ends the process with a message. */
#ifndef HOSTMEM_TESTS_SIM_THREAD_H
#define HOSTMEM_TESTS_SIM_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#define SIM_NO_TIMEOUT 0xffffffffu
/* How long tests wait for what must come, on a machine however slow: what has not come then never will. */
#define SIM_PATIENCE_MS 240000u

/* Closed at first. Opening it lets one thread pass, now or later; opening it again before that changes nothing. */
typedef struct sim_gate sim_gate;
sim_gate *sim_gate_create(void);
/* Nobody may be in sim_gate_open or sim_gate_pass any more. */
void sim_gate_destroy(sim_gate *gate);
void sim_gate_open(sim_gate *gate);
/* False: the time, in real milliseconds, was over before the gate opened. */
bool sim_gate_pass(sim_gate *gate, uint32_t timeout_ms);

typedef struct sim_thread sim_thread;
/* NULL: the system has no more threads. */
sim_thread *sim_thread_start(void (*entry)(void *context), void *context);
/* One of the two must be called once, and ends the handle's life. */
void sim_thread_join(sim_thread *thread);
void sim_thread_detach(sim_thread *thread);

/* Lets others run. */
void sim_thread_yield(void);
/* Of the calling thread: not 0, and no other thread's. */
uint32_t sim_thread_id(void);
/* Real time from some moment on. */
uint64_t sim_real_ms(void);

#endif
