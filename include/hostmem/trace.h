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
                         process. Borrowed for the call. */
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

/* How a trace is doing: the one that is running, or the last one. */
typedef struct hostmem_trace_status {
    UINT32 size;          /* sizeof(hostmem_trace_status), set by the caller */
    UINT32 running;       /* 1: events are being recorded */
    UINT64 events;        /* number written */
    UINT64 dropped;       /* number that are missing from the file */
    UINT64 written_bytes; /* of the file */
    HRESULT error;        /* of the first write that failed, which has ended the trace; S_OK: none has */
    UINT32 reserved_word; /* 0 */
} hostmem_trace_status;

/* Starts recording. The calls that record wait for nothing, neither for the disk nor for each other: what is faster
 * than the disk for longer than the buffer lasts is dropped.
 * config: Ownership: copied; path is not used after the call.
 * Errors: E_POINTER (instance or config is NULL), HRESULT_FROM_WIN32 of ERROR_BAD_LENGTH, ERROR_INVALID_FLAGS and
 *         ERROR_NOT_SUPPORTED as in hostmem_create, E_INVALIDARG (a value out of range; both or neither of path and
 *         write), E_OUTOFMEMORY, HRESULT_FROM_WIN32 of what creating the file said, HOST_E_INVALIDOPERATION (the last
 *         trace was not stopped, or has not quite ended, or hostmem_shutdown was called). Nothing is changed then.
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
