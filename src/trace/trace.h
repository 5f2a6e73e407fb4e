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

/* The same for a path that comes from the environment, so that nobody can be asked. An existing file that is not a
 * trace is not replaced (ERROR_FILE_EXISTS). If the file is in use, a file with a number in its name is created
 * instead. If the trace ends because it cannot be written, the operator is told. */
HRESULT hmi_trace_begin_carefully(hmi_trace *trace, const hostmem_trace_config *config);
HRESULT hmi_trace_finish(hmi_trace *trace);

/* For the shutdown: a thread that was starting or stopping the trace may have been ended while it did so. Nothing is
 * recorded any more, and the trace's thread ends by itself, without being waited for. */
void hmi_trace_abandon(hmi_trace *trace);

hostmem_os *hmi_trace_os(hmi_trace *trace);

/* The number of the instance in the process, from 1 in the order of creation. */
UINT32 hmi_trace_instance(const hmi_trace *trace);

/* Keeps the result of a start that its caller cannot report, until the next start that succeeds. */
void hmi_trace_take_failure(hmi_trace *trace, HRESULT hr);

/* Returns the value for status->error and, if it is a failure, what failed. */
HRESULT hmi_trace_read_failure(hmi_trace *trace, hmi_trace_failure *failure);

/* Writes every figure; status->size is not changed. */
void hmi_trace_read_status(hmi_trace *trace, hostmem_trace_status *status);

#endif
