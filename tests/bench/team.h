/* Up to BENCH_THREADS threads that run a loop at the same time, each on its worker, starting together. The calling
 * thread is the first of them. */
#ifndef HOSTMEM_BENCH_TEAM_H
#define HOSTMEM_BENCH_TEAM_H

#include "operations.h"

#define BENCH_THREADS 4u

typedef struct team team;

/* Ends the program with a message if threads cannot be created. */
team *team_create(void);
void team_destroy(team *self);

/* Runs loop(workers[i], count) on so many threads. Returns the nanoseconds from the common start to the last one's
 * end; adds the number of failed calls to *failures. */
double team_run(team *self, operation_loop *loop, worker *const *workers, UINT32 threads, UINT32 count,
                UINT32 *failures);

#endif
