/* What tests of a runtime's whole life assert of it. */
#ifndef STANDIN_LIFE_CHECK_H
#define STANDIN_LIFE_CHECK_H

#include "standin_life.h"

/* Prints the violations, if there are any. */
void assert_no_violations(const standin_life *life);

/* What is held, apart from peaks and counts of events. */
void assert_held_equal(const hostmem_stats *now, const hostmem_stats *then);

/* What must be true of every life in which the manager kept the contract. */
void assert_orderly(const standin_life *life);

#endif
