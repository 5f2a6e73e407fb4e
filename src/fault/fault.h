/* Fault injection: the rules in force, and what they did. A set of rules never changes while it is in force: a new set
 * replaces it as a whole, and the old one stays readable until the instance ends, so no thread has to wait for another.
 */
#ifndef HMI_FAULT_FAULT_H
#define HMI_FAULT_FAULT_H

#include <stdatomic.h>

#include "fault/fault_rule.h"
#include "os/os.h"
#include "base/thread_slot.h"

/* Slots for threads that a fault was injected into; a power of two. */
#define HMI_FAULT_SLOTS 64

typedef struct hmi_fault_rules hmi_fault_rules;

typedef struct hmi_faults {
    hostmem_os *os;
    _Atomic(hmi_fault_rules *) current; /* NULL: no rules */
    _Atomic(hmi_fault_rules *) sets;    /* every set that was ever in force, as a list */
    _Atomic(UINT_PTR)
        /* hmi_thread_id of a thread that got a fault and has not asked since; 0: none */
        injected_threads[HMI_FAULT_SLOTS];
    _Atomic uint64_t injected[4]; /* by level */
} hmi_faults;

/* Precondition: faults is zeroed. */
void hmi_faults_init(hmi_faults *faults, hostmem_os *os);

/* Precondition: nobody else uses it. */
void hmi_faults_destroy(hmi_faults *faults);

/* Like hostmem_fault_set and hostmem_fault_get_counts. */
HRESULT hmi_faults_set(hmi_faults *faults, const hostmem_fault_rule *rules, UINT32 count);
UINT32 hmi_faults_count(hmi_faults *faults, hostmem_fault_count *counts, UINT32 capacity);

/* What the rules decided for an operation. */
typedef struct hmi_fault {
    UINT32 error; /* Win32; 0: none */
    bool lasting; /* every attempt of the request fails, not only the first */
} hmi_fault;

/* Decides whether an operation fails, and counts it for the rules that it matches. Call it once for each operation. */
hmi_fault hmi_faults_decide(hmi_faults *faults, const hmi_call *call);

/* Whether a fault was injected into the calling thread since it last asked. If two threads share a slot, the first
 * one's fault may go unnoticed. */
static inline bool hmi_faults_were_injected(hmi_faults *faults)
{
    _Atomic(UINT_PTR) *place = &faults->injected_threads[hmi_thread_slot(HMI_FAULT_SLOTS)];
    UINT_PTR mine = hmi_thread_id();
    return atomic_load_explicit(place, memory_order_relaxed) == mine && atomic_compare_exchange_strong(place, &mine, 0);
}

/* Clears what hmi_faults_were_injected returns, for all threads. Called when somebody begins to listen to events. */
void hmi_faults_reset(hmi_faults *faults);

static inline bool hmi_faults_any(hmi_faults *faults)
{
    return atomic_load_explicit(&faults->current, memory_order_relaxed) != NULL;
}

/* Like hmi_faults_decide, for an operation that does not wait and has no level. Returns the Win32 error; 0: it does not
 * fail. */
static inline UINT32 hmi_faults_inject(hmi_faults *faults, UINT32 method, UINT64 size, UINT32 type)
{
    if (!hmi_faults_any(faults))
        return 0;
    return hmi_faults_decide(faults, &(hmi_call){method, HMI_NO_LEVEL, type, size}).error;
}

#endif
