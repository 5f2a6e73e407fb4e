/* A DLL that uses the memory manager while its process ends, as the CLR does: all other threads have been ended by
 * then, at any point. It ends the process itself, with a code for the result of the calls: 42 if all succeeded, 100
 * + the number of the first wrong call, or 60 if Wine itself crashed. */
#define COBJMACROS
#include <hostmem/interfaces.h>

#include <corerror.h>
#include <string.h>

#include "under_wine.h"

#define PAGE ((SIZE_T)4096)

typedef struct probe_host {
    IHostMemoryManager *manager;
    IHostMalloc *heap;
    void *block;  /* in that heap */
    char *region; /* reserved, one page committed */
    struct hostmem *instance;
    void (*shut_down)(struct hostmem *instance);
    HRESULT register_result; /* of the registration: not S_OK after the instance has been shut down */
} probe_host;

static probe_host armed;
static BOOL detaching;

/* Whether an exception is a fault of Wine alone, which may continue with inconsistent data about its address space
 * after a thread was ended while it changed them: the exception is raised below every module of the process, or by
 * an access to memory that is accessible according to those data but does not exist. */
static BOOL is_of_wine(const EXCEPTION_RECORD *record)
{
    MEMORY_BASIC_INFORMATION touched;
    HMODULE module;
    if (!is_under_wine())
        return FALSE;
    if (!GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                            record->ExceptionAddress, &module))
        return TRUE;
    return record->ExceptionCode == EXCEPTION_ACCESS_VIOLATION && record->NumberParameters == 2 &&
           record->ExceptionInformation[0] <= 1 && /* a read or a write */
           VirtualQuery((void *)record->ExceptionInformation[1], &touched, sizeof touched) &&
           touched.State == MEM_COMMIT && touched.Protect == PAGE_READWRITE;
}

#define WINE_ASSERTION 0x80000101u
#define STUMBLED 60 /* the exit code for a crash of Wine */

/* Wine ignores an exception at process detach; the test must see it. */
static LONG CALLBACK report_crash(EXCEPTION_POINTERS *exception)
{
    DWORD code = exception->ExceptionRecord->ExceptionCode;
    if (detaching && (code >= 0xc0000000 || code == WINE_ASSERTION))
        TerminateProcess(GetCurrentProcess(), is_of_wine(exception->ExceptionRecord) ? STUMBLED : code);
    return EXCEPTION_CONTINUE_SEARCH;
}

__declspec(dllexport) void detach_probe_arm(const probe_host *host)
{
    armed = *host;
    AddVectoredExceptionHandler(1, report_crash);
}

/* The number of the first call with an unexpected result; 0: none. */
static UINT first_wrong_call(const probe_host *host)
{
    IHostMemoryManager *manager = host->manager;
    MEMORY_BASIC_INFORMATION info;
    IHostMalloc *late = NULL;
    void *block = NULL, *out = NULL;
    SIZE_T written = 0, available = 0;
    DWORD old = 0, load = 0;
    char local[32];
    if (IHostMemoryManager_VirtualQuery(manager, host->region, &info, sizeof info, &written) != S_OK ||
        info.State != MEM_COMMIT)
        return 1;
    if (IHostMemoryManager_VirtualAlloc(manager, host->region + PAGE, PAGE, MEM_COMMIT, PAGE_READWRITE,
                                        eProcessCritical, &out) != S_OK ||
        out != host->region + PAGE)
        return 2;
    memset(out, 1, PAGE);
    if (IHostMemoryManager_VirtualProtect(manager, host->region, 1, PAGE_READONLY, &old) != S_OK ||
        old != PAGE_READWRITE)
        return 3;
    if (IHostMemoryManager_VirtualFree(manager, host->region, PAGE, MEM_DECOMMIT) != S_OK)
        return 4;
    if (IHostMemoryManager_VirtualFree(manager, host->region, 0, MEM_RELEASE) != S_OK)
        return 5;
    if (IHostMemoryManager_VirtualFree(manager, host->region, 0, MEM_RELEASE) != HOST_E_INVALIDOPERATION)
        return 6;
    if (IHostMalloc_Free(host->heap, host->block) != S_OK)
        return 7;
    if (IHostMalloc_Free(host->heap, host->block) != HOST_E_INVALIDOPERATION)
        return 8;
    if (IHostMalloc_Free(host->heap, local) != HOST_E_INVALIDOPERATION || IHostMalloc_Free(host->heap, NULL) != S_OK)
        return 9;
    if (IHostMalloc_Alloc(host->heap, 1000, eProcessCritical, &block) != S_OK)
        return 10;
    memset(block, 1, 1000);
    if (IHostMemoryManager_CreateMalloc(manager, MALLOC_THREADSAFE, &late) != S_OK ||
        IHostMalloc_DebugAlloc(late, 10, eProcessCritical, NULL, 1, &block) != S_OK || IHostMalloc_Release(late) != 0)
        return 11;
    if (IHostMemoryManager_GetMemoryLoad(manager, &load, &available) != S_OK)
        return 12;
    if (IHostMemoryManager_RegisterMemoryNotificationCallback(manager, NULL) != host->register_result)
        return 13;
    if (IHostMemoryManager_AcquiredVirtualAddressSpace(manager, host->manager, PAGE) != S_OK ||
        IHostMemoryManager_ReleasedVirtualAddressSpace(manager, host->manager) != S_OK)
        return 14;
    /* The notification thread has been ended like every other: shutdown must not wait for it, and calls must keep
     * working. */
    host->shut_down(host->instance);
    if (IHostMalloc_Alloc(host->heap, 1000, eProcessCritical, &block) != S_OK)
        return 15;
    return 0;
}

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, LPVOID process_ends);

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, LPVOID process_ends)
{
    (void)module;
    if (reason == DLL_PROCESS_DETACH && process_ends && armed.manager) {
        UINT wrong;
        detaching = TRUE;
        wrong = first_wrong_call(&armed);
        TerminateProcess(GetCurrentProcess(), wrong ? 100 + wrong : 42);
    }
    return TRUE;
}
