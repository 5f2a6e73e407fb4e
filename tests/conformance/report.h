/* What the suite prints: one line for each rule as it ends, or JSON. */
#ifndef HOSTMEM_TESTS_CONFORMANCE_REPORT_H
#define HOSTMEM_TESTS_CONFORMANCE_REPORT_H

#include "child.h"

typedef struct report {
    BOOL json;
    unsigned count[4]; /* by verdict */
} report;

void report_begin(report *report, const char *dll);
void report_add(report *report, const result *result);
void report_end(const report *report);

/* Prints all rules without checking any. */
void report_list(void);

#endif
