/* The trace that HOSTMEM_TRACE asks for. If it cannot be started, the host goes on, and the operator is told. */
#ifndef HMI_TRACE_ENVIRONMENT_H
#define HMI_TRACE_ENVIRONMENT_H

#include "trace/trace.h"

/* Starts the trace if the variable is set; config is complete except for the path. Does not change the last error. */
void hmi_trace_start_by_environment(hmi_trace *trace, const hostmem_trace_config *config);

#endif
