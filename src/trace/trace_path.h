/* Names of trace files: replaces placeholders in a path. No state. */
#ifndef HMI_TRACE_PATH_H
#define HMI_TRACE_PATH_H

#include "os/os.h"

/* Returns the path with "%p" replaced by the process id and "%i" by the instance's number. If number is above 1, it is
 * put before the file name's extension: "run-2.trace". The result is from object_alloc; NULL: there is no memory. */
char *hmi_trace_path_expand(hostmem_os *os, const char *path, UINT32 instance, UINT32 number);

#endif
