/* hostmem: looking at an instance. What it holds and what was asked of it, for people and for programs that collect
 * figures. Included by hostmem.h, which has hostmem_stats and hostmem_get_stats; it says in which order comments answer
 * what. */
#ifndef HOSTMEM_INSPECT_H
#define HOSTMEM_INSPECT_H

#include <hostmem/hostmem.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Figures as text ---- */

/* Forms for hostmem_format_stats. All are UTF-8 with lines that end in "\n", whatever the locale. */
typedef enum hostmem_stats_format {
    /* A table for people, of a few dozen lines. What it says may change between versions. */
    HOSTMEM_TEXT,
    /* One JSON object. Its members are named as the fields of hostmem_stats; arrays are objects whose members are named
     * as the index: {"used_bytes": 4096, "refused": {"task": 0, "app_domain": 0, "process": 0}, ...}. Numbers are
     * whole, and may be more than 2^53. */
    HOSTMEM_JSON,
    /* OpenMetrics 1.0, for a response of the type application/openmetrics-text. */
    HOSTMEM_OPENMETRICS,
    /* The same metrics in the text format of Prometheus (0.0.4), which is what text-file collectors of exporters read:
     * write it to a file beside the one that they look for, and rename it. */
    HOSTMEM_PROMETHEUS
} hostmem_stats_format;

/* Writes figures as text. The metrics are
 *
 *     hostmem_reserved_bytes, hostmem_peak_used_bytes ...    gauges; every field of hostmem_stats that ends in _bytes.
 *                                                            hostmem_limit_bytes is left out where there is no limit.
 *     hostmem_heaps, hostmem_heap_blocks                     gauges
 *     hostmem_latched, hostmem_clr_unavailable               gauges, 0 or 1
 *     hostmem_calls_total{method="VirtualAlloc"}             counters; and so on for the other methods
 *     hostmem_refusals_total{result="timeout",level="task"}  result: out_of_memory, timeout, abandoned, fail_fast,
 *                                                            unavailable; level: task, app_domain, process, none
 *     hostmem_refusals_by_total{by="system",level="task"}    by: budget, system
 *     hostmem_last_system_error                              a gauge
 *     hostmem_waits_total{level="task"}
 *     hostmem_wait_seconds_total{level="task"}
 *     hostmem_notifications_total{kind="low"}                low, neutral, high
 *     hostmem_injected_faults_total{level="task"}            with none for methods without a level
 *     hostmem_lock_failures_total, hostmem_numa_misses_total
 *
 * stats: as hostmem_get_stats has written it. Fields beyond stats->size are left out.
 * name: what to call the instance, in UTF-8 (what is not becomes '?'): a label of every metric, a member of the JSON
 *       object, a word in the heading. For metrics it tells several instances or processes apart: a collector that
 *       finds two with the same name in one place drops one. NULL: none.
 * text: receives the text with a final 0, or an empty one if it does not fit. May be NULL where text_bytes is 0.
 * needed: receives how many bytes the text takes, the final 0 included, whether it fits or not. NULL: not wanted.
 * Errors: HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER) (*needed is more than text_bytes), E_POINTER (stats is NULL, or
 *         text where text_bytes is not 0), E_INVALIDARG (no such format, or stats->size is smaller than the first
 *         version's).
 * Threads: any. */
HOSTMEM_API HRESULT hostmem_format_stats(_In_ const hostmem_stats *stats, hostmem_stats_format format,
                                         _In_opt_z_ const char *name, _Out_writes_opt_z_(text_bytes) char *text,
                                         SIZE_T text_bytes, _Out_opt_ SIZE_T *needed);

/* The figures of an instance, and what to call it. */
typedef struct hostmem_named_stats {
    const hostmem_stats *stats; /* as hostmem_get_stats has written it */
    const char *name;           /* as in hostmem_format_stats */
} hostmem_named_stats;

/* Writes the metrics of several instances as one text: what a collector takes for one answer. The texts of
 * hostmem_format_stats, one behind the other, are none, since a metric may be described only once.
 * instances: count of them; no two may have the same name, of which NULL and "" are one.
 * format: HOSTMEM_OPENMETRICS or HOSTMEM_PROMETHEUS.
 * text, needed: as in hostmem_format_stats.
 * Errors: as there; E_POINTER for instances too, and for stats of one; E_INVALIDARG also where two names are the same.
 * Threads: any. */
HOSTMEM_API HRESULT hostmem_format_all_stats(_In_reads_opt_(count) const hostmem_named_stats *instances, UINT32 count,
                                             hostmem_stats_format format, _Out_writes_opt_z_(text_bytes) char *text,
                                             SIZE_T text_bytes, _Out_opt_ SIZE_T *needed);

/* ---- Address space ---- */

