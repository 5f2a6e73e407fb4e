/* The trace of one instance: a thread that collects what the instance's events leave, and writes it down. Belongs to
 * the instance's handle and, while it runs, to its thread. */
#ifndef HOSTMEM_SRC_TRACE_H
#define HOSTMEM_SRC_TRACE_H

#include "core.h"

typedef struct hostmem_trace hostmem_trace;

/* What the host waits for a trace to be written. */
#define HOSTMEM_TRACE_PATIENCE_MS 10000u

/* With one reference, which keeps one on core. Returns a Win32 error, 0 for success. */
UINT32 hostmem_trace_create(hostmem_core *core, hostmem_trace **out);
void hostmem_trace_release(hostmem_trace *trace);

/* As hostmem_trace_start and hostmem_trace_stop. config is complete and valid. The last error may change. */
HRESULT hostmem_trace_begin(hostmem_trace *trace, const hostmem_trace_config *config);
HRESULT hostmem_trace_finish(hostmem_trace *trace, UINT32 patience_ms);

/* Writes every figure; status->size is left alone. */
void hostmem_trace_read_status(hostmem_trace *trace, hostmem_trace_status *status);

#endif
