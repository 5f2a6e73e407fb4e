/* The collection proper: marking, moving and rewriting of nodes. Every thread stands still while it runs. */
#ifndef STANDIN_COMPACT_H
#define STANDIN_COMPACT_H

#include "standin_gc.h"

/* Moves every node that a root reaches to the front of the heap. Returns how many there are. */
SIZE_T standin_compact(standin_gc *gc);

standin_node *standin_compact_slot(const standin_gc *gc, SIZE_T slot);

#endif
