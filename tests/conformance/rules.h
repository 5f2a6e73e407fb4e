/* The rules of the suite: what a rule is, what it is given, and the families. A rule says one thing of the contract and
 * checks it alone, so that a broken manager is told by name. It runs in a process of its own: it leaves behind what it
 * likes, and the first failed expectation ends it. */
#ifndef HOSTMEM_TESTS_CONFORMANCE_RULES_H
#define HOSTMEM_TESTS_CONFORMANCE_RULES_H

#ifndef COBJMACROS
#define COBJMACROS
#endif
#include <hostmem/interfaces.h>

/* What the CLR holds after it has begun. */
typedef struct subject {
    IHostMemoryManager *manager;
    IHostMalloc *heap; /* of CreateMalloc(MALLOC_THREADSAFE), the first call of all */
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

/* The number-th rule of all families, from 0; NULL after the last. */
const rule *rule_at(unsigned number);

/* NULL: there is none of that name. */
const rule *rule_named(const char *name);

#endif
