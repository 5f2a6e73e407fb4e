/* The Win32 table, with tests that need real memory: on Windows, or Wine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define COBJMACROS
#include <hostmem/hostmem.h>

#include <cmocka.h>
#include <corerror.h>
#include <string.h>

#include "com_check.h"
#include "os/os.h"

#define PAGE ((SIZE_T)4096)
#define LAST_ERROR 0x2badcafeu

/* The call succeeds and does not change the last error. */
#define expect_success(call) (SetLastError(LAST_ERROR), check((call), S_OK, LAST_ERROR, __LINE__))
/* The call returns hr, and sets error as the last error. */
#define expect_failure(call, hr, error) (SetLastError(LAST_ERROR), check((call), (hr), (error), __LINE__))

static void check(HRESULT hr, HRESULT expected, DWORD expected_error, int line)
{
    DWORD error = GetLastError();
    if (hr != expected || error != expected_error)
        fail_msg("line %d: %#lx with last error %lu; expected %#lx with %lu", line, (unsigned long)hr,
                 (unsigned long)error, (unsigned long)expected, (unsigned long)expected_error);
}

static void there_is_one_complete_table(void **state)
{
    hostmem_os *os = hmi_os_win32();
    void *const *functions = (void *const *)os;
    hmi_os_info info;
    SYSTEM_INFO system;
    unsigned i;
    (void)state;
    assert_ptr_equal(hmi_os_win32(), os);
    for (i = 0; i < sizeof *os / sizeof *functions; i++)
        assert_non_null(functions[i]);
    GetSystemInfo(&system);
    os->get_info(os, &info);
    assert_int_equal(info.page_size, system.dwPageSize);
    assert_int_equal(info.granularity, system.dwAllocationGranularity);
    assert_int_equal(info.highest_address, (UINT_PTR)system.lpMaximumApplicationAddress);
}

static void the_table_is_in_read_only_memory(void **state)
{
    const char *begin = (const char *)hmi_os_win32(), *at = begin;
    (void)state;
    while (at < begin + sizeof(hostmem_os)) {
        MEMORY_BASIC_INFORMATION region;
        assert_int_equal(VirtualQuery(at, &region, sizeof region), sizeof region);
        assert_int_equal(region.Protect, PAGE_READONLY);
        at = (const char *)region.BaseAddress + region.RegionSize;
    }
}

static void failing_calls_give_their_error_and_write_nothing(void **state)
{
    hostmem_os *os = hmi_os_win32();
    MEMORY_BASIC_INFORMATION region;
    void *out = COM_POISON, *memory = NULL;
    SIZE_T written = 0xdddd;
    UINT32 old = 0xdddd, error;
    (void)state;
    assert_int_equal(os->virtual_alloc(os, NULL, 0, MEM_COMMIT, PAGE_READWRITE, &out), ERROR_INVALID_PARAMETER);
    assert_int_equal(os->virtual_alloc(os, NULL, PAGE, MEM_COMMIT, 0, &out), ERROR_INVALID_PARAMETER);
    error = os->virtual_alloc(os, NULL, (SIZE_T)-1 >> 1, MEM_RESERVE, PAGE_NOACCESS, &out);
    assert_true(error == ERROR_NOT_ENOUGH_MEMORY || error == ERROR_INVALID_PARAMETER);
    assert_ptr_equal(out, COM_POISON);
    assert_int_equal(os->virtual_alloc(os, NULL, PAGE, MEM_RESERVE, PAGE_NOACCESS, &memory), 0);
    assert_int_equal(os->virtual_free(os, memory, PAGE, MEM_RELEASE), ERROR_INVALID_PARAMETER);
    assert_int_equal(os->virtual_query(os, memory, &region, 8, &written), ERROR_BAD_LENGTH);
    assert_int_equal(written, 0xdddd);
    assert_int_equal(os->virtual_protect(os, memory, PAGE, PAGE_READWRITE, &old), ERROR_INVALID_ADDRESS);
    assert_int_equal(old, 0xdddd);
    assert_int_equal(os->virtual_free(os, memory, 0, MEM_RELEASE), 0);
    assert_int_equal(os->heap_create(os, 0, &memory), 0);
    assert_int_equal(os->heap_alloc(os, memory, (SIZE_T)-1 >> 1, &out), ERROR_NOT_ENOUGH_MEMORY);
    assert_ptr_equal(out, COM_POISON);
    os->heap_destroy(os, memory);
    assert_null(os->object_alloc(os, (SIZE_T)-1 >> 1));
}

