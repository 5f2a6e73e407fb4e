/* Reduces a list of operations that fails, as long as it still fails. */
#ifndef HOSTMEM_TESTS_FUZZ_SHRINK_H
#define HOSTMEM_TESTS_FUZZ_SHRINK_H

#include "stream.h"

/* Runs the operations from the start. Returns how many were run when something was wrong, including that one; 0 if
 * nothing was. */
typedef SIZE_T fuzz_trial(void *context, const UINT8 *bytes, SIZE_T count);

/* bytes has count operations, which fail. Returns how many are left. */
SIZE_T fuzz_shrink(UINT8 *bytes, SIZE_T count, fuzz_trial *trial, void *context);

#endif
