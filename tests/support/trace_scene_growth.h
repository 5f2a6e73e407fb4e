/* Two runs of one program, the second of which leaves more: for the test of what compares traces. */
#ifndef TRACE_SCENE_GROWTH_H
#define TRACE_SCENE_GROWTH_H

#include "trace_file.h"

/* Origins have other ids in each run, and modules other addresses. Between the two runs one source line leaves more
 * blocks, one less, one as much though it allocates more, and one is new; of two call paths that differ only in their
 * outermost frame, one leaves more. */
void trace_scene_growth(trace_file *file, bool after);

#endif
