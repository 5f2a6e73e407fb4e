/* The rules in force. Each rule numbers the operations that match it with one atomic addition, so no number is given
 * twice.
 *
 * Checked against ARM's memory model: a set is written before `current` is stored, and a thread acquires `current`
 * before it reads the set. The counters are relaxed, since each step only has to be atomic; what a thread notes in
 * injected_threads only that thread reads again. */
#include "fault/fault.h"

#include <stddef.h>
#include <string.h>

typedef struct armed_rule {
    hostmem_fault_rule rule;
    _Atomic uint64_t matched;
    _Atomic uint64_t injected;
} armed_rule;

struct hmi_fault_rules {
    hmi_fault_rules *next;
    UINT32 count;
    armed_rule rules[];
};

void hmi_faults_init(hmi_faults *faults, hostmem_os *os)
{
    faults->os = os;
}

void hmi_faults_destroy(hmi_faults *faults)
{
    hmi_fault_rules *set = atomic_load(&faults->sets);
    while (set) {
        hmi_fault_rules *next = set->next;
        faults->os->object_free(faults->os, set);
        set = next;
    }
}

/* Copies a rule from a program whose hostmem_fault_rule may have more fields than this version knows. */
static HRESULT copy_rule(hostmem_fault_rule *to, const unsigned char *from, UINT32 size)
{
    hmi_rule_mistake ignored;
    UINT32 at;
    for (at = sizeof *to; at < size; at++) {
        if (from[at])
            return HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED);
    }
    memcpy(to, from, sizeof *to);
    return hmi_fault_rule_complete(to, &ignored);
}

static HRESULT copy_rules(hmi_fault_rules *set, const hostmem_fault_rule *rules, UINT32 count)
{
    const unsigned char *from = (const unsigned char *)rules;
    UINT32 size = rules->size, i;
    HRESULT hr = S_OK;
    for (i = 0; i < count && SUCCEEDED(hr); i++, from += size) {
        if (((const hostmem_fault_rule *)(const void *)from)->size != size)
            return HRESULT_FROM_WIN32(ERROR_BAD_LENGTH);
        hr = copy_rule(&set->rules[i].rule, from, size);
    }
    set->count = count;
    return hr;
}

static void add_set(hmi_faults *faults, hmi_fault_rules *set)
{
    set->next = atomic_load(&faults->sets);
    while (!atomic_compare_exchange_weak(&faults->sets, &set->next, set))
        continue;
}

HRESULT hmi_faults_set(hmi_faults *faults, const hostmem_fault_rule *rules, UINT32 count)
{
    hostmem_os *os = faults->os;
    hmi_fault_rules *set;
    HRESULT hr;
    if (!count) {
        atomic_store(&faults->current, NULL);
        return S_OK;
    }
    if (rules->size < sizeof *rules || rules->size % _Alignof(hostmem_fault_rule))
        return HRESULT_FROM_WIN32(ERROR_BAD_LENGTH);
    if (count > HOSTMEM_MAX_FAULT_RULES)
        return E_INVALIDARG;
    set = os->object_alloc(os, offsetof(hmi_fault_rules, rules) + count * sizeof(armed_rule));
    if (!set)
        return E_OUTOFMEMORY;
    hr = copy_rules(set, rules, count);
    if (FAILED(hr)) {
        os->object_free(os, set);
        return hr;
    }
    add_set(faults, set);
    atomic_store(&faults->current, set);
    return S_OK;
}

UINT32 hmi_faults_count(hmi_faults *faults, hostmem_fault_count *counts, UINT32 capacity)
{
    hmi_fault_rules *set = atomic_load(&faults->current);
    UINT32 i;
    if (!set)
        return 0;
    for (i = 0; i < set->count && i < capacity; i++) {
        counts[i].injected = atomic_load_explicit(&set->rules[i].injected, memory_order_relaxed);
        counts[i].matched = atomic_load_explicit(&set->rules[i].matched, memory_order_relaxed);
    }
    return set->count;
}

/* Counts an injection, unless there have been rule.times already. */
static bool take_one(armed_rule *armed)
{
    uint64_t times = armed->rule.times, injected = atomic_load_explicit(&armed->injected, memory_order_relaxed);
    do {
        if (times && injected >= times)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(&armed->injected, &injected, injected + 1, memory_order_relaxed,
                                                    memory_order_relaxed));
    return true;
}

void hmi_faults_reset(hmi_faults *faults)
{
    unsigned i;
    for (i = 0; i < HMI_FAULT_SLOTS; i++)
        atomic_store_explicit(&faults->injected_threads[i], 0, memory_order_relaxed);
}

hmi_fault hmi_faults_decide(hmi_faults *faults, const hmi_call *call)
{
    hmi_fault_rules *set = atomic_load_explicit(&faults->current, memory_order_acquire);
    UINT32 i;
    for (i = 0; set && i < set->count; i++) {
        armed_rule *armed = &set->rules[i];
        const hostmem_fault_rule *rule = &armed->rule;
        if (hmi_fault_rule_matches(rule, call) &&
            hmi_fault_rule_hits(rule, atomic_fetch_add_explicit(&armed->matched, 1, memory_order_relaxed) + 1) &&
            take_one(armed)) {
            atomic_fetch_add_explicit(&faults->injected[call->level], 1, memory_order_relaxed);
            atomic_store_explicit(&faults->injected_threads[hmi_thread_slot(HMI_FAULT_SLOTS)], hmi_thread_id(),
                                  memory_order_relaxed);
            return (hmi_fault){hmi_fault_rule_error(rule, call->method), !(rule->flags & HOSTMEM_FAULT_FIRST_ATTEMPT)};
        }
    }
    return (hmi_fault){0, false};
}
