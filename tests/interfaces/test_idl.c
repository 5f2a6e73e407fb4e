/* A program that knows the interfaces only from the header that widl makes of hostmem.idl, and calls objects that
 * know them only from interfaces.h (recorder.cpp): every call must reach the method of its name with its arguments
 * in order, and on x86 with the stack intact. slots.cpp compares the declarations during compilation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "recorder.h"

/* The IDL's IIDs are defined here, with names of their own in addition to the library's. */
#define COBJMACROS
#define IID_IHostMalloc idl_IID_IHostMalloc
#define IID_ICLRMemoryNotificationCallback idl_IID_ICLRMemoryNotificationCallback
#define IID_IHostMemoryManager idl_IID_IHostMemoryManager
#include <initguid.h>
#include "hostmem_idl.h"

static void *const address = (void *)(UINT_PTR)0x10000;
static const SIZE_T size = ~(SIZE_T)0xFFF; /* uses all bits of its slot */

static UINT64 widened(const void *pointer)
{
    return (UINT_PTR)pointer;
}

/* A macro, so that a failure names the line of the call. */
#define assert_recorded(name, ...)                                                 \
    do {                                                                           \
        const UINT64 expected[] = {__VA_ARGS__};                                   \
        assert_string_equal(recorder_latest.method, name);                         \
        assert_int_equal(recorder_latest.argument_count, ARRAYSIZE(expected));     \
        assert_memory_equal(recorder_latest.arguments, expected, sizeof expected); \
        ZeroMemory(&recorder_latest, sizeof recorder_latest);                      \
    } while (0)

#define assert_recorded_alone(name)                           \
    do {                                                      \
        assert_string_equal(recorder_latest.method, name);    \
        assert_int_equal(recorder_latest.argument_count, 0);  \
        ZeroMemory(&recorder_latest, sizeof recorder_latest); \
    } while (0)

static void every_slot_of_IHostMalloc_reaches_its_method(void **state)
{
    IHostMalloc *heap = recorder_malloc();
    char file[] = "file.cpp";
    void *out = NULL;
    (void)state;

    assert_int_equal(IHostMalloc_QueryInterface(heap, &IID_IHostMalloc, &out), S_FALSE);
    assert_recorded("IHostMalloc::QueryInterface", widened(&IID_IHostMalloc), widened(&out));
    assert_int_equal(IHostMalloc_AddRef(heap), 11);
    assert_recorded_alone("IHostMalloc::AddRef");
    assert_int_equal(IHostMalloc_Release(heap), 10);
    assert_recorded_alone("IHostMalloc::Release");
    assert_int_equal(IHostMalloc_Alloc(heap, size, eAppDomainCritical, &out), S_FALSE);
    assert_recorded("IHostMalloc::Alloc", size, 1, widened(&out));
    assert_int_equal(IHostMalloc_DebugAlloc(heap, size, eProcessCritical, file, 77, &out), S_FALSE);
    assert_recorded("IHostMalloc::DebugAlloc", size, 2, widened(file), 77, widened(&out));
    assert_int_equal(IHostMalloc_Free(heap, address), S_FALSE);
    assert_recorded("IHostMalloc::Free", widened(address));
}

static void every_slot_of_ICLRMemoryNotificationCallback_reaches_its_method(void **state)
{
    ICLRMemoryNotificationCallback *callback = recorder_callback();
    void *out = NULL;
    (void)state;

    assert_int_equal(ICLRMemoryNotificationCallback_QueryInterface(callback, &IID_ICLRMemoryNotificationCallback, &out),
                     S_FALSE);
    assert_recorded("ICLRMemoryNotificationCallback::QueryInterface", widened(&IID_ICLRMemoryNotificationCallback),
                    widened(&out));
    assert_int_equal(ICLRMemoryNotificationCallback_AddRef(callback), 21);
    assert_recorded_alone("ICLRMemoryNotificationCallback::AddRef");
    assert_int_equal(ICLRMemoryNotificationCallback_Release(callback), 20);
    assert_recorded_alone("ICLRMemoryNotificationCallback::Release");
    assert_int_equal(ICLRMemoryNotificationCallback_OnMemoryNotification(callback, eMemoryAvailableHigh), S_FALSE);
    assert_recorded("ICLRMemoryNotificationCallback::OnMemoryNotification", 3);
}

