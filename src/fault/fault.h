/* Faults on purpose: the rules in force, and what came of them. Rules in force never change: new ones take their place
 * as a whole, and old ones stay readable until the instance ends, so that no thread waits for another, wherever it
 * stopped. */
#ifndef HMI_FAULT_FAULT_H
#define HMI_FAULT_FAULT_H

#include <stdatomic.h>

#include "fault/fault_rule.h"
#include "os/os.h"
#include "base/thread_slot.h"

/* For threads that a fault has struck; a power of two. */
#define HMI_FAULT_SLOTS 64

typedef struct hmi_fault_rules hmi_fault_rules;

typedef struct hmi_faults {
    hostmem_os *os;
    _Atomic(hmi_fault_rules *) current; /* NULL: no rules */
    _Atomic(hmi_fault_rules *) sets;    /* all that there ever were */
    _Atomic(UINT_PTR)
        injected_threads[HMI_FAULT_SLOTS]; /* hmi_thread_id of a thread that has not asked since; 0: nobody */
    _Atomic uint64_t injected[4];          /* by level */
} hmi_faults;

/* faults is zeroed. */
void hmi_faults_init(hmi_faults *faults, hostmem_os *os);

/* Precondition: nobody else uses it. */
void hmi_faults_destroy(hmi_faults *faults);

/* As hostmem_fault_set and hostmem_fault_get_counts. */
HRESULT hmi_faults_set(hmi_faults *faults, const hostmem_fault_rule *rules, UINT32 count);
UINT32 hmi_faults_count(hmi_faults *faults, hostmem_fault_count *counts, UINT32 capacity);

/* A failure that was decided on. */
typedef struct hmi_fault {
    UINT32 error; /* Win32; 0: none */
    bool lasting; /* for every attempt of the request */
} hmi_fault;

/* Shows an operation to the rules. Call it once for each. */
hmi_fault hmi_faults_decide(hmi_faults *faults, const hmi_call *call);

/* Whether a fault has struck the calling thread since it asked last. Of two threads in one place the first may hear of
 * nothing. */
static inline bool hmi_faults_were_injected(hmi_faults *faults)
{
    _Atomic(UINT_PTR) *place = &faults->injected_threads[hmi_thread_slot(HMI_FAULT_SLOTS)];
    UINT_PTR mine = hmi_thread_id();
    return atomic_load_explicit(place, memory_order_relaxed) == mine && atomic_compare_exchange_strong(place, &mine, 0);
}

/* As though nobody had been struck; for one who begins to listen. */
void hmi_faults_reset(hmi_faults *faults);

static inline bool hmi_faults_any(hmi_faults *faults)
{
    return atomic_load_explicit(&faults->current, memory_order_relaxed) != NULL;
}

/* The same for an operation that does not wait and has no level; returns the Win32 error, 0: none. */
static inline UINT32 hmi_faults_inject(hmi_faults *faults, UINT32 method, UINT64 size, UINT32 type)
{
    if (!hmi_faults_any(faults))
        return 0;
    return hmi_faults_decide(faults, &(hmi_call){method, HMI_NO_LEVEL, type, size}).error;
}

#endif
