/* Traces: every call that the CLR makes, and what came of it, in a file or in the hands of the host. The format is that
 * of hostmem/trace_format.h. Included by hostmem/hostmem.h, whose conventions hold here. */
#ifndef HOSTMEM_TRACE_H
#define HOSTMEM_TRACE_H

#include <hostmem/hostmem.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How a trace is recorded. Clear it, set size, and either path or write. */
typedef struct hostmem_trace_config {
    UINT32 size;      /* sizeof(hostmem_trace_config) */
    UINT32 flags;     /* 0: none are defined; unknown bits are refused */
    const char *path; /* of the file to write, UTF-8; one that is there is replaced. "%p" stands for the id of the
                         process, "%i" for the number of the instance in the process, from 1 in the order of creation.
                         Borrowed for the call. */
    /* Instead of path: gets the file piece by piece, each one whole: first the file's header, then a block a call. A
     * result that is a failure ends the trace. Called on the trace's own thread, from then on until the trace has
     * ended. */
    HRESULT (*write)(void *context, const void *data, SIZE_T bytes);
    void *context; /* passed to write */
    /* For events on their way to the file, 64 bytes each; 0: 8 MiB; at most 64 MiB. Rounded up to pieces of 16 KiB, and
     * to two of them. Events that find no room are dropped and counted. The buffer is taken at the first start and kept
     * until the instance has ended: later starts have the same. */
    UINT64 buffer_bytes;
    UINT32 interval_ms;   /* the longest time between two samples of the figures, while nothing happens; 0: 100; at most
                             HOSTMEM_TRACE_MAX_INTERVAL_MS. They are taken more often while there are events. */
    UINT32 reserved_word; /* 0 */
} hostmem_trace_config;

#define HOSTMEM_TRACE_MAX_INTERVAL_MS 60000u /* a minute */

/* While a trace is recorded its file can be opened, renamed and deleted by others. Between rounds it is not open for
 * writing, so that even who does not share that can read it; but as long as he has it open the trace cannot go on, and
 * what finds no room in the buffer meanwhile is dropped and counted.
 *
 * HOSTMEM_TRACE, with HOSTMEM_ENVIRONMENT: the trace of an instance from hostmem_create on, in the file of that path,
 * which may have "%p" and "%i" in it. Somebody wants to see what a host does, and not to stop it. So hostmem_create
 * succeeds whether the trace can be started or not, and nothing but a trace or an empty file is replaced. If the file
 * is in use, by another instance or process, one with a number is made: run-2.trace, run-3.trace, up to 99. If the
 * trace cannot be started, or ends because it cannot be written, one line says so: on standard error, or, where the
 * program has none, in the application's event log, from the source "hostmem". hostmem_trace_error and
 * hostmem_trace_get_status say it to the host. */

/* How a trace is doing: the one that is running, or the last one. */
typedef struct hostmem_trace_status {
    UINT32 size;          /* sizeof(hostmem_trace_status), set by the caller */
    UINT32 running;       /* 1: events are being recorded */
    UINT64 events;        /* number written */
    UINT64 dropped;       /* number that are missing from the file */
    UINT64 written_bytes; /* of the file */
    HRESULT error; /* of the first write that failed, which has ended the trace, or of the start that HOSTMEM_TRACE
                             wanted; S_OK: none has failed */
    UINT32 reserved_word; /* 0 */
} hostmem_trace_status;

/* Starts recording. The calls that record wait for nothing, neither for the disk nor for each other: what is faster
 * than the disk for longer than the buffer lasts is dropped.
 * config: Ownership: copied; path is not used after the call.
 * Errors: E_POINTER (instance or config is NULL), HRESULT_FROM_WIN32 of ERROR_BAD_LENGTH, ERROR_INVALID_FLAGS and
 *         ERROR_NOT_SUPPORTED as in hostmem_create, E_INVALIDARG (a value out of range; both or neither of path and
 *         write), E_OUTOFMEMORY, HRESULT_FROM_WIN32 of what creating the file said (ERROR_SHARING_VIOLATION: another
 *         trace is being recorded to it), HOST_E_INVALIDOPERATION (the last trace was not stopped, or has not quite
 *         ended, or hostmem_shutdown was called). Nothing is changed then.
 * Threads: any. The first start in a process may take some milliseconds. */
HOSTMEM_API HRESULT hostmem_trace_start(_In_ hostmem *instance, _In_ const hostmem_trace_config *config);

/* Ends the trace: what has been recorded is written, and the file closed. That may be as much as the buffer holds, and
 * takes as long as the disk, or write, takes for it. hostmem_shutdown and hostmem_release do so, too.
 * Errors: E_POINTER (instance is NULL), HOST_E_INVALIDOPERATION (none is running), HRESULT_FROM_WIN32(ERROR_TIMEOUT)
 *         (for a minute nothing at all was written, because a write to the file, or a call of write, did not return;
 *         the trace goes on and ends by itself as soon as it can), or that of the first write that failed; the trace
 *         has ended then.
 * Threads: any. Called from write, it waits for nothing and returns S_OK; the trace ends after that. */
HOSTMEM_API HRESULT hostmem_trace_stop(_In_ hostmem *instance);

/* Says in words what hostmem_trace_status.error has as a number.
 * text: receives one line without a newline, cut to text_bytes with its final 0: "no trace was started: the folder does
 *       not exist"; empty if nothing is wrong. NULL with text_bytes 0: only the result is wanted.
 * Errors: E_POINTER (instance is NULL, or text where text_bytes is not 0); otherwise hostmem_trace_status.error.
 * Threads: any, at any time; it never blocks. */
HOSTMEM_API HRESULT hostmem_trace_error(_In_ hostmem *instance, _Out_writes_opt_z_(text_bytes) char *text,
                                        SIZE_T text_bytes);

/* Reads how the trace is doing. Before the first start all is 0.
 * status: the caller sets status->size; all fields within that size are written, those this version does not know as 0.
 * Errors: E_POINTER (an argument is NULL), E_INVALIDARG (status->size is smaller than the first version's; nothing is
 *         written).
 * Threads: any, at any time; it never blocks. */
HOSTMEM_API HRESULT hostmem_trace_get_status(_In_ hostmem *instance, _Inout_ hostmem_trace_status *status);

#ifdef __cplusplus
}
#endif

#endif
