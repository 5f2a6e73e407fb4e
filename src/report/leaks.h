/* Reports of blocks that were not freed, as lines for people. */
#ifndef HMI_REPORT_LEAKS_H
#define HMI_REPORT_LEAKS_H

#include "report/origins.h"

/* Writes nothing if every block was freed. False: there was no memory for the report. */
bool hmi_leaks_report(hmi_core *core, hostmem_line_writer *write, void *context);

/* Reports the blocks of all heaps to the leak sink of the configuration, if there is one and the process is not ending.
 * Does not change the last error. */
void hmi_leaks_tell(hmi_core *core);

/* The same for one heap that is about to be destroyed, in two steps: the first collects its blocks; the second, when
 * the heap is destroyed, reports and frees the collection. NULL: there is no sink, or no memory. */
hmi_origins *hmi_leaks_collect_heap(hmi_core *core, hmi_heap *heap);
void hmi_leaks_tell_of_heap(hmi_core *core, hmi_origins *leaked);

#endif
