/* The limit: one counter, moved by compare-and-exchange so that no two requests can share the same last bytes. Which
 * zone the counter is in is remembered, so that a charge or refund costs two comparisons more and only one that leaves
 * the zone wakes anybody. */
#include "budget.h"

#define NO_LIMIT UINT64_MAX

/* A budget so small that shares would matter has none, */
#define SMALLEST_WITH_SHARES ((uint64_t)128 << 20)
/* and a larger one puts them out of use so far below the limit, and back into use as much further below. */
#define STRICT_MARGIN ((uint64_t)4 << 20)

static void destroy_shares(hostmem_budget *budget);

static uint64_t room_for(void *context, UINT32 level)
{
    return hostmem_budget_room(context, (EMemoryCriticalLevel)level);
}

UINT32 hostmem_budget_make(const hostmem_budget_config *config, hostmem_os *os, hostmem_budget **out)
{
    hostmem_budget *budget = os->object_alloc(os, sizeof *budget);
    UINT32 error;
    if (!budget)
        return ERROR_NOT_ENOUGH_MEMORY;
    budget->os = os;
    atomic_init(&budget->references, 1);
    error = hostmem_waiting_init(&budget->waiting, os, room_for, budget);
    if (error) {
        os->object_free(os, budget);
        return error;
    }
    hostmem_budget_apply(budget, config);
    *out = budget;
    return 0;
}

ULONG hostmem_budget_add_ref(hostmem_budget *budget)
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
        hostmem_listener *listener = atomic_load_explicit(&budget->listeners, memory_order_acquire);
        while (listener) {
            hostmem_listener *next = listener->next;
            os->event_destroy(os, listener->event);
            os->object_free(os, listener);
            listener = next;
        }
        destroy_shares(budget);
        hostmem_waiting_destroy(&budget->waiting);
        os->object_free(os, budget);
    }
    return references;
}

static uint64_t get(const _Atomic uint64_t *figure)
{
    return atomic_load_explicit(figure, memory_order_relaxed);
}

static void set(_Atomic uint64_t *figure, uint64_t value)
{
    atomic_store(figure, value);
}

hostmem_zone hostmem_budget_zone(const hostmem_budget *budget)
{
    uint64_t used = atomic_load(&budget->charged_bytes);
    unsigned zone = HOSTMEM_ZONES - 1;
    while (zone && used < get(&budget->edge_bytes[zone]))
        zone--;
    return (hostmem_zone)zone;
}

