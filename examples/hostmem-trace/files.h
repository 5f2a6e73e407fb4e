/* Files as the C library has them, but for what differs between systems: names outside of the code page, sizes
 * beyond 2 GiB, and whether a stream is a terminal. Paths are UTF-8. */
#ifndef TRACE_FILES_H
#define TRACE_FILES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* The path that stands for standard input or output. */
#define TRACE_STANDARD_STREAM "-"

/* For reading, while others write, rename or delete the file too. "-" is standard input. NULL, with errno, where it
 * cannot be opened. */
FILE *trace_file_open(const char *path);

/* For writing, in place of what is there. "-" is standard output. NULL, with errno, where it cannot be created. */
FILE *trace_file_create(const char *path);

/* Closes a file of either, but for the standard streams. False: what was written is not all in the file. */
bool trace_file_close(FILE *file);

/* 0 where the size is not known, as of a pipe. */
uint64_t trace_file_size(FILE *file);

bool trace_file_is_terminal(FILE *file);

#endif
