/* The limit: one counter, moved by compare-and-exchange so that no two requests can share the same last bytes. Which
 * zone the counter is in is remembered, so that a charge or refund costs two comparisons more and only one that leaves
 * the zone wakes anybody. */
#include "budget/budget.h"

#define NO_LIMIT UINT64_MAX

/* A budget so small that shares would matter has none, */
#define MIN_LIMIT_WITH_CACHES ((uint64_t)128 << 20)
/* and a larger one puts them out of use so far below the limit, and back into use as much further below. */
#define BYPASS_MARGIN ((uint64_t)4 << 20)

static void destroy_caches(hostmem_budget *budget);

static uint64_t available_for(void *context, UINT32 level)
{
    return hmi_budget_available(context, (EMemoryCriticalLevel)level);
}

UINT32 hmi_budget_make(const hostmem_budget_config *config, hostmem_os *os, hostmem_budget **out)
{
    hostmem_budget *budget = os->object_alloc(os, sizeof *budget);
    UINT32 error;
    if (!budget)
        return ERROR_NOT_ENOUGH_MEMORY;
    budget->os = os;
    atomic_init(&budget->references, 1);
    error = hmi_waiting_init(&budget->waiting, os, available_for, budget);
    if (error) {
        os->object_free(os, budget);
        return error;
    }
    hmi_budget_apply(budget, config);
    *out = budget;
    return 0;
}

ULONG hmi_budget_add_ref(hostmem_budget *budget)
{
    return atomic_fetch_add_explicit(&budget->references, 1, memory_order_relaxed) + 1;
}

ULONG hostmem_budget_release(hostmem_budget *budget)
{
    ULONG references;
    if (!budget)
        return 0;
    references = atomic_fetch_sub_explicit(&budget->references, 1, memory_order_acq_rel) - 1;
    if (!references) {
        hostmem_os *os = budget->os;
        hmi_listener *listener = atomic_load_explicit(&budget->listeners, memory_order_acquire);
        while (listener) {
            hmi_listener *next = listener->next;
            os->event_destroy(os, listener->event);
            os->object_free(os, listener);
            listener = next;
        }
        destroy_caches(budget);
        hmi_waiting_destroy(&budget->waiting);
        os->object_free(os, budget);
    }
    return references;
}

/* In one order with set() and the counter: whoever changes an edge and then looks at the counter, or moves the counter
 * and then looks at the edges, sees the other's step. */
static uint64_t get(const _Atomic uint64_t *figure)
{
    return atomic_load(figure);
}

static void set(_Atomic uint64_t *figure, uint64_t value)
{
    atomic_store(figure, value);
}

hmi_zone hmi_budget_zone(const hostmem_budget *budget)
{
    uint64_t used = atomic_load(&budget->charged_bytes);
    unsigned zone = HMI_ZONES - 1;
    while (zone && used < get(&budget->edge_bytes[zone]))
        zone--;
    return (hmi_zone)zone;
}

static void enter_zone(hostmem_budget *budget)
{
    hmi_listener *listener;
    UINT32 zone;
    /* Another thread may move the counter, or write its own zone, in between: the last to write sees what is true. */
    do {
        zone = (UINT32)hmi_budget_zone(budget);
        atomic_store(&budget->zone, zone);
    } while (zone != (UINT32)hmi_budget_zone(budget) || zone != atomic_load(&budget->zone));
    for (listener = atomic_load_explicit(&budget->listeners, memory_order_acquire); listener; listener = listener->next)
        budget->os->event_set(budget->os, listener->event);
}

static void note_zone(hostmem_budget *budget, uint64_t used)
{
    UINT32 zone = atomic_load(&budget->zone); /* in one order with enter_zone's look at the counter */
    if (used < get(&budget->edge_bytes[zone]) || used >= get(&budget->edge_bytes[zone + 1]))
        enter_zone(budget);
}

/* ---- Shares ---- */

static void flush_caches(hostmem_budget *budget)
{
    hmi_quota_cache *cache = atomic_load(&budget->quota_caches);
    uint64_t flushed = 0;
    for (; cache; cache = cache->next)
        flushed += hmi_quota_cache_flush(cache);
    if (flushed)
        note_zone(budget, atomic_fetch_sub(&budget->charged_bytes, flushed) - flushed);
}

void hmi_budget_disable_caches(hostmem_budget *budget)
{
    atomic_fetch_add(&budget->bypass, HMI_BYPASS_DISABLED);
    flush_caches(budget);
}

void hmi_budget_enable_caches(hostmem_budget *budget)
{
    atomic_fetch_sub(&budget->bypass, HMI_BYPASS_DISABLED);
}

/* Threads that do this at the same time may leave the wrong answer behind until the next charge. It decides how much is
 * done without the budget, not whether the limit holds. */
