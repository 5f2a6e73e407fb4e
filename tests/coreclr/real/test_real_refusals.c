/* At the default levels no refusal by the budget crashes a runtime: requests at eTaskCritical of a start and of a
 * program are refused one by one, and all from one on. Each time there is an exception, a failing HRESULT or an
 * orderly end; if the runtime came to the end of its program, the accounts are right, according to governed.
 *
 * HOSTMEM_REAL_EVERY: one of how many requests is refused; 1: each of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "real.h"

/* The program ends with the first part that throws: under Wine 8 a thread of .NET 8 does not survive its second
 * OutOfMemoryException, with or without hostmem. */
static const char parts[] =
    "once hello objects:12:1 arrays:8 threads:2:2000 methods:10 contexts:2 blocks:2 pages:1 views:1";

/* The ways in which a program may end. */
static const struct {
    DWORD exit_code;
    const char *said; /* what its output must contain; NULL: anything */
    const char *name;
} ends[] = {
    {0, "views:1: 1 views", "as without a refusal"},
    {2, "caught OutOfMemoryException", "an OutOfMemoryException was caught"},
    {3, ": caught ", "another exception was caught"},
    {126, "failed with 0x", "a failing HRESULT"},
    {REAL_UNHANDLED, "OutOfMemoryException", "an OutOfMemoryException that nobody caught"},
    {REAL_UNHANDLED, "Out of memory", "the same, without the memory for its name"},
};

enum { ENDS = sizeof(ends) / sizeof(*ends) };

typedef struct tally {
    unsigned counts[ENDS];
    unsigned bad;
} tally;

static child run(const char *rule)
{
    char options[100];

    snprintf(options, sizeof(options), "--fault \"level=task %s\"", rule);
    return real_govern("", options, parts);
}

static void try_rule(const char *rule, tally *tally)
{
    child child = run(rule);
    int i;

    for (i = 0; i < ENDS && !child.hung; i++)
        if (child.exit_code == ends[i].exit_code && strstr(child.output, ends[i].said)) {
            tally->counts[i]++;
            child_free(&child);
            return;
        }
    print_error("%s: %s 0x%lX\n%s\n", rule, child.hung ? "hung" : "ended with", child.exit_code, child.output);
    tally->bad++;
    child_free(&child);
}

static void try_all(const char *form)
{
    const char *text = getenv("HOSTMEM_REAL_EVERY");
    unsigned long every = text && *text ? strtoul(text, NULL, 10) : 8, number, last;
    child whole = run("nth=1000000000");
    tally tally = {0};
    char rule[60];
    int i;

    real_expect(&whole, 0);
    last = (unsigned long)real_number(&whole, "rule 1");
    child_free(&whole);
    assert_true(last > 10);
    assert_true(every > 0);
    /* Random requests would differ between runs of the suite; so always the same ones. */
    for (number = 1; number <= last; number += every) {
        snprintf(rule, sizeof(rule), form, number);
        try_rule(rule, &tally);
    }
    print_message("%lu requests, 1 of %lu tried\n", last, every);
    for (i = 0; i < ENDS; i++)
        print_message("  %5u  %s\n", tally.counts[i], ends[i].name);
    assert_int_equal(tally.bad, 0);
}

static void each_request_may_be_refused(void **state)
{
    (void)state;
    try_all("nth=%lu");
}

static void all_requests_from_one_on_may_be_refused(void **state)
{
    (void)state;
    try_all("nth=%lu every=1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_request_may_be_refused),
        cmocka_unit_test(all_requests_from_one_on_may_be_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
