/* Complete made-up traces for the tests of hostmem-trace. */
#ifndef TRACE_SCENES_H
#define TRACE_SCENES_H

#include "trace_file.h"

/* A short run that calls every method, with the results of a manager without a limit: it can be replayed. Its last
 * sample has the figures after these calls. */
void trace_scene_life(trace_file *file);

/* A host under memory pressure: refusals at each level, waits, notifications, injected faults, a changed limit, an
 * instance that is closed; late and dropped events, memory from before the trace, origins without a description. */
void trace_scene_pressure(trace_file *file);

/* Blocks of DebugAlloc with file names that are not text, look like formulas, or are too long. */
void trace_scene_names(trace_file *file);

/* Writes a trace of about so many bytes, of four threads that allocate and free continuously, to output. */
void trace_scene_large(trace_file *file, FILE *output, uint64_t bytes);

#endif
