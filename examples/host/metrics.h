/* Figures for whoever watches a fleet. */
#ifndef HOST_METRICS_H
#define HOST_METRICS_H

#include <hostmem/hostmem.h>

/* Writes the figures of an instance for a text-file collector of Prometheus, labelled name. Whoever reads the file
 * meanwhile has the old one or the new one, never a part. FALSE: failed; a line on stderr says how. */
BOOL metrics_write(hostmem *memory, const char *name, const WCHAR *path);

#endif
