/* Whatever a real runtime does, the accounts equal what VirtualQuery finds, and the manager's results keep the
 * contract: governed ends with an exit code of its own if not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "real.h"

static const char everything[] =
    "hello objects:13:1 arrays:30 threads:4:5000 methods:150 contexts:8 blocks:16 pages:4 views:4 "
    "streams:100000 collect";

/* The program's results are the same, too. */
static void is_the_same_governed(const char *parts)
{
    child plain = real_govern("plain", "", parts), governed = real_govern("", "", parts);
    char *plain_output, *governed_output;

    real_expect(&plain, 0);
    real_expect(&governed, 0);
    print_message("%s", strstr(governed.error, "governed: books"));
    plain_output = real_output(&plain);
    governed_output = real_output(&governed);
    assert_string_equal(governed_output, plain_output);
    free(plain_output);
    free(governed_output);
    child_free(&plain);
    child_free(&governed);
}

static void books_are_right_after_a_start(void **state)
{
    (void)state;
    is_the_same_governed("hello");
}

static void books_are_right_after_collections(void **state)
{
    (void)state;
    is_the_same_governed("objects:14:2 arrays:60 threads:4:20000 collect");
}

static void books_are_right_after_code_and_types(void **state)
{
    (void)state;
    is_the_same_governed("methods:300 contexts:16 collect");
}

static void books_are_right_after_native_memory(void **state)
{
    (void)state;
    is_the_same_governed("blocks:64 pages:16 views:8 streams:300000");
}

static void with_setting(const char *name, const char *value)
{
    child child;

    _putenv_s(name, value);
    child = real_govern("", "", everything);
    _putenv_s(name, "");
    real_expect(&child, 0);
    print_message("%s=%s: %s", name, value, strstr(child.error, "governed: books"));
    child_free(&child);
}

static void books_are_right_with_the_server_collector(void **state)
{
    (void)state;
    with_setting("DOTNET_gcServer", "1");
}

static void books_are_right_with_other_collectors(void **state)
{
    static const char *const names[] = {"clrgc.dll", "clrgcexp.dll"};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
        char path[MAX_PATH];

        snprintf(path, sizeof(path), "%s/%s", real_variable("HOSTMEM_REAL_RUNTIME"), names[i]);
        if (GetFileAttributesA(path) == INVALID_FILE_ATTRIBUTES)
            print_message("this runtime has no %s\n", names[i]);
        else
            with_setting("DOTNET_GCName", names[i]);
    }
}

static void books_are_right_with_writable_code(void **state)
{
    (void)state;
    with_setting("DOTNET_EnableWriteXorExecute", "0");
}

static void books_are_right_without_background_collections(void **state)
{
    (void)state;
    with_setting("DOTNET_gcConcurrent", "0");
}

static void books_are_right_with_a_hard_limit_of_the_collector(void **state)
{
    (void)state;
    with_setting("DOTNET_GCHeapHardLimit", "0x6000000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(books_are_right_after_a_start),
        cmocka_unit_test(books_are_right_after_collections),
        cmocka_unit_test(books_are_right_after_code_and_types),
        cmocka_unit_test(books_are_right_after_native_memory),
        cmocka_unit_test(books_are_right_with_the_server_collector),
        cmocka_unit_test(books_are_right_with_other_collectors),
        cmocka_unit_test(books_are_right_with_writable_code),
        cmocka_unit_test(books_are_right_without_background_collections),
        cmocka_unit_test(books_are_right_with_a_hard_limit_of_the_collector),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
