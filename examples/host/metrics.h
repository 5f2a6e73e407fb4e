/* Writes the figures as a file of Prometheus metrics. */
#ifndef HOST_METRICS_H
#define HOST_METRICS_H

#include <hostmem/hostmem.h>

/* Writes the figures of an instance for a text-file collector of Prometheus. Their label is the name of the file
 * without its folder and ending, so that programs that write different files of one folder have different labels. A
 * reader sees the old file or the new one, never a part. Returns FALSE after printing the error. */
BOOL metrics_write(hostmem *memory, const WCHAR *path);

#endif
