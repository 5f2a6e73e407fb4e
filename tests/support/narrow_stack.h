/* A call on a stack with just so much room: what needs more runs into a page that nobody may touch, which ends the
 * process. Says how much was used, too. Windows alone. */
#ifndef HOSTMEM_TESTS_NARROW_STACK_H
#define HOSTMEM_TESTS_NARROW_STACK_H

#include <windows.h>

/* Runs call(context) with room bytes left, a multiple of 16. Returns how many of them it used, its own frame and return
 * address included. The calling thread needs some 64 KiB beside that. */
SIZE_T narrow_stack_run(void (*call)(void *context), void *context, SIZE_T room);

#endif
