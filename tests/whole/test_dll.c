/* hostmem.dll as used by a program that links the import library: every public function is exported under its plain
 * name, on x86 too, an instance made through the DLL works, the DLL has version information, and it needs only
 * Windows' DLLs. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#define COBJMACROS
#include <hostmem/hostmem.h>

#include <string.h>

#ifndef HOSTMEM_DLL
#error "this must be linked with the DLL"
#endif

static void every_public_function_is_exported_by_its_name(void **state)
{
    static const char *const names[] = {
        "hostmem_version",
        "hostmem_create",
        "hostmem_get_manager",
        "hostmem_get_control",
        "hostmem_get_stats",
        "hostmem_set_limit",
        "hostmem_parse_size",
        "hostmem_shutdown",
        "hostmem_release",
        "hostmem_fault_set",
        "hostmem_fault_parse",
        "hostmem_fault_get_counts",
        "hostmem_coreclr_attach",
        "hostmem_coreclr_watch",
        "hostmem_coreclr_detach",
        "hostmem_coreclr_get_status",
        "hostmem_coreclr_get_function",
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

static void what_is_internal_is_not_exported(void **state)
{
    HMODULE module = GetModuleHandleA("hostmem.dll");
    (void)state;
    assert_non_null(module);
    assert_null(GetProcAddress(module, "hmi_os_win32"));
}

static void an_instance_made_through_the_dll_works(void **state)
{
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
                                                     eTaskCritical, &page),
                     S_OK);
    assert_int_equal(hostmem_get_stats(instance, &stats), S_OK);
    assert_int_equal(stats.committed_bytes, 4096);
    assert_int_equal(stats.limit_bytes, 1024 * 1024);
    assert_int_equal(IHostMemoryManager_VirtualFree(manager, page, 0, MEM_RELEASE), S_OK);

    IHostMemoryManager_Release(manager);
    IHostControl_Release(control);
    hostmem_shutdown(instance);
    assert_int_equal(hostmem_release(instance), 0);
}

static void the_version_is_that_of_the_header(void **state)
{
    HMODULE module = GetModuleHandleA("hostmem.dll");
    HRSRC resource = FindResourceA(module, MAKEINTRESOURCEA(VS_VERSION_INFO), MAKEINTRESOURCEA(16)); /* RT_VERSION */
    const WORD *data;
    const VS_FIXEDFILEINFO *info;
    (void)state;
    assert_int_equal(hostmem_version(), HOSTMEM_VERSION);
    assert_non_null(resource);
    data = LockResource(LoadResource(module, resource));
    assert_non_null(data);
    /* Before it are three words, the name "VS_VERSION_INFO" with its final 0, and a word of padding. */
    info = (const VS_FIXEDFILEINFO *)(const void *)(data + 3 + 16 + 1);
    assert_int_equal(info->dwSignature, VS_FFI_SIGNATURE);
    assert_int_equal(info->dwFileVersionMS, HOSTMEM_VERSION_MAJOR << 16 | HOSTMEM_VERSION_MINOR);
    assert_int_equal(info->dwFileVersionLS, HOSTMEM_VERSION_PATCH << 16);
}

/* A DLL of every Windows, or the C runtime that has been part of it since Windows 10: ucrtbase.dll and
 * api-ms-win-crt-*. */
static BOOL comes_with_windows(const char *dll)
{
    static const char *const system[] = {"kernel32.dll", "ntdll.dll", "advapi32.dll", "msvcrt.dll", "ucrtbase.dll"};
    for (size_t i = 0; i < sizeof(system) / sizeof(system[0]); i++) {
        if (!_stricmp(dll, system[i])) {
            return TRUE;
        }
    }
    return !_strnicmp(dll, "api-ms-win-", 11);
}

static void it_needs_nothing_but_windows(void **state)
{
    const char *base = (const char *)GetModuleHandleA("hostmem.dll");
    const IMAGE_NT_HEADERS *headers = (const void *)(base + ((const IMAGE_DOS_HEADER *)(const void *)base)->e_lfanew);
    const IMAGE_DATA_DIRECTORY *imports = &headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT];
    const IMAGE_IMPORT_DESCRIPTOR *each = (const void *)(base + imports->VirtualAddress);
    (void)state;
    assert_true(each->Name);
    for (; each->Name; each++) {
        if (!comes_with_windows(base + each->Name)) {
            fail_msg("hostmem.dll needs %s", base + each->Name);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_public_function_is_exported_by_its_name),
        cmocka_unit_test(what_is_internal_is_not_exported),
        cmocka_unit_test(an_instance_made_through_the_dll_works),
        cmocka_unit_test(the_version_is_that_of_the_header),
        cmocka_unit_test(it_needs_nothing_but_windows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