/* hostmem_region.kind; the same as in traces. */
enum {
    HOSTMEM_REGION_PAGES = 1, /* in a reservation that was made through the manager */
    HOSTMEM_REGION_VIEW = 2   /* a view that the CLR has announced by AcquiredVirtualAddressSpace */
};

/* Pages side by side in one reservation or view that are alike. */
typedef struct hostmem_region {
    UINT32 size;             /* of this struct in the library's version: later ones have more at the end */
    UINT32 kind;             /* HOSTMEM_REGION_PAGES, HOSTMEM_REGION_VIEW */
    void *base;              /* of the first page */
    void *allocation_base;   /* where the reservation or view begins */
    UINT64 bytes;            /* how long it is */
    UINT64 allocation_bytes; /* of the whole reservation or view */
    UINT32 state;            /* MEM_COMMIT or MEM_RESERVE */
    UINT32 protect;          /* PAGE_ bits; 0 where nothing is committed */
} hostmem_region;

/* FALSE: enough, visit no more. region is valid during the call. It may call the manager and the library. */
typedef BOOL hostmem_region_visitor(void *context, const hostmem_region *region);

/* Visits all that the manager has reserved and the views it was told of, by rising addresses: each run of pages that
 * are alike, as the operating system describes it. A view that was announced inside a reservation is visited as a part
 * of that alone.
 * While other threads allocate and free, every region was as described, and in the books, at some moment of the visit;
 * what comes or goes meanwhile may be visited or not.
 * Returns: S_OK, S_FALSE (the visitor had enough).
 * Errors: E_POINTER (instance or visitor is NULL).
 * Threads: any, at any time; it never blocks. It costs a VirtualQuery for each region, some microseconds. */
HOSTMEM_API HRESULT hostmem_for_each_region(_In_ hostmem *instance, _In_ hostmem_region_visitor *visitor,
                                            _In_opt_ void *context);

/* Whether code in the region can be overwritten while it can be executed. */
static __inline BOOL hostmem_region_is_writable_code(const hostmem_region *region)
{
    return region->state == MEM_COMMIT && (region->protect & (PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY)) != 0;
}

/* What a visit to all regions adds up to. Committed and executable bytes are those of reservations, and of views those
 * that were committed by VirtualAlloc through the manager. */
typedef struct hostmem_audit {
    UINT32 size;             /* sizeof(hostmem_audit), set by the caller */
    UINT32 reserved_word;    /* 0 */
    UINT64 regions;          /* number of them, views included */
    UINT64 reserved_bytes;   /* as hostmem_stats has these four: equal at rest, unless somebody has changed memory of */
    UINT64 committed_bytes;  /* the manager behind its back */
    UINT64 executable_bytes; /* committed, and may be executed */
    UINT64 mapped_bytes;     /* of views */
    UINT64 writable_code_regions; /* number of those that can be written to and executed at once, views included */
    UINT64 writable_code_bytes;   /* of those */
} hostmem_audit;

/* Asks the operating system about all regions: a check of the books, and of pages that are writable and executable at
 * once. hostmem_for_each_region and hostmem_region_is_writable_code tell which those are.
 * audit: the caller sets audit->size; all fields within that size are written.
 * Errors: E_POINTER (an argument is NULL), E_INVALIDARG (audit->size is smaller than the first version's; nothing is
 *         written).
 * Threads: as hostmem_for_each_region. */
HOSTMEM_API HRESULT hostmem_get_audit(_In_ hostmem *instance, _Inout_ hostmem_audit *audit);

/* ---- Heap blocks by origin ---- */

/* hostmem_origin.kind */
enum {
    HOSTMEM_ORIGIN_UNKNOWN = 0, /* blocks of Alloc */
    HOSTMEM_ORIGIN_SITE = 1,    /* a place in source code that DebugAlloc was called from */
    HOSTMEM_ORIGIN_STACK = 2    /* a call stack that was sampled (hostmem_config.sample_bytes) */
};

/* Live blocks of one origin. */
typedef struct hostmem_origin {
    UINT32 size;            /* of this struct in the library's version: later ones have more at the end */
    UINT32 kind;            /* HOSTMEM_ORIGIN_UNKNOWN and so on */
    UINT64 id;              /* the same in every visit, and in traces; 0: unknown */
    const char *file;       /* of a site, as DebugAlloc was given it; empty if it was given none, and where there is no
                               site. Valid while the instance is. */
    INT32 line;             /* in that file */
    UINT32 frame_count;     /* of a stack; otherwise 0 */
    UINT64 live_blocks;     /* number of blocks that have not been freed; of a stack, those that were sampled */
    UINT64 live_bytes;      /* as asked for */
    UINT64 oldest_ms;       /* how long ago the oldest of them was made, to 16 ms; 0 for those of unknown origin */
    UINT64 estimated_bytes; /* of a stack: how many bytes its live blocks have, those included that were not sampled and
                               count as of unknown origin. An estimate: right on average, and from n blocks off by about
                               one part in the square root of n. Otherwise the same as live_bytes. */
    void *const *frames;    /* of a stack: frame_count return addresses, innermost first, the library's own included.
                               Valid while the instance is. NULL: it is no stack. */
} hostmem_origin;

