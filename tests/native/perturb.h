/* Included before the library's sources (-include) for storms with disturbed timing: before each of their atomic
 * operations the thread may yield, sleep or spin, and every weak compare-and-exchange may fail without a reason, as
 * the language allows but x86 never does. An operation that should be atomic but consists of two is then
 * interrupted between them. */
#ifndef HOSTMEM_TESTS_PERTURB_H
#define HOSTMEM_TESTS_PERTURB_H

#include <stdbool.h>

/* Delays the calling thread, or not. */
void perturb(void);
/* The same, and returns whether a compare-and-exchange should fail. */
bool perturb_fails(void);

#define HOOK_BEFORE(name) perturb()
#define HOOK_FAILS(name) perturb_fails()
#include "atomic_hooks.h"

#endif
