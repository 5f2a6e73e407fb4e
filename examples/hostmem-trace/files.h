/* Files as the C library has them, but for what differs between systems: names outside of the code page, sizes
 * beyond 2 GiB, and whether a stream is a terminal. Paths are UTF-8. */
#ifndef TRACE_FILES_H
#define TRACE_FILES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* NULL, with errno, where the file cannot be opened. mode as for fopen, of at most 7 characters. */
FILE *trace_file_open(const char *path, const char *mode);

/* 0 where the size is not known, as of a pipe. */
uint64_t trace_file_size(FILE *file);

bool trace_file_is_terminal(FILE *file);

/* Lines end as they are written, on Windows too. */
void trace_file_set_binary(FILE *file);

#endif
