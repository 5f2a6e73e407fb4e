/* hostmem: inspecting an instance: its figures, its memory, and the origins of its heap blocks, for people and for
 * programs that collect figures. Included by hostmem.h, which has hostmem_stats and hostmem_get_stats, and whose
 * conventions for comments hold here. */
#ifndef HOSTMEM_INSPECT_H
#define HOSTMEM_INSPECT_H

#include <hostmem/hostmem.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Figures as text ---- */

/* Formats for hostmem_format_stats. All are UTF-8 with lines that end in "\n", whatever the locale. */
typedef enum hostmem_stats_format {
    /* A table for people, of a few dozen lines. Its contents may change between versions. */
    HOSTMEM_TEXT,
    /* One JSON object. Its members are named as the fields of hostmem_stats; arrays are objects whose members are named
     * as the index: {"used_bytes": 4096, "refused": {"task": 0, "app_domain": 0, "process": 0}, ...}. Numbers are
     * whole, and may be more than 2^53. */
    HOSTMEM_JSON,
    /* OpenMetrics 1.0, for a response of the type application/openmetrics-text. */
    HOSTMEM_OPENMETRICS,
    /* The same metrics in the text format of Prometheus (0.0.4), which the text-file collectors of exporters read:
     * write them to a temporary file in the same folder, and rename it to the name that the collector reads. */
    HOSTMEM_PROMETHEUS
} hostmem_stats_format;

/* Writes figures as text. The metrics are
 *
 *     hostmem_reserved_bytes, hostmem_peak_used_bytes ...    gauges; every field of hostmem_stats that ends in _bytes.
  *                                                            hostmem_limit_bytes is left out if there is no limit.
 *     hostmem_kind_bytes{kind="objects"}                     gauges, only of a modern .NET runtime; kind: other,
 *                                                            objects, tables, loader, code, blocks, libraries, invoked
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
 * They keep these names in OpenTelemetry, too, where a collector's receiver for Prometheus takes them as they are. Its
 * conventions have names for figures of the whole process, measured by the operating system, and for the runtime's own
 * figures, which .NET 9 and later report themselves (meter System.Runtime). What is counted here is an instance's
 * memory, so under those names it would be another quantity, and counted twice:
 *
 *     process.memory.virtual (committed)            contains hostmem_committed_bytes, and what backs heap blocks
 *     process.memory.usage (physical)               none: pages that are committed need not be in physical memory
 *     dotnet.gc.last_collection.memory.committed_size
 *                                                   hostmem_kind_bytes{kind="objects"} and {kind="tables"} now, and
 *                                                   that one at the last collection
 *     dotnet.process.memory.working_set             none, for the same reason as process.memory.usage
 *
 * stats: as written by hostmem_get_stats. Fields beyond stats->size are left out.
 * name: a name for the instance in UTF-8 (invalid bytes become '?'): a label of every metric, a member of the JSON
 *       object, the heading of the table. It distinguishes the metrics of several instances or processes; a collector
 *       that finds the same name twice in one place drops one of them. NULL: none.
 * text: receives the text, terminated by 0; an empty one if it does not fit. May be NULL if text_bytes is 0.
 * needed: receives how many bytes the text takes with its terminating 0, whether it fits or not. NULL: not wanted.
 * Errors: HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER) (*needed is more than text_bytes), E_POINTER (stats is NULL, or
 *         text is NULL and text_bytes is not 0), E_INVALIDARG (no such format, or stats->size is smaller than the first
 *         version's).
 * Threads: any. */
HOSTMEM_API HRESULT hostmem_format_stats(_In_ const hostmem_stats *stats, hostmem_stats_format format,
                                         _In_opt_z_ const char *name, _Out_writes_opt_z_(text_bytes) char *text,
                                         SIZE_T text_bytes, _Out_opt_ SIZE_T *needed);

/* The figures of an instance, and its name. */
typedef struct hostmem_named_stats {
    const hostmem_stats *stats; /* as written by hostmem_get_stats */
    const char *name;           /* as in hostmem_format_stats */
} hostmem_named_stats;

/* Writes the metrics of several instances as one text, such as a collector expects as one response. Texts of
 * hostmem_format_stats cannot simply be joined, because each metric may be described only once.
 * instances: count of them; no two may have the same name. NULL and "" are the same name.
 * format: HOSTMEM_OPENMETRICS or HOSTMEM_PROMETHEUS.
 * text, needed: as in hostmem_format_stats.
 * Errors: as hostmem_format_stats; E_POINTER also for instances, and for the stats of one; E_INVALIDARG also if two
 *         names are the same.
 * Threads: any. */
HOSTMEM_API HRESULT hostmem_format_all_stats(_In_reads_opt_(count) const hostmem_named_stats *instances, UINT32 count,
                                             hostmem_stats_format format, _Out_writes_opt_z_(text_bytes) char *text,
                                             SIZE_T text_bytes, _Out_opt_ SIZE_T *needed);

/* ---- Address space ---- */