static void note_bypass(hostmem_budget *budget, uint64_t used)
{
    uint64_t bypass_bytes = get(&budget->bypass_bytes);
    bool is_near = (atomic_load_explicit(&budget->bypass, memory_order_relaxed) & HMI_BYPASS_NEAR_LIMIT) != 0;
    if (used >= bypass_bytes && !is_near) {
        atomic_fetch_or(&budget->bypass, HMI_BYPASS_NEAR_LIMIT);
        flush_caches(budget);
    } else if (is_near && used < bypass_bytes && bypass_bytes - used >= BYPASS_MARGIN) {
        atomic_fetch_and(&budget->bypass, ~(UINT32)HMI_BYPASS_NEAR_LIMIT);
    }
}

static void note_use(hostmem_budget *budget, uint64_t used)
{
    note_zone(budget, used);
    note_bypass(budget, used);
}

hmi_quota_cache *hmi_budget_acquire_cache(hostmem_budget *budget)
{
    hmi_quota_cache *head = atomic_load(&budget->quota_caches), *cache;
    for (cache = head; cache; cache = cache->next) {
        if (atomic_exchange(&cache->in_use, true))
            continue;
        if (hmi_quota_cache_is_clean(cache)) {
            hmi_quota_cache_init(cache, &budget->bypass);
            return cache;
        }
        atomic_store(&cache->in_use, false);
    }
    cache = budget->os->object_alloc(budget->os, sizeof *cache);
    if (!cache)
        return NULL;
    hmi_quota_cache_init(cache, &budget->bypass);
    atomic_init(&cache->in_use, true);
    do
        cache->next = head;
    while (!atomic_compare_exchange_weak(&budget->quota_caches, &head, cache));
    return cache;
}

void hmi_budget_release_cache(hostmem_budget *budget, hmi_quota_cache *cache)
{
    uint64_t flushed = hmi_quota_cache_flush(cache);
    hmi_budget_refund(budget, flushed);
    atomic_store(&cache->in_use, false);
}

static void destroy_caches(hostmem_budget *budget)
{
    hmi_quota_cache *cache = atomic_load(&budget->quota_caches);
    while (cache) {
        hmi_quota_cache *next = cache->next;
        budget->os->object_free(budget->os, cache);
        cache = next;
    }
}

uint64_t hmi_budget_used(hostmem_budget *budget)
{
    hmi_quota_cache *cache = atomic_load(&budget->quota_caches);
    uint64_t charged = get(&budget->charged_bytes), room = 0;
    for (; cache; cache = cache->next)
        room += hmi_quota_cache_cached_bytes(cache);
    return room < charged ? charged - room : 0;
}

/* ---- The policy ---- */

/* The least number of bytes that is so many percent of all, or more. */
static uint64_t percent_of(uint64_t bytes, UINT32 percent)
{
    return bytes / 100 * percent + (bytes % 100 * percent + 99) / 100;
}

static void derive_ceilings(hostmem_budget *budget, uint64_t limit)
{
    UINT32 flags = atomic_load_explicit(&budget->flags, memory_order_relaxed);
    unsigned level;
    for (level = eTaskCritical; level <= eProcessCritical; level++) {
        bool endless = limit == NO_LIMIT || (level == eProcessCritical && !(flags & HOSTMEM_NO_PROCESS_OVERDRAFT));
        uint64_t reserve = get(&budget->reserve_bytes[level]);
        /* A limit and reserves that were set at the same time may contradict each other. */
        set(&budget->ceiling_bytes[level], endless ? NO_LIMIT : limit > reserve ? limit - reserve : 0);
    }
}

static void derive_edges(hostmem_budget *budget, uint64_t limit)
{
    unsigned zone;
    for (zone = 1; zone < HMI_ZONES; zone++) {
        UINT32 percent = atomic_load_explicit(&budget->percent[zone], memory_order_relaxed);
        set(&budget->edge_bytes[zone], limit == NO_LIMIT ? UINT64_MAX : percent_of(limit, percent));
    }
    set(&budget->edge_bytes[HMI_ZONES], UINT64_MAX);
}

static void derive_bypass(hostmem_budget *budget)
{
    uint64_t ceiling = get(&budget->ceiling_bytes[eTaskCritical]); /* the lowest */
    set(&budget->bypass_bytes, ceiling == NO_LIMIT               ? NO_LIMIT
                               : ceiling < MIN_LIMIT_WITH_CACHES ? 0
                                                                 : ceiling - BYPASS_MARGIN);
}

/* Derives what charges look at from the limit, the reserves, the flags and the percentages. Call after changing any of
 * them. Of threads that change the policy at the same time the last one sees, and derives from, what all of them have
 * set. */
static void derive(hostmem_budget *budget)
{
    UINT32 revision = atomic_fetch_add(&budget->revision, 1) + 1, derived;
    do {
        uint64_t limit = get(&budget->limit_bytes);
        derived = revision;
        derive_ceilings(budget, limit);
        derive_edges(budget, limit);
        derive_bypass(budget);
        revision = atomic_load(&budget->revision);
    } while (revision != derived);
    enter_zone(budget);
    note_bypass(budget, get(&budget->charged_bytes));
    hmi_waiting_signal(&budget->waiting);
}

