/* The origins for the flame graph: those with most bytes, in the order of their call paths, so that the page can be
 * told only where each differs from the one before. */
#ifndef HOSTMEM_TRACE_REPORT_PATHS_H
#define HOSTMEM_TRACE_REPORT_PATHS_H

#include "report_origins.h"

#define REPORT_MAX_PATHS 4096u

typedef struct report_path {
    const report_origin *origin;
    double weight;   /* the sum of its shares of all bytes requested, of those live, and of the most that was live */
    uint32_t shared; /* number of frames, from the outermost on, that are also those of the path before */
} report_path;

typedef struct report_paths {
    report_path *paths; /* stacks by frames from the outermost on; what has no stack stands before them */
    uint32_t count;
    uint64_t *frames; /* of these paths, each once, in ascending order */
    uint32_t frame_count;
    uint32_t other_count;                      /* number of origins that are not among the paths */
    report_origin others;                      /* the sums of these */
    report_change others_live[REPORT_MOMENTS]; /* what was live of these at the end of each column of the origins */
} report_paths;

/* Origins without blocks are left out; too many, and all if there is no memory, are counted as others. Borrows the
 * origins. Ownership: freed by report_paths_destroy. */
void report_paths_init(report_paths *paths, const report_origins *origins);
void report_paths_destroy(report_paths *paths);

/* The index in frames of a frame of the paths. */
uint32_t report_paths_frame(const report_paths *paths, uint64_t frame);

#endif
