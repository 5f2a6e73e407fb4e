/* What the hosts print. */
#ifndef HOST_REPORT_H
#define HOST_REPORT_H

#include <hostmem/hostmem.h>

#include <stdio.h>

/* Defined by every host: its name, with which its error messages begin. */
extern const char host_name[];

/* Prints the manager's figures as a table. */
void report_memory(FILE *out, const hostmem_stats *stats);

/* Prints how often each rule of --fault matched and failed a call; nothing if there are no rules. */
void report_faults(FILE *out, const hostmem_fault_count *counts, UINT32 count);

void report_trace(FILE *out, const hostmem_trace_status *status);

/* Prints one line on stderr: which call failed, the result, and its usual cause. */
void report_failure(const char *call, HRESULT hr);

/* The same, unless hr is a success. Returns whether it is. */
BOOL report_success(const char *call, HRESULT hr);

#endif
