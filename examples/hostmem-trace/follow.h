/* A file that grows: at its end reading waits for more. */
#ifndef TRACE_FOLLOW_H
#define TRACE_FOLLOW_H

#include <stdio.h>

#include "source.h"

typedef struct follow {
    FILE *file;
    bool has_ended;              /* nothing is waited for any more */
    bool (*wait)(void *context); /* called at the end of what there is; false: do not wait. NULL: never wait */
    void *context;
} follow;

/* path: UTF-8; "-" is standard input, whose end is the end. follow must stay valid until the source is closed. Returns
 * false and sets the problem if the file cannot be opened. */
bool follow_open(follow *follow, const char *path, hostmem_trace_source *source, hostmem_trace_problem *problem);

#endif
