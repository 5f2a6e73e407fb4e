/* The forms that hostmem_format_stats can write. Each writer is given a whole hostmem_stats, and its size as the
 * caller's: what lies beyond that is 0 and not to be shown. */
#ifndef HOSTMEM_SRC_FORMAT_H
#define HOSTMEM_SRC_FORMAT_H

#include <hostmem/hostmem.h>

#include "core.h"
#include "output.h"

/* What to write. name may be NULL. */
typedef struct hostmem_format_subject {
    const hostmem_stats *stats;
    UINT32 size;
    const char *name;
} hostmem_format_subject;

void hostmem_format_text(hostmem_output *output, const hostmem_format_subject *subject);
void hostmem_format_json(hostmem_output *output, const hostmem_format_subject *subject);
void hostmem_format_openmetrics(hostmem_output *output, const hostmem_format_subject *subject);
void hostmem_format_prometheus(hostmem_output *output, const hostmem_format_subject *subject);

#endif
