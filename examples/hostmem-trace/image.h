/* The header of an image (EXE, DLL), as far as it tells whether a file is the one that a process had loaded. */
#ifndef TRACE_IMAGE_H
#define TRACE_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

/* Returns false if the file cannot be read or is no image. base: the address for which it was linked; bytes: its size
 * when it is loaded. */
bool image_read(const char *path, uint64_t *base, uint32_t *bytes);

#endif
