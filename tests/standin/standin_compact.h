/* The collection itself: marks, moves and rewrites nodes. All threads are stopped meanwhile. */
#ifndef STANDIN_COMPACT_H
#define STANDIN_COMPACT_H

#include "standin_gc.h"

/* Moves every node that is reachable from a root to the front of the heap. Returns their number. */
SIZE_T standin_compact(standin_gc *gc);

standin_node *standin_compact_slot(const standin_gc *gc, SIZE_T slot);

#endif
