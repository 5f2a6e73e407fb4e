/* A host's memory manager: created with the options of the command line, traced, and its figures printed. Each
 * function prints on stderr what failed, and returns FALSE then. */
#ifndef HOST_INSTANCE_H
#define HOST_INSTANCE_H

#include <stdio.h>

#include "settings.h"

/* On TRUE *memory holds a reference for the caller, released by hostmem_release. */
BOOL instance_create(const settings *settings, hostmem **memory);

/* Does nothing if no trace is wanted. Without instance_stop_trace hostmem_release would stop the trace, but could
 * not report whether the file is complete. */
BOOL instance_start_trace(hostmem *memory, const settings *settings);
BOOL instance_stop_trace(hostmem *memory, const settings *settings, FILE *out);

/* Does nothing if no performance counters are wanted. hostmem_release ends them. */
BOOL instance_start_counters(hostmem *memory, const settings *settings);

/* Prints the figures, and the counts of injected faults. */
BOOL instance_report(hostmem *memory, FILE *out);

/* Writes the figures to the file of --metrics, if it was given. */
BOOL instance_write_metrics(hostmem *memory, const settings *settings);

#endif
