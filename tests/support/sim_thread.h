/* Real threads, gates and time under the simulated operating system: pthreads, or Win32. Keeps <windows.h> and the
 * POSIX headers apart, as sim_backing.h does. A failure that a test cannot cause ends the process with a message. */
#ifndef HOSTMEM_TESTS_SIM_THREAD_H
#define HOSTMEM_TESTS_SIM_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#define SIM_NO_TIMEOUT 0xffffffffu
/* How long tests wait for something that must happen. Long enough for a slow machine: what has not happened then is
 * taken for a hang. */
#define SIM_PATIENCE_MS 240000u

/* Initially closed. Opening it lets one thread pass, now or later; opening it again before that has no effect. */
typedef struct sim_gate sim_gate;
sim_gate *sim_gate_create(void);
/* No thread may be in sim_gate_open or sim_gate_pass any more. */
void sim_gate_destroy(sim_gate *gate);
void sim_gate_open(sim_gate *gate);
/* False: timeout_ms of real time passed before the gate opened. */
bool sim_gate_pass(sim_gate *gate, uint32_t timeout_ms);

typedef struct sim_thread sim_thread;
/* NULL: the system cannot start another thread. */
sim_thread *sim_thread_start(void (*entry)(void *context), void *context);
/* Exactly one of the two must be called once; the handle is invalid then. */
void sim_thread_join(sim_thread *thread);
void sim_thread_detach(sim_thread *thread);

/* Every thread of the process executes a memory barrier before this returns. */
void sim_thread_flush_write_buffers(void);
/* Lets other threads run. */
void sim_thread_yield(void);
/* The calling thread's: not 0, and different from every other thread's. */
uint32_t sim_thread_id(void);
/* Real time since an arbitrary moment. */
uint64_t sim_real_ms(void);

#endif
