/* Calls about memory that the manager did not allocate: the stacks and images that every CLR queries. */
#ifndef STANDIN_STACK_H
#define STANDIN_STACK_H

#include "standin_check.h"

/* Sets a guard on a page of the calling thread's stack and removes it again. */
void standin_stack_guard(standin_check *check);
/* Queries the calling thread's stack and the program's image, and compares with the system's results. */
void standin_stack_query(standin_check *check);
/* Makes a page of the program's own image read-only temporarily. */
void standin_image_protect(standin_check *check);
/* Queries a thread's stack while that thread is suspended anywhere, possibly inside of the manager. */
void standin_stack_sample(standin_check *check, HANDLE thread, void *address);

#endif
