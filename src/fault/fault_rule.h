/* One rule for fault injection: whether it is valid, which operations it matches, and which of those fail. No state;
 * fault.c counts the operations. */
#ifndef HMI_FAULT_FAULT_RULE_H
#define HMI_FAULT_FAULT_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include <hostmem/hostmem.h>

/* The level of operations that have none, such as VirtualFree. */
#define HMI_NO_LEVEL 3u

/* An operation as rules see it. */
typedef struct hmi_call {
    UINT32 method; /* a HOSTMEM_METHOD_ bit */
    UINT32 level;  /* an EMemoryCriticalLevel, or HMI_NO_LEVEL */
    UINT32 type;   /* of VirtualAlloc, VirtualFree or CreateMalloc; otherwise 0 */
    UINT64 size;
} hmi_call;

/* A mistake in a rule. */
typedef struct hmi_rule_mistake {
    const char *key; /* as in the text form of rules */
    const char *reason;
} hmi_rule_mistake;

/* Checks a rule of the current version, and sets its methods to the default if there are none. Writes *mistake only on
 * failure. Results: as hostmem_fault_set. */
HRESULT hmi_fault_rule_complete(hostmem_fault_rule *rule, hmi_rule_mistake *mistake);

/* Precondition of the functions below: hmi_fault_rule_complete has accepted the rule. */

bool hmi_fault_rule_matches(const hostmem_fault_rule *rule, const hmi_call *call);

/* Whether the number-th operation that matches, from 1, fails; does not look at rule->times. */
bool hmi_fault_rule_hits(const hostmem_fault_rule *rule, uint64_t number);

/* The Win32 error that the rule makes a method fail with. */
UINT32 hmi_fault_rule_error(const hostmem_fault_rule *rule, UINT32 method);

#endif
