/* Alternation: every entrant runs a batch of the same operation in every round, in a new random order each time, so
 * that other load on the machine affects all of them alike. */
#ifndef HOSTMEM_BENCH_CONTEST_H
#define HOSTMEM_BENCH_CONTEST_H

#include "results.h"
#include "side.h"

typedef struct bench {
    team *team;
    results *results;
    UINT32 rounds;
    double batch_ns; /* how long a batch of the first entrant should take */
    BOOL quick;      /* only to check that everything runs */
    uint32_t random;
    UINT32 failures; /* failed calls */
} bench;

#define CONTEST_ENTRANTS 12u

typedef struct entrant {
    side *side;
    UINT32 threads;
} entrant;

/* Runs bench->rounds rounds. ns[i * rounds + r] is the time of one operation of entrant i in round r, as each of
 * its threads saw it; the caller frees the array. The first entrant's time determines how long batches are. */
double *contest_run(bench *bench, const operation *what, BOOL shared, const entrant *entrants, UINT32 count);

/* Quartiles of the ratios of two entrants' times, round by round, and of one entrant's times. */
quartiles contest_ratio(const bench *bench, const double *ns, UINT32 entrant, UINT32 by);
quartiles contest_time(const bench *bench, const double *ns, UINT32 entrant);

/* Prints on stderr what is being measured. */
void bench_progress(const char *part, const char *operation, UINT32 threads, const char *variant);

#endif
