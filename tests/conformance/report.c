/* The report as text for people and as JSON for programs, with the same content. */
#include "report.h"

#include <stdio.h>

static const char *const verdict_names[] = {
    [VERDICT_PASS] = "pass",
    [VERDICT_FAIL] = "FAIL",
    [VERDICT_CRASH] = "crash",
    [VERDICT_HANG] = "hang",
};

#if defined(_M_ARM64) || defined(__aarch64__)
#define ARCHITECTURE "arm64"
#elif defined(_WIN64)
#define ARCHITECTURE "x64"
#else
#define ARCHITECTURE "x86"
#endif

static unsigned total(const report *report)
{
    return report->count[VERDICT_PASS] + report->count[VERDICT_FAIL] + report->count[VERDICT_CRASH] +
           report->count[VERDICT_HANG];
}

static void print_string(const char *text)
{
    putchar('"');
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            printf("\\%c", c);
        else if (c < 0x20 || c > 0x7e)
            printf("\\u%04x", (unsigned)c);
        else
            putchar(c);
    }
    putchar('"');
}

static void print_member(const char *name, const char *text)
{
    printf("\"%s\": ", name);
    print_string(text);
}

void report_begin(report *report, const char *dll)
{
    if (report->json) {
        printf("{\n  ");
        print_member("manager", dll);
        printf(",\n  \"architecture\": \"" ARCHITECTURE "\",\n  \"rules\": [");
    } else {
        printf("%s on " ARCHITECTURE "\n", dll);
    }
}

void report_add(report *report, const result *result)
{
    const rule *rule = result->rule;
    BOOL first = !total(report);
    report->count[result->verdict]++;
    if (report->json) {
        printf("%s\n    {", first ? "" : ",");
        print_member("rule", rule->name);
        printf(", ");
        print_member("section", rule->section);
        printf(", ");
        print_member("text", rule->text);
        printf(", ");
        print_member("verdict", verdict_names[result->verdict]);
        printf(", ");
        print_member("seen", result->seen);
        putchar('}');
    } else {
        printf("%-5s  %-34s %s  %s\n", verdict_names[result->verdict], rule->name, rule->section, rule->text);
        if (*result->seen)
            printf("       %s\n", result->seen);
    }
    fflush(stdout);
}

void report_end(const report *report)
{
    if (report->json)
        printf("\n  ],\n  \"pass\": %u, \"FAIL\": %u, \"crash\": %u, \"hang\": %u\n}\n", report->count[VERDICT_PASS],
               report->count[VERDICT_FAIL], report->count[VERDICT_CRASH], report->count[VERDICT_HANG]);
    else
        printf("%u rules: %u pass, %u FAIL, %u crash, %u hang\n", total(report), report->count[VERDICT_PASS],
               report->count[VERDICT_FAIL], report->count[VERDICT_CRASH], report->count[VERDICT_HANG]);
}

void report_list(void)
{
    const rule *rule;
    unsigned number;
    for (number = 0; (rule = rule_at(number)) != NULL; number++)
        printf("%-34s %s  %s\n", rule->name, rule->section, rule->text);
}
