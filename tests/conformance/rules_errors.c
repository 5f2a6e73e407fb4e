/* Rules: the thread's last error. */
#include "check.h"

static void begin(const char *call)
{
    check_doing(call);
    SetLastError(SENTINEL);
}

/* error: the last error, read right after the call. */
static void expect_kept(const char *call, HRESULT hr, DWORD error)
{
    expect(SUCCEEDED(hr), "%s returned 0x%08lx", call, (unsigned long)hr);
    expect(error == SENTINEL, "%s succeeded and set the last error to %lu", call, (unsigned long)error);
}

static void expect_set(const char *call, HRESULT hr, DWORD error)
{
    expect(FAILED(hr), "%s returned 0x%08lx", call, (unsigned long)hr);
    expect(error != SENTINEL, "%s failed and did not set the last error", call);
    expect(error != ERROR_SUCCESS && error <= 0xffff,
           "%s failed and set the last error to 0x%lx, which is not a Win32 error", call, (unsigned long)error);
}

static void success_keeps_last_error(subject *subject)
{
    IHostMemoryManager *manager = subject->manager;
    IHostMalloc *heap = NULL;
    MEMORY_BASIC_INFORMATION region;
    char file[] = "last_error.cpp";
    void *pages = NULL, *block = NULL;
    SIZE_T size;
    DWORD number;
    HRESULT hr;

    begin("CreateMalloc");
    hr = IHostMemoryManager_CreateMalloc(manager, MALLOC_THREADSAFE, &heap);
    expect_kept("CreateMalloc", hr, GetLastError());
    begin("VirtualAlloc");
    hr = IHostMemoryManager_VirtualAlloc(manager, NULL, PAGE, MEM_COMMIT, PAGE_READWRITE, eTaskCritical, &pages);
    expect_kept("VirtualAlloc", hr, GetLastError());
    begin("VirtualProtect");
    hr = IHostMemoryManager_VirtualProtect(manager, pages, PAGE, PAGE_READONLY, &number);
    expect_kept("VirtualProtect", hr, GetLastError());
    begin("VirtualQuery");
    hr = IHostMemoryManager_VirtualQuery(manager, pages, &region, sizeof region, &size);
    expect_kept("VirtualQuery", hr, GetLastError());
    begin("VirtualFree(MEM_DECOMMIT)");
    hr = IHostMemoryManager_VirtualFree(manager, pages, PAGE, MEM_DECOMMIT);
    expect_kept("VirtualFree(MEM_DECOMMIT)", hr, GetLastError());
    begin("VirtualFree(MEM_RELEASE)");
    hr = IHostMemoryManager_VirtualFree(manager, pages, 0, MEM_RELEASE);
    expect_kept("VirtualFree(MEM_RELEASE)", hr, GetLastError());
    begin("GetMemoryLoad");
    hr = IHostMemoryManager_GetMemoryLoad(manager, &number, &size);
    expect_kept("GetMemoryLoad", hr, GetLastError());
    begin("Alloc");
    hr = IHostMalloc_Alloc(heap, 100, eTaskCritical, &block);
    expect_kept("Alloc", hr, GetLastError());
    begin("Free");
    hr = IHostMalloc_Free(heap, block);
    expect_kept("Free", hr, GetLastError());
    begin("DebugAlloc");
    hr = IHostMalloc_DebugAlloc(heap, 100, eTaskCritical, file, 1, &block);
    expect_kept("DebugAlloc", hr, GetLastError());
    begin("Free(NULL)");
    hr = IHostMalloc_Free(heap, NULL);
    expect_kept("Free(NULL)", hr, GetLastError());
}

static void failure_sets_last_error(subject *subject)
{
    IHostMemoryManager *manager = subject->manager;
    char *foreign = foreign_pages(PAGE), *reserved = VirtualAlloc(NULL, PAGE, MEM_RESERVE, PAGE_NOACCESS);
    MEMORY_BASIC_INFORMATION region;
    void *out;
    SIZE_T written;
    DWORD old;
    HRESULT hr;

    expect(reserved != NULL, "the system has no address space for the test itself");
    begin("VirtualAlloc at an address that is in use");
    hr = IHostMemoryManager_VirtualAlloc(manager, foreign, PAGE, MEM_RESERVE, PAGE_READWRITE, eTaskCritical, &out);
    expect_set("VirtualAlloc at an address that is in use", hr, GetLastError());
    begin("VirtualProtect of a page that is not committed");
    hr = IHostMemoryManager_VirtualProtect(manager, reserved, PAGE, PAGE_READWRITE, &old);
    expect_set("VirtualProtect of a page that is not committed", hr, GetLastError());
    begin("VirtualQuery with a buffer of no size");
    hr = IHostMemoryManager_VirtualQuery(manager, foreign, &region, 0, &written);
    expect_set("VirtualQuery with a buffer of no size", hr, GetLastError());
    begin("VirtualFree of foreign memory");
    hr = IHostMemoryManager_VirtualFree(manager, foreign, 0, MEM_RELEASE);
    expect_set("VirtualFree of foreign memory", hr, GetLastError());
    begin("Free of foreign memory");
    hr = IHostMalloc_Free(subject->heap, foreign + 64);
    expect_set("Free of foreign memory", hr, GetLastError());
}

static BOOL says_out_of_memory(DWORD error)
{
    switch (error) {
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
    case ERROR_COMMITMENT_LIMIT:
    case ERROR_COMMITMENT_MINIMUM:
    case ERROR_NO_SYSTEM_RESOURCES:
    case ERROR_WORKING_SET_QUOTA:
    case ERROR_PAGEFILE_QUOTA:
    case ERROR_NOT_ENOUGH_QUOTA:
        return TRUE;
    default:
        return FALSE;
    }
}

static void shortage_says_so(subject *subject)
{
    SIZE_T size = refused_size();
    void *out;
    DWORD error;
    begin("VirtualAlloc of more than is available");
    IHostMemoryManager_VirtualAlloc(subject->manager, NULL, size, MEM_COMMIT, PAGE_READWRITE, eTaskCritical, &out);
    error = GetLastError();
    expect(says_out_of_memory(error), "VirtualAlloc of more than is available leaves the last error %lu",
           (unsigned long)error);
    begin("Alloc of more than is available");
    IHostMalloc_Alloc(subject->heap, size, eTaskCritical, &out);
    error = GetLastError();
    expect(says_out_of_memory(error), "Alloc of more than is available leaves the last error %lu",
           (unsigned long)error);
}

const rule error_rules[] = {
    {"success_keeps_last_error", "2", "a call that succeeds does not change the last error", success_keeps_last_error},
    {"failure_sets_last_error", "2", "a call that fails sets the last error to the Win32 code",
     failure_sets_last_error},
    {"shortage_says_so", "2", "the last error after a lack of memory says so", shortage_says_so},
    {0},
};
