/* How the garbage-collected heap allocates memory from the manager and frees it. Everything happens under the
 * heap's lock, except the request for more: a manager may let that wait until there is memory, and perhaps only a
 * collection can free some. */
#ifndef STANDIN_GROWTH_H
#define STANDIN_GROWTH_H

#include "standin_gc.h"

/* How many bytes of a segment the first `slots` slots of the heap take. */
SIZE_T standin_growth_bytes(const standin_gc *gc, UINT32 segment, SIZE_T slots);

/* Whether so many slots are committed. */
BOOL standin_growth_has(const standin_gc *gc, SIZE_T slots);

/* Reserves one segment or commits one more step; the lock is released meanwhile. One thread at a time: gc->growing
 * is set while there is one. S_OK: the heap has grown, but other threads may have changed everything in the
 * meantime. */
HRESULT standin_growth_step(standin_gc *gc, EMemoryCriticalLevel level);

/* Frees everything after the used slots except for the first keep bytes. */
void standin_growth_trim(standin_gc *gc, SIZE_T keep);

/* Keeps the memory after the used slots, but resets its contents. */
void standin_growth_reset_tail(standin_gc *gc);

#endif
