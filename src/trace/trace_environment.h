/* The trace that HOSTMEM_TRACE asks for. Whatever is wrong with that, the host goes on: who operates it is told. */
#ifndef HMI_TRACE_ENVIRONMENT_H
#define HMI_TRACE_ENVIRONMENT_H

#include "trace/trace.h"

/* Starts the trace if the variable is set; config is complete but for the path. The last error is untouched. */
void hmi_trace_start_by_environment(hmi_trace *trace, const hostmem_trace_config *config);

#endif
