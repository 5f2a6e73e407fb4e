/* What the tests of fault rules share: an operation of each kind with the memory it needs, and calls that set rules
 * and check their counts. */
#ifndef HOSTMEM_TESTS_FAULT_GROUND_H
#define HOSTMEM_TESTS_FAULT_GROUND_H

#include "host_fixture.h"

#include <stdbool.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
#define FROM_WIN32(error) ((HRESULT)(0x80070000u | (unsigned)(error)))

/* Sets the size field of the rules. */
void fault_set_rules(host_fixture *f, const hostmem_fault_rule *rules, UINT32 count);
void fault_set_rule(host_fixture *f, hostmem_fault_rule rule);

#define counts_are(fixture, rule, matched, injected) \
    fault_check_counts(fixture, rule, matched, injected, __FILE__, __LINE__)
void fault_check_counts(host_fixture *f, UINT32 rule, UINT64 matched, UINT64 injected, const char *file, int line);

/* One operation of each kind. Each succeeds unless a rule makes it fail, and frees what it allocates. */
typedef struct operation {
    const char *name;
    UINT32 method;
    UINT32 type;
    SIZE_T size;
    bool has_level;
    bool asks_budget;
} operation;

#define FAULT_OPERATIONS 14
extern const operation fault_operations[FAULT_OPERATIONS];

/* Pages and a heap to operate on, created without rules. */
typedef struct ground {
    host_fixture *f;
    char *pages;
    IHostMalloc *heap;
} ground;

ground fault_ground_make(host_fixture *f);
void fault_ground_clear(ground *g);
HRESULT fault_perform(ground *g, const operation *op, EMemoryCriticalLevel level);

#endif
