/* Whole traces, made up, for the tests of hostmem-trace: what a host and a CLR might have done. */
#ifndef TRACE_SCENES_H
#define TRACE_SCENES_H

#include "trace_file.h"

/* A short life with every method called, as a manager without a limit answers it: it can be replayed. Its last
 * sample is what the calls leave. */
void trace_scene_life(trace_file *file);

/* What a host under pressure sees: refusals at each level, waits, notifications, faults on purpose, a changed limit, an
 * instance that is closed; late and dropped events, memory from before the trace, origins that nothing describes. */
void trace_scene_pressure(trace_file *file);

/* Blocks of DebugAlloc whose files have names that are no text, look like formulas, or are too long. */
void trace_scene_names(trace_file *file);

/* A trace of about so many bytes of four threads that allocate and free all the time, written to output. */
void trace_scene_large(trace_file *file, FILE *output, uint64_t bytes);

#endif
