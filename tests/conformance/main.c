/* The conformance suite: checks the IHostMemoryManager of a DLL (factory.h) against what the CLR requires, rule by
 * rule, each in a process of its own. Exit codes: 0 all rules pass, 1 some do not, 2 the suite could not be run. */
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_TIMEOUT_MS 30000

typedef struct options {
    const char *dll;
    const rule *rule; /* NULL: all */
    DWORD timeout_ms;
    report report;
} options;

static int usage(const char *wrong, const char *what)
{
    if (wrong)
        fprintf(stderr, "conformance: %s %s\n", wrong, what);
    fputs("usage: conformance [--json] [--rule NAME] [--timeout MS] FACTORY.dll\n"
          "       conformance --list\n",
          stderr);
    return 2;
}

static int run(options *options)
{
    unsigned number;
    const rule *rule;
    result result;
    BOOL begun = FALSE;
    for (number = 0; (rule = rule_at(number)) != NULL; number++) {
        if (options->rule && rule != options->rule)
            continue;
        child_run(rule, options->dll, options->timeout_ms, &result);
        if (result.verdict == VERDICT_UNUSABLE) {
            fprintf(stderr, "conformance: %s: %s\n", options->dll, result.seen);
            return 2;
        }
        if (!begun)
            report_begin(&options->report, options->dll);
        begun = TRUE;
        report_add(&options->report, &result);
    }
    report_end(&options->report);
    return options->report.count[VERDICT_FAIL] + options->report.count[VERDICT_CRASH] +
                   options->report.count[VERDICT_HANG]
               ? 1
               : 0;
}

int main(int argc, char **argv)
{
    options options = {.timeout_ms = DEFAULT_TIMEOUT_MS};
    int i;
    if (argc == 5 && !strcmp(argv[1], "--child"))
        return child_main(argv[2], argv[3], argv[4]);
    for (i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--json")) {
            options.report.json = TRUE;
        } else if (!strcmp(argv[i], "--list") && argc == 2) {
            report_list();
            return 0;
        } else if (!strcmp(argv[i], "--rule") && i + 1 < argc) {
            options.rule = rule_named(argv[++i]);
            if (!options.rule)
                return usage("there is no rule", argv[i]);
        } else if (!strcmp(argv[i], "--timeout") && i + 1 < argc) {
            options.timeout_ms = (DWORD)strtoul(argv[++i], NULL, 10);
            if (!options.timeout_ms)
                return usage("not a number of milliseconds:", argv[i]);
        } else if (argv[i][0] == '-' || options.dll) {
            return usage("unknown argument:", argv[i]);
        } else {
            options.dll = argv[i];
        }
    }
    if (!options.dll)
        return usage(NULL, NULL);
    return run(&options);
}
