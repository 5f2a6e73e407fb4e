/* Runs the tests' stand-in for a CLR. See tests/standin/standin_clr.h. */
#include "stand_in.h"

#include <stdio.h>
#include <string.h>

#include "standin_clr.h"

HRESULT stand_in_create(ICLRRuntimeHost **out)
{
    return standin_clr_create(out);
}

static void print_row(const char *label, LONG count)
{
    printf("  %-24s%12ld\n", label, count);
}

/* Two columns, without the names of the interfaces. */
static void print_calls(const LONG *calls)
{
    for (int i = 0; i < STANDIN_NOTIFICATION; i++) {
        const char *name = strchr(standin_method_name((standin_method)i), ':') + 2;

        printf("  %-36s%8ld%s", name, calls[i], i % 2 ? "\n" : "");
    }
    if (STANDIN_NOTIFICATION % 2)
        puts("");
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
    print_row("  giving back all", report.eager_collections);
    printf("%-26s%12s%12s%12s\n", "Notifications", "Low", "Neutral", "High");
    printf("  %-24s%12ld%12ld%12ld\n", "received", report.notifications[eMemoryAvailableLow],
           report.notifications[eMemoryAvailableNeutral], report.notifications[eMemoryAvailableHigh]);
    puts("Calls to the host");
    print_calls(report.calls);
    printf("Violations of the contract: %ld\n", report.violations);
    for (LONG i = 0; i < report.violations && i < STANDIN_TEXTS; i++)
        fprintf(stderr, "clrhost: violation in %s\n", report.violation[i]);
    return !report.violations;
}
