/* What the commands summary, diff, export and watch know of a trace: counts, figures, and blocks and committed pages by
 * origin, collected from its items one after the other. */
#ifndef TRACE_DIGEST_H
#define TRACE_DIGEST_H

#include "origin_names.h"
#include "report_pages.h"
#include "tally.h"
#include "usage.h"

typedef struct digest {
    tally tally;
    usage usage;
    origins origins;
    report_pages pages;
    bool pages_lost; /* there was no memory to follow all pages */
} digest;

/* digest is zeroed; origins.keeps_all_frames, usage.kinds and, afterwards, pages.kinds may be set. */
void digest_begin(digest *digest, const hostmem_trace_file_header *header);

void digest_add(digest *digest, const hostmem_trace_item *item);

void digest_free(digest *digest);

#endif