static void tables_are_committed_piecemeal_and_zero(void **state)
{
    hostmem_os *os = hmi_os_win32();
    unsigned char *table, *object;
    MEMORY_BASIC_INFORMATION region;
    unsigned i;
    (void)state;
    assert_int_equal(os->table_reserve(os, 16 * PAGE, (void **)&table), 0);
    assert_int_equal(os->table_commit(os, table + 3 * PAGE, PAGE), 0);
    for (i = 0; i < PAGE; i++)
        assert_int_equal(table[3 * PAGE + i], 0);
    table[3 * PAGE] = 7;
    assert_int_equal(os->table_commit(os, table + 3 * PAGE, PAGE), 0); /* again */
    assert_int_equal(table[3 * PAGE], 7);
    assert_int_not_equal(VirtualQuery(table + 4 * PAGE, &region, sizeof region), 0);
    assert_int_equal(region.State, MEM_RESERVE);
    os->table_release(os, table, 16 * PAGE);
    assert_int_not_equal(VirtualQuery(table, &region, sizeof region), 0);
    assert_true(region.State == MEM_FREE || region.AllocationBase != table);

    object = os->object_alloc(os, 1000);
    for (i = 0; i < 1000; i++)
        assert_int_equal(object[i], 0);
    os->object_free(os, object);
}

static void memory_status_is_the_systems(void **state)
{
    hostmem_os *os = hmi_os_win32();
    MEMORYSTATUSEX system = {.dwLength = sizeof system};
    hmi_os_memory memory = {0};
    (void)state;
    assert_true(GlobalMemoryStatusEx(&system));
    assert_int_equal(os->memory_status(os, &memory), 0);
    assert_int_equal(memory.total_physical, system.ullTotalPhys);
    assert_true(memory.load_percent <= 100);
    assert_true(memory.available_physical > 0 && memory.available_physical <= memory.total_physical);
    os->set_last_error(os, 1234);
    assert_int_equal(GetLastError(), 1234);
    SetLastError(4321);
    assert_int_equal(os->get_last_error(os), 4321);
}

/* ---- The library over the table ---- */

typedef struct real_host {
    hostmem *instance;
    IHostMemoryManager *manager;
} real_host;

static int set_up(void **state)
{
    static real_host host;
    *state = &host;
    return hostmem_create(NULL, &host.instance) == S_OK && hostmem_get_manager(host.instance, &host.manager) == S_OK
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    real_host *host = *state;
    hostmem_stats stats = {.size = sizeof stats};
    hostmem_get_stats(host->instance, &stats);
    IHostMemoryManager_Release(host->manager);
    return hostmem_release(host->instance) || stats.used_bytes || stats.reserved_bytes ? -1 : 0;
}

typedef int answer_function(void);

/* A function that returns 42. */
#if defined(__aarch64__) || defined(_M_ARM64)
static const unsigned char answer_code[] = {0x40, 0x05, 0x80, 0x52, 0xc0, 0x03, 0x5f, 0xd6};
#else
static const unsigned char answer_code[] = {0xb8, 42, 0, 0, 0, 0xc3};
#endif

static int run_code(void *memory)
{
    answer_function *function;
    memcpy(memory, answer_code, sizeof answer_code);
    FlushInstructionCache(GetCurrentProcess(), memory, sizeof answer_code);
    memcpy(&function, &memory, sizeof function);
    return function();
}

static DWORD protection_of(const void *memory)
{
    MEMORY_BASIC_INFORMATION region;
    return VirtualQuery(memory, &region, sizeof region) ? region.Protect : 0;
}

static void executable_heaps_and_pages_can_be_executed(void **state)
{
    real_host *host = *state;
    DWORD type;
    void *pages = NULL;
    for (type = 0; type < 4; type++) {
        IHostMalloc *heap = NULL;
        void *block = NULL, *large = NULL;
        expect_success(IHostMemoryManager_CreateMalloc(host->manager, type, &heap));
        expect_success(IHostMalloc_Alloc(heap, 64, eTaskCritical, &block));
        expect_success(IHostMalloc_Alloc(heap, 4 << 20, eTaskCritical, &large));
        if (type & MALLOC_EXECUTABLE) {
            assert_int_equal(run_code(block), 42);
            assert_int_equal(run_code(large), 42);
        } else {
            assert_int_equal(protection_of(block), PAGE_READWRITE);
            assert_int_equal(protection_of(large), PAGE_READWRITE);
        }
        expect_success(IHostMalloc_Free(heap, block));
        expect_success(IHostMalloc_Free(heap, large));
        assert_int_equal(IHostMalloc_Release(heap), 0);
    }
    expect_success(IHostMemoryManager_VirtualAlloc(host->manager, NULL, PAGE, MEM_COMMIT, PAGE_EXECUTE_READWRITE,
                                                   eTaskCritical, &pages));
    assert_int_equal(run_code(pages), 42);
    expect_success(IHostMemoryManager_VirtualFree(host->manager, pages, 0, MEM_RELEASE));
}

