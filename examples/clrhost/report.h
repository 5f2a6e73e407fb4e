/* What clrhost prints. */
#ifndef CLRHOST_REPORT_H
#define CLRHOST_REPORT_H

#include <hostmem/hostmem.h>

/* Prints the manager's figures as a table on stdout. */
void report_memory(const hostmem_stats *stats);

/* Prints how often each rule of --fault matched and failed a call; nothing if there are no rules. */
void report_faults(const hostmem_fault_count *counts, UINT32 count);

/* Prints one line on stderr: which call failed, the result, and its usual cause. */
void report_failure(const char *call, HRESULT hr);

void report_trace(const hostmem_trace_status *status);

#endif
