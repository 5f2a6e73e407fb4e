/* Calls that come while the process ends: every other thread is gone, wherever in a call it was, and nothing that one
 * of them held is ever given back. They must neither wait nor fail. This program starts itself again and again; each child
 * has threads inside of calls, exits among them, and a DLL makes the late calls (detach_probe.c), in the very heap that
 * the threads were ended in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define COBJMACROS
#include <hostmem/hostmem.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE ((SIZE_T)4096)
#define CHILDREN 40
#define CHILD_PATIENCE_MS 20000

typedef struct probe_host {
    IHostMemoryManager *manager;
    IHostMalloc *heap;
    void *block;
    char *region;
    hostmem *instance;
    void (*shut_down)(hostmem *instance);
} probe_host;

typedef void arm_function(const probe_host *host);

/* ---- The child ---- */

static IHostMemoryManager *manager;
static IHostMalloc *heap;
static volatile LONG threads_inside;

static DWORD WINAPI stay_inside_calls(void *context)
{
    const volatile unsigned *number = context;
    InterlockedIncrement(&threads_inside);
    while (*number < 3) { /* for ever */
        void *block = NULL, *out = NULL;
        char *region = NULL;
        DWORD old;
        if (*number < 2) {
            IHostMalloc_DebugAlloc(heap, 100, eTaskCritical, NULL, 1, &block);
            IHostMalloc_Alloc(heap, 3000, eTaskCritical, &out);
            IHostMalloc_Free(heap, block);
            IHostMalloc_Free(heap, out);
            continue;
        }
        IHostMemoryManager_VirtualAlloc(manager, NULL, 64 * PAGE, MEM_RESERVE, PAGE_NOACCESS, eTaskCritical,
                                        (void **)&region);
        IHostMemoryManager_VirtualAlloc(manager, region, 32 * PAGE, MEM_COMMIT, PAGE_EXECUTE_READWRITE, eTaskCritical,
                                        &out);
        IHostMemoryManager_VirtualProtect(manager, region, 16 * PAGE, PAGE_READONLY, &old);
        IHostMemoryManager_VirtualFree(manager, region, 8 * PAGE, MEM_DECOMMIT);
        IHostMemoryManager_VirtualFree(manager, region, 0, MEM_RELEASE);
    }
    return 0;
}

/* A callback as the CLR's own: not counted. */

static HRESULT STDMETHODCALLTYPE callback_QueryInterface(ICLRMemoryNotificationCallback *iface, REFIID iid, void **out)
{
    (void)iface;
    (void)iid;
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE callback_AddRef(ICLRMemoryNotificationCallback *iface)
{
    (void)iface;
    return 1;
}

static ULONG STDMETHODCALLTYPE callback_Release(ICLRMemoryNotificationCallback *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE callback_OnMemoryNotification(ICLRMemoryNotificationCallback *iface,
                                                               EMemoryAvailable available)
{
    (void)iface;
    (void)available;
    return S_OK;
}

static ICLRMemoryNotificationCallbackVtbl callback_vtbl = {callback_QueryInterface, callback_AddRef, callback_Release,
                                                           callback_OnMemoryNotification};
static ICLRMemoryNotificationCallback callback = {&callback_vtbl};

/* Ends with the code of the probe; 90 and more: something went wrong before it; 7: the probe was not called. */
static int child(DWORD delay_ms)
{
    static const unsigned numbers[] = {0, 1, 2};
    probe_host host = {0};
    hostmem *instance;
    HMODULE probe;
    FARPROC arm_address;
    arm_function *arm;
    void *out;
    char path[MAX_PATH], *name;
    unsigned i;

    if (!GetModuleFileNameA(NULL, path, sizeof path) || !(name = strrchr(path, '\\')) ||
        (size_t)(name + 1 - path) + sizeof "detach_probe.dll" > sizeof path)
        return 90;
    memcpy(name + 1, "detach_probe.dll", sizeof "detach_probe.dll");
    probe = LoadLibraryA(path);
    arm_address = probe ? GetProcAddress(probe, "detach_probe_arm") : NULL;
    if (!arm_address)
        return 91;
    memcpy(&arm, &arm_address, sizeof arm);
    if (hostmem_create(NULL, &instance) != S_OK || hostmem_get_manager(instance, &manager) != S_OK ||
        IHostMemoryManager_CreateMalloc(manager, MALLOC_THREADSAFE, &heap) != S_OK ||
        IHostMemoryManager_RegisterMemoryNotificationCallback(manager, &callback) != S_OK ||
        IHostMalloc_Alloc(heap, 100, eTaskCritical, &host.block) != S_OK ||
        IHostMemoryManager_VirtualAlloc(manager, NULL, 16 * PAGE, MEM_RESERVE, PAGE_NOACCESS, eTaskCritical,
                                        (void **)&host.region) != S_OK ||
        IHostMemoryManager_VirtualAlloc(manager, host.region, PAGE, MEM_COMMIT, PAGE_READWRITE, eTaskCritical,
                                        &out) != S_OK)
        return 92;
    host.manager = manager;
    host.heap = heap;
    host.instance = instance;
    host.shut_down = hostmem_shutdown;
    arm(&host);
    for (i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (!CreateThread(NULL, 0, stay_inside_calls, (void *)(UINT_PTR)&numbers[i], 0, NULL))
            return 93;
    }
    /* Under Wine, ending a process in which a thread is only just starting may end it before its DLLs are told. */
    while (threads_inside < (LONG)i)
        Sleep(1);
    Sleep(delay_ms);
    ExitProcess(7);
}

/* ---- The parent ---- */

static DWORD run_child(unsigned delay_ms)
{
    char program[MAX_PATH], command[MAX_PATH + 32];
    STARTUPINFOA startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    DWORD code = 0;
    assert_int_not_equal(GetModuleFileNameA(NULL, program, sizeof program), 0);
    snprintf(command, sizeof command, "\"%s\" --child %u", program, delay_ms);
    assert_true(CreateProcessA(program, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process));
    if (WaitForSingleObject(process.hProcess, CHILD_PATIENCE_MS) != WAIT_OBJECT_0) {
        TerminateProcess(process.hProcess, 1);
        fail_msg("the child of delay %u hangs", delay_ms);
    }
    GetExitCodeProcess(process.hProcess, &code);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    return code;
}

static void calls_at_process_detach_work_while_other_threads_are_inside_calls(void **state)
{
    unsigned i;
    (void)state;
    for (i = 0; i < CHILDREN; i++) {
        DWORD code = run_child(i % 8);
        if (code != 42)
            fail_msg("child %u ended with %lu", i, (unsigned long)code);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_at_process_detach_work_while_other_threads_are_inside_calls),
    };
    if (argc == 3 && !strcmp(argv[1], "--child"))
        return child((DWORD)atoi(argv[2]));
    return cmocka_run_group_tests_name("detach", tests, NULL, NULL);
}
