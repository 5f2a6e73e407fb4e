/* hostmem.dll as a program uses it that links the import library: every public function is exported under its plain
 * name, on x86 too, and an instance made through the DLL works. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#define COBJMACROS
#include <hostmem/hostmem.h>

#ifndef HOSTMEM_DLL
#error "this must be linked with the DLL"
#endif

static void every_public_function_is_exported_by_its_name(void **state) {
    static const char *const names[] = {
        "hostmem_create",    "hostmem_get_manager", "hostmem_get_control", "hostmem_get_stats",
        "hostmem_set_limit", "hostmem_parse_size",  "hostmem_shutdown",    "hostmem_release",
        "hostmem_fault_set", "hostmem_fault_parse", "hostmem_fault_get_counts",
    };
    HMODULE module = GetModuleHandleA("hostmem.dll");
    (void)state;
    assert_non_null(module);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!GetProcAddress(module, names[i])) {
            fail_msg("hostmem.dll does not export %s", names[i]);
        }
    }
}

static void what_is_internal_is_not_exported(void **state) {
    HMODULE module = GetModuleHandleA("hostmem.dll");
    (void)state;
    assert_non_null(module);
    assert_null(GetProcAddress(module, "hostmem_os_win32"));
}

static void an_instance_made_through_the_dll_works(void **state) {
    hostmem *instance = NULL;
    IHostMemoryManager *manager = NULL;
    IHostControl *control = NULL;
    hostmem_stats stats = {.size = sizeof(stats)};
    UINT64 limit = 0;
    void *page = NULL;
    (void)state;

    assert_int_equal(hostmem_create(NULL, &instance), S_OK);
    assert_int_equal(hostmem_parse_size("1M", &limit), S_OK);
    assert_int_equal(hostmem_set_limit(instance, limit), S_OK);
    assert_int_equal(hostmem_get_control(instance, NULL, &control), S_OK);
    assert_int_equal(hostmem_get_manager(instance, &manager), S_OK);
    assert_int_equal(IHostMemoryManager_VirtualAlloc(manager, NULL, 1, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE,
                                                     eTaskCritical, &page), S_OK);
    assert_int_equal(hostmem_get_stats(instance, &stats), S_OK);
    assert_int_equal(stats.committed_bytes, 4096);
    assert_int_equal(stats.limit_bytes, 1024 * 1024);
    assert_int_equal(IHostMemoryManager_VirtualFree(manager, page, 0, MEM_RELEASE), S_OK);

    IHostMemoryManager_Release(manager);
    IHostControl_Release(control);
    hostmem_shutdown(instance);
    assert_int_equal(hostmem_release(instance), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_public_function_is_exported_by_its_name),
        cmocka_unit_test(what_is_internal_is_not_exported),
        cmocka_unit_test(an_instance_made_through_the_dll_works),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
