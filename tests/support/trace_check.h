/* Traces of tests over a simulated system: start, stop, read, and compare event by event. Used on the main thread
 * only. */
#ifndef HOSTMEM_TESTS_TRACE_CHECK_H
#define HOSTMEM_TESTS_TRACE_CHECK_H

#include "host_fixture.h"
#include "sim_thread.h"
#include "trace_reader.h"

#define TRACE_PATH "some/where.trace"

/* Writes to a file of the simulated system. */
void trace_check_start(hostmem *instance, const char *path);

/* Stops the trace, which must succeed, and reads it, with the events in the order of time; a mistake fails the test. */
void trace_check_stop(host_fixture *fixture, trace_content *content);

/* Reads what a file contains so far. */
void trace_check_read(host_fixture *fixture, const char *path, trace_content *content);

/* Events [first, first + count) equal these; ticks are not compared, nor threads where the expected one is 0. */
void trace_check_events(const trace_content *content, UINT32 first, const hostmem_trace_event *expected, UINT32 count,
                        const char *file, int line);

#define expect_events(content, first, ...)                                                                         \
    trace_check_events(content, first, (const hostmem_trace_event[]){__VA_ARGS__},                                 \
                       sizeof((const hostmem_trace_event[]){__VA_ARGS__}) / sizeof(hostmem_trace_event), __FILE__, \
                       __LINE__)

/* The first fields of an expected event, without and with a level. */
#define EVENT(kind) REQUEST(kind, HOSTMEM_TRACE_NO_LEVEL)
#define REQUEST(kind, of_level) .what = HOSTMEM_TRACE_##kind, .level = (of_level)

hostmem_trace_status trace_check_status(hostmem *instance);

/* A host's own function for traces, which stores what it receives. */
typedef struct trace_sink {
    unsigned char *data;
    SIZE_T bytes;
    SIZE_T capacity;
    UINT32 calls;
    UINT32 fails_from; /* this call, counted from 1, and later ones fail with E_ACCESSDENIED; 0: none */
    sim_gate *entered; /* NULL; or it opens `entered` at each call, */
    sim_gate *leave;   /* and returns when `leave` opens */
    hostmem *stops;    /* NULL; or the instance whose trace it stops in its second call, */
    HRESULT stopped;   /* with this result */
} trace_sink;

HRESULT trace_sink_write(void *sink, const void *data, SIZE_T bytes);
/* Starts a trace to the sink; buffer_bytes as in hostmem_trace_config. */
void trace_sink_start(hostmem *instance, trace_sink *sink, UINT64 buffer_bytes);
/* Reads what the sink has received, like trace_check_read. */
void trace_sink_read(const trace_sink *sink, trace_content *content);
void trace_sink_clear(trace_sink *sink);

#endif
