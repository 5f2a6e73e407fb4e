/* The rules of the suite: what a rule is, its arguments, and the groups. A rule checks one thing of the contract
 * alone, so that its name says what is broken. It runs in a process of its own: it need not clean up, and the first
 * failed expectation ends it. */
#ifndef HOSTMEM_TESTS_CONFORMANCE_RULES_H
#define HOSTMEM_TESTS_CONFORMANCE_RULES_H

#ifndef COBJMACROS
#define COBJMACROS
#endif
#include <hostmem/interfaces.h>

/* What the CLR has after its first calls. */
typedef struct subject {
    IHostMemoryManager *manager;
    IHostMalloc *heap; /* from CreateMalloc(MALLOC_THREADSAFE), the very first call */
    HRESULT heap_hr;   /* what that call returned */
} subject;

typedef struct rule {
    const char *name;
    const char *section; /* of the contract: README.md lists them */
    const char *text;
    void (*check)(subject *subject);
} rule;

/* Each ends with a rule without a name. */
extern const rule com_rules[];
extern const rule result_rules[];
extern const rule error_rules[];
extern const rule page_rules[];
extern const rule segment_rules[];
extern const rule release_rules[];
extern const rule block_rules[];
extern const rule heap_rules[];
extern const rule foreign_rules[];
extern const rule notice_rules[];
extern const rule space_rules[];
extern const rule thread_rules[];
extern const rule late_rules[];

/* The number-th rule of all groups, from 0; NULL after the last. */
const rule *rule_at(unsigned number);

/* NULL: there is none with that name. */
const rule *rule_named(const char *name);

#endif