void hmi_budget_apply(hostmem_budget *budget, const hostmem_budget_config *config)
{
    unsigned level;
    set(&budget->limit_bytes, config->limit_bytes ? config->limit_bytes : NO_LIMIT);
    set(&budget->reserve_bytes[eTaskCritical], config->app_domain_reserve_bytes + config->process_reserve_bytes);
    set(&budget->reserve_bytes[eAppDomainCritical], config->process_reserve_bytes);
    set(&budget->reserve_bytes[eProcessCritical], 0);
    for (level = 0; level < 3; level++)
        atomic_store_explicit(&budget->wait_ms[level], config->wait_ms[level], memory_order_relaxed);
    atomic_store_explicit(&budget->flags, config->flags, memory_order_relaxed);
    atomic_store_explicit(&budget->percent[HMI_ZONE_NORMAL], config->high_percent, memory_order_relaxed);
    atomic_store_explicit(&budget->percent[HMI_ZONE_ELEVATED], config->neutral_percent, memory_order_relaxed);
    atomic_store_explicit(&budget->percent[HMI_ZONE_LOW], config->low_percent, memory_order_relaxed);
    derive(budget);
}

bool hmi_budget_set_limit(hostmem_budget *budget, uint64_t limit_bytes)
{
    uint64_t reserves = get(&budget->reserve_bytes[eTaskCritical]);
    if (limit_bytes && reserves && limit_bytes <= reserves)
        return false;
    set(&budget->limit_bytes, limit_bytes ? limit_bytes : NO_LIMIT);
    derive(budget);
    return true;
}

uint64_t hmi_budget_limit(const hostmem_budget *budget)
{
    uint64_t limit = get(&budget->limit_bytes);
    return limit == NO_LIMIT ? 0 : limit;
}

/* ---- Charges ---- */

static bool charge_below(hostmem_budget *budget, uint64_t bytes, const _Atomic uint64_t *ceiling_bytes)
{
    /* In one order with what waiters and those who free do, so that no wake-up is lost. */
    uint64_t ceiling = atomic_load(ceiling_bytes), used = atomic_load(&budget->charged_bytes);
    do { /* where there is no ceiling, too: a sum that wraps around would be a small one */
        if (used > ceiling || bytes > ceiling - used)
            return false;
    } while (!atomic_compare_exchange_weak(&budget->charged_bytes, &used, used + bytes));
    note_use(budget, used + bytes);
    return true;
}

bool hmi_budget_charge(hostmem_budget *budget, uint64_t bytes, EMemoryCriticalLevel level)
{
    const _Atomic uint64_t *ceiling = &budget->ceiling_bytes[level];
    bool charged;
    if (!bytes)
        return true; /* nothing new is wanted, however full the budget is */
    if (charge_below(budget, bytes, ceiling))
        return true;
    hmi_budget_disable_caches(budget);
    charged = charge_below(budget, bytes, ceiling);
    hmi_budget_enable_caches(budget);
    return charged;
}

bool hmi_budget_charge_cached(hostmem_budget *budget, uint64_t bytes)
{
    return !atomic_load_explicit(&budget->bypass, memory_order_relaxed) &&
           charge_below(budget, bytes, &budget->bypass_bytes);
}

void hmi_budget_force(hostmem_budget *budget, uint64_t bytes)
{
    note_use(budget, atomic_fetch_add(&budget->charged_bytes, bytes) + bytes);
}

void hmi_budget_refund(hostmem_budget *budget, uint64_t bytes)
{
    if (!bytes)
        return;
    note_use(budget, atomic_fetch_sub(&budget->charged_bytes, bytes) - bytes);
    hmi_waiting_signal(&budget->waiting);
}

void hmi_budget_cancel_charge(hostmem_budget *budget, uint64_t bytes)
{
    if (!bytes)
        return;
    note_use(budget, atomic_fetch_sub(&budget->charged_bytes, bytes) - bytes);
    hmi_waiting_wake_next(&budget->waiting);
}

uint64_t hmi_budget_available(const hostmem_budget *budget, EMemoryCriticalLevel level)
{
    uint64_t ceiling = atomic_load(&budget->ceiling_bytes[level]), used = atomic_load(&budget->charged_bytes);
    return used < ceiling ? ceiling - used : 0;
}

hmi_listener *hmi_budget_listen(hostmem_budget *budget)
{
    hostmem_os *os = budget->os;
    hmi_listener *head = atomic_load_explicit(&budget->listeners, memory_order_acquire), *listener;
    for (listener = head; listener; listener = listener->next) {
        if (!atomic_exchange(&listener->in_use, true))
            return listener;
    }
    listener = os->object_alloc(os, sizeof *listener);
    if (!listener)
        return NULL;
    if (os->event_create(os, &listener->event)) {
        os->object_free(os, listener);
        return NULL;
    }
    atomic_init(&listener->in_use, true);
    do
        listener->next = head;
    while (!atomic_compare_exchange_weak_explicit(&budget->listeners, &head, listener, memory_order_acq_rel,
                                                  memory_order_acquire));
    return listener;
}

void hmi_budget_unlisten(hmi_listener *listener)
{
    atomic_store(&listener->in_use, false);
}
