/* Views in the place of those that a trace tells of. Their files are not in the trace: pages of no file take their
 * place, reserved only, so that they can be committed as the CLR commits them in its own views. */
#ifndef TRACE_REPLAY_VIEW_H
#define TRACE_REPLAY_VIEW_H

#include <hostmem/interfaces.h>

/* NULL: the system has none to give. */
void *replay_view_map(SIZE_T bytes);

/* manager: to be told first that the view goes; NULL: nobody is. */
void replay_view_unmap(IHostMemoryManager *manager, void *view);

#endif
