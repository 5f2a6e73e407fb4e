/* The Win32 table's functions for memory status, job limits, time, events and threads. Its only state is what was found
 * in ntdll. */
#include "os/win32.h"

#include <psapi.h>

UINT32 hmi_win32_error(void)
{
    DWORD error = GetLastError();
    return error ? (UINT32)error : (UINT32)ERROR_GEN_FAILURE;
}

UINT32 hmi_win32_memory_status(hostmem_os *os, hmi_os_memory *status)
{
    MEMORYSTATUSEX memory = {.dwLength = sizeof memory};
    (void)os;
    if (!GlobalMemoryStatusEx(&memory))
        return hmi_win32_error();
    status->load_percent = memory.dwMemoryLoad;
    status->total_physical = memory.ullTotalPhys;
    status->available_physical = memory.ullAvailPhys;
    return 0;
}

/* Information class 28 of QueryInformationJobObject: how much the job's processes have committed together. Since
 * Windows 10. */
typedef struct job_memory_usage {
    UINT64 now;
    UINT64 peak;
} job_memory_usage;
#define JOB_MEMORY_USAGE_CLASS ((JOBOBJECTINFOCLASS)28)

static void read_job(hmi_os_job *status)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits;
    PROCESS_MEMORY_COUNTERS process;
    job_memory_usage usage;
    DWORD flags;
    if (!QueryInformationJobObject(NULL, JobObjectExtendedLimitInformation, &limits, sizeof limits, NULL))
        return;
    flags = limits.BasicLimitInformation.LimitFlags;
    if (!(flags & (JOB_OBJECT_LIMIT_PROCESS_MEMORY | JOB_OBJECT_LIMIT_JOB_MEMORY)))
        return;
    if (K32GetProcessMemoryInfo(GetCurrentProcess(), &process, sizeof process))
        status->process_used = process.PagefileUsage;
    if (flags & JOB_OBJECT_LIMIT_PROCESS_MEMORY)
        status->process_limit = limits.ProcessMemoryLimit;
    if (flags & JOB_OBJECT_LIMIT_JOB_MEMORY) {
        status->job_limit = limits.JobMemoryLimit;
        status->job_used = status->process_used;
        if (QueryInformationJobObject(NULL, JOB_MEMORY_USAGE_CLASS, &usage, sizeof usage, NULL) &&
            usage.now > status->job_used)
            status->job_used = usage.now;
    }
}

void hmi_win32_job_status(hostmem_os *os, hmi_os_job *status)
{
    DWORD last_error = GetLastError();
    (void)os;
    *status = (hmi_os_job){0};
    read_job(status);
    SetLastError(last_error); /* having no job, or an older Windows, is no failure of the caller */
}

/* An event, and the handles of the low-memory and high-memory notifications, which are made when the thread that waits
 * with the event first asks for them. */
typedef struct win32_event {
    HANDLE handle;
    HANDLE memory[2]; /* by MEMORY_RESOURCE_NOTIFICATION_TYPE */
} win32_event;

static HANDLE resource_handle(win32_event *event, MEMORY_RESOURCE_NOTIFICATION_TYPE type)
{
    if (!event->memory[type])
        event->memory[type] = CreateMemoryResourceNotification(type);
    return event->memory[type];
}

static BOOL is_raised(win32_event *event, MEMORY_RESOURCE_NOTIFICATION_TYPE type)
{
    HANDLE handle = resource_handle(event, type);
    BOOL state = FALSE;
    return handle && QueryMemoryResourceNotification(handle, &state) && state;
}

UINT32 hmi_win32_memory_signals(hostmem_os *os, void *event)
{
    (void)os;
    return (is_raised(event, LowMemoryResourceNotification) ? (UINT32)HMI_SIGNAL_LOW : 0u) |
           (is_raised(event, HighMemoryResourceNotification) ? (UINT32)HMI_SIGNAL_HIGH : 0u);
}

UINT32 hmi_win32_current_node(hostmem_os *os, UINT32 *node)
{
    PROCESSOR_NUMBER processor;
    USHORT number;
    (void)os;
    GetCurrentProcessorNumberEx(&processor);
    if (!GetNumaProcessorNodeEx(&processor, &number))
        return hmi_win32_error();
    *node = number;
    return 0;
}

UINT64 hmi_win32_now_ms(hostmem_os *os)
{
    (void)os;
    return GetTickCount64();
}

UINT32 hmi_win32_thread_id(hostmem_os *os)
{
    (void)os;
    return GetCurrentThreadId();
}

