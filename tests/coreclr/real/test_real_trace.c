/* Traces of a real runtime: a replay ends with the recorded figures, and managed methods have names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "real.h"

/* Without tiered compilation: the thread that compiles in the background may be committing memory when the trace ends.
 * The last figures then have what it got, and the trace does not (hostmem_trace_stop). */
static void is_the_same_replayed(const char *options, const char *parts, DWORD exit_code)
{
    char line[200];
    child child;

    _putenv_s("DOTNET_TieredCompilation", "0");
    snprintf(line, sizeof(line), "%s --trace real_runtime.trace", options);
    child = real_host(line, parts, NULL);
    real_expect(&child, exit_code);
    assert_non_null(strstr(child.error, ", 0 dropped"));
    child_free(&child);
    _putenv_s("DOTNET_TieredCompilation", "");
    child = real_host_program("hostmem-trace", "replay real_runtime.trace");
    real_expect(&child, 0);
    if (!strstr(child.output, "The figures are those recorded.")) {
        fputs(child.output, stdout); /* CMocka prints 1023 bytes of it */
        fail_msg("the replay differs");
    }
    child_free(&child);
    assert_int_equal(remove("real_runtime.trace"), 0);
}

static void life_is_the_same_replayed(void **state)
{
    (void)state;
    is_the_same_replayed("", "objects:13:1 arrays:20 threads:4:3000 methods:100 contexts:8 blocks:16 pages:4 views:4",
                         0);
}

static void life_under_a_limit_is_the_same_replayed(void **state)
{
    (void)state;
    is_the_same_replayed("--limit 64M", "fill:1:5000000 objects:13 hello", 0);
}

/* The runtime's own events name methods. The host is compiled with DWARF 5, which DbgHelp of Wine 8 does not read; for
 * functions there is hostmem-trace/test_names.py. */
static void stacks_have_the_names_of_methods(void **state)
{
    static const char *const names[] = {"Program.Main", "Objects.Trees"};
    child child;
    size_t i;

    (void)state;
    SetEnvironmentVariableA("DOTNET_EnableEventPipe", "1");
    SetEnvironmentVariableA("DOTNET_EventPipeConfig", "Microsoft-Windows-DotNETRuntime:0x30:5");
    SetEnvironmentVariableA("DOTNET_EventPipeOutputPath", "real_runtime.nettrace");
    child = real_host("--sample 16K --trace real_runtime.trace", "objects:13:1 methods:50", NULL);
    SetEnvironmentVariableA("DOTNET_EnableEventPipe", NULL);
    real_expect(&child, 0);
    child_free(&child);
    child = real_host_program("hostmem-trace", "export --to collapsed --value bytes real_runtime.trace "
                                               "--methods real_runtime.nettrace");
    real_expect(&child, 0);
    for (i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (!strstr(child.output, names[i]))
            fail_msg("%s is in no stack", names[i]);
    child_free(&child);
    assert_int_equal(remove("real_runtime.trace"), 0);
    assert_int_equal(remove("real_runtime.nettrace"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(life_is_the_same_replayed),
        cmocka_unit_test(life_under_a_limit_is_the_same_replayed),
        cmocka_unit_test(stacks_have_the_names_of_methods),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
