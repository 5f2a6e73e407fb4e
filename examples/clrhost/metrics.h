/* Figures for whoever watches a fleet. */
#ifndef CLRHOST_METRICS_H
#define CLRHOST_METRICS_H

#include <hostmem/hostmem.h>

/* Writes the figures of an instance for a text-file collector of Prometheus. Their label is the name of the file
 * without its folder and ending, so that programs that write different files of one folder have different labels.
 * Whoever reads the file meanwhile has the old one or the new one, never a part. FALSE: failed; a line on stderr says
 * how. */
BOOL metrics_write(hostmem *memory, const WCHAR *path);

#endif
