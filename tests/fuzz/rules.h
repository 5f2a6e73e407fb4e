/* Where hostmem answers otherwise than the system would, on purpose. Everything else has to agree. */
#ifndef HOSTMEM_TESTS_FUZZ_RULES_H
#define HOSTMEM_TESTS_FUZZ_RULES_H

#include "twin.h"

typedef struct fuzz_rule {
    const char *name;                                  /* what is different, and why */
    BOOL (*applies)(const twin *t, const fuzz_op *op); /* t->target is the operation's */
    BOOL nobody_is_asked;                              /* the operation is passed over on both sides */
    HRESULT hr;   /* otherwise: what hostmem answers, with this last error; its twin is not asked, and nothing */
    UINT32 error; /* changes */
    UINT32 (*error_of)(const twin *t, const fuzz_op *op); /* in place of error, asked beforehand; NULL: error it is */
} fuzz_rule;

/* NULL: the two have to agree. */
const fuzz_rule *fuzz_rule_for(const twin *t, const fuzz_op *op);

#endif
