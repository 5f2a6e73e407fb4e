/* hostmem alone on one simulated machine whose calls fail and whose limits move: nothing to compare with but the
 * machine itself and the failure table. Natively only. */
#ifndef HOSTMEM_TESTS_FUZZ_STRESS_H
#define HOSTMEM_TESTS_FUZZ_STRESS_H

#include "stream.h"

/* Runs the operations; flavour: which flags and limits the instance has. Returns how many had been done when something
 * was wrong, which message says; 0 if nothing was. show: prints the operations with their results. */
SIZE_T stress_run(const UINT8 flavour[FUZZ_OP_BYTES], const UINT8 *bytes, SIZE_T count, BOOL show, char *message,
                  SIZE_T message_bytes);

#endif
