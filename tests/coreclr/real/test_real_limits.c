/* A runtime under a limit: it learns the limit and keeps to it, and a request that does not fit ends in an
 * exception that can be caught. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "real.h"

static const unsigned long long MIB = 1 << 20;

/* How much of a job's limit the runtime takes for objects: three quarters, but in 32-bit programs, which have no limit
 * of the collector's own, all of it. */
static unsigned long long for_objects(unsigned long long limit)
{
    return sizeof(void *) == 8 ? limit / 4 * 3 : limit;
}

static void runtime_is_told_of_the_limit(void **state)
{
    child child = real_govern("", "--limit 160M", "told");

    (void)state;
    real_expect(&child, 0);
    assert_int_equal(real_number(&child, "told: available "), for_objects(160 * MIB));
    assert_true(real_number(&child, "high load from ") <= 160 * MIB);
    child_free(&child);
}

static void runtime_that_is_not_told_believes_in_the_machine(void **state)
{
    child child = real_govern("unmoved", "--limit 160M", "told");

    (void)state;
    real_expect(&child, 0);
    assert_true(real_number(&child, "told: available ") > 160 * MIB);
    child_free(&child);
}

static void expect_fail_points(const char *words, const char *options, const char *expected)
{
    child child = real_govern(words, options, "failpoint:100 failpoint:1000");

    real_expect(&child, 0);
    assert_non_null(strstr(child.output, "failpoint:100: enough"));
    assert_non_null(strstr(child.output, expected));
    child_free(&child);
}

static void operations_too_large_for_the_limit_are_not_begun(void **state)
{
    (void)state;
    expect_fail_points("plain", "", "failpoint:1000: enough");
    expect_fail_points("", "--limit 200M", "failpoint:1000: too little");
}

/* A limit changed at run time, which the runtime learns from GC.RefreshMemoryLimit. */
static void runtime_learns_of_another_limit(void **state)
{
    child child = real_govern("", "--limit 200M", "told limit:100 refresh");

    (void)state;
    real_expect(&child, 0);
    assert_int_equal(real_number(&child, "told: available "), for_objects(200 * MIB));
    assert_int_equal(real_number(&child, "refresh: available "), for_objects(100 * MIB));
    child_free(&child);
}

/* Nothing allocates; most of the limit, which becomes small then, is in use. The wait for a collection ends with it. */
static void runtime_collects_when_memory_is_low(void **state)
{
    child child = real_govern("", "--limit 400M", "hold:40 low:60000:44");

    (void)state;
    real_expect(&child, 0);
    assert_non_null(strstr(child.output, "low:60000:44: collected"));
    child_free(&child);
}

static void same_result_with_less_memory(void **state)
{
    static const char parts[] = "objects:17:3 arrays:40 told";
    child unlimited = real_govern("", "", parts), limited;
    char *output, *other;

    (void)state;
    real_expect(&unlimited, 0);
    limited = real_govern("", "--limit 64M", parts);
    real_expect(&limited, 0);
    output = real_output(&unlimited);
    other = real_output(&limited);
    *strstr(output, "told: ") = *strstr(other, "told: ") = 0;
    assert_string_equal(other, output);
    assert_true(real_number(&limited, "told: available ") == for_objects(64 * MIB));
    free(output);
    free(other);
    child_free(&unlimited);
    child_free(&limited);
}

/* Under Wine 8 a thread of .NET 8 does not survive its second OutOfMemoryException, with or without hostmem
 * (tests/README.md). */
static int is_net_8(void)
{
    return strstr(real_variable("HOSTMEM_REAL_RUNTIME"), "/8.0.") != NULL;
}

/* In 32-bit programs the heap may be full to the last object when an exception has been caught, and the next small one
 * is refused where nobody catches it. */
static size_t count_of_parts(size_t all)
{
    return sizeof(void *) == 4 ? 2 : is_net_8() ? all - 2 : all;
}

static void memory_that_runs_out_is_caught(void **state)
{
    static const char *const parts[] = {"fill:1:5000000", "fillnative:300000", "fillthreads:4",
                                        "fill:1:100000",  "fill:3:100000",     "fillnodes:2"};
    size_t i, count = count_of_parts(sizeof(parts) / sizeof(*parts));

    (void)state;
    for (i = 0; i < count; i++) {
        char line[100];
        child child;

        snprintf(line, sizeof(line), "%s objects:10 hello", parts[i]);
        child = real_govern("", "--limit 96M", line);
        real_expect(&child, 0);
        print_message("%s", child.output);
        assert_non_null(strstr(child.output, "caught"));
        assert_non_null(strstr(child.output, "hello: hello"));
        child_free(&child);
    }
}

/* Code is compiled while there is no memory for objects. HOSTMEM_REAL_RUNS: how often. Not on .NET 8, nor with
 * background collections, nor with assemblies that are unloaded: under Wine 8 the plain runtime with GCHeapHardLimit
 * crashes, too (tests/README.md). What the program needs for this is loaded before memory runs out, because a type
 * initializer that failed would fail for good. */
static void code_with_a_full_heap_is_survived(void **state)
{
    const char *runs = getenv("HOSTMEM_REAL_RUNS");
    int i, count = runs && *runs ? atoi(runs) : 2;

    (void)state;
    if (is_net_8())
        skip();
    _putenv_s("DOTNET_gcConcurrent", "0");
    for (i = 0; i < count; i++) {
        child child = real_govern("", "--limit 150M", "methods:5 collect fillcode:100 hello");

        if (child.exit_code == 2) /* it was caught by the caller */
            child.exit_code = 0;
        real_expect(&child, 0);
        assert_non_null(strstr(child.output, "caught"));
        assert_non_null(strstr(child.output, "hello: hello"));
        child_free(&child);
    }
    _putenv_s("DOTNET_gcConcurrent", "");
    print_message("%d of %d\n", i, count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runtime_is_told_of_the_limit),
        cmocka_unit_test(runtime_that_is_not_told_believes_in_the_machine),
        cmocka_unit_test(operations_too_large_for_the_limit_are_not_begun),
        cmocka_unit_test(runtime_learns_of_another_limit),
        cmocka_unit_test(runtime_collects_when_memory_is_low),
        cmocka_unit_test(same_result_with_less_memory),
        cmocka_unit_test(memory_that_runs_out_is_caught),
        cmocka_unit_test(code_with_a_full_heap_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
