/* A Windows with one planted mistake ("lie"), with which the fuzzers show that they would find it. */
#ifndef HOSTMEM_TESTS_FUZZ_LIAR_H
#define HOSTMEM_TESTS_FUZZ_LIAR_H

#include "os/os.h"

/* The name of each mistake; NULL after the last. */
const char *fuzz_lie_name(unsigned number);

/* Plants a mistake in the Windows table. Returns the table for hostmem, which is valid until the next call; NULL if
 * there is no mistake with that name. */
hostmem_os *fuzz_liar(const char *name);

#endif
