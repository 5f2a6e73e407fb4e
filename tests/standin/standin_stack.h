/* Calls about memory that the manager never handed out: the stacks and images that every CLR asks about. */
#ifndef STANDIN_STACK_H
#define STANDIN_STACK_H

#include "standin_check.h"

/* Puts a guard on a page of the calling thread's stack and takes it off again. */
void standin_stack_guard(standin_check *check);
/* Queries the calling thread's stack and the program's image, and compares with what the system says. */
void standin_stack_query(standin_check *check);
/* Makes a page of the program's own image read-only for a moment. */
void standin_image_protect(standin_check *check);
/* Queries a thread's stack while that thread is suspended wherever it happens to be, inside the manager too. */
void standin_stack_sample(standin_check *check, HANDLE thread, void *address);

#endif
