/* Address space for garbage-collected objects, allocated through the manager as the CLR's collector does: reserved
 * at once, with write watch if the collector is concurrent, committed from the front in steps, decommitted or reset
 * from the back. The owner of a segment serializes the calls. */
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

/* size is a multiple of the step. If the result is not S_OK there is no segment. */
HRESULT standin_segment_open(standin_check *check, standin_segment *segment, SIZE_T size, EMemoryCriticalLevel level);
/* Commits one step after what is committed, and checks that it is zero. Does not change the count. */
HRESULT standin_segment_commit(standin_check *check, void *at, EMemoryCriticalLevel level);
/* Commits until `needed` bytes are committed. May commit only a part of them. */
HRESULT standin_segment_grow(standin_check *check, standin_segment *segment, SIZE_T needed, EMemoryCriticalLevel level);
/* Decommits everything after the first keep bytes. */
void standin_segment_shrink(standin_check *check, standin_segment *segment, SIZE_T keep);
/* Tells the system that the contents between two offsets are no longer needed. */
void standin_segment_reset(standin_check *check, standin_segment *segment, SIZE_T from, SIZE_T to);
void standin_segment_close(standin_check *check, standin_segment *segment);

/* Asks the operating system directly for written pages. If the system does not report a range that was written
 * since the last reset, that is a violation: the manager did not pass MEM_WRITE_WATCH on. */
void standin_segment_check_written(standin_check *check, void *address, SIZE_T size);
void standin_segment_forget_writes(standin_check *check, const standin_segment *segment, SIZE_T size);

#endif
