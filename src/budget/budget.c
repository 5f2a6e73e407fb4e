/* The limit: one counter, changed by compare-and-exchange, so that no two requests can get the same last bytes. The
 * zone of the counter is stored, so a charge or refund costs two more comparisons, and only one that leaves the zone
 * wakes listeners.
 *
 * Checked against ARM's memory model: the counter, the edges and ceilings, the zone, the bypass and the list of caches
 * are sequentially consistent, because pairs of threads write one of them and read another. Listeners are written
 * before the exchange that releases them as the head. Relaxed are references that are added, settings that are only
 * read (a change of several may be seen in parts until derive() has ended), and the look at the bypass in
 * hmi_budget_charge_cached: the thread looks again after it has put the quota into its cache. */
#include "budget/quota_cache.h"

#include "base/compiler.h"

#define NO_LIMIT UINT64_MAX

/* Budgets with a smaller limit have no quota caches; */
#define MIN_LIMIT_WITH_CACHES ((uint64_t)128 << 20)
/* others stop using them this far below the limit, and use them again twice as far below it. */
#define BYPASS_MARGIN ((uint64_t)4 << 20)

static void destroy_caches(hostmem_budget *budget);

static uint64_t available_for(void *context, UINT32 level)
{
    return hmi_budget_available(context, (EMemoryCriticalLevel)level);
}

UINT32 hmi_budget_make(const hostmem_budget_config *config, hostmem_os *os, hostmem_budget **out)
{
    hostmem_budget *budget = os->object_alloc(os, sizeof *budget);
    hmi_os_info info;
    UINT32 error;
    if (!budget)
        return ERROR_NOT_ENOUGH_MEMORY;
    budget->os = os;
    os->get_info(os, &info);
    if (!info.flushes_write_buffers)
        hmi_bypass_set(&budget->bypass, HMI_BYPASS_ALWAYS_ORDERED);
    atomic_init(&budget->references, 1);
    error = hmi_waiting_init(&budget->waiting, os, &budget->bypass, available_for, budget);
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

/* Sequentially consistent, as set() and the counter are: of a thread that changes an edge and then reads the counter,
 * and one that changes the counter and then reads the edges, at least one sees the other's change. */
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

static void tell_listeners(hostmem_budget *budget)
{
    hmi_listener *listener = atomic_load_explicit(&budget->listeners, memory_order_acquire);
    for (; listener; listener = listener->next)
        budget->os->event_set(budget->os, listener->event);
}

/* Listeners are woken before the zone is stored: if a thread is stopped in between, the next one wakes them again.
 * Another thread may change the counter or store its own zone meanwhile; the last one to store has read the right
 * value. */
static void enter_zone(hostmem_budget *budget)
{
    UINT32 zone = (UINT32)hmi_budget_zone(budget);
    while (zone != atomic_load(&budget->zone)) {
        tell_listeners(budget);
        atomic_store(&budget->zone, zone);
        zone = (UINT32)hmi_budget_zone(budget);
    }
}

static void note_zone(hostmem_budget *budget, uint64_t used)
{
    UINT32 zone = atomic_load(&budget->zone); /* sequentially consistent, as enter_zone's look at the counter */
    if (used < get(&budget->edge_bytes[zone]) || used >= get(&budget->edge_bytes[zone + 1]))
        enter_zone(budget);
}

/* ---- Caches ---- */

/* Flushes once while the budget stays near the limit: all owners see that after the flush, and execute barriers. */
void hmi_budget_order_owners(hostmem_budget *budget)
{
    uint32_t bypass = atomic_load(&budget->bypass);
    if (bypass & (HMI_BYPASS_ORDERED | HMI_BYPASS_ALWAYS_ORDERED))
        return;
    budget->os->flush_write_buffers(budget->os);
    if (bypass & HMI_BYPASS_NEAR_LIMIT)
        hmi_bypass_note(&budget->bypass, bypass, HMI_BYPASS_ORDERED);
}

/* Returns cached quota to the budget in pieces, so that a thread that is stopped here keeps only one of them. Returns
 * how many bytes that was. */
static uint64_t flush_cache(hostmem_budget *budget, hmi_quota_cache *cache)
{
    uint64_t flushed = 0;
    unsigned slot = 0;
    SIZE_T bytes;
    hmi_budget_order_owners(budget);
    while ((bytes = hmi_quota_cache_reclaim(cache, &slot)) != 0) {
        atomic_fetch_sub(&budget->charged_bytes, bytes);
        flushed += bytes;
    }
    return flushed;
}

static uint64_t flush_caches(hostmem_budget *budget)
{
    hmi_quota_cache *cache = atomic_load(&budget->quota_caches);
    uint64_t flushed = 0;
    for (; cache; cache = cache->next)
        flushed += flush_cache(budget, cache);
    if (flushed)
        note_zone(budget, atomic_load(&budget->charged_bytes));
    return flushed;
}

static bool is_near(const hostmem_budget *budget)
{
    return atomic_load(&budget->charged_bytes) >= get(&budget->bypass_bytes);
}

/* May also be called to finish what another thread has begun. */
HMI_COLD static void begin_bypass(hostmem_budget *budget)
{
    uint32_t bypass = hmi_bypass_set(&budget->bypass, HMI_BYPASS_NEAR_LIMIT);
    flush_caches(budget);
    hmi_bypass_note(&budget->bypass, bypass, HMI_BYPASS_FLUSHED);
}

/* Other threads may have charged since the caller looked. */
HMI_COLD static void end_bypass(hostmem_budget *budget)
{
    hmi_bypass_end(&budget->bypass, HMI_BYPASS_NEAR_LIMIT);
    if (is_near(budget))
        begin_bypass(budget);
}

static void note_bypass(hostmem_budget *budget, uint64_t used)
{
    uint64_t bypass_bytes = get(&budget->bypass_bytes);
    uint32_t bypass = atomic_load(&budget->bypass); /* sequentially consistent, as is_near in end_bypass */
    bool begun = (bypass & HMI_BYPASS_NEAR_LIMIT) != 0;
    if (begun && used < bypass_bytes && bypass_bytes - used >= BYPASS_MARGIN)
        end_bypass(budget);
    else if (begun ? !(bypass & HMI_BYPASS_FLUSHED) : used >= bypass_bytes)
        begin_bypass(budget);
    if (bypass & HMI_BYPASS_WAITING)
        hmi_waiting_check(&budget->waiting);
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
            hmi_quota_cache_init(cache, budget);
            return cache;
        }
        atomic_store(&cache->in_use, false);
    }
    cache = budget->os->object_alloc(budget->os, sizeof *cache);
    if (!cache)
        return NULL;
    hmi_quota_cache_init(cache, budget);
    atomic_init(&cache->in_use, true);
    do
        cache->next = head;
    while (!atomic_compare_exchange_weak(&budget->quota_caches, &head, cache));
    return cache;
}

