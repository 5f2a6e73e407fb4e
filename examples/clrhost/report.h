/* What clrhost prints. */
#ifndef CLRHOST_REPORT_H
#define CLRHOST_REPORT_H

#include <hostmem/hostmem.h>

/* The figures of the manager, as a table on stdout. */
void report_memory(const hostmem_stats *stats);

/* What came of the rules of --fault; nothing if there are none. */
void report_faults(const hostmem_fault_count *counts, UINT32 count);

/* One line on stderr: which call failed, how, and what that commonly means. */
void report_failure(const char *call, HRESULT hr);

void report_trace(const hostmem_trace_status *status);

#endif
