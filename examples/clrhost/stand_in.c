/* Uses the stand-in of the tests. See tests/support/standin_clr.h. */
#include "stand_in.h"

#include <stdio.h>

#include "standin_clr.h"

HRESULT stand_in_create(ICLRRuntimeHost **out)
{
    return standin_clr_create(out);
}

static void print_row(const char *label, LONG count)
{
    printf("  %-24s%12ld\n", label, count);
}

BOOL stand_in_report(ICLRRuntimeHost *host)
{
    standin_report report;

    standin_clr_report(host, &report);
    puts("What the stand-in did");
    print_row("threads", report.tasks);
    print_row("  out of memory", report.tasks_out_of_memory);
    print_row("garbage collections", report.collections);
    print_row("  because of Low", report.collections_by_low);
    print_row("  because of a refusal", report.collections_by_refusal);
    print_row("  giving all back", report.eager_collections);
    print_row("notifications, Low", report.notifications[eMemoryAvailableLow]);
    print_row("notifications, Neutral", report.notifications[eMemoryAvailableNeutral]);
    print_row("notifications, High", report.notifications[eMemoryAvailableHigh]);
    puts("Calls to the host");
    for (int i = 0; i < STANDIN_NOTIFICATION; i++)
        printf("  %-56s%8ld\n", standin_method_name((standin_method)i), report.calls[i]);
    printf("Violations of the contract: %ld\n", report.violations);
    for (LONG i = 0; i < report.violations && i < STANDIN_TEXTS; i++)
        fprintf(stderr, "clrhost: violation in %s\n", report.violation[i]);
    return !report.violations;
}
