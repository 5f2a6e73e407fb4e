/* A row for each event of a trace, as CSV or as lines of JSON, with the names of constants. */
#ifndef TRACE_ROWS_H
#define TRACE_ROWS_H

#include <stdio.h>

#include "input.h"

/* Reads the trace to its end. Errors of writing are left in the stream. */
void rows_write(FILE *out, trace_input *input, bool as_json);

#endif
