/* Reads the figures while other threads change them. Each counter is read atomically, but not all at one moment. Values
 * that are derived from several counters are never too large. Checked against ARM's memory model: what holds between
 * two counters is ordered by the release of their additions and the acquire of these loads. */
#include "report/statistics.h"

#include "core_state.h"

#include <string.h>

/* Acquire, so that counters are read in this order: if one call changes two counters, the one that it changes last is
 * read first. */
static uint64_t read(const _Atomic uint64_t *figure)
{
    return atomic_load_explicit(figure, memory_order_acquire);
}

static uint64_t at_least(uint64_t peak, uint64_t bytes)
{
    return peak < bytes ? bytes : peak;
}

static void read_refusals(hmi_core *core, hostmem_stats *stats)
{
    unsigned by, result, level;
    memset(stats->refused, 0, sizeof stats->refused);
    memset(stats->refusals, 0, sizeof stats->refusals);
    memset(stats->refused_by, 0, sizeof stats->refused_by);
    for (by = 0; by < HOSTMEM_REFUSERS; by++) {
        for (result = 0; result < HOSTMEM_REFUSAL_RESULTS; result++) {
            for (level = 0; level <= HMI_NO_LEVEL; level++) {
                uint64_t number = read(&core->refusals[by][result][level]);
                stats->refusals[result][level] += number;
                if (result == HOSTMEM_REFUSAL_UNAVAILABLE)
                    continue;
                stats->refused_by[by][level] += number;
                if (level < HMI_NO_LEVEL)
                    stats->refused[level] += number;
            }
        }
    }
    stats->last_system_error = read(&core->last_system_error);
}

/* Calls of Alloc. Every block that was ever allocated is still allocated, was freed, or was released with its heap; and
 * it came from Alloc or DebugAlloc. If a call moves a block from one sum to another, the sum that it leaves is read
 * last, and what is subtracted is read after everything else. So while other threads run the result may be too small
 * but never too large, and the largest result so far is the best one. */
static uint64_t read_alloc_calls(hmi_core *core)
{
    hmi_quota_cache *cache = core->quota_cache;
    uint64_t last_told = read(&core->alloc_calls),
             failed = read(&core->failed_allocs) + read(&core->failed_debug_allocs);
    uint64_t given = hmi_quota_cache_calls(cache, HOSTMEM_CALL_FREE) + read(&core->released_blocks);
    uint64_t debug, now;
    given += hmi_quota_cache_used_blocks(cache);
    debug = hmi_quota_cache_calls(cache, HOSTMEM_CALL_DEBUG_ALLOC);
    now = given + failed > debug ? given + failed - debug : 0;
    while (last_told < now) {
        if (atomic_compare_exchange_weak(&core->alloc_calls, &last_told, now))
            return now;
    }
    return last_told;
}

static void read_calls(hmi_core *core, hostmem_stats *stats)
{
    unsigned method;
    for (method = 0; method < HOSTMEM_CALL_METHODS; method++)
        stats->calls[method] = method < HMI_COUNTED_METHODS ? hmi_quota_cache_calls(core->quota_cache, method)
                                                            : read(&core->rare_calls[method - HMI_COUNTED_METHODS]);
    stats->calls[HOSTMEM_CALL_FREE] += read(&core->failed_frees);
    stats->calls[HOSTMEM_CALL_ALLOC] = read_alloc_calls(core);
}

void hmi_statistics_read(hmi_core *core, hostmem_stats *stats)
{
    hmi_quota_cache *cache = core->quota_cache;
    unsigned level, kind;
    uint64_t used;
    UINT32 closed;
    stats->reserved_bytes = hmi_sum_read(&core->ledger.reserved_bytes, &stats->peak_reserved_bytes);
    stats->committed_bytes = hmi_quota_cache_used_bytes(cache, HMI_PAGES);
    stats->peak_committed_bytes = at_least(hmi_quota_cache_peak(cache, HMI_PAGES), stats->committed_bytes);
    stats->executable_bytes = hmi_sum_read(&core->ledger.executable_bytes, &stats->peak_executable_bytes);
    stats->mapped_bytes = hmi_sum_read(&core->ledger.mapped_bytes, &stats->peak_mapped_bytes);
    stats->heap_bytes = hmi_quota_cache_used_bytes(cache, HMI_BLOCKS);
    stats->peak_heap_bytes = at_least(hmi_quota_cache_peak(cache, HMI_BLOCKS), stats->heap_bytes);
    stats->heap_blocks = hmi_quota_cache_used_blocks(cache);
    stats->heaps = read(&core->heaps);
    stats->used_bytes = stats->committed_bytes + stats->heap_bytes;
    stats->peak_used_bytes = hmi_quota_cache_peak(cache, HMI_KINDS);
    stats->limit_bytes = hmi_budget_limit(core->budget);
    used = hmi_budget_used(core->budget);
    stats->overdraft_bytes = stats->limit_bytes && used > stats->limit_bytes ? used - stats->limit_bytes : 0;
    read_refusals(core, stats);
    for (level = 0; level < 3; level++) {
        stats->wait_ms[level] = read(&core->wait_ms[level]);
        stats->waits[level] = read(&core->waits[level]);
    }
    for (level = 0; level < sizeof stats->injected / sizeof *stats->injected; level++)
        stats->injected[level] = read(&core->faults.injected[level]);
    for (kind = eMemoryAvailableLow; kind <= eMemoryAvailableHigh; kind++)
        stats->notifications[kind - eMemoryAvailableLow] = hmi_notifier_sent(core->notifier, (EMemoryAvailable)kind);
    stats->address_reserve_bytes = hmi_address_reserve_held(&core->address_reserve);
    stats->lock_failures = read(&core->lock_failures);
    stats->numa_misses = read(&core->numa_misses);
    read_calls(core, stats);
    closed = atomic_load_explicit(&core->closed, memory_order_relaxed);
    stats->latched = (closed & HMI_CLOSED_BY_LATCH) != 0;
    stats->clr_unavailable = (closed & HMI_CLOSED_BY_HOST) != 0;
}