/* FALSE: enough, visit no more. origin is valid during the call. It may call the manager and the library. */
typedef BOOL hostmem_origin_visitor(void *context, const hostmem_origin *origin);

/* Visits the origins of all live blocks, by falling live_bytes; the blocks of unknown origin are one of them. At rest
 * the sums over all are heap_blocks and heap_bytes of hostmem_stats. While others run, blocks that come or go may be
 * counted or not, and those of unknown origin take up the difference.
 * Returns: S_OK, S_FALSE (the visitor had enough).
 * Errors: E_POINTER (instance or visitor is NULL), E_OUTOFMEMORY.
 * Threads: any, at any time; it never blocks. It costs some nanoseconds for each live block that has an origin. */
HOSTMEM_API HRESULT hostmem_for_each_origin(_In_ hostmem *instance, _In_ hostmem_origin_visitor *visitor,
                                            _In_opt_ void *context);

/* ---- What has grown ---- */

/* What an instance held at one moment. */
typedef struct hostmem_baseline hostmem_baseline;

/* Takes note of all figures and of the live blocks of every origin, to be compared with what there is later.
 * Ownership: on S_OK *out is the caller's, given back with hostmem_baseline_release. It keeps what it needs of the
 *            instance alive.
 * Errors: E_POINTER (an argument is NULL), E_OUTOFMEMORY. *out is NULL then.
 * Threads: any, at any time; it never blocks. */
HOSTMEM_API HRESULT hostmem_baseline_create(_In_ hostmem *instance,
                                            _Outptr_result_nullonfailure_ hostmem_baseline **out);

/* Reads the figures that were noted.
 * stats: as for hostmem_get_stats.
 * Errors: E_POINTER (an argument is NULL), E_INVALIDARG (stats->size is smaller than the first version's).
 * Threads: any. */
HOSTMEM_API HRESULT hostmem_baseline_get_stats(_In_ const hostmem_baseline *baseline, _Inout_ hostmem_stats *stats);

/* An origin whose live blocks have changed. */
typedef struct hostmem_growth {
    UINT32 size;                  /* of this struct in the library's version: later ones have more at the end */
    UINT32 reserved_word;         /* 0 */
    const hostmem_origin *origin; /* as it is now; it may have no blocks left */
    INT64 blocks;                 /* how many there are more; below 0: fewer */
    INT64 bytes;                  /* and of how many bytes */
} hostmem_growth;

/* FALSE: enough, visit no more. growth is valid during the call. It may call the manager and the library. */
typedef BOOL hostmem_growth_visitor(void *context, const hostmem_growth *growth);

/* Visits the origins whose live blocks are not as many or not as large as noted: first those that have grown most, by
 * bytes, last those that have shrunk most.
 * Returns: S_OK, S_FALSE (the visitor had enough).
 * Errors: E_POINTER (baseline or visitor is NULL), E_OUTOFMEMORY.
 * Threads: any, at any time, several at once; it never blocks. */
HOSTMEM_API HRESULT hostmem_baseline_for_each_growth(_In_ const hostmem_baseline *baseline,
                                                     _In_ hostmem_growth_visitor *visitor, _In_opt_ void *context);

/* Gives a baseline back. NULL is allowed.
 * Threads: any, when nobody else uses the baseline. */
HOSTMEM_API void hostmem_baseline_release(_In_opt_ hostmem_baseline *baseline);

/* ---- Leaks ---- */

/* Receives one line of a report, without a newline. line is valid during the call. */
typedef void hostmem_line_writer(void *context, const char *line);

/* Reports the blocks that are held: a line with their number and bytes, then one for each origin, by falling bytes:
 *
 *     hostmem: 4 blocks (1250 bytes) are still allocated:
 *        1000 B in 1 block: b.cpp:7, the oldest from 12 s ago
 *         150 B in 2 blocks: unknown origin
 *         100 B in 1 block: a sample for 4096 bytes, called from 7ff6a1b21f30 7ff6a1b2204a, the oldest from 3 s ago
 *
 * Nothing is written if none is held. Call it before hostmem_release, when the runtime has stopped: what it has not
 * given back by then, it has lost or keeps for the process's life. hostmem_config.leak_sink has such reports without a
 * call.
 * Errors: E_POINTER (instance or write is NULL), E_OUTOFMEMORY (before anything was written).
 * Threads: any, at any time; it never blocks. write is called on the same thread. */
HOSTMEM_API HRESULT hostmem_report_leaks(_In_ hostmem *instance, _In_ hostmem_line_writer *write,
                                         _In_opt_ void *context);

#ifdef __cplusplus
}
#endif

#endif
