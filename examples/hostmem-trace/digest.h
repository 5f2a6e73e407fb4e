/* What the commands summary, diff and export know of a trace: counts, figures, and blocks by origin, collected from
 * its items one after the other. */
#ifndef TRACE_DIGEST_H
#define TRACE_DIGEST_H

#include "origin_names.h"
#include "tally.h"
#include "usage.h"

typedef struct digest {
    tally tally;
    usage usage;
    origins origins;
} digest;

/* Initialize digest with zeroes; origins.keeps_all_frames may be set. */
void digest_add(digest *digest, const hostmem_trace_item *item);

void digest_free(digest *digest);

#endif
