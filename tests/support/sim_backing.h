/* The real memory and locks under the simulated operating system: mmap and pthreads, or Win32. Keeps <windows.h>
 * and the POSIX headers apart, so it uses size_t and does not know the rules that sim_os enforces. Failures that a
 * test cannot cause through sim_os end the process with a message. */
#ifndef HOSTMEM_TESTS_SIM_BACKING_H
#define HOSTMEM_TESTS_SIM_BACKING_H

#include <stddef.h>

/* How a program may access pages. */
typedef enum sim_access { SIM_ACCESS_NONE, SIM_ACCESS_READ, SIM_ACCESS_WRITE } sim_access;

/* Address space that faults when touched; NULL if there is none. Sizes and addresses are whole pages. */
void *sim_backing_reserve(size_t size, size_t alignment);
void sim_backing_release(void *address, size_t size);

/* Gives pages memory, which reads as zero; pages that have memory keep their content. */
void sim_backing_commit(void *address, size_t size, sim_access access);
/* Changes the access to committed pages. */
void sim_backing_protect(void *address, size_t size, sim_access access);
/* Takes the memory from pages, so that they fault from now on. */
void sim_backing_decommit(void *address, size_t size);

size_t sim_backing_page_size(void);

typedef struct sim_mutex sim_mutex;
sim_mutex *sim_mutex_create(void);
void sim_mutex_destroy(sim_mutex *mutex);
void sim_mutex_lock(sim_mutex *mutex);
void sim_mutex_unlock(sim_mutex *mutex);

/* Prints what went wrong and aborts: the library, or the test, made an invalid call. */
_Noreturn void sim_die(const char *what, const void *address);

#endif
