/* Forced in front of the library's sources (-include) for storms in bad weather: before each atomic step of theirs the
 * thread may lose the processor, sleep or dawdle, and every weak compare-and-exchange may fail for no reason, as the
 * language allows and x86 never does. Steps that are meant to be one and are two come apart here. */
#ifndef HOSTMEM_TESTS_PERTURB_H
#define HOSTMEM_TESTS_PERTURB_H

#include <stdbool.h>

/* Disturbs the calling thread, or not. */
void perturb(void);
/* The same, and whether a compare-and-exchange should fail. */
bool perturb_fails(void);

#define HOOK_BEFORE(name) perturb()
#define HOOK_FAILS(name) perturb_fails()
#include "atomic_hooks.h"

#endif
