/* What a rule for faults on purpose says: whether it makes sense, which operations it matches, and which of those fail.
 * No state: the numbers of operations are kept in fault.c. */
#ifndef HMI_FAULT_FAULT_RULE_H
#define HMI_FAULT_FAULT_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include <hostmem/hostmem.h>

/* The level of operations that have none. */
#define HMI_NO_LEVEL 3u

/* An operation as rules see it. */
typedef struct hmi_call {
    UINT32 method; /* a HOSTMEM_METHOD_ bit */
    UINT32 level;  /* an EMemoryCriticalLevel, or HMI_NO_LEVEL */
    UINT32 type;   /* of VirtualAlloc, VirtualFree or CreateMalloc; otherwise 0 */
    UINT64 size;
} hmi_call;

/* What is wrong with a rule. */
typedef struct hmi_rule_mistake {
    const char *key; /* as in the text of rules */
    const char *reason;
} hmi_rule_mistake;

/* Checks a rule of the current version, and puts the default of its methods in place. On success mistake is not
 * written.
 * Results: those of hostmem_fault_set. */
HRESULT hmi_fault_rule_complete(hostmem_fault_rule *rule, hmi_rule_mistake *mistake);

/* The rules below are complete. */

bool hmi_fault_rule_matches(const hostmem_fault_rule *rule, const hmi_call *call);

/* Whether the operation with this number, from 1, fails; regardless of hostmem_fault_rule.times. */
bool hmi_fault_rule_hits(const hostmem_fault_rule *rule, uint64_t number);

/* The Win32 error with which a method fails by the rule. */
UINT32 hmi_fault_rule_error(const hostmem_fault_rule *rule, UINT32 method);

#endif
