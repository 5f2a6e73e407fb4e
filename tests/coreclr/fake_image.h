/* A module as the loader leaves it in memory, built from a description: for tests of code that reads and changes
 * import tables. */
#ifndef HOSTMEM_TESTS_FAKE_IMAGE_H
#define HOSTMEM_TESTS_FAKE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <windows.h>

#define FAKE_IMAGE_BYTES 0x8000u
#define FAKE_IMAGE_SLOTS \
    0x4000u                            /* offset of the slots, which are on pages of their own; the tables are
                                        * before them */
#define FAKE_IMAGE_BOUND 0x1234560000u /* the n-th slot holds this plus n, truncated to a pointer */

/* The functions of one DLL. NULL ends the names; a name that begins with "#" is imported by ordinal. */
typedef struct fake_dll {
    const char *name;
    const char *const *names;
} fake_dll;

/* image: FAKE_IMAGE_BYTES of memory, page-aligned. bound: the loader has put addresses into the slots. */
void fake_image_make(void *image, const fake_dll *dlls, size_t dll_count, bool bound, const char *export_name);

/* The headers of the image, so that tests can damage them. */
IMAGE_NT_HEADERS *fake_image_headers(void *image);
IMAGE_IMPORT_DESCRIPTOR *fake_image_descriptors(void *image);

#endif
