/* What the thread of a trace does: in rounds it collects the events that were left, and writes them with what they
 * refer to and a sample of the figures. Until it is told to stop, or cannot write. */
#ifndef HMI_TRACE_TRACE_WRITER_H
#define HMI_TRACE_TRACE_WRITER_H

#include "books/sites.h"
#include "core.h"
#include "events/event_buffer.h"
#include "trace/trace_output.h"

/* A module that frames lie in. */
typedef struct hmi_trace_known {
    struct hmi_trace_known *next;
    UINT_PTR base;
    SIZE_T size;
} hmi_trace_known;

typedef struct hmi_trace_writer {
    hmi_core *core;
    hmi_event_buffer *event_buffer;
    hmi_trace_output output;
    _Atomic(void *) event; /* ends a sleep */
    UINT32 interval_ms; /* the longest sleep */
    UINT32 number;      /* of the trace in the instance, from 1 */
    uint64_t start_ticks;
    uint64_t start_time;
    _Atomic uint64_t dropped_before; /* by the recorder, */
    uint64_t incomplete_before;      /* and in it */
    _Atomic uint64_t collected;      /* events */
    hmi_site *unwritten;             /* sites that events of this round refer to */
    hmi_trace_known *modules;        /* that this trace has already; objects */
    hmi_os_module module;            /* the last that was looked up */
    atomic_bool stop;
} hmi_trace_writer;

/* Begins with a recorder that may still hold events of an earlier trace. Returns when the file is complete or has
 * failed. */
void hmi_trace_writer_run(hmi_trace_writer *writer);

/* How many events are missing from the file so far. */
uint64_t hmi_trace_writer_dropped(hmi_trace_writer *writer);

#endif
