/* What is still held, in lines for people. */
#ifndef HOSTMEM_SRC_LEAKS_H
#define HOSTMEM_SRC_LEAKS_H

#include "heap.h"

/* Writes nothing if no block is held. False: there is no memory for it. */
bool hostmem_leaks_report(hostmem_core *core, hostmem_line_writer *write, void *context);

/* Report to the sink of the configuration, if there is one and the process is not at its end, what all heaps hold and
 * what one does that is about to go. The last error is untouched. */
void hostmem_leaks_tell(hostmem_core *core);
void hostmem_leaks_tell_of_heap(hostmem_core *core, hostmem_heap *heap);

#endif
