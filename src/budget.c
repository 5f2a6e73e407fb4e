/* The limit: one counter, moved by compare-and-exchange so that no two requests can share the same last bytes. */
#include "budget.h"

static uint64_t limit_or_none(uint64_t limit_bytes)
{
    return limit_bytes ? limit_bytes : UINT64_MAX;
}

void hostmem_budget_init(hostmem_budget *budget, uint64_t limit_bytes)
{
    atomic_init(&budget->limit_bytes, limit_or_none(limit_bytes));
    atomic_init(&budget->used_bytes, 0);
}

void hostmem_budget_set_limit(hostmem_budget *budget, uint64_t limit_bytes)
{
    atomic_store_explicit(&budget->limit_bytes, limit_or_none(limit_bytes), memory_order_relaxed);
}

uint64_t hostmem_budget_limit(const hostmem_budget *budget)
{
    uint64_t limit = atomic_load_explicit(&budget->limit_bytes, memory_order_relaxed);
    return limit == UINT64_MAX ? 0 : limit;
}

bool hostmem_budget_charge(hostmem_budget *budget, uint64_t bytes, EMemoryCriticalLevel level)
{
    uint64_t limit = atomic_load_explicit(&budget->limit_bytes, memory_order_relaxed);
    uint64_t used = atomic_load_explicit(&budget->used_bytes, memory_order_relaxed);
    if (!bytes)
        return true; /* nothing new is wanted, however full the budget is */
    if (limit == UINT64_MAX) {
        hostmem_budget_force(budget, bytes);
        return true;
    }
    if (level == eProcessCritical)
        limit = UINT64_MAX; /* not even the process gets a sum that wraps around to a small one */
    do {
        if (used > limit || bytes > limit - used)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(&budget->used_bytes, &used, used + bytes, memory_order_relaxed,
                                                    memory_order_relaxed));
    return true;
}

void hostmem_budget_force(hostmem_budget *budget, uint64_t bytes)
{
    atomic_fetch_add_explicit(&budget->used_bytes, bytes, memory_order_relaxed);
}

void hostmem_budget_refund(hostmem_budget *budget, uint64_t bytes)
{
    atomic_fetch_sub_explicit(&budget->used_bytes, bytes, memory_order_relaxed);
}
