/* What is still held, in lines for people. */
#ifndef HMI_REPORT_LEAKS_H
#define HMI_REPORT_LEAKS_H

#include "report/origins.h"

/* Writes nothing if no block is held. False: there is no memory for it. */
bool hmi_leaks_report(hmi_core *core, hostmem_line_writer *write, void *context);

/* Reports to the sink of the configuration, if there is one and the process is not at its end, what all heaps hold. The
 * last error is untouched. */
void hmi_leaks_tell(hmi_core *core);

/* The same of one heap that is about to be destroyed, in two steps: the first takes note of what it holds, the second,
 * when the heap is gone, reports that and gives the note back. NULL: there is nobody to tell, or no memory. */
hmi_origins *hmi_leaks_collect_heap(hmi_core *core, hmi_heap *heap);
void hmi_leaks_tell_of_heap(hmi_core *core, hmi_origins *leaked);

#endif
