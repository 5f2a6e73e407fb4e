/* Traces: every call of the CLR with its result, written to a file or passed to the host. hostmem/trace_format.h has
 * the format. Included by hostmem/hostmem.h, whose conventions hold here. */
#ifndef HOSTMEM_TRACE_H
#define HOSTMEM_TRACE_H

#include <hostmem/hostmem.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How to record a trace. Clear it, set size, and set either path or write. */
typedef struct hostmem_trace_config {
    UINT32 size;  /* sizeof(hostmem_trace_config) */
    UINT32 flags; /* 0: none are defined; unknown bits are refused */
    /* Of the file to write, in UTF-8; an existing file is replaced. "%p" stands for the process id, "%i" for the number
     * of the instance in the process, from 1 in the order of creation. Borrowed for the call. */
    const char *path;
    /* Instead of path: receives the contents of the file in order, first the file's header, then one block in each
     * call. A failure result ends the trace. Called on the trace's own thread until the trace has ended. */
    HRESULT (*write)(void *context, const void *data, SIZE_T bytes);
    void *context; /* passed to write */
    /* Size of the buffer for events that are not written yet, 64 bytes each; 0: 8 MiB; at most 64 MiB. Rounded up to a
     * multiple of 16 KiB, and to 32 KiB. Events that do not fit are dropped and counted. The buffer is allocated at the
     * first start and kept until the instance ends: later traces use the same one. */
    UINT64 buffer_bytes;
    /* The longest time between two samples of the figures; 0: 100; at most HOSTMEM_TRACE_MAX_INTERVAL_MS. While events
     * fill the buffer faster than that, samples are taken more often: when half of it is used, what is there is written
     * at once. */
    UINT32 interval_ms;
    UINT32 reserved_word; /* 0 */
} hostmem_trace_config;

#define HOSTMEM_TRACE_MAX_INTERVAL_MS 60000u /* a minute */

/* While a trace is recorded, other programs can open, rename and delete its file. Between rounds it is not open for
 * writing, so that a program that does not share the file for writing can open it, too. While such a program has it
 * open, the trace cannot be written, and events that do not fit into the buffer are dropped and counted.
 *
 * HOSTMEM_TRACE, with HOSTMEM_ENVIRONMENT, has the path of a trace that records an instance from hostmem_create on; the
 * path may contain "%p" and "%i". This variable must not stop a host that works without it. So hostmem_create succeeds
 * even if the trace cannot be started, and only a trace or an empty file is replaced. If the file is in use by another
 * instance or process, a number is added: run-2.trace, run-3.trace, up to 99. If the trace cannot be started, or ends
 * because it cannot be written, one line says why: on standard error, or, if the program has none, in the application
 * event log, from the source "hostmem". The host learns it from hostmem_trace_error and hostmem_trace_get_status. */

/* The state of the trace that is running, or of the last one. */
typedef struct hostmem_trace_status {
    UINT32 size;          /* sizeof(hostmem_trace_status), set by the caller */
    UINT32 running;       /* 1: events are being recorded */
    UINT64 events;        /* number of events written */
    UINT64 dropped;       /* number of events missing from the file */
    UINT64 written_bytes; /* bytes of the file */
    /* Of the first failed write, which has ended the trace, or of the start that HOSTMEM_TRACE asked for; S_OK: none
     * failed */
    HRESULT error;
    UINT32 reserved_word; /* 0 */
} hostmem_trace_status;

/* Starts recording. Calls that are recorded do not wait for the disk or for each other: if the disk cannot keep up
 * until the buffer is full, events are dropped and counted.
 * config: Ownership: copied; path is not used after the call.
 * Errors: E_POINTER (instance or config is NULL), HRESULT_FROM_WIN32 of ERROR_BAD_LENGTH, ERROR_INVALID_FLAGS and
 *         ERROR_NOT_SUPPORTED as in hostmem_create, E_INVALIDARG (a value out of range; both or neither of path and
 *         write), E_OUTOFMEMORY, HRESULT_FROM_WIN32 of the error of creating the file (ERROR_SHARING_VIOLATION: another
 *         trace is being written to it), HOST_E_INVALIDOPERATION (the last trace was not stopped or has not ended yet,
 *         or hostmem_shutdown was called). Nothing is changed then.
 * Threads: any. The first start in a process may take some milliseconds. */
HOSTMEM_API HRESULT hostmem_trace_start(_In_ hostmem *instance, _In_ const hostmem_trace_config *config);

/* Ends the trace: writes the recorded events, and closes the file. That may be as much as the buffer holds, and takes
 * as long as the disk, or write, needs for it. hostmem_shutdown and hostmem_release do this, too. A call of another
 * thread that is under way meanwhile may be in the last figures and not among the events, or the other way round.
 * Errors: E_POINTER (instance is NULL), HOST_E_INVALIDOPERATION (none is running), HRESULT_FROM_WIN32(ERROR_TIMEOUT)
 *         (nothing was written for a minute, because a write to the file, or a call of write, did not return; the trace
 *         ends by itself as soon as that returns), or the error of the first failed write; the trace has ended then.
 * Threads: any. Called from write, it does not wait and returns S_OK; the trace ends after that. */
HOSTMEM_API HRESULT hostmem_trace_stop(_In_ hostmem *instance);

/* Explains hostmem_trace_status.error in words.
 * text: receives one line without a newline, cut to text_bytes and terminated by 0, such as "no trace was started: the
 * folder does not exist"; empty if there is no error. May be NULL if text_bytes is 0.
 * Errors: E_POINTER (instance is NULL, or text is NULL and text_bytes is not 0); otherwise hostmem_trace_status.error.
 * Threads: any, at any time; it never blocks. */
HOSTMEM_API HRESULT hostmem_trace_error(_In_ hostmem *instance, _Out_writes_opt_z_(text_bytes) char *text,
                                        SIZE_T text_bytes);

/* Reads the state of the trace. Before the first start all fields are 0.
 * status: the caller sets status->size; all fields within that size are written, those that this version does not know
 * as 0.
 * Errors: E_POINTER (an argument is NULL), E_INVALIDARG (status->size is smaller than the first version's; nothing is
 *         written).
 * Threads: any, at any time; it never blocks. */
HOSTMEM_API HRESULT hostmem_trace_get_status(_In_ hostmem *instance, _Inout_ hostmem_trace_status *status);

#ifdef __cplusplus
}
#endif

#endif