void hmi_budget_release_cache(hostmem_budget *budget, hmi_quota_cache *cache)
{
    if (flush_cache(budget, cache)) {
        note_use(budget, atomic_load(&budget->charged_bytes));
        hmi_waiting_signal(&budget->waiting);
    }
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
    uint64_t charged = get(&budget->charged_bytes), cached = 0;
    for (; cache; cache = cache->next)
        cached += hmi_quota_cache_cached_bytes(cache);
    return cached < charged ? charged - cached : 0;
}

/* ---- Policy ---- */

/* The smallest number of bytes that is at least this percentage of all. */
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
        /* If limit and reserves are set at the same time by different threads, they may contradict each other. */
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
    uint64_t ceiling = get(&budget->ceiling_bytes[eTaskCritical]); /* the lowest ceiling */
    set(&budget->bypass_bytes, ceiling == NO_LIMIT               ? NO_LIMIT
                               : ceiling < MIN_LIMIT_WITH_CACHES ? 0
                                                                 : ceiling - BYPASS_MARGIN);
}

/* Computes the values that charges use from the limit, the reserves, the flags and the percentages. Call after changing
 * any of them. If several threads change the policy at the same time, the last one computes from all their changes. */
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
    tell_listeners(budget);
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
    /* Sequentially consistent with waiters and with threads that free memory, so that no wake-up is lost. */
    uint64_t ceiling = atomic_load(ceiling_bytes), used = atomic_load(&budget->charged_bytes);
    do { /* also without a ceiling: a sum that wraps around would look small */
        if (used > ceiling || bytes > ceiling - used)
            return false;
    } while (!atomic_compare_exchange_weak(&budget->charged_bytes, &used, used + bytes));
    note_use(budget, used + bytes);
    return true;
}

/* How often a refused request looks for cached quota, if other threads keep caching it again. */
#define TRIES 16

/* For a request that was refused: takes back cached quota. While the bypass word is unchanged, freed quota goes to the
 * budget and not to a cache, so if the request is refused again, the rest is really in use. */
HMI_COLD static bool charge_what_is_cached(hostmem_budget *budget, uint64_t bytes, const _Atomic uint64_t *ceiling)
{
    bool charged = false, was_flushed = true;
    unsigned tries;
    for (tries = 0; !charged && was_flushed && tries < TRIES; tries++) {
        uint32_t bypass = hmi_bypass_set(&budget->bypass, HMI_BYPASS_NEAR_LIMIT);
        was_flushed = flush_caches(budget) != 0;
        charged = charge_below(budget, bytes, ceiling);
        was_flushed = was_flushed || !hmi_bypass_is_same(atomic_load(&budget->bypass), bypass);
    }
    note_bypass(budget, atomic_load(&budget->charged_bytes));
    return charged;
}

bool hmi_budget_charge(hostmem_budget *budget, uint64_t bytes, EMemoryCriticalLevel level)
{
    const _Atomic uint64_t *ceiling = &budget->ceiling_bytes[level];
    if (!bytes)
        return true; /* nothing new is requested, so it succeeds even above the limit */
    return charge_below(budget, bytes, ceiling) || charge_what_is_cached(budget, bytes, ceiling);
}

bool hmi_budget_charge_cached(hostmem_budget *budget, uint64_t bytes)
{
    return !(atomic_load_explicit(&budget->bypass, memory_order_relaxed) & HMI_BYPASS_REASONS) &&
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
