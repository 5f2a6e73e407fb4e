/* What is still held, in lines for people. */
#ifndef HMI_REPORT_LEAKS_H
#define HMI_REPORT_LEAKS_H

#include "memory/heap.h"

/* Writes nothing if no block is held. False: there is no memory for it. */
bool hmi_leaks_report(hmi_core *core, hostmem_line_writer *write, void *context);

/* Report to the sink of the configuration, if there is one and the process is not at its end, what all heaps hold and
 * what one does that is about to go. The last error is untouched. */
void hmi_leaks_tell(hmi_core *core);
void hmi_leaks_tell_of_heap(hmi_core *core, hmi_heap *heap);

#endif
