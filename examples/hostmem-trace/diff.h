/* What the parts of the command diff share. */
#ifndef TRACE_DIFF_H
#define TRACE_DIFF_H

#include <stdio.h>

#include "growth.h"

typedef struct diff {
    const char *paths[GROWTH_SIDES];
    const char *out_path;
    uint64_t threshold;
    bool as_json;
    bool as_page;
    int status[GROWTH_SIDES]; /* the exit codes for the files */
    hostmem_trace_file_header headers[GROWTH_SIDES];
    hostmem_trace_problem problems[GROWTH_SIDES]; /* with no text: none */
    digest sides[GROWTH_SIDES];
    frame_names names[GROWTH_SIDES];
    growth growth;
} diff;

/* Whether anything grew by more than the threshold. */
bool diff_has_grown(const diff *diff);

/* Errors of writing are left in the stream. */
void diff_write_json(FILE *out, const diff *diff);
void diff_write_page(FILE *out, const diff *diff);

#endif