static void pages_are_real_virtual_alloc_memory_with_write_watch(void **state)
{
    real_host *host = *state;
    char *memory = NULL;
    void *out = NULL, *written[16];
    ULONG_PTR count = 16;
    DWORD granularity = 0;
    MEMORY_BASIC_INFORMATION region;
    unsigned i;
    expect_success(IHostMemoryManager_VirtualAlloc(host->manager, NULL, 16 * PAGE, MEM_RESERVE | MEM_WRITE_WATCH,
                                                   PAGE_READWRITE, eTaskCritical, (void **)&memory));
    expect_success(IHostMemoryManager_VirtualAlloc(host->manager, memory + PAGE, 8 * PAGE, MEM_COMMIT, PAGE_READWRITE,
                                                   eTaskCritical, &out));
    assert_ptr_equal(out, memory + PAGE);
    for (i = 0; i < 8 * PAGE; i++)
        assert_int_equal(memory[PAGE + i], 0);
    assert_int_equal(ResetWriteWatch(memory, 16 * PAGE), 0);
    memory[5 * PAGE + 17] = 1;
    assert_int_equal(GetWriteWatch(0, memory, 16 * PAGE, written, &count, &granularity), 0);
    assert_int_equal(count, 1);
    assert_ptr_equal(written[0], memory + 5 * PAGE);
    expect_success(IHostMemoryManager_VirtualAlloc(host->manager, memory + PAGE, PAGE, MEM_RESET, PAGE_READWRITE,
                                                   eTaskCritical, &out));
    expect_success(IHostMemoryManager_VirtualFree(host->manager, memory, 0, MEM_RELEASE));
    assert_true(VirtualQuery(memory, &region, sizeof region) && region.State == MEM_FREE);
}

static void refusals_leave_the_systems_error_behind(void **state)
{
    real_host *host = *state;
    MEMORY_BASIC_INFORMATION region;
    SIZE_T written = 1;
    DWORD old = 1;
    char *memory = NULL;
    void *out = COM_POISON;
    IHostMalloc *heap = NULL;
    expect_success(IHostMemoryManager_VirtualAlloc(host->manager, NULL, PAGE, MEM_RESERVE, PAGE_NOACCESS, eTaskCritical,
                                                   (void **)&memory));
    expect_failure(IHostMemoryManager_VirtualQuery(host->manager, memory, &region, 24, &written),
                   HRESULT_FROM_WIN32(ERROR_BAD_LENGTH), ERROR_BAD_LENGTH);
    assert_int_equal(written, 0);
    expect_failure(IHostMemoryManager_VirtualProtect(host->manager, memory, 1, PAGE_READWRITE, &old), E_INVALIDARG,
                   ERROR_INVALID_ADDRESS);
    assert_int_equal(old, 0);
    expect_failure(
        IHostMemoryManager_VirtualAlloc(host->manager, memory, PAGE, MEM_RESERVE, PAGE_READWRITE, eTaskCritical, &out),
        E_OUTOFMEMORY, ERROR_INVALID_ADDRESS);
    assert_null(out);
    out = VirtualAlloc(NULL, PAGE, MEM_COMMIT, PAGE_READWRITE);
    expect_failure(IHostMemoryManager_VirtualFree(host->manager, out, 0, MEM_RELEASE), HOST_E_INVALIDOPERATION,
                   ERROR_INVALID_ADDRESS);
    assert_int_equal(protection_of(out), PAGE_READWRITE);
    VirtualFree(out, 0, MEM_RELEASE);
    expect_success(IHostMemoryManager_CreateMalloc(host->manager, MALLOC_THREADSAFE, &heap));
    out = HeapAlloc(GetProcessHeap(), 0, 32);
    expect_failure(IHostMalloc_Free(heap, out), HOST_E_INVALIDOPERATION, ERROR_INVALID_ADDRESS);
    HeapFree(GetProcessHeap(), 0, out);
    expect_failure(IHostMalloc_Alloc(heap, (SIZE_T)-1 >> 1, eProcessCritical, &out), E_OUTOFMEMORY,
                   ERROR_NOT_ENOUGH_MEMORY);
    assert_null(out);
    assert_int_equal(IHostMalloc_Release(heap), 0);
    expect_success(IHostMemoryManager_VirtualFree(host->manager, memory, 0, MEM_RELEASE));
}

