/* The C library's files, without its differences between systems: names outside of the code page, sizes beyond 2
 * GiB, and whether a stream is a terminal. Paths are UTF-8. */
#ifndef TRACE_FILES_H
#define TRACE_FILES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* The name that means standard input or output. */
#define TRACE_STANDARD_STREAM "-"

/* Opens for reading, while others can write, rename or delete the file. "-" is standard input. Returns NULL and
 * sets errno on failure. */
FILE *hmi_trace_file_open(const char *path);

/* Creates for writing, replacing an existing file. "-" is standard output. Returns NULL and sets errno on failure. */
FILE *hmi_trace_file_create(const char *path);

/* Closes a file, except the standard streams. False: not everything was written. */
bool hmi_trace_file_close(FILE *file);

/* 0 if the size is not known, as of a pipe. */
uint64_t hmi_trace_file_size(FILE *file);

bool hmi_trace_file_is_terminal(FILE *file);

#endif
