/* The trace of an instance: a thread that collects the instance's events and writes them. Belongs to the instance's
 * handle and, while it runs, to its thread. */
#ifndef HMI_TRACE_TRACE_H
#define HMI_TRACE_TRACE_H

#include "core.h"
#include "trace/trace_words.h"

typedef struct hmi_trace hmi_trace;

/* Creates it with one reference, and adds a reference to core. Returns a Win32 error, 0 for success. */
UINT32 hmi_trace_create(hmi_core *core, hmi_trace **out);
/* Releases a reference and returns how many remain: 1 while the thread has not ended. */
ULONG hmi_trace_release(hmi_trace *trace);

/* Like hostmem_trace_start and hostmem_trace_stop. config must be complete and valid. May change the last error. */
HRESULT hmi_trace_begin(hmi_trace *trace, const hostmem_trace_config *config);

/* The same for an operator, who has the path from somewhere and cannot be asked: a file that is there and is no trace
 * is not replaced (ERROR_FILE_EXISTS), in place of a file that is in use one with a number is made, and if the trace
 * ends because it cannot be written the operator is told. */
HRESULT hmi_trace_begin_carefully(hmi_trace *trace, const hostmem_trace_config *config);
HRESULT hmi_trace_finish(hmi_trace *trace);

/* For the shutdown: whoever was starting or stopping the trace may have been ended in the middle of that. Nothing is
 * recorded any more, and the thread of the trace ends, without being waited for. */
void hmi_trace_abandon(hmi_trace *trace);

hostmem_os *hmi_trace_os(hmi_trace *trace);

/* Keeps the result of a start that its caller cannot report, until the next start that succeeds. */
void hmi_trace_take_failure(hmi_trace *trace, HRESULT hr);

/* Returns the value for status->error and, if it is a failure, what failed. */
HRESULT hmi_trace_read_failure(hmi_trace *trace, hmi_trace_failure *failure);

/* Writes every figure; status->size is not changed. */
void hmi_trace_read_status(hmi_trace *trace, hostmem_trace_status *status);

#endif
