/* An episode: a list of operations on new twins, which are empty at its start and end. */
#ifndef HOSTMEM_TESTS_FUZZ_EPISODE_H
#define HOSTMEM_TESTS_FUZZ_EPISODE_H

#include "twin.h"

/* How many operations of each kind had an effect, so that a run can show that it has tested something. */
typedef struct episode_counts {
    UINT64 done[FUZZ_KINDS];
    UINT64 succeeded[FUZZ_KINDS];
    UINT64 by_rule;
} episode_counts;

/* Runs the operations. Everything is compared after every compare_every of them, and at the end. counts: may be
 * NULL. Returns how many had been run when a difference was found, 0 if none was; t->message describes it. */
SIZE_T episode_run(twin *t, fuzz_world *world, const UINT8 *bytes, SIZE_T count, SIZE_T compare_every,
                   episode_counts *counts);

/* After a failure: reduces the operations, prints them with the results of both sides, and how to repeat them with
 * the program. Returns how many are left. */
SIZE_T episode_explain(twin *t, fuzz_world *world, UINT8 *bytes, SIZE_T count, const char *program);

#endif
