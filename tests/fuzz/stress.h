/* hostmem alone on one simulated machine with failing calls and changing limits. It is compared only with the
 * machine itself and the failure table. Natively only. */
#ifndef HOSTMEM_TESTS_FUZZ_STRESS_H
#define HOSTMEM_TESTS_FUZZ_STRESS_H

#include "stream.h"

/* Runs the operations; flavour: selects the flags and limits of the instance. Returns how many had been run when
 * something was wrong, which message describes; 0 if nothing was. show: prints the operations with their results. */
SIZE_T stress_run(const UINT8 flavour[FUZZ_OP_BYTES], const UINT8 *bytes, SIZE_T count, BOOL show, char *message,
                  SIZE_T message_bytes);

#endif
