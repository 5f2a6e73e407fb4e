/* How much memory an instance may take: the limit, what is charged against it, and who is admitted above it. Charges are
 * made before the operating system is asked and refunded when it refuses, so that the limit holds at every moment.
 * Any thread may call anything at any time; nothing waits. */
#ifndef HOSTMEM_SRC_BUDGET_H
#define HOSTMEM_SRC_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <hostmem/interfaces.h>

typedef struct hostmem_budget {
    _Atomic uint64_t limit_bytes; /* UINT64_MAX: none */
    _Atomic uint64_t used_bytes;
} hostmem_budget;

/* limit_bytes: 0 for none, here and in what hostmem_budget_limit returns. */
void hostmem_budget_init(hostmem_budget *budget, uint64_t limit_bytes);
void hostmem_budget_set_limit(hostmem_budget *budget, uint64_t limit_bytes);
uint64_t hostmem_budget_limit(const hostmem_budget *budget);

/* Charges bytes, if the level of the request admits it: up to the limit for a task or an application domain, above it
 * for the process. False: refused, nothing is charged. */
bool hostmem_budget_charge(hostmem_budget *budget, uint64_t bytes, EMemoryCriticalLevel level);

/* Charges bytes that are taken already, whatever the limit. */
void hostmem_budget_force(hostmem_budget *budget, uint64_t bytes);

/* Gives charged bytes back. */
void hostmem_budget_refund(hostmem_budget *budget, uint64_t bytes);

#endif
