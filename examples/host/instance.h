/* A memory manager's life in a host: made as the command line says, traced, asked for its figures. Each function
 * says on stderr what failed, and returns FALSE then. */
#ifndef HOST_INSTANCE_H
#define HOST_INSTANCE_H

#include <stdio.h>

#include "settings.h"

/* On TRUE *memory holds a reference for the caller, given back by hostmem_release. */
BOOL instance_create(const settings *settings, hostmem **memory);

/* Nothing where no trace is wanted. Without instance_stop_trace hostmem_release would end it, and not tell whether the
 * file is complete. */
BOOL instance_start_trace(hostmem *memory, const settings *settings);
BOOL instance_stop_trace(hostmem *memory, const settings *settings, FILE *out);

/* Prints the figures, and what came of faults on purpose. */
BOOL instance_report(hostmem *memory, FILE *out);

/* Writes the figures to the file of --metrics, where there is one. */
BOOL instance_write_metrics(hostmem *memory, const settings *settings);

#endif
