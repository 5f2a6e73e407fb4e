/* corehost: a program behaves as in dotnet's own host. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "real.h"

static void expect_output(const child *child, const char *expected)
{
    char *output = real_output(child);

    assert_string_equal(output, expected);
    free(output);
}

static void table_is_on_standard_error(const child *child)
{
    assert_non_null(strstr(child->error, "The manager's figures"));
    assert_true(real_number(child, "committed ") > 0);
    assert_non_null(strstr(child->error, "Used for"));
    assert_non_null(strstr(child->error, "collector's heap"));
}

static void arguments_and_exit_code_are_the_programs(void **state)
{
    child child = real_host("", "plain \"two words\" \"\" --limit -- exit:2147483647", NULL);

    (void)state;
    real_expect(&child, 2147483647);
    expect_output(&child, "argument: plain\nargument: two words\nargument: \nargument: --limit\nargument: --\n");
    table_is_on_standard_error(&child);
    child_free(&child);
}

static void standard_input_is_the_programs(void **state)
{
    child child = real_host("", "echo", "one\ntwo\n");

    (void)state;
    real_expect(&child, 0);
    expect_output(&child, "echo: one\ntwo\n\n");
    child_free(&child);
}

static void leaving_early_leaves_a_table(void **state)
{
    child child = real_host("--trace real_left.trace", "leave:77", NULL);

    (void)state;
    real_expect(&child, 77);
    table_is_on_standard_error(&child);
    assert_non_null(strstr(child.error, "lacks its last moments"));
    assert_int_equal(remove("real_left.trace"), 0);
    child_free(&child);
}

static void nobody_catches_an_exception(void **state)
{
    child governed = real_govern("direct", "", "throw"), plain = real_govern("plain", "", "throw");
    child hosted = real_host("", "throw", NULL);

    (void)state;
    real_expect(&plain, REAL_UNHANDLED);
    real_expect(&governed, REAL_UNHANDLED);
    real_expect(&hosted, REAL_UNHANDLED);
    assert_string_equal(hosted.output, plain.output);
    child_free(&plain);
    child_free(&governed);
    child_free(&hosted);
}

static void metrics_and_traces_are_written(void **state)
{
    child child = real_host("--metrics real_host.prom --trace real_host.trace --sample 64K", "objects:10 exit:3", NULL);
    char line[512];
    FILE *metrics;
    int kinds = 0;

    (void)state;
    real_expect(&child, 3);
    assert_non_null(strstr(child.error, ", 0 dropped"));
    metrics = fopen("real_host.prom", "r");
    assert_non_null(metrics);
    while (fgets(line, sizeof(line), metrics))
        kinds += !strncmp(line, "hostmem_kind_bytes{", 19);
    fclose(metrics);
    assert_int_equal(kinds, 8);
    assert_int_equal(remove("real_host.prom"), 0);
    child_free(&child);
    child = real_host_program("hostmem-trace", "summary real_host.trace");
    real_expect(&child, 0);
    assert_non_null(strstr(child.output, "VirtualAlloc"));
    assert_non_null(strstr(child.output, "Used for"));
    assert_null(strstr(child.output, "of unknown kinds"));
    assert_int_equal(remove("real_host.trace"), 0);
    child_free(&child);
}

static void wrong_command_lines_are_told(void **state)
{
    static const struct {
        const char *arguments;
        DWORD exit_code;
        const char *said;
    } cases[] = {
        {"", 125, "APP.dll is needed"},
        {"--limt 5M x.dll", 125, "unknown option --limt"},
        {"--limit", 125, "a value is missing after --limit"},
        {"--limit 5X x.dll", 125, "not a size: 5X"},
        {"no_such_program.dll", 126, "there is no file no_such_program.dll"},
        {"--runtime no_such_folder corehost.exe", 126, "there is no file corehost.exe"},
        {"--help", 0, "Usage: corehost"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        child child = real_host_program("corehost", cases[i].arguments);

        real_expect(&child, cases[i].exit_code);
        if (!strstr(child.output, cases[i].said))
            fail_msg("\"%s\" is not in: %s", cases[i].said, child.output);
        child_free(&child);
    }
}

static void folder_without_a_runtime_is_told(void **state)
{
    char arguments[2 * MAX_PATH];
    child child;

    (void)state;
    snprintf(arguments, sizeof(arguments), "--runtime \"%s\" \"%s/Workload.dll\"",
             real_variable("HOSTMEM_REAL_PROGRAMS"), real_variable("HOSTMEM_REAL_PROGRAMS"));
    child = real_host_program("corehost", arguments);
    real_expect(&child, 127);
    assert_non_null(strstr(child.error, "there is no runtime in "));
    child_free(&child);
}

/* Without --runtime, with an installed .NET, hostfxr loads the runtime that the program asks for, or a later one. */
static void run_by_hostfxr(const char *roll_forward, const char *version)
{
    char arguments[2 * MAX_PATH];
    child child;

    _putenv_s("DOTNET_ROOT", real_variable("HOSTMEM_REAL_ROOT"));
    _putenv_s("DOTNET_ROLL_FORWARD", roll_forward);
    snprintf(arguments, sizeof(arguments), "--limit 256M \"%s/Workload.dll\" hello told blocks:4 \"two words\" exit:9",
             real_variable("HOSTMEM_REAL_PROGRAMS"));
    child = real_host_program("corehost", arguments);
    real_expect(&child, 9);
    assert_non_null(strstr(child.output, version));
    assert_non_null(strstr(child.output, "argument: two words"));
    assert_true(real_number(&child, "told: available ") <= 256 << 20);
    table_is_on_standard_error(&child);
    child_free(&child);
    /* The accounts and the contract are checked in this way, too. */
    child = real_govern_here("hello objects:10 methods:10 contexts:2 blocks:4 views:2");
    real_expect(&child, 0);
    assert_non_null(strstr(child.output, version));
    child_free(&child);
    _putenv_s("DOTNET_ROLL_FORWARD", "");
    _putenv_s("DOTNET_ROOT", "");
}

static void hostfxr_finds_a_runtime(void **state)
{
    (void)state;
    if (!*real_variable("HOSTMEM_REAL_ROOT")) {
        print_message("there is no installed .NET for this processor\n");
        return;
    }
    run_by_hostfxr("Minor", "hello from .NET 8.");
    run_by_hostfxr("LatestMajor", "hello from .NET 10.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_and_exit_code_are_the_programs),
        cmocka_unit_test(standard_input_is_the_programs),
        cmocka_unit_test(leaving_early_leaves_a_table),
        cmocka_unit_test(nobody_catches_an_exception),
        cmocka_unit_test(metrics_and_traces_are_written),
        cmocka_unit_test(wrong_command_lines_are_told),
        cmocka_unit_test(folder_without_a_runtime_is_told),
        cmocka_unit_test(hostfxr_finds_a_runtime),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
