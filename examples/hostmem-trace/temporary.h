/* A file that is written and then taken as bytes: in memory, or on Windows in the user's folder for temporary files. */
#ifndef TRACE_TEMPORARY_H
#define TRACE_TEMPORARY_H

#include <stddef.h>
#include <stdio.h>

typedef struct temporary {
    FILE *file; /* to write to; NULL: it could not be made */
    char *bytes;
    size_t count;
} temporary;

/* temporary must stay where it is. */
void temporary_begin(temporary *temporary);

/* What was written, allocated by malloc, and its size. NULL: not everything could be written or read. */
char *temporary_take(temporary *temporary, size_t *count);

#endif
