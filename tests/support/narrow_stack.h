/* Runs a call with a given amount of stack: a call that needs more touches a page without access, which ends the
 * process. Also measures how much was used. Windows only. */
#ifndef HOSTMEM_TESTS_NARROW_STACK_H
#define HOSTMEM_TESTS_NARROW_STACK_H

#include <windows.h>

/* Runs call(context) with room bytes of stack left, a multiple of 16. Returns how many of them it used, including
 * its own frame and return address. The calling thread needs about 64 KiB more than that. */
SIZE_T narrow_stack_run(void (*call)(void *context), void *context, SIZE_T room);

#endif
