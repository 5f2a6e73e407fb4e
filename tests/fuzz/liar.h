/* A Windows that tells one lie to the library above it, so that the fuzzers can show that they would notice. */
#ifndef HOSTMEM_TESTS_FUZZ_LIAR_H
#define HOSTMEM_TESTS_FUZZ_LIAR_H

#include "os/os.h"

/* The name of each lie; NULL after the last. */
const char *fuzz_lie_name(unsigned number);

/* Puts a lie over the Windows table. Returns the table for hostmem, of which there is one at a time; NULL if no lie has
 * that name. */
hostmem_os *fuzz_liar(const char *name);

#endif
