/* A process ends while its threads are inside of calls. Wherever they were and whatever they held, the process must
 * end. In half of the exits a DLL keeps calling during its process detach (detach_probe.c), in the same heap in
 * which the threads were ended, and none of these calls may wait or fail.
 *
 * This program starts itself repeatedly, in each of the ways below in turn; each child has threads that make every
 * call. HOSTMEM_EXITS says how often. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "caller.h"
#include "start_process.h"

#include <cmocka.h>
#include <corerror.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE ((SIZE_T)4096)
#define DEFAULT_EXITS 500
#define THREADS 4
#define LIMIT ((UINT64)1 << 20)
#define LONG_WAIT_MS 3600000
#define CHILD_PATIENCE_MS 240000 /* only a hang takes longer */
#define MAX_STUMBLES 3           /* and one more for every hundred exits */

/* Exit codes of a child. */
enum {
    GONE = 33,       /* it ended in its own way */
    LATE_CALLS = 42, /* the same, and all calls of the probe were right; 101 and above: one was wrong */
    STUMBLED = 60,   /* Wine crashed below the probe's calls, as detach_probe.c explains */
    NOT_SET_UP = 90, /* to 99 */
};
/* An exit code of Wine's own: an assertion of its Unix side failed. A 32-bit program ends with it without calling
 * the probe's handler, which would return STUMBLED. */
#define WINE_ASSERTION 0x80000101u

typedef struct probe_host {
    IHostMemoryManager *manager;
    IHostMalloc *heap;
    void *block;
    char *region;
    hostmem *instance;
    void (*shut_down)(hostmem *instance);
    HRESULT register_result;
} probe_host;

typedef void arm_function(const probe_host *host);

/* ---- The child ---- */

static hostmem *instance;
static IHostMemoryManager *manager;
static IHostMalloc *heap;

/* Ways to end a process, all after a delay in which the threads make calls. */

static void exit_from_main(DWORD delay_ms)
{
    Sleep(delay_ms);
    ExitProcess(GONE);
}

static DWORD WINAPI exit_from_thread(void *delay_ms)
{
    exit_from_main((DWORD)(UINT_PTR)delay_ms);
    return 0;
}

/* Here the main thread is inside of calls, too. */
static void exit_from_another_thread(DWORD delay_ms)
{
    static caller self;
    caller_init(&self, instance, manager, heap);
    self.limit = LIMIT;
    if (!CreateThread(NULL, 0, exit_from_thread, (void *)(UINT_PTR)delay_ms, 0, NULL))
        ExitProcess(NOT_SET_UP + 3);
    caller_go_round(&self);
}

static void return_from_main(DWORD delay_ms)
{
    Sleep(delay_ms);
}

/* The host shuts the instance down properly while the threads keep calling, and returns. */
static void shut_down_and_return(DWORD delay_ms)
{
    Sleep(delay_ms);
    hostmem_shutdown(instance);
}

typedef struct way {
    const char *name;
    void (*leave)(DWORD delay_ms);
    BOOL waits;              /* some of the calls are requests that wait for memory */
    BOOL probed;             /* calls are made at process detach */
    HRESULT register_result; /* expected of a registration then */
} way;

static const way ways[] = {
    {"ExitProcess", exit_from_main, FALSE, FALSE, S_OK},
    {"ExitProcess, late calls", exit_from_main, FALSE, TRUE, S_OK},
    {"ExitProcess by another thread", exit_from_another_thread, FALSE, FALSE, S_OK},
    {"ExitProcess by another thread, requests that wait, late calls", exit_from_another_thread, TRUE, TRUE, S_OK},
    {"return from main, requests that wait", return_from_main, TRUE, FALSE, S_OK},
    {"return from main, requests that wait, late calls", return_from_main, TRUE, TRUE, S_OK},
    {"shut-down and return from main", shut_down_and_return, FALSE, FALSE, HOST_E_ABANDONED},
    {"shut-down and return from main, late calls", shut_down_and_return, FALSE, TRUE, HOST_E_ABANDONED},
};
#define WAYS (sizeof ways / sizeof *ways)

static DWORD WINAPI go_round(void *context)
{
    caller_go_round(context);
    return 0;
}

static DWORD WINAPI go_waiting(void *context)
{
    caller_go_waiting(context);
    return 0;
}

/* Under Wine, ending a process while a thread is being started may end it before its DLLs are notified. So every
 * thread must have run before the process is ended; the notification thread shows it by its first notification. */
static BOOL start_notifications(void)
{
    static counting_callback callback;
    void *much;
    counting_callback_init(&callback);
    if (IHostMemoryManager_RegisterMemoryNotificationCallback(manager, &callback.iface) != S_OK ||
        IHostMemoryManager_VirtualAlloc(manager, NULL, (SIZE_T)LIMIT, MEM_COMMIT, PAGE_READWRITE, eProcessCritical,
                                        &much) != S_OK)
        return FALSE;
    while (!callback.notifications)
        Sleep(1);
    return IHostMemoryManager_VirtualFree(manager, much, 0, MEM_RELEASE) == S_OK;
}

