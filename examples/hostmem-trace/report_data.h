/* The contents of a model as the JSON that page/js/words.js reads. */
#ifndef HOSTMEM_TRACE_REPORT_DATA_H
#define HOSTMEM_TRACE_REPORT_DATA_H

#include "report_model.h"

/* What is known of the file. */
typedef struct report_about {
    const char *file_name; /* of any bytes */
    uint64_t file_bytes;
    trace_ending ending;
    const char *problem; /* or "" */
    uint64_t unknown;    /* number of events of kinds that the reader does not know */
} report_about;

/* After report_model_end; reorders the origins. Whether writing went well is the stream's to say. */
void report_data_write(FILE *file, report_model *model, const report_about *about);

#endif