static void every_slot_of_IHostMemoryManager_reaches_its_method(void **state)
{
    IHostMemoryManager *manager = recorder_manager();
    ICLRMemoryNotificationCallback *callback = recorder_callback();
    IHostMalloc *heap = NULL;
    MEMORY_BASIC_INFORMATION information;
    void *out = NULL;
    DWORD word = 0;
    SIZE_T bytes = 0;
    (void)state;

    assert_int_equal(IHostMemoryManager_QueryInterface(manager, &IID_IHostMemoryManager, &out), S_FALSE);
    assert_recorded("IHostMemoryManager::QueryInterface", widened(&IID_IHostMemoryManager), widened(&out));
    assert_int_equal(IHostMemoryManager_AddRef(manager), 31);
    assert_recorded_alone("IHostMemoryManager::AddRef");
    assert_int_equal(IHostMemoryManager_Release(manager), 30);
    assert_recorded_alone("IHostMemoryManager::Release");
    assert_int_equal(IHostMemoryManager_CreateMalloc(manager, MALLOC_THREADSAFE | MALLOC_EXECUTABLE, &heap), S_FALSE);
    assert_recorded("IHostMemoryManager::CreateMalloc", 3, widened(&heap));
    assert_int_equal(IHostMemoryManager_VirtualAlloc(manager, address, size, MEM_RESERVE | MEM_WRITE_WATCH,
                                                     PAGE_EXECUTE_READWRITE, eAppDomainCritical, &out),
                     S_FALSE);
    assert_recorded("IHostMemoryManager::VirtualAlloc", widened(address), size, 0x202000, 0x40, 1, widened(&out));
    assert_int_equal(IHostMemoryManager_VirtualFree(manager, address, size, MEM_DECOMMIT), S_FALSE);
    assert_recorded("IHostMemoryManager::VirtualFree", widened(address), size, 0x4000);
    assert_int_equal(IHostMemoryManager_VirtualQuery(manager, address, &information, sizeof information, &bytes),
                     S_FALSE);
    assert_recorded("IHostMemoryManager::VirtualQuery", widened(address), widened(&information), sizeof information,
                    widened(&bytes));
    assert_int_equal(IHostMemoryManager_VirtualProtect(manager, address, size, PAGE_READONLY, &word), S_FALSE);
    assert_recorded("IHostMemoryManager::VirtualProtect", widened(address), size, 2, widened(&word));
    assert_int_equal(IHostMemoryManager_GetMemoryLoad(manager, &word, &bytes), S_FALSE);
    assert_recorded("IHostMemoryManager::GetMemoryLoad", widened(&word), widened(&bytes));
    assert_int_equal(IHostMemoryManager_RegisterMemoryNotificationCallback(manager, callback), S_FALSE);
    assert_recorded("IHostMemoryManager::RegisterMemoryNotificationCallback", widened(callback));
    assert_int_equal(IHostMemoryManager_NeedsVirtualAddressSpace(manager, address, size), S_FALSE);
    assert_recorded("IHostMemoryManager::NeedsVirtualAddressSpace", widened(address), size);
    assert_int_equal(IHostMemoryManager_AcquiredVirtualAddressSpace(manager, address, size), S_FALSE);
    assert_recorded("IHostMemoryManager::AcquiredVirtualAddressSpace", widened(address), size);
    assert_int_equal(IHostMemoryManager_ReleasedVirtualAddressSpace(manager, address), S_FALSE);
    assert_recorded("IHostMemoryManager::ReleasedVirtualAddressSpace", widened(address));
}

static void iids_of_the_idl_the_header_and_the_library_are_the_published_ones(void **state)
{
    static const struct {
        const WCHAR *published;
        const IID *of_idl;
    } iids[RECORDER_IIDS] = {
        {L"{1831991C-CC53-4A31-B218-04E910446479}", &IID_IHostMalloc},
        {L"{47EB8E57-0846-4546-AF76-6F42FCFC2649}", &IID_ICLRMemoryNotificationCallback},
        {L"{7BC698D1-F9E3-4460-9CDE-D04248E9FA25}", &IID_IHostMemoryManager},
    };
    const recorder_iid *others = recorder_iids();
    (void)state;

    for (int i = 0; i < RECORDER_IIDS; i++) {
        IID published;
        print_message("%ls\n", iids[i].published);
        assert_int_equal(IIDFromString(iids[i].published, &published), S_OK);
        assert_memory_equal(iids[i].of_idl, &published, sizeof published);
        assert_memory_equal(others[i].of_class, &published, sizeof published);
        assert_memory_equal(others[i].of_library, &published, sizeof published);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_slot_of_IHostMalloc_reaches_its_method),
        cmocka_unit_test(every_slot_of_ICLRMemoryNotificationCallback_reaches_its_method),
        cmocka_unit_test(every_slot_of_IHostMemoryManager_reaches_its_method),
        cmocka_unit_test(iids_of_the_idl_the_header_and_the_library_are_the_published_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