/* Starts threads that make every call until they are ended, each with another favourite call. */
static BOOL start_threads(BOOL waits, DWORD number)
{
    static caller callers[THREADS];
    unsigned i;
    for (i = 0; i < THREADS; i++) {
        BOOL is_waiter = waits && i == 0;
        caller_init(&callers[i], instance, manager, heap);
        callers[i].limit = LIMIT;
        callers[i].wish_bytes = (SIZE_T)LIMIT;
        callers[i].may_be_shut_down = true;
        callers[i].favourite = (number * THREADS + i) % CALLER_WAITING;
        if (!CreateThread(NULL, 0, is_waiter ? go_waiting : go_round, &callers[i], 0, NULL))
            return FALSE;
    }
    for (i = 0; i < THREADS; i++) {
        while (!caller_total(&callers[i]) && atomic_load(&callers[i].inside) != CALLER_WAITING)
            Sleep(1);
    }
    return TRUE;
}

static BOOL arm_probe(const probe_host *host)
{
    char path[MAX_PATH], *name;
    FARPROC arm_address;
    arm_function *arm;
    HMODULE probe;
    if (!GetModuleFileNameA(NULL, path, sizeof path) || !(name = strrchr(path, '\\')) ||
        (size_t)(name + 1 - path) + sizeof "detach_probe.dll" > sizeof path)
        return FALSE;
    memcpy(name + 1, "detach_probe.dll", sizeof "detach_probe.dll");
    probe = LoadLibraryA(path);
    arm_address = probe ? GetProcAddress(probe, "detach_probe_arm") : NULL;
    if (!arm_address)
        return FALSE;
    memcpy(&arm, &arm_address, sizeof arm);
    arm(host);
    return TRUE;
}

static int child(DWORD number)
{
    const way *leaving = &ways[number % WAYS];
    hostmem_budget_config budget = {.size = sizeof budget, .limit_bytes = LIMIT, .wait_ms = {LONG_WAIT_MS}};
    hostmem_config config = {.size = sizeof config, .budget_config = &budget, .address_reserve_bytes = 1 << 20};
    probe_host host = {.shut_down = hostmem_shutdown, .register_result = leaving->register_result};
    void *out;
    if (hostmem_create(&config, &instance) != S_OK || hostmem_get_manager(instance, &manager) != S_OK ||
        IHostMemoryManager_CreateMalloc(manager, MALLOC_THREADSAFE, &heap) != S_OK ||
        IHostMalloc_Alloc(heap, 100, eTaskCritical, &host.block) != S_OK ||
        IHostMemoryManager_VirtualAlloc(manager, NULL, 16 * PAGE, MEM_RESERVE, PAGE_NOACCESS, eTaskCritical,
                                        (void **)&host.region) != S_OK ||
        IHostMemoryManager_VirtualAlloc(manager, host.region, PAGE, MEM_COMMIT, PAGE_READWRITE, eTaskCritical, &out) !=
            S_OK)
        return NOT_SET_UP;
    host.manager = manager;
    host.heap = heap;
    host.instance = instance;
    if (leaving->probed && !arm_probe(&host))
        return NOT_SET_UP + 1;
    if (!start_notifications() || !start_threads(leaving->waits, number))
        return NOT_SET_UP + 2;
    leaving->leave(number / WAYS % 8);
    return GONE;
}

/* ---- The parent ---- */

static unsigned stumbles;

static HANDLE start_child(unsigned number)
{
    char program[MAX_PATH], command[MAX_PATH + 32];
    STARTUPINFOA startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    assert_int_not_equal(GetModuleFileNameA(NULL, program, sizeof program), 0);
    snprintf(command, sizeof command, "\"%s\" --child %u", program, number);
    if (!start_process(program, command, &startup, &process))
        fail_msg("child %u cannot be started (error %lu)", number, GetLastError());
    CloseHandle(process.hThread);
    return process.hProcess;
}

static DWORD exit_code_of_child(unsigned number)
{
    HANDLE process = start_child(number);
    DWORD code = 0;
    if (WaitForSingleObject(process, CHILD_PATIENCE_MS) != WAIT_OBJECT_0) {
        TerminateProcess(process, 1);
        fail_msg("child %u (%s) hangs", number, ways[number % WAYS].name);
    }
    GetExitCodeProcess(process, &code);
    CloseHandle(process);
    return code;
}

static void run_child(unsigned number)
{
    const way *leaving = &ways[number % WAYS];
    DWORD wanted = leaving->probed ? LATE_CALLS : GONE, code;
    /* Crashes of Wine are counted, and tried again. */
    while (((code = exit_code_of_child(number)) == STUMBLED || code == WINE_ASSERTION) && leaving->probed) {
        if (++stumbles > MAX_STUMBLES + number / 100)
            fail_msg("Wine has broken down %u times", stumbles);
    }
    if (code != wanted)
        fail_msg("child %u (%s) ended with %lu instead of %lu", number, leaving->name, (unsigned long)code,
                 (unsigned long)wanted);
}

static void processes_end_while_threads_are_inside_of_calls(void **state)
{
    const char *given = getenv("HOSTMEM_EXITS");
    unsigned i, wanted = given ? (unsigned)strtoul(given, NULL, 0) : DEFAULT_EXITS;
    (void)state;
    for (i = 0; i < wanted; i++) {
        run_child(i);
        if ((i + 1) % 100 == 0)
            print_message("%u of %u exits\n", i + 1, wanted);
    }
    print_message("%u of %u exits were right; tried again: %u in which Wine itself broke down\n", i, wanted, stumbles);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(processes_end_while_threads_are_inside_of_calls),
    };
    if (argc == 3 && !strcmp(argv[1], "--child"))
        return child((DWORD)atoi(argv[2]));
    return cmocka_run_group_tests_name("exits", tests, NULL, NULL);
}