/* hostmem_region.kind; the values are the same in traces. */
enum {
    HOSTMEM_REGION_PAGES = 1, /* in a reservation that was made through the manager */
    HOSTMEM_REGION_VIEW = 2   /* a view that the CLR has announced by AcquiredVirtualAddressSpace */
};

/* Adjacent pages of one reservation or view with the same state and protection. */
typedef struct hostmem_region {
    UINT32 size;             /* size of this struct in the library's version; later ones may be longer */
    UINT32 kind;             /* HOSTMEM_REGION_PAGES, HOSTMEM_REGION_VIEW */
    void *base;              /* address of the first page */
    void *allocation_base;   /* where the reservation or view begins */
    UINT64 bytes;            /* of this region */
    UINT64 allocation_bytes; /* of the whole reservation or view */
    UINT32 state;            /* MEM_COMMIT or MEM_RESERVE */
    UINT32 protect;          /* PAGE_ bits; 0 if the pages are not committed */
} hostmem_region;

/* Return FALSE to stop the visit. region is valid during the call. The visitor may call the manager and the library. */
typedef BOOL hostmem_region_visitor(void *context, const hostmem_region *region);

/* Visits everything that the manager has reserved, and the announced views, by rising address: each run of pages with
 * the same state and protection, as the operating system describes it. A view that was announced inside of a
 * reservation is visited only as part of the reservation. While other threads allocate and free, each region was as
 * described, and in the books, at some moment of the visit; regions that appear or disappear meanwhile may or may not
 * be visited.
 * Returns: S_OK, S_FALSE (the visitor has stopped the visit).
 * Errors: E_POINTER (instance or visitor is NULL).
 * Threads: any, at any time; it never blocks. It makes a VirtualQuery for each region, some microseconds each. */
HOSTMEM_API HRESULT hostmem_for_each_region(_In_ hostmem *instance, _In_ hostmem_region_visitor *visitor,
                                            _In_opt_ void *context);

/* Whether the region is committed, writable and executable at once. */
static __inline BOOL hostmem_region_is_writable_code(const hostmem_region *region)
{
    return region->state == MEM_COMMIT && (region->protect & (PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY)) != 0;
}

/* The sums over all regions. committed_bytes and executable_bytes count reservations, and in views only what
 * VirtualAlloc has committed through the manager. */
typedef struct hostmem_audit {
    UINT32 size;                  /* sizeof(hostmem_audit), set by the caller */
    UINT32 reserved_word;         /* 0 */
    UINT64 regions;               /* number of regions, including those of views */
    UINT64 reserved_bytes;        /* as in hostmem_stats, and so the next three: equal while no call runs, */
    UINT64 committed_bytes;       /* unless memory was changed without the manager */
    UINT64 executable_bytes;      /* committed, and executable */
    UINT64 mapped_bytes;          /* of views */
    UINT64 writable_code_regions; /* number of regions that are writable and executable, including those of views */
    UINT64 writable_code_bytes;   /* of these regions */
} hostmem_audit;

/* Queries the operating system about all regions, to check the books and to find pages that are writable and executable
 * at once. hostmem_for_each_region and hostmem_region_is_writable_code tell which pages these are.
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

/* Live blocks of one origin, and, if commits are sampled (hostmem_config.sample_bytes), committed pages. */
typedef struct hostmem_origin {
    UINT32 size; /* size of this struct in the library's version; later ones may be longer */
    UINT32 kind; /* HOSTMEM_ORIGIN_UNKNOWN and so on */
    UINT64 id;   /* the same in every visit and in traces; 0: unknown */
    /* Of a site: as passed to DebugAlloc; empty if it was NULL, or if this is no site. Valid while the instance is. */
    const char *file;
    INT32 line;         /* in that file */
    UINT32 frame_count; /* of a stack; otherwise 0 */
    UINT64 live_blocks; /* number of blocks that were not freed; of a stack, only sampled ones */
    UINT64 live_bytes;  /* in bytes as requested */
    UINT64 oldest_ms;   /* age of the oldest block in units of about 16 ms; 0 for unknown origin */
    /* Of a stack: an estimate of the bytes of all its live blocks, including those that were not sampled and count as
     * of unknown origin. Right on average; with n sampled blocks, off by about one part in the square root of n.
     * Otherwise the same as live_bytes. */
    UINT64 estimated_bytes;
    /* Of a stack: frame_count return addresses, innermost first, including calls inside of the library. Valid while the
     * instance is. NULL: no stack. */
    void *const *frames;
    /* Of a stack: bytes of pages that were committed from there and are still committed, whichever calls decommitted
     * others; exact, except where calls for the same pages overlapped. Of unknown origin: of all other committed pages.
     * Otherwise, and without sample_bytes, 0. */
    UINT64 live_page_bytes;
    /* Of a stack: an estimate like estimated_bytes, with the pages of commits that were not sampled. Otherwise the same
     * as live_page_bytes. */
    UINT64 estimated_page_bytes;
} hostmem_origin;

