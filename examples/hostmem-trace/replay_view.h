/* Replacements for the views in a trace. Their files are not in the trace, so pages of the paging file are used,
 * only reserved, so that they can be committed as the CLR commits pages in its own views. */
#ifndef TRACE_REPLAY_VIEW_H
#define TRACE_REPLAY_VIEW_H

#include <hostmem/interfaces.h>

/* NULL: the system refused it. */
void *replay_view_map(SIZE_T bytes);

/* manager: is told first that the view is unmapped; NULL: none. */
void replay_view_unmap(IHostMemoryManager *manager, void *view);

#endif
