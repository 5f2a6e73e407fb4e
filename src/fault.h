/* Faults on purpose: the rules in force, and what came of them. Rules in force never change: new ones take their place
 * as a whole, and old ones stay readable until the instance ends, so that no thread waits for another, wherever it
 * stopped. */
#ifndef HOSTMEM_SRC_FAULT_H
#define HOSTMEM_SRC_FAULT_H

#include <stdatomic.h>

#include "fault_rule.h"
#include "os.h"
#include "thread_place.h"

/* For threads that a fault has struck; a power of two. */
#define HOSTMEM_FAULT_PLACES 64

typedef struct hostmem_fault_rules hostmem_fault_rules;

typedef struct hostmem_faults {
    hostmem_os *os;
    _Atomic(hostmem_fault_rules *) current; /* NULL: no rules */
    _Atomic(hostmem_fault_rules *) sets;    /* all that there ever were */
    _Atomic(UINT_PTR)
        struck[HOSTMEM_FAULT_PLACES]; /* hostmem_thread_key of a thread that has not asked since; 0: nobody */
    _Atomic uint64_t injected[4];     /* by level */
} hostmem_faults;

/* faults is zeroed. */
void hostmem_faults_init(hostmem_faults *faults, hostmem_os *os);

/* Precondition: nobody else uses it. */
void hostmem_faults_destroy(hostmem_faults *faults);

/* As hostmem_fault_set and hostmem_fault_get_counts. */
HRESULT hostmem_faults_set(hostmem_faults *faults, const hostmem_fault_rule *rules, UINT32 count);
UINT32 hostmem_faults_count(hostmem_faults *faults, hostmem_fault_count *counts, UINT32 capacity);

/* A failure that was decided on. */
typedef struct hostmem_fault {
    UINT32 error; /* Win32; 0: none */
    bool lasting; /* for every attempt of the request */
} hostmem_fault;

/* Shows an operation to the rules. Call it once for each. */
hostmem_fault hostmem_faults_decide(hostmem_faults *faults, const hostmem_call *call);

/* Whether a fault has struck the calling thread since it asked last. Of two threads in one place the first may hear of
 * nothing. */
static inline bool hostmem_faults_have_struck(hostmem_faults *faults)
{
    _Atomic(UINT_PTR) *place = &faults->struck[hostmem_thread_place(HOSTMEM_FAULT_PLACES)];
    UINT_PTR mine = hostmem_thread_key();
    return atomic_load_explicit(place, memory_order_relaxed) == mine && atomic_compare_exchange_strong(place, &mine, 0);
}

/* As though nobody had been struck; for one who begins to listen. */
void hostmem_faults_forget(hostmem_faults *faults);

static inline bool hostmem_faults_any(hostmem_faults *faults)
{
    return atomic_load_explicit(&faults->current, memory_order_relaxed) != NULL;
}

/* The same for an operation that does not wait and has no level; returns the Win32 error, 0: none. */
static inline UINT32 hostmem_faults_strike(hostmem_faults *faults, UINT32 method, UINT64 size, UINT32 type)
{
    if (!hostmem_faults_any(faults))
        return 0;
    return hostmem_faults_decide(faults, &(hostmem_call){method, HOSTMEM_NO_LEVEL, type, size}).error;
}

#endif
