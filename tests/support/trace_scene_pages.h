/* Two runs of one program whose commits have call stacks, the second of which leaves more. */
#ifndef TRACE_SCENE_PAGES_H
#define TRACE_SCENE_PAGES_H

#include "trace_file.h"

/* Commits in a reservation, together with one, and in a view; some by two calls from one stack; parts of them
 * decommitted, released and unmapped. Some have no stack, and some blocks have the same stack as pages. */
void trace_scene_pages(trace_file *file, bool more);

#endif
