/* What the hosts print. */
#ifndef HOST_REPORT_H
#define HOST_REPORT_H

#include <hostmem/hostmem.h>

#include <stdio.h>

/* Every host defines it: its name, which begins what it says on stderr. */
extern const char host_name[];

/* The figures of the manager, as a table. */
void report_memory(FILE *out, const hostmem_stats *stats);

/* What came of the rules of --fault; nothing if there are none. */
void report_faults(FILE *out, const hostmem_fault_count *counts, UINT32 count);

void report_trace(FILE *out, const hostmem_trace_status *status);

/* One line on stderr: which call failed, how, and what that commonly means. */
void report_failure(const char *call, HRESULT hr);

/* The same, unless hr is a success, which it returns. */
BOOL report_success(const char *call, HRESULT hr);

#endif
