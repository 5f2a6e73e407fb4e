/* Runs rules in processes of their own: the parent's function, which starts this program again, and the child's. */
#ifndef HOSTMEM_TESTS_CONFORMANCE_CHILD_H
#define HOSTMEM_TESTS_CONFORMANCE_CHILD_H

#include "rules.h"
#include "outcome.h"

typedef enum verdict { VERDICT_PASS, VERDICT_FAIL, VERDICT_CRASH, VERDICT_HANG, VERDICT_UNUSABLE } verdict;

typedef struct result {
    const rule *rule;
    verdict verdict; /* VERDICT_UNUSABLE: the DLL could not be loaded, or the process could not be started */
    char seen[800];
} result;

/* Checks one rule on the DLL's manager, in a process that is ended after timeout_ms. */
void child_run(const rule *rule, const char *dll, DWORD timeout_ms, result *result);

/* The child's main function: mapping is the inherited handle, as text. */
int child_main(const char *mapping, const char *rule_name, const char *dll);

#endif
