/* The trace of one instance: a thread that collects what the instance's events leave, and writes it down. Belongs to
 * the instance's handle and, while it runs, to its thread. */
#ifndef HMI_TRACE_TRACE_H
#define HMI_TRACE_TRACE_H

#include "core.h"

typedef struct hmi_trace hmi_trace;

/* With one reference, which keeps one on core. Returns a Win32 error, 0 for success. */
UINT32 hmi_trace_create(hmi_core *core, hmi_trace **out);
void hmi_trace_release(hmi_trace *trace);

/* As hostmem_trace_start and hostmem_trace_stop. config is complete and valid. The last error may change. */
HRESULT hmi_trace_begin(hmi_trace *trace, const hostmem_trace_config *config);
HRESULT hmi_trace_finish(hmi_trace *trace);

/* For the shutdown: whoever was starting or stopping the trace may have been ended in the middle of that. Nothing is
 * recorded any more, and the thread of the trace ends, without being waited for. */
void hmi_trace_abandon(hmi_trace *trace);

/* Writes every figure; status->size is left alone. */
void hmi_trace_read_status(hmi_trace *trace, hostmem_trace_status *status);

#endif