static void memory_load_is_believable(void **state)
{
    real_host *host = *state;
    DWORD load = 101;
    SIZE_T available = 0;
    MEMORYSTATUSEX system = {.dwLength = sizeof system};
    expect_success(IHostMemoryManager_GetMemoryLoad(host->manager, &load, &available));
    assert_true(GlobalMemoryStatusEx(&system));
    assert_true(load <= 100);
    assert_true(available > 0 && available <= system.ullTotalPhys);
}

static void views_of_files_are_measured(void **state)
{
    real_host *host = *state;
    HANDLE mapping = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 200000, NULL);
    void *view = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0);
    hostmem_stats stats = {.size = sizeof stats};
    assert_non_null(view);
    expect_success(IHostMemoryManager_AcquiredVirtualAddressSpace(host->manager, view, 0));
    hostmem_get_stats(host->instance, &stats);
    assert_int_equal(stats.mapped_bytes, 49 * PAGE); /* 200000 bytes in whole pages */
    UnmapViewOfFile(view);
    CloseHandle(mapping);
    expect_success(IHostMemoryManager_ReleasedVirtualAddressSpace(host->manager, view));
    hostmem_get_stats(host->instance, &stats);
    assert_int_equal(stats.mapped_bytes, 0);
}

static MEMORY_BASIC_INFORMATION largest_free_region(void)
{
    MEMORY_BASIC_INFORMATION largest = {0}, region;
    const char *at = NULL;
    for (; VirtualQuery(at, &region, sizeof region); at += region.RegionSize) {
        if (region.State == MEM_FREE && region.RegionSize > largest.RegionSize)
            largest = region;
    }
    return largest;
}

/* A view may have been unmapped without a word. Another instance knows nothing of it. */
static void a_view_that_is_not_there_leaves_its_range_free(void **state)
{
    enum { GRANULE = 65536 };
    real_host *host = *state;
    hostmem_stats stats = {.size = sizeof stats}, others = {.size = sizeof others};
    hostmem *other;
    char *before, *view;
    assert_int_equal(hostmem_create(NULL, &other), S_OK);
    /* Behind it the largest range begins where a view can. */
    before = (char *)(((UINT_PTR)largest_free_region().BaseAddress + GRANULE - 1) & ~(UINT_PTR)(GRANULE - 1));
    assert_ptr_equal(VirtualAlloc(before, GRANULE, MEM_RESERVE, PAGE_NOACCESS), before);
    view = before + GRANULE;
    expect_success(IHostMemoryManager_AcquiredVirtualAddressSpace(host->manager, view, GRANULE));
    assert_ptr_equal(largest_free_region().BaseAddress, view); /* what the books took is elsewhere */
    assert_int_equal(hostmem_get_stats(other, &others), S_OK);
    assert_int_equal(hostmem_get_stats(host->instance, &stats), S_OK);
    assert_int_equal(stats.mapped_bytes, GRANULE);
    assert_int_equal(stats.largest_free_bytes, others.largest_free_bytes);
    expect_success(IHostMemoryManager_ReleasedVirtualAddressSpace(host->manager, view));
    assert_true(VirtualFree(before, 0, MEM_RELEASE));
    assert_int_equal(hostmem_release(other), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_is_one_complete_table),
        cmocka_unit_test(the_table_is_in_read_only_memory),
        cmocka_unit_test(failing_calls_give_their_error_and_write_nothing),
        cmocka_unit_test(tables_are_committed_piecemeal_and_zero),
        cmocka_unit_test(memory_status_is_the_systems),
        cmocka_unit_test_setup_teardown(executable_heaps_and_pages_can_be_executed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pages_are_real_virtual_alloc_memory_with_write_watch, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refusals_leave_the_systems_error_behind, set_up, tear_down),
        cmocka_unit_test_setup_teardown(memory_load_is_believable, set_up, tear_down),
        cmocka_unit_test_setup_teardown(views_of_files_are_measured, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_view_that_is_not_there_leaves_its_range_free, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("win32", tests, NULL, NULL);
}
