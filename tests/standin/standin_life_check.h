/* Assertions about a complete run of a runtime. */
#ifndef STANDIN_LIFE_CHECK_H
#define STANDIN_LIFE_CHECK_H

#include "standin_life.h"

/* Prints violations, if there are any. */
void assert_no_violations(const standin_life *life);

/* Compares what is held, without peaks and counters. */
void assert_held_equal(const hostmem_stats *now, const hostmem_stats *then);

/* What must hold after every run in which the manager kept the contract. */
void assert_orderly(const standin_life *life);

#endif
