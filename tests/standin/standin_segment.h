/* A stretch of address space for garbage-collected objects, taken through the manager as the CLR's collector does:
 * reserved at once, with write watch if it is concurrent, committed from the front in steps, decommitted or reset from
 * the back. The owner of a segment serialises the calls. */
#ifndef STANDIN_SEGMENT_H
#define STANDIN_SEGMENT_H

#include "standin_check.h"

typedef struct standin_segment {
    char *base;
    SIZE_T reserved;
    SIZE_T committed; /* from base on, a multiple of STANDIN_SEGMENT_STEP */
} standin_segment;

/* The collector's own unit of committing. */
enum { STANDIN_SEGMENT_STEP = 64 * 1024 };

/* size is a multiple of the step. Any result but S_OK: there is no segment. */
HRESULT standin_segment_open(standin_check *check, standin_segment *segment, SIZE_T size, EMemoryCriticalLevel level);
/* Commits one step, at the end of what is committed; it is zero, and checked to be. Counts nothing. */
HRESULT standin_segment_commit(standin_check *check, void *at, EMemoryCriticalLevel level);
/* Commits until needed bytes are there. May get part of the way. */
HRESULT standin_segment_grow(standin_check *check, standin_segment *segment, SIZE_T needed, EMemoryCriticalLevel level);
/* Decommits what is not among the first keep bytes. */
void standin_segment_shrink(standin_check *check, standin_segment *segment, SIZE_T keep);
/* Tells the system that the contents between two offsets no longer matter. */
void standin_segment_reset(standin_check *check, standin_segment *segment, SIZE_T from, SIZE_T to);
void standin_segment_close(standin_check *check, standin_segment *segment);

/* Write watch goes straight to the operating system. A range that was written since its writes were forgotten is a
 * violation when the system has not noticed: then the manager did not pass MEM_WRITE_WATCH on. */
void standin_segment_check_written(standin_check *check, void *address, SIZE_T size);
void standin_segment_forget_writes(standin_check *check, const standin_segment *segment, SIZE_T size);

#endif
