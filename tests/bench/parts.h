/* The parts of the benchmark, each of which adds its rows to bench->results. */
#ifndef HOSTMEM_BENCH_PARTS_H
#define HOSTMEM_BENCH_PARTS_H

#include "contest.h"

/* Every operation against raw Win32, on 1, 2 and 4 threads, in every configuration. only: NULL, or a part of the names
 * of the operations that are wanted. */
void compare_with_raw(bench *bench, const char *only);

/* What the library itself costs, over the empty OS, and how that goes with two threads. */
void measure_own_cost(bench *bench, const char *only);

/* The rest is over the empty OS, too. */

/* Few live regions against very many, and calls that go round many instances against calls on one. */
void measure_growth(bench *bench);

/* Commits from 4 KiB to 4 GiB. */
void measure_commit_sizes(bench *bench);

/* The library's own memory against what it manages. */
void measure_metadata(bench *bench);

#endif
