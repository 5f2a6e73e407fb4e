/* Names of trace files: what stands in a path for something else. No state. */
#ifndef HMI_TRACE_PATH_H
#define HMI_TRACE_PATH_H

#include "os/os.h"

/* The path with "%p" replaced by the id of the process and "%i" by that of the instance; number, if it is above 1, is
 * put before the ending of the file's name: "run-2.trace". An object of os; NULL: there is no memory. */
char *hmi_trace_path_expand(hostmem_os *os, const char *path, UINT32 instance, UINT32 number);

#endif
