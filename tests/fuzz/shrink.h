/* Makes a list of operations that fails as short and as plain as it can be while it still fails. */
#ifndef HOSTMEM_TESTS_FUZZ_SHRINK_H
#define HOSTMEM_TESTS_FUZZ_SHRINK_H

#include "stream.h"

/* Runs the operations from the very beginning. Returns how many of them were done when something was wrong, that one
 * included; 0 if nothing was. */
typedef SIZE_T fuzz_trial(void *context, const UINT8 *bytes, SIZE_T count);

/* count operations, which fail. Returns how many are left of them. */
SIZE_T fuzz_shrink(UINT8 *bytes, SIZE_T count, fuzz_trial *trial, void *context);

#endif
