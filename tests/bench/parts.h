/* The parts of the benchmark, each of which adds its rows to bench->results. */
#ifndef HOSTMEM_BENCH_PARTS_H
#define HOSTMEM_BENCH_PARTS_H

#include "contest.h"

/* Every operation compared with raw Win32, on 1, 2 and 4 threads, in every configuration. only: NULL, or a text
 * that the names of the wanted operations contain. */
void compare_with_raw(bench *bench, const char *only);

/* What the library itself costs, over the empty OS, and how that scales to two threads. */
void measure_own_cost(bench *bench, const char *only);

/* ---- The following are over the empty OS, too ---- */

/* Few live regions compared with very many, and calls on many instances in turn compared with calls on one. */
void measure_growth(bench *bench);

/* Commits from 4 KiB to 4 GiB. */
void measure_commit_sizes(bench *bench);

/* The library's own memory, and the memory that it manages. */
void measure_metadata(bench *bench);

#endif
