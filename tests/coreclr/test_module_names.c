/* Which modules are governed, by their names. */
#include "check.h"

#include "coreclr/module_names.h"

static hmi_module_names names;

static bool have(const WCHAR *name)
{
    SIZE_T letters = 0;
    while (name[letters])
        letters++;
    return hmi_module_names_have(&names, name, letters);
}

static void the_runtimes_own_are_always_there(void **state)
{
    const hostmem_coreclr_config config = {.size = sizeof config};
    (void)state;
    assert_true(hmi_module_names_init(&names, &config));
    assert_true(have(L"coreclr.dll") && have(L"clrjit.dll") && have(L"clrgc.dll") && have(L"clrgcexp.dll"));
    assert_true(have(L"CoreCLR.DLL"));
    assert_false(have(L"System.IO.Compression.Native.dll"));
    assert_false(have(L"coreclr.dl"));
    assert_false(have(L"coreclr.dll2"));
    assert_false(have(L"kernel32.dll"));
    assert_false(have(L""));
    assert_true(hmi_module_names_have(&names, L"clrjit.dllandmore", 10));
}

static void others_come_by_flag_and_by_name(void **state)
{
    static const WCHAR *const more[] = {L"msquic.dll", L"My.Own-library_1.dll"};
    hostmem_coreclr_config config = {.size = sizeof config, .flags = HOSTMEM_CORECLR_COMPRESSION};
    (void)state;
    config.modules = more;
    config.module_count = 2;
    assert_true(hmi_module_names_init(&names, &config));
    assert_true(have(L"System.IO.Compression.Native.dll"));
    assert_true(have(L"MsQuic.dll") && have(L"my.own-LIBRARY_1.dll"));
    assert_false(have(L"my.own-LIBRARY_2.dll"));
}

static void names_that_no_file_has_are_refused(void **state)
{
    static const WCHAR *const wrong[] = {L"", L"folder\\a.dll", L"folder/a.dll", L"c:a.dll", NULL};
    static WCHAR longest[HMI_MAX_MODULE_NAME + 2];
    const WCHAR *longest_name = longest;
    hostmem_coreclr_config config = {.size = sizeof config, .module_count = 1};
    size_t i;
    (void)state;
    for (i = 0; i < CHECK_COUNT_OF(wrong); i++) {
        config.modules = &wrong[i];
        assert_false(hmi_module_names_init(&names, &config));
    }
    for (i = 0; i < HMI_MAX_MODULE_NAME; i++)
        longest[i] = L'n';
    config.modules = &longest_name;
    assert_true(hmi_module_names_init(&names, &config));
    assert_true(have(longest));
    longest[i] = L'n';
    assert_false(hmi_module_names_init(&names, &config));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_runtimes_own_are_always_there),
        cmocka_unit_test(others_come_by_flag_and_by_name),
        cmocka_unit_test(names_that_no_file_has_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