static void enter_zone(hostmem_budget *budget)
{
    hostmem_listener *listener;
    UINT32 zone;
    /* Another thread may move the counter, or write its own zone, in between: the last to write sees what is true. */
    do {
        zone = (UINT32)hostmem_budget_zone(budget);
        atomic_store(&budget->zone, zone);
    } while (zone != (UINT32)hostmem_budget_zone(budget) || zone != atomic_load(&budget->zone));
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

static void gather_shares(hostmem_budget *budget)
{
    hostmem_shares *shares = atomic_load(&budget->shares);
    uint64_t gathered = 0;
    for (; shares; shares = shares->next)
        gathered += hostmem_shares_gather(shares);
    if (gathered)
        note_zone(budget, atomic_fetch_sub(&budget->charged_bytes, gathered) - gathered);
}

void hostmem_budget_hold_shares(hostmem_budget *budget)
{
    atomic_fetch_add(&budget->strict, HOSTMEM_STRICT_HOLD);
    gather_shares(budget);
}

void hostmem_budget_let_shares_go(hostmem_budget *budget)
{
    atomic_fetch_sub(&budget->strict, HOSTMEM_STRICT_HOLD);
}

/* Threads that do this at the same time may leave the wrong answer behind until the next charge. It decides how much is
 * done without the budget, not whether the limit holds. */
static void note_strictness(hostmem_budget *budget, uint64_t used)
{
    uint64_t strict_bytes = get(&budget->strict_bytes);
    bool is_near = (atomic_load_explicit(&budget->strict, memory_order_relaxed) & HOSTMEM_STRICT_NEAR) != 0;
    if (used >= strict_bytes && !is_near) {
        atomic_fetch_or(&budget->strict, HOSTMEM_STRICT_NEAR);
        gather_shares(budget);
    } else if (is_near && used < strict_bytes && strict_bytes - used >= STRICT_MARGIN) {
        atomic_fetch_and(&budget->strict, ~(UINT32)HOSTMEM_STRICT_NEAR);
    }
}

static void note_use(hostmem_budget *budget, uint64_t used)
{
    note_zone(budget, used);
    note_strictness(budget, used);
}

hostmem_shares *hostmem_budget_lend_shares(hostmem_budget *budget)
{
    hostmem_shares *head = atomic_load(&budget->shares), *shares;
    for (shares = head; shares; shares = shares->next) {
        if (atomic_exchange(&shares->lent, true))
            continue;
        if (hostmem_shares_are_clean(shares)) {
            hostmem_shares_init(shares, &budget->strict);
            return shares;
        }
        atomic_store(&shares->lent, false);
    }
    shares = budget->os->object_alloc(budget->os, sizeof *shares);
    if (!shares)
        return NULL;
    hostmem_shares_init(shares, &budget->strict);
    atomic_init(&shares->lent, true);
    do
        shares->next = head;
    while (!atomic_compare_exchange_weak(&budget->shares, &head, shares));
    return shares;
}

void hostmem_budget_return_shares(hostmem_budget *budget, hostmem_shares *shares)
{
    uint64_t gathered = hostmem_shares_gather(shares);
    hostmem_budget_refund(budget, gathered);
    atomic_store(&shares->lent, false);
}

static void destroy_shares(hostmem_budget *budget)
{
    hostmem_shares *shares = atomic_load(&budget->shares);
    while (shares) {
        hostmem_shares *next = shares->next;
        budget->os->object_free(budget->os, shares);
        shares = next;
    }
}

uint64_t hostmem_budget_used(hostmem_budget *budget)
{
    hostmem_shares *shares = atomic_load(&budget->shares);
    uint64_t charged = get(&budget->charged_bytes), room = 0;
    for (; shares; shares = shares->next)
        room += hostmem_shares_room(shares);
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
    for (zone = 1; zone < HOSTMEM_ZONES; zone++) {
        UINT32 percent = atomic_load_explicit(&budget->percent[zone], memory_order_relaxed);
        set(&budget->edge_bytes[zone], limit == NO_LIMIT ? UINT64_MAX : percent_of(limit, percent));
    }
    set(&budget->edge_bytes[HOSTMEM_ZONES], UINT64_MAX);
}

static void derive_strictness(hostmem_budget *budget)
{
    uint64_t ceiling = get(&budget->ceiling_bytes[eTaskCritical]); /* the lowest */
    set(&budget->strict_bytes, ceiling == NO_LIMIT              ? NO_LIMIT
                               : ceiling < SMALLEST_WITH_SHARES ? 0
                                                                : ceiling - STRICT_MARGIN);
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
        derive_strictness(budget);
        revision = atomic_load(&budget->revision);
    } while (revision != derived);
    enter_zone(budget);
    note_strictness(budget, get(&budget->charged_bytes));
    hostmem_waiting_signal(&budget->waiting);
}

