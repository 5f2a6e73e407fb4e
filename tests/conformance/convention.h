/* Calls a function of unknown calling convention and reports how much it removed from the stack. x86 only: other
 * architectures have a single convention. */
#ifndef HOSTMEM_TESTS_CONFORMANCE_CONVENTION_H
#define HOSTMEM_TESTS_CONFORMANCE_CONVENTION_H

#include <windows.h>

/* FALSE: this architecture has one convention. */
BOOL convention_begin(void);

/* Pushes the words, last first, and calls; *popped: how many bytes of them the function removed. Works with any
 * number. */
void convention_call(void *function, UINT_PTR count, const UINT_PTR *words, UINT_PTR *popped);

#endif
