/* Writes a model as the JSON that page/js/words.js reads. */
#ifndef HOSTMEM_TRACE_REPORT_DATA_H
#define HOSTMEM_TRACE_REPORT_DATA_H

#include <stdio.h>

#include "report_model.h"

/* Facts about the file. */
typedef struct report_about {
    const char *file_name; /* any bytes */
    uint64_t file_bytes;
    hostmem_trace_ending ending;
    const char *problem; /* or "" */
    uint64_t unknown;    /* number of events of kinds that the reader does not know */
    uint64_t version;    /* of a page that is served: changes with the data; 0: a page in a file */
} report_about;

/* Called after report_model_end. Errors of writing are left in the stream. */
void report_data_write(FILE *file, const report_model *model, const report_about *about);

#endif
