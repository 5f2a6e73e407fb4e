/* See real.h. */
#include "real.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LINE = 8192 };

const char *real_variable(const char *name)
{
    const char *value = getenv(name);

    if (!value) {
        fprintf(stderr, "%s is not set: this test is started by CTest\n", name);
        abort();
    }
    return value;
}

/* Under Wine 8 the runtime sometimes prints this, with or without hostmem, and ends or does not even end
 * (tests/README.md). Nothing else is run again. */
static const char fatal_error[] = "SuspendThread failed with error 5";

enum { ATTEMPTS = 3 };

static child run_line(const char *line, const char *input)
{
    child child = child_run(line, input, REAL_SECONDS);
    int attempt;

    for (attempt = 1; attempt < ATTEMPTS && strstr(child.output, fatal_error); attempt++) {
        print_message("\"%s\": run again\n", fatal_error);
        child_free(&child);
        child = child_run(line, input, REAL_SECONDS);
    }
    return child;
}

#if defined(__GNUC__) && !defined(__clang__)
__attribute__((format(gnu_printf, 2, 3)))
#endif
static child
run(const char *input, const char *format, ...)
{
    char line[LINE];
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    assert_in_range(length, 1, sizeof(line) - 1);
    return run_line(line, input);
}

child real_govern_program(const char *words, const char *options, const char *path, const char *arguments)
{
    return run(NULL, "\"%s\" %s -- %s --runtime \"%s\" \"%s\" %s", real_variable("HOSTMEM_REAL_GOVERNED"), words,
               options, real_variable("HOSTMEM_REAL_RUNTIME"), path, arguments);
}

child real_govern(const char *words, const char *options, const char *parts)
{
    char path[MAX_PATH];

    snprintf(path, sizeof(path), "%s/Workload.dll", real_variable("HOSTMEM_REAL_PROGRAMS"));
    return real_govern_program(words, options, path, parts);
}

child real_govern_here(const char *parts)
{
    return run(NULL, "\"%s\" -- \"%s/Workload.dll\" %s", real_variable("HOSTMEM_REAL_GOVERNED"),
               real_variable("HOSTMEM_REAL_PROGRAMS"), parts);
}

child real_host(const char *options, const char *parts, const char *input)
{
    return run(input, "\"%s/corehost.exe\" %s --runtime \"%s\" \"%s/Workload.dll\" %s",
               real_variable("HOSTMEM_REAL_HOSTS"), options, real_variable("HOSTMEM_REAL_RUNTIME"),
               real_variable("HOSTMEM_REAL_PROGRAMS"), parts);
}

child real_host_program(const char *program, const char *arguments)
{
    return run(NULL, "\"%s/%s.exe\" %s", real_variable("HOSTMEM_REAL_HOSTS"), program, arguments);
}

child real_beside_governed(const char *program, const char *arguments)
{
    const char *governed = real_variable("HOSTMEM_REAL_GOVERNED"), *name = strrchr(governed, '/');

    return run(NULL, "\"%.*s%s.exe\" %s", name ? (int)(name + 1 - governed) : 0, governed, program, arguments);
}

void real_expect(const child *child, DWORD exit_code)
{
    if (!child->hung && child->exit_code == exit_code)
        return;
    print_error("%s\n", child->output);
    if (child->hung)
        fail_msg("it hung");
    fail_msg("the exit code is 0x%lX, not 0x%lX", child->exit_code, exit_code);
}

char *real_output(const child *child)
{
    size_t length = (size_t)(child->error - child->output);
    char *output = malloc(length + 1);

    assert_non_null(output);
    memcpy(output, child->output, length);
    output[length] = 0;
    return output;
}

unsigned long long real_number(const child *child, const char *text)
{
    const char *at = strstr(child->output, text);

    if (at)
        at += strlen(text);
    while (at && *at == ' ')
        at++;
    if (!at || *at < '0' || *at > '9') {
        print_error("%s\n", child->output);
        fail_msg("no number follows \"%s\"", text);
    }
    return strtoull(at, NULL, 10);
}