void hostmem_budget_apply(hostmem_budget *budget, const hostmem_budget_config *config)
{
    unsigned level;
    set(&budget->limit_bytes, config->limit_bytes ? config->limit_bytes : NO_LIMIT);
    set(&budget->reserve_bytes[eTaskCritical], config->app_domain_reserve_bytes + config->process_reserve_bytes);
    set(&budget->reserve_bytes[eAppDomainCritical], config->process_reserve_bytes);
    set(&budget->reserve_bytes[eProcessCritical], 0);
    for (level = 0; level < 3; level++)
        atomic_store_explicit(&budget->wait_ms[level], config->wait_ms[level], memory_order_relaxed);
    atomic_store_explicit(&budget->flags, config->flags, memory_order_relaxed);
    atomic_store_explicit(&budget->percent[HOSTMEM_ZONE_NORMAL], config->high_percent, memory_order_relaxed);
    atomic_store_explicit(&budget->percent[HOSTMEM_ZONE_ELEVATED], config->neutral_percent, memory_order_relaxed);
    atomic_store_explicit(&budget->percent[HOSTMEM_ZONE_LOW], config->low_percent, memory_order_relaxed);
    derive(budget);
}

bool hostmem_budget_set_limit(hostmem_budget *budget, uint64_t limit_bytes)
{
    uint64_t reserves = get(&budget->reserve_bytes[eTaskCritical]);
    if (limit_bytes && reserves && limit_bytes <= reserves)
        return false;
    set(&budget->limit_bytes, limit_bytes ? limit_bytes : NO_LIMIT);
    derive(budget);
    return true;
}

uint64_t hostmem_budget_limit(const hostmem_budget *budget)
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

bool hostmem_budget_charge(hostmem_budget *budget, uint64_t bytes, EMemoryCriticalLevel level)
{
    const _Atomic uint64_t *ceiling = &budget->ceiling_bytes[level];
    bool charged;
    if (!bytes)
        return true; /* nothing new is wanted, however full the budget is */
    if (charge_below(budget, bytes, ceiling))
        return true;
    hostmem_budget_hold_shares(budget);
    charged = charge_below(budget, bytes, ceiling);
    hostmem_budget_let_shares_go(budget);
    return charged;
}

bool hostmem_budget_charge_spare(hostmem_budget *budget, uint64_t bytes)
{
    return !atomic_load_explicit(&budget->strict, memory_order_relaxed) &&
           charge_below(budget, bytes, &budget->strict_bytes);
}

void hostmem_budget_force(hostmem_budget *budget, uint64_t bytes)
{
    note_use(budget, atomic_fetch_add(&budget->charged_bytes, bytes) + bytes);
}

void hostmem_budget_refund(hostmem_budget *budget, uint64_t bytes)
{
    if (!bytes)
        return;
    note_use(budget, atomic_fetch_sub(&budget->charged_bytes, bytes) - bytes);
    hostmem_waiting_signal(&budget->waiting);
}

void hostmem_budget_undo(hostmem_budget *budget, uint64_t bytes)
{
    if (!bytes)
        return;
    note_use(budget, atomic_fetch_sub(&budget->charged_bytes, bytes) - bytes);
    hostmem_waiting_hand_on(&budget->waiting);
}

uint64_t hostmem_budget_room(const hostmem_budget *budget, EMemoryCriticalLevel level)
{
    uint64_t ceiling = atomic_load(&budget->ceiling_bytes[level]), used = atomic_load(&budget->charged_bytes);
    return used < ceiling ? ceiling - used : 0;
}

hostmem_listener *hostmem_budget_listen(hostmem_budget *budget)
{
    hostmem_os *os = budget->os;
    hostmem_listener *head = atomic_load_explicit(&budget->listeners, memory_order_acquire), *listener;
    for (listener = head; listener; listener = listener->next) {
        if (!atomic_exchange(&listener->lent, true))
            return listener;
    }
    listener = os->object_alloc(os, sizeof *listener);
    if (!listener)
        return NULL;
    if (os->event_create(os, &listener->event)) {
        os->object_free(os, listener);
        return NULL;
    }
    atomic_init(&listener->lent, true);
    do
        listener->next = head;
    while (!atomic_compare_exchange_weak_explicit(&budget->listeners, &head, listener, memory_order_acq_rel,
                                                  memory_order_acquire));
    return listener;
}

void hostmem_budget_unlisten(hostmem_listener *listener)
{
    atomic_store(&listener->lent, false);
}
