/* The output file of a command, with messages for what goes wrong. */
#ifndef TRACE_OUTPUT_H
#define TRACE_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

/* Creates the file, replacing an existing one. path: UTF-8; NULL and "-" are standard output. Returns NULL after
 * printing the reason. */
FILE *trace_output_create(const char *path);

/* Closes it. Returns false after printing "the <what> cannot be written" if not everything was written. */
bool trace_output_close(FILE *file, const char *path, const char *what);

#endif
