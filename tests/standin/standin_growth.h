/* How the garbage-collected heap takes memory from the manager and gives it back. Everything happens under the heap's
 * lock, except the request for more: a manager may let that wait until there is memory, and only a collection may bring
 * some. */
#ifndef STANDIN_GROWTH_H
#define STANDIN_GROWTH_H

#include "standin_gc.h"

/* How many bytes of a segment the first slots slots of the heap take. */
SIZE_T standin_growth_bytes(const standin_gc *gc, UINT32 segment, SIZE_T slots);

/* Whether so many slots are committed. */
BOOL standin_growth_has(const standin_gc *gc, SIZE_T slots);

/* Reserves one segment or commits one step more, letting go of the lock meanwhile. One thread at a time: gc->growing
 * says that there is one. S_OK: something was gained, but other threads may have changed everything in the meantime. */
HRESULT standin_growth_step(standin_gc *gc, EMemoryCriticalLevel level);

/* Gives back everything behind the used slots but the first keep bytes. */
void standin_growth_trim(standin_gc *gc, SIZE_T keep);

/* Keeps what lies behind the used slots for later, without its contents. */
void standin_growth_reset_tail(standin_gc *gc);

#endif
