/* The shared state: construction, counting, and what every COM method needs to begin and end a call. Guarded by nothing but
 * atomics. */
#define COBJMACROS
#include "core.h"

hostmem_core *hostmem_core_create(const hostmem_config *config)
{
    hostmem_core *core = config->os->object_alloc(config->os, sizeof *core);
    if (!core)
        return NULL;
    core->os = config->os;
    core->flags = config->flags;
    core->os->get_info(core->os, &core->info);
    atomic_init(&core->references, 1);
    hostmem_sites_init(&core->sites, core->os);
    hostmem_budget_init(&core->budget, config->limit_bytes);
    if (hostmem_ledger_init(&core->ledger, core->os)) {
        hostmem_core_release(core);
        return NULL;
    }
    return core;
}

ULONG hostmem_core_add_ref(hostmem_core *core)
{
    return atomic_fetch_add_explicit(&core->references, 1, memory_order_relaxed) + 1;
}

ULONG hostmem_core_release(hostmem_core *core)
{
    ULONG references = atomic_fetch_sub_explicit(&core->references, 1, memory_order_acq_rel) - 1;
    if (!references) {
        hostmem_os *os = core->os;
        hostmem_core_shutdown(core);
        hostmem_sites_destroy(&core->sites);
        hostmem_ledger_destroy(&core->ledger);
        os->object_free(os, core);
    }
    return references;
}

bool hostmem_core_knows_level(EMemoryCriticalLevel level)
{
    /* As an integer: a compiler may take the type of the enumeration for a promise. */
    return (unsigned)level <= (unsigned)eProcessCritical;
}

HRESULT hostmem_core_fail(hostmem_core *core, hostmem_operation operation, UINT32 error)
{
    core->os->set_last_error(core->os, error);
    return hostmem_failure_hresult(operation, error);
}

HRESULT hostmem_core_refuse(hostmem_core *core, hostmem_operation operation, EMemoryCriticalLevel level, UINT32 error)
{
    if (hostmem_failure_is_out_of_memory(error))
        atomic_fetch_add_explicit(&core->refused[level], 1, memory_order_relaxed);
    return hostmem_core_fail(core, operation, error);
}

bool hostmem_core_charge(hostmem_core *core, uint64_t bytes, EMemoryCriticalLevel level)
{
    return hostmem_budget_charge(&core->budget, bytes, level);
}

void hostmem_core_note_use(hostmem_core *core)
{
    uint64_t used = atomic_load_explicit(&core->ledger.committed_bytes, memory_order_relaxed) +
                    atomic_load_explicit(&core->heap_bytes, memory_order_relaxed);
    uint64_t peak = atomic_load_explicit(&core->peak_used_bytes, memory_order_relaxed);
    while (used > peak && !atomic_compare_exchange_weak_explicit(&core->peak_used_bytes, &peak, used,
                                                                 memory_order_relaxed, memory_order_relaxed))
        continue;
}

static void replace_callback(hostmem_core *core, ICLRMemoryNotificationCallback *callback)
{
    ICLRMemoryNotificationCallback *former = atomic_exchange_explicit(&core->callback, callback, memory_order_seq_cst);
    if (former)
        ICLRMemoryNotificationCallback_Release(former);
}

bool hostmem_core_set_callback(hostmem_core *core, ICLRMemoryNotificationCallback *callback)
{
    if (atomic_load_explicit(&core->shut_down, memory_order_seq_cst))
        return false;
    if (callback)
        ICLRMemoryNotificationCallback_AddRef(callback);
    replace_callback(core, callback);
    if (atomic_load_explicit(&core->shut_down, memory_order_seq_cst)) {
        /* The shutdown came in between and may have missed it. */
        replace_callback(core, NULL);
        return false;
    }
    return true;
}

void hostmem_core_shutdown(hostmem_core *core)
{
    atomic_store_explicit(&core->shut_down, true, memory_order_seq_cst);
    replace_callback(core, NULL);
}

static uint64_t read(const _Atomic uint64_t *figure)
{
    return atomic_load_explicit(figure, memory_order_relaxed);
}

void hostmem_core_stats(hostmem_core *core, hostmem_stats *stats)
{
    unsigned level;
    stats->reserved_bytes = read(&core->ledger.reserved_bytes);
    stats->committed_bytes = read(&core->ledger.committed_bytes);
    stats->peak_committed_bytes = read(&core->ledger.peak_committed_bytes);
    stats->executable_bytes = read(&core->ledger.executable_bytes);
    stats->mapped_bytes = read(&core->ledger.mapped_bytes);
    stats->heap_bytes = read(&core->heap_bytes);
    stats->heap_blocks = read(&core->heap_blocks);
    stats->used_bytes = read(&core->budget.used_bytes);
    stats->peak_used_bytes = read(&core->peak_used_bytes);
    stats->limit_bytes = hostmem_budget_limit(&core->budget);
    stats->overdraft_bytes =
        stats->limit_bytes && stats->used_bytes > stats->limit_bytes ? stats->used_bytes - stats->limit_bytes : 0;
    for (level = 0; level < 3; level++)
        stats->refused[level] = read(&core->refused[level]);
}
