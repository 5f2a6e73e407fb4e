/* The name of a file in its path, without folders. */
#ifndef TRACE_FILE_NAME_H
#define TRACE_FILE_NAME_H

#include <stddef.h>

/* Where it begins. path: bytes bytes, any of them; folders end with '/' or '\\', whatever this system uses. */
const char *file_name_of(const char *path, size_t bytes);

#endif
