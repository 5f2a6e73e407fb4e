/* Where hostmem differs from the system on purpose. Everything else has to agree. */
#ifndef HOSTMEM_TESTS_FUZZ_RULES_H
#define HOSTMEM_TESTS_FUZZ_RULES_H

#include "twin.h"

typedef struct fuzz_rule {
    const char *name;                                  /* what is different, and why */
    BOOL (*applies)(const twin *t, const fuzz_op *op); /* t->target is the operation's target */
    BOOL nobody_is_asked;                              /* the operation is skipped on both sides */
    HRESULT hr;   /* otherwise: hostmem's result, with this last error; the twin is not called, and nothing */
    UINT32 error; /* changes */
    UINT32 (*error_of)(const twin *t, const fuzz_op *op); /* in place of error, called beforehand; NULL: use error */
} fuzz_rule;

/* NULL: the two have to agree. */
const fuzz_rule *fuzz_rule_for(const twin *t, const fuzz_op *op);

#endif
