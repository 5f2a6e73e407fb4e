/* The alternation: everybody who takes part runs a batch of the same operation in every round, in a new random order
 * each time, so that whatever else the machine does meets all of them alike. */
#ifndef HOSTMEM_BENCH_CONTEST_H
#define HOSTMEM_BENCH_CONTEST_H

#include "results.h"
#include "side.h"

typedef struct bench {
    team *team;
    results *results;
    UINT32 rounds;
    double batch_ns; /* how long a batch of the first entrant is to take */
    BOOL quick;      /* only to see that everything runs */
    uint32_t random;
    UINT32 failures; /* calls that did not succeed */
} bench;

#define CONTEST_ENTRANTS 12u

typedef struct entrant {
    side *side;
    UINT32 threads;
} entrant;

/* Runs bench->rounds rounds. ns[i * rounds + r] is what one operation took entrant i in round r, as each of its threads
 * saw it; the caller frees it. The first entrant's time decides how long batches are. */
double *contest_run(bench *bench, const operation *what, BOOL shared, const entrant *entrants, UINT32 count);

/* Quartiles of the quotients of two entrants' times, round by round, and of one's times. */
quartiles contest_ratio(const bench *bench, const double *ns, UINT32 entrant, UINT32 by);
quartiles contest_time(const bench *bench, const double *ns, UINT32 entrant);

/* Says on stderr what is measured now. */
void bench_progress(const char *part, const char *operation, UINT32 threads, const char *variant);

#endif
