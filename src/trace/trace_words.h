/* What went wrong with a trace, in words. No state. */
#ifndef HMI_TRACE_WORDS_H
#define HMI_TRACE_WORDS_H

#include "base/output.h"
#include "os/os.h"

/* What failed: the start, or a running trace. */
typedef enum hmi_trace_failure { HMI_TRACE_NOT_STARTED, HMI_TRACE_ENDED } hmi_trace_failure;

/* Writes a sentence without a full stop: "no trace was started: the folder does not exist". */
void hmi_trace_words_write(hmi_output *output, hmi_trace_failure failure, HRESULT hr);

/* Tells the operator in one line, with the name of the trace; does nothing if there is no memory for it. */
void hmi_trace_words_tell(hostmem_os *os, const char *name, hmi_trace_failure failure, HRESULT hr);

#endif
