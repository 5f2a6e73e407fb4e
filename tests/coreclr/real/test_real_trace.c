/* A replay of a real runtime's trace ends with the recorded figures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "real.h"

static void is_the_same_replayed(const char *options, const char *parts, DWORD exit_code)
{
    char line[200];
    child child;

    snprintf(line, sizeof(line), "%s --trace real_runtime.trace", options);
    child = real_host(line, parts, NULL);
    real_expect(&child, exit_code);
    assert_non_null(strstr(child.error, ", 0 dropped"));
    child_free(&child);
    child = real_host_program("hostmem-trace", "replay real_runtime.trace");
    real_expect(&child, 0);
    print_message("%s", child.output);
    assert_non_null(strstr(child.output, "The figures are those recorded"));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(life_is_the_same_replayed),
        cmocka_unit_test(life_under_a_limit_is_the_same_replayed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