/* Return FALSE to stop the visit. origin is valid during the call. The visitor may call the manager and the library. */
typedef BOOL hostmem_origin_visitor(void *context, const hostmem_origin *origin);

/* Visits the origins of all live blocks and, with hostmem_config.sample_bytes, of all committed pages, by falling
 * live_bytes and live_page_bytes together; those of unknown origin are one of them. An origin may have pages and no
 * blocks. While no call runs, the sums over all origins are heap_blocks, heap_bytes and, with sample_bytes,
 * committed_bytes of hostmem_stats. While other threads run, what is allocated or freed may or may not be counted, and
 * the difference goes to the unknown origin.
 * Returns: S_OK, S_FALSE (the visitor has stopped the visit).
 * Errors: E_POINTER (instance or visitor is NULL), E_OUTOFMEMORY.
 * Threads: any, at any time; it never blocks. It takes some nanoseconds for each live block, and each page, that has
 *          an origin, or had one. */
HOSTMEM_API HRESULT hostmem_for_each_origin(_In_ hostmem *instance, _In_ hostmem_origin_visitor *visitor,
                                            _In_opt_ void *context);

/* ---- Growth ---- */

/* The figures and live blocks of an instance at one moment. */
typedef struct hostmem_baseline hostmem_baseline;

/* Records all figures and the live blocks of every origin, to compare later ones with.
 * Ownership: on S_OK *out is the caller's, released with hostmem_baseline_release. It keeps the parts of the instance
 *            that it needs alive.
 * Errors: E_POINTER (an argument is NULL), E_OUTOFMEMORY. *out is NULL then.
 * Threads: any, at any time; it never blocks. */
HOSTMEM_API HRESULT hostmem_baseline_create(_In_ hostmem *instance,
                                            _Outptr_result_nullonfailure_ hostmem_baseline **out);

/* Reads the recorded figures.
 * stats: as for hostmem_get_stats.
 * Errors: E_POINTER (an argument is NULL), E_INVALIDARG (stats->size is smaller than the first version's).
 * Threads: any. */
HOSTMEM_API HRESULT hostmem_baseline_get_stats(_In_ const hostmem_baseline *baseline, _Inout_ hostmem_stats *stats);

/* An origin whose live blocks have changed. */
typedef struct hostmem_growth {
    UINT32 size;                  /* size of this struct in the library's version; later ones may be longer */
    UINT32 reserved_word;         /* 0 */
    const hostmem_origin *origin; /* as it is now; it may have no blocks left */
    INT64 blocks;                 /* number of blocks more than in the baseline; negative: fewer */
    INT64 bytes;                  /* the same in bytes */
    INT64 page_bytes;             /* the same of committed pages, as far as hostmem_origin counts them */
} hostmem_growth;

/* Return FALSE to stop the visit. growth is valid during the call. The visitor may call the manager and the library. */
typedef BOOL hostmem_growth_visitor(void *context, const hostmem_growth *growth);

/* Visits the origins whose live blocks differ from the baseline in number or bytes, or whose committed pages do, by
 * falling growth in bytes of both; those that have shrunk come last.
 * Returns: S_OK, S_FALSE (the visitor has stopped the visit).
 * Errors: E_POINTER (baseline or visitor is NULL), E_OUTOFMEMORY.
 * Threads: any, at any time, several at once; it never blocks. */
HOSTMEM_API HRESULT hostmem_baseline_for_each_growth(_In_ const hostmem_baseline *baseline,
                                                     _In_ hostmem_growth_visitor *visitor, _In_opt_ void *context);

/* Releases a baseline. NULL is allowed.
 * Threads: any, when no other thread uses the baseline. */
HOSTMEM_API void hostmem_baseline_release(_In_opt_ hostmem_baseline *baseline);

/* ---- Leaks ---- */

/* Receives one line of a report, without a newline. line is valid during the call. */
typedef void hostmem_line_writer(void *context, const char *line);

/* Reports the blocks that were not freed: a line with their number and bytes, then one for each origin, by falling
 * bytes:
 *
 *     hostmem: 4 blocks (1250 bytes) are still allocated:
 *        1000 B in 1 block: b.cpp:7, the oldest from 12 s ago
 *         150 B in 2 blocks: unknown origin
 *         100 B in 1 block: a sample for 4096 bytes, called from 7ff6a1b21f30 7ff6a1b2204a, the oldest from 3 s ago
 *
 * Writes nothing if all blocks were freed; committed pages are no part of it. Call it before hostmem_release, when the
 * runtime has stopped: what it has not freed by then it leaks, or keeps for the life of the process.
 * hostmem_config.leak_sink gets such reports without this call.
 * Errors: E_POINTER (instance or write is NULL), E_OUTOFMEMORY (before anything was written).
 * Threads: any, at any time; it never blocks. write is called on the same thread. */
HOSTMEM_API HRESULT hostmem_report_leaks(_In_ hostmem *instance, _In_ hostmem_line_writer *write,
                                         _In_opt_ void *context);

#ifdef __cplusplus
}
#endif

#endif
