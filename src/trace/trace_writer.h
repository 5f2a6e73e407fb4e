/* The work of a trace's thread: in rounds it collects events, and writes them with the sites, stacks and modules that
 * they refer to and a sample of the figures, until it is stopped or a write fails. */
#ifndef HMI_TRACE_TRACE_WRITER_H
#define HMI_TRACE_TRACE_WRITER_H

#include "books/sites.h"
#include "core.h"
#include "events/event_buffer.h"
#include "trace/trace_output.h"

/* A module that frames of stacks lie in. */
typedef struct hmi_trace_known {
    struct hmi_trace_known *next;
    UINT_PTR base;
    SIZE_T size;
} hmi_trace_known;

/* A thread of which the trace has events. */
typedef struct hmi_trace_thread {
    UINT32 id;           /* 0: none */
    UINT32 name_crc;     /* of the name that the trace has; 0: it has none */
    UINT64 asked_ms;     /* when the system was last asked for the name; 0: not yet */
    bool has_new_events; /* since then */
} hmi_trace_thread;

/* Each thread has one of HMI_TRACE_THREAD_WAYS places. Where these are taken by threads with new events, another one is
 * not asked for its name in this round; where one is left to another thread, and the first returns, its name is
 * written again. */
enum { HMI_TRACE_THREADS = 256, HMI_TRACE_THREAD_WAYS = 8, HMI_TRACE_THREAD_NAME = 256 /* bytes */ };

/* What an instance's figures were at a time. */
typedef struct hmi_trace_figures {
    uint64_t ticks;
    hostmem_stats stats;
} hmi_trace_figures;

typedef struct hmi_trace_writer {
    hmi_core *core;
    hmi_event_buffer *event_buffer;
    hmi_trace_output output;
    _Atomic(void *) event; /* the event buffer's; ends a sleep */
    UINT32 interval_ms;    /* the longest sleep */
    UINT32 number;         /* of the trace in the instance, from 1 */
    uint64_t start_ticks;
    uint64_t start_time;
    _Atomic uint64_t dropped_before; /* dropped by the event buffer before this trace */
    uint64_t incomplete_before;      /* and incomplete in it */
    _Atomic uint64_t collected;      /* number of events */
    hmi_site *unwritten;             /* sites that events of this round refer to and that the file does not have */
    hmi_trace_known *modules;        /* modules that this trace has already written; from object_alloc */
    hmi_os_module module;            /* the module that was looked up last */
    hmi_trace_thread threads[HMI_TRACE_THREADS];
    hmi_trace_figures figures;      /* of the round's sample */
    hmi_trace_figures last_figures; /* of the end of recording; written by the thread that ends it */
    _Atomic UINT32 last_state;      /* whether last_figures are there: HMI_TRACE_FIGURES_... */
    atomic_bool stop;
} hmi_trace_writer;

enum { HMI_TRACE_FIGURES_NONE, HMI_TRACE_FIGURES_BEING_READ, HMI_TRACE_FIGURES_READ };

/* Writes a trace until it ends. The event buffer may still have events of an earlier trace. Returns when the file is
 * complete or a write has failed. */
void hmi_trace_writer_run(hmi_trace_writer *writer);

/* Reads the figures for the last sample. Called on any thread, while events are still recorded: figures that are read
 * later have calls that the trace has not. The first call counts. */
void hmi_trace_writer_read_last_figures(hmi_trace_writer *writer);

/* The number of events that are missing from the file so far. */
uint64_t hmi_trace_writer_dropped(hmi_trace_writer *writer);

#endif
