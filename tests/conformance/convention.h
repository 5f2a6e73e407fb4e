/* Calls a function of unknown calling convention and tells what it took from the stack. x86 only: elsewhere there is
 * nothing to tell apart. */
#ifndef HOSTMEM_TESTS_CONFORMANCE_CONVENTION_H
#define HOSTMEM_TESTS_CONFORMANCE_CONVENTION_H

#include <windows.h>

/* FALSE: this architecture has one convention. */
BOOL convention_begin(void);

/* Pushes the words, last first, and calls; *popped: how many bytes of them the function removed. Survives any. */
void convention_call(void *function, UINT_PTR count, const UINT_PTR *words, UINT_PTR *popped);

#endif
