/* hostmem: looking at an instance. What it holds and what was asked of it, for people and for programs that collect figures.
 * Included by hostmem.h, which has hostmem_stats and hostmem_get_stats; it says in which order comments answer what. */
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
    /* One JSON object. Its members are named as the fields of hostmem_stats; arrays are objects whose members are named as
     * the index: {"used_bytes": 4096, "refused": {"task": 0, "app_domain": 0, "process": 0}, ...}. Numbers are whole, and
     * may be more than 2^53. */
    HOSTMEM_JSON,
    /* OpenMetrics 1.0, for a response of the type application/openmetrics-text. */
    HOSTMEM_OPENMETRICS,
    /* The same metrics in the text format of Prometheus (0.0.4), which is what text-file collectors of exporters read: write
     * it to a file beside the one that they look for, and rename it. */
    HOSTMEM_PROMETHEUS
} hostmem_stats_format;

/* Writes figures as text. The metrics are
 *
 *     hostmem_reserved_bytes, hostmem_peak_used_bytes ...    gauges; every field of hostmem_stats whose name ends in _bytes.
 *                                                            hostmem_limit_bytes is left out where there is no limit.
 *     hostmem_heaps, hostmem_heap_blocks                     gauges
 *     hostmem_latched, hostmem_clr_unavailable               gauges, 0 or 1
 *     hostmem_calls_total{method="VirtualAlloc"}             counters; and so on for the other methods
 *     hostmem_refusals_total{result="timeout",level="task"}  result: out_of_memory, timeout, abandoned, fail_fast,
 *                                                            unavailable; level: task, app_domain, process, none
 *     hostmem_waits_total{level="task"}
 *     hostmem_wait_seconds_total{level="task"}
 *     hostmem_notifications_total{kind="low"}                low, neutral, high
 *     hostmem_injected_faults_total{level="task"}            with none for methods without a level
 *     hostmem_lock_failures_total, hostmem_numa_misses_total
 *
 * stats: as hostmem_get_stats has written it. Fields beyond stats->size are left out.
 * name: what to call the instance, in UTF-8 (what is not becomes '?'): a label of every metric, a member of the JSON object, a
 *       word in the heading. For metrics it tells several instances or processes apart, which one collector needs. NULL:
 *       none.
 * text: receives the text with a final 0, or an empty one if it does not fit. May be NULL where text_bytes is 0.
 * needed: receives how many bytes the text takes, the final 0 included, whether it fits or not. NULL: not wanted.
 * Errors: HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER) (*needed is more than text_bytes), E_POINTER (stats is NULL, or text
 *         where text_bytes is not 0), E_INVALIDARG (no such format, or stats->size is smaller than the first version's).
 * Threads: any. */
HOSTMEM_API HRESULT hostmem_format_stats(const hostmem_stats *stats, hostmem_stats_format format, const char *name,
                                         char *text, SIZE_T text_bytes, SIZE_T *needed);

#ifdef __cplusplus
}
#endif

#endif
