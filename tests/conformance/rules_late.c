/* Rules: calls while the process ends. Every other thread has been ended, and locks that they held are never
 * released. */
#include "check.h"
#include "late.h"

#include <string.h>

#define THREADS 3

typedef struct late_subject {
    subject *subject;
    char *block;
    char *region; /* reserved, one page committed */
    volatile LONG inside;
} late_subject;

static late_subject late;

/* Wine ignores exceptions at process detach; for the rule they are crashes. */
static LONG CALLBACK see_crash(EXCEPTION_POINTERS *exception)
{
    DWORD code = exception->ExceptionRecord->ExceptionCode;
    if (code >= 0xc0000000)
        expect(FALSE, "a call at process detach crashes: exception 0x%08lx at %p", (unsigned long)code,
               exception->ExceptionRecord->ExceptionAddress);
    return EXCEPTION_CONTINUE_SEARCH;
}

/* Succeeds, or fails with a documented error. */
static BOOL works(const char *call, HRESULT hr)
{
    expect(hr == S_OK || (FAILED(hr) && hr != E_FAIL), "%s at process detach returned 0x%08lx", call,
           (unsigned long)hr);
    return hr == S_OK;
}

static void call_late(void *context)
{
    subject *subject = late.subject;
    IHostMemoryManager *manager = subject->manager;
    MEMORY_BASIC_INFORMATION region;
    void *out = NULL, *block = NULL;
    SIZE_T written = 0;
    DWORD old;
    (void)context;
    AddVectoredExceptionHandler(1, see_crash);
    check_doing("VirtualQuery at process detach");
    if (works("VirtualQuery", IHostMemoryManager_VirtualQuery(manager, late.region, &region, sizeof region, &written)))
        expect(region.State == MEM_COMMIT, "VirtualQuery at process detach returns state 0x%lx",
               (unsigned long)region.State);
    check_doing("VirtualAlloc at process detach");
    if (works("VirtualAlloc", IHostMemoryManager_VirtualAlloc(manager, late.region + PAGE, PAGE, MEM_COMMIT,
                                                              PAGE_READWRITE, eProcessCritical, &out)))
        memset(out, 1, PAGE);
    check_doing("VirtualProtect at process detach");
    works("VirtualProtect", IHostMemoryManager_VirtualProtect(manager, late.region, 1, PAGE_READONLY, &old));
    check_doing("VirtualFree(MEM_DECOMMIT) at process detach");
    works("VirtualFree", IHostMemoryManager_VirtualFree(manager, late.region, PAGE, MEM_DECOMMIT));
    check_doing("VirtualFree(MEM_RELEASE) at process detach");
    works("VirtualFree", IHostMemoryManager_VirtualFree(manager, late.region, 0, MEM_RELEASE));
    check_doing("Free at process detach");
    works("Free", IHostMalloc_Free(subject->heap, late.block));
    check_doing("Free(NULL) at process detach");
    works("Free", IHostMalloc_Free(subject->heap, NULL));
    check_doing("Alloc at process detach");
    if (works("Alloc", IHostMalloc_Alloc(subject->heap, 1000, eProcessCritical, &block)))
        memset(block, 1, 1000);
    check_doing("RegisterMemoryNotificationCallback(NULL) at process detach");
    IHostMemoryManager_RegisterMemoryNotificationCallback(manager, NULL);
    check_doing("ReleasedVirtualAddressSpace at process detach");
    IHostMemoryManager_ReleasedVirtualAddressSpace(manager, &late);
    check_pass();
}

static DWORD WINAPI stay_in_calls(void *context)
{
    subject *subject = context;
    BOOL first = TRUE;
    while (late.subject) { /* until the process ends */
        void *pages = NULL, *out, *small_block = NULL, *large_block = NULL;
        IHostMemoryManager_VirtualAlloc(subject->manager, NULL, 8 * PAGE, MEM_RESERVE, PAGE_NOACCESS, eTaskCritical,
                                        &pages);
        IHostMemoryManager_VirtualAlloc(subject->manager, pages, 4 * PAGE, MEM_COMMIT, PAGE_READWRITE, eTaskCritical,
                                        &out);
        IHostMemoryManager_VirtualFree(subject->manager, pages, 0, MEM_RELEASE);
        IHostMalloc_Alloc(subject->heap, 50, eTaskCritical, &small_block);
        IHostMalloc_Alloc(subject->heap, 5000, eTaskCritical, &large_block);
        IHostMalloc_Free(subject->heap, small_block);
        IHostMalloc_Free(subject->heap, large_block);
        if (first)
            InterlockedIncrement(&late.inside);
        first = FALSE;
    }
    return 0;
}

static void arm(void)
{
    char path[MAX_PATH], *name;
    DWORD length = GetModuleFileNameA(NULL, path, sizeof path);
    late_arm_function *function;
    FARPROC address;
    HMODULE module;
    expect(length && length + sizeof LATE_DLL_NAME < sizeof path && (name = strrchr(path, '\\')) != NULL,
           "the path of this program is too long");
    name = strrchr(path, '\\');
    memcpy(name + 1, LATE_DLL_NAME, sizeof LATE_DLL_NAME);
    module = LoadLibraryA(path);
    address = module ? GetProcAddress(module, LATE_ARM_NAME) : NULL;
    expect(address != NULL, "%s is not beside this program", LATE_DLL_NAME);
    memcpy(&function, &address, sizeof function);
    function(call_late, NULL);
}

/* Ends the process without other threads, or with threads that are ended inside of calls. */
static void end_process(subject *subject, unsigned threads)
{
    unsigned i;
    late.subject = subject;
    late.block = take_block(subject->heap, 100);
    late.region = take_pages(subject, NULL, 16 * PAGE, MEM_RESERVE, PAGE_NOACCESS);
    take_pages(subject, late.region, PAGE, MEM_COMMIT, PAGE_READWRITE);
    arm();
    for (i = 0; i < threads; i++)
        expect(CreateThread(NULL, 0, stay_in_calls, subject, 0, NULL) != NULL, "the test could not create a thread");
    /* Under Wine, ending a process while a thread is being started may end it before its DLLs are notified. */
    while (late.inside < (LONG)threads)
        Sleep(1);
    check_doing("ExitProcess");
    ExitProcess(3); /* call_late ends the rule; a process that ends without it has not passed */
}

static void calls_at_process_detach(subject *subject)
{
    end_process(subject, 0);
}

static void threads_ended_inside_calls(subject *subject)
{
    end_process(subject, THREADS);
}

const rule late_rules[] = {
    {"calls_at_process_detach", "8", "calls at process detach work or fail cleanly", calls_at_process_detach},
    {"threads_ended_inside_calls", "8", "they do so after threads were ended inside of calls",
     threads_ended_inside_calls},
    {0},
};
