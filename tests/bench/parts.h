/* The parts of the benchmark, each of which adds its rows to bench->results. */
#ifndef HOSTMEM_BENCH_PARTS_H
#define HOSTMEM_BENCH_PARTS_H

#include "build.h"
#include "contest.h"

/* Every operation compared with raw Win32, on 1, 2 and 4 threads, in every configuration. only: NULL, or a text
 * that the names of the wanted operations contain. */
void compare_with_raw(bench *bench, const char *only);

/* The calls of a real program, from a trace, made by raw Win32, the pass-through and the library. False: the trace
 * cannot be read. */
bool replay_work(bench *bench, const char *path);

/* Writes a trace that has some calls of each kind, to test replay_work. False: it could not. */
bool record_work(const char *path);

/* A build of the library compared with another one, beside each other in this process: over the empty OS, and on the
 * real system. */
void compare_builds(bench *bench, const bench_build *new_build, const bench_build *old_build, const char *only);

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