void hmi_win32_flush_write_buffers(hostmem_os *os)
{
    (void)os;
    FlushProcessWriteBuffers();
}

static volatile BOOL under_wine;

/* Not every version of Wine does, and none says so. */
BOOL hmi_win32_flushes_write_buffers(void)
{
    return !under_wine;
}

UINT32 hmi_win32_event_create(hostmem_os *os, void **event)
{
    win32_event *made = hmi_win32_object_alloc(os, sizeof *made);
    UINT32 error;
    if (!made)
        return ERROR_NOT_ENOUGH_MEMORY;
    made->handle = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (!made->handle) {
        error = hmi_win32_error();
        hmi_win32_object_free(os, made);
        return error;
    }
    *event = made;
    return 0;
}

void hmi_win32_event_destroy(hostmem_os *os, void *event)
{
    const win32_event *self = event;
    CloseHandle(self->handle);
    if (self->memory[LowMemoryResourceNotification])
        CloseHandle(self->memory[LowMemoryResourceNotification]);
    if (self->memory[HighMemoryResourceNotification])
        CloseHandle(self->memory[HighMemoryResourceNotification]);
    hmi_win32_object_free(os, event);
}

void hmi_win32_event_set(hostmem_os *os, void *event)
{
    (void)os;
    SetEvent(((const win32_event *)event)->handle);
}

void hmi_win32_wait(hostmem_os *os, void *event, UINT32 signals, UINT32 timeout_ms)
{
    win32_event *self = event;
    HANDLE handles[3] = {self->handle};
    DWORD count = 1;
    HANDLE low = signals & HMI_SIGNAL_LOW ? resource_handle(self, LowMemoryResourceNotification) : NULL;
    HANDLE high = signals & HMI_SIGNAL_HIGH ? resource_handle(self, HighMemoryResourceNotification) : NULL;
    (void)os;
    if (low)
        handles[count++] = low;
    if (high)
        handles[count++] = high;
    WaitForMultipleObjects(count, handles, FALSE, timeout_ms);
}

typedef struct thread_entry {
    void (*entry)(void *context);
    void *context;
    HMODULE module; /* held by the thread; NULL: none */
} thread_entry;

/* Ends with FreeLibraryAndExitThread, because the module's code may be unloaded with this reference. */
static DWORD WINAPI run_thread(void *parameter)
{
    thread_entry start = *(thread_entry *)parameter;
    HeapFree(GetProcessHeap(), 0, parameter);
    start.entry(start.context);
    if (start.module)
        FreeLibraryAndExitThread(start.module, 0);
    return 0;
}

UINT32 hmi_win32_thread_start(hostmem_os *os, void (*entry)(void *context), void *context, void **thread)
{
    thread_entry *start = HeapAlloc(GetProcessHeap(), 0, sizeof *start);
    HANDLE handle;
    UINT32 error;
    if (!start)
        return ERROR_NOT_ENOUGH_MEMORY;
    *start = (thread_entry){entry, context, hmi_win32_module_hold(os)};
    /* A small stack: the thread calls the CLR's notification and little else. */
    handle = CreateThread(NULL, (SIZE_T)256 * 1024, run_thread, start, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    if (!handle) {
        error = hmi_win32_error();
        hmi_win32_module_release(os, start->module);
        HeapFree(GetProcessHeap(), 0, start);
        return error;
    }
    *thread = handle;
    return 0;
}

BOOL hmi_win32_thread_join(hostmem_os *os, void *thread, UINT32 timeout_ms)
{
    BOOL ended = WaitForSingleObject(thread, timeout_ms) == WAIT_OBJECT_0;
    (void)os;
    CloseHandle(thread);
    return ended;
}

hmi_win32_shutdown_query *volatile hmi_win32_shutdown_in_progress;

void hmi_win32_look_into_ntdll(void)
{
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    DWORD last_error = GetLastError();
    if (!ntdll || hmi_win32_shutdown_in_progress)
        return;
    under_wine = GetProcAddress(ntdll, "wine_get_version") != NULL;
    hmi_win32_shutdown_in_progress = (hmi_win32_shutdown_query *)(void (*)(void))GetProcAddress(
        ntdll, "RtlDllShutdownInProgress");
    SetLastError(last_error);
}

BOOL hmi_win32_process_is_ending(hostmem_os *os)
{
    (void)os;
    return hmi_win32_is_ending();
}

UINT32 hmi_win32_get_last_error(hostmem_os *os)
{
    (void)os;
    return GetLastError();
}

void hmi_win32_set_last_error(hostmem_os *os, UINT32 error)
{
    (void)os;
    SetLastError(error);
}
