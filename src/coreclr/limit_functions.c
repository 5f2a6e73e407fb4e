/* Not optimised: a runtime calls these functions a few hundred times in a run, mostly in collections. Checked against
 * ARM's memory model: the limit that was told is one word, used alone. */
#define CONST_VTABLE
#include "coreclr/limit_functions.h"

#include "budget/memory_load.h"
#include "coreclr/attachment.h"

/* The budget's limit; 0: none. */
static UINT64 limit(void)
{
    hmi_core *core = hmi_coreclr_now.core;
    return core ? hmi_budget_limit(core->budget) : 0;
}

static UINT64 used(void)
{
    return hmi_budget_used(hmi_coreclr_now.core->budget);
}

static bool answers(UINT32 unless)
{
    return hmi_coreclr_is_active() && !(hmi_coreclr_now.flags & unless);
}

static void tighten(DWORDLONG *bytes, UINT64 bound)
{
    if (bound < *bytes)
        *bytes = bound;
}

BOOL WINAPI hmi_limit_GlobalMemoryStatusEx(LPMEMORYSTATUSEX status)
{
    IHostMemoryManager *manager = hmi_coreclr_now.manager;
    DWORD load, before;
    SIZE_T available;
    if (!GlobalMemoryStatusEx(status))
        return FALSE;
    if (!answers(HOSTMEM_CORECLR_NO_MEMORY_STATUS))
        return TRUE;
    before = GetLastError();
    if (limit()) {
        tighten(&status->ullTotalPhys, limit());
        tighten(&status->ullTotalPageFile, limit());
    }
    if (manager->lpVtbl->GetMemoryLoad(manager, &load, &available) == S_OK) {
        if (load > status->dwMemoryLoad)
            status->dwMemoryLoad = load;
        tighten(&status->ullAvailPhys, available);
        tighten(&status->ullAvailPageFile, available);
    }
    SetLastError(before);
    return TRUE;
}

/* The limit, if it is below the machine's memory; otherwise 0. */
static UINT64 limit_to_tell(void)
{
    MEMORYSTATUSEX machine = {.dwLength = sizeof machine};
    UINT64 bytes = limit();
    return bytes && GlobalMemoryStatusEx(&machine) && bytes < machine.ullTotalPhys ? bytes : 0;
}

BOOL WINAPI hmi_limit_IsProcessInJob(HANDLE process, HANDLE job, PBOOL result)
{
    BOOL done = IsProcessInJob(process, job, result);
    if (done && !job && hmi_coreclr_now.core && answers(HOSTMEM_CORECLR_NO_JOB) && hmi_coreclr_is_this_process(process))
        *result = TRUE;
    return done;
}

static SIZE_T bounded(UINT64 bytes)
{
    return bytes > SIZE_MAX ? SIZE_MAX : (SIZE_T)bytes;
}

/* Adds the budget's limit to the limits of the job that the process may be in. */
static void add_limit(JOBOBJECT_EXTENDED_LIMIT_INFORMATION *job, UINT64 bytes)
{
    SIZE_T limit_bytes = bounded(bytes);
    if (!(job->BasicLimitInformation.LimitFlags & JOB_OBJECT_LIMIT_PROCESS_MEMORY) ||
        limit_bytes < job->ProcessMemoryLimit)
        job->ProcessMemoryLimit = limit_bytes;
    job->BasicLimitInformation.LimitFlags |= JOB_OBJECT_LIMIT_PROCESS_MEMORY;
}

BOOL WINAPI hmi_limit_QueryInformationJobObject(HANDLE job, JOBOBJECTINFOCLASS information_class, LPVOID information,
                                                DWORD length, LPDWORD returned)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION *limits = information;
    DWORD before = GetLastError();
    BOOL in_job = FALSE, done;
    UINT64 bytes;
    if (job || information_class != JobObjectExtendedLimitInformation || !limits || length < sizeof *limits ||
        !hmi_coreclr_now.core || !answers(HOSTMEM_CORECLR_NO_JOB))
        return QueryInformationJobObject(job, information_class, information, length, returned);
    if (IsProcessInJob(GetCurrentProcess(), NULL, &in_job) && in_job) {
        done = QueryInformationJobObject(NULL, information_class, information, length, returned);
        if (!done)
            return FALSE;
    } else {
        memset(limits, 0, sizeof *limits);
        if (returned)
            *returned = sizeof *limits;
    }
    bytes = limit_to_tell();
    if (bytes)
        add_limit(limits, bytes);
    atomic_store_explicit(&hmi_coreclr_now.told_limit_bytes, bytes, memory_order_relaxed);
    SetLastError(before);
    return TRUE;
}

/* All of it the manager's: the system's peaks beside the budget's use would be of another thing, and might be below it.
 * size: at least sizeof *counters. */
static void write_counters(PPROCESS_MEMORY_COUNTERS counters, DWORD size)
{
    UINT64 now = used(), peak = hmi_quota_cache_peak(hmi_coreclr_now.core->quota_cache, HMI_KINDS);
    PROCESS_MEMORY_COUNTERS_EX figures = {.cb = sizeof *counters};
    figures.WorkingSetSize = figures.PagefileUsage = figures.PrivateUsage = bounded(now);
    figures.PeakWorkingSetSize = figures.PeakPagefileUsage = bounded(peak > now ? peak : now);
    memcpy(counters, &figures, size < sizeof figures ? sizeof *counters : sizeof figures);
}

BOOL WINAPI hmi_limit_GetProcessMemoryInfo(HANDLE process, PPROCESS_MEMORY_COUNTERS counters, DWORD size)
{
    if (!counters || size < sizeof *counters || !hmi_coreclr_now.core || !answers(HOSTMEM_CORECLR_NO_JOB) ||
        !hmi_coreclr_is_this_process(process) ||
        !atomic_load_explicit(&hmi_coreclr_now.told_limit_bytes, memory_order_relaxed))
        return K32GetProcessMemoryInfo(process, counters, size);
    write_counters(counters, size);
    return TRUE;
}

/* ---- The notification ---- */

/* The callback is static, because the manager may keep it for the life of the process. */
static HANDLE low_memory; /* the library's own handle of the event */

static HRESULT STDMETHODCALLTYPE notice_QueryInterface(ICLRMemoryNotificationCallback *self, REFIID riid, void **out)
{
    static const IID unknown = {0x00000000, 0x0000, 0x0000, {0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46}};
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!IsEqualGUID(riid, &unknown) && !IsEqualGUID(riid, &IID_ICLRMemoryNotificationCallback))
        return E_NOINTERFACE;
    *out = self;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE notice_AddRef(ICLRMemoryNotificationCallback *self)
{
    (void)self;
    return 2;
}

static ULONG STDMETHODCALLTYPE notice_Release(ICLRMemoryNotificationCallback *self)
{
    (void)self;
    return 1;
}

static HRESULT STDMETHODCALLTYPE notice_OnMemoryNotification(ICLRMemoryNotificationCallback *self,
                                                             EMemoryAvailable available)
{
    (void)self;
    if (available == eMemoryAvailableLow)
        SetEvent(low_memory);
    else
        ResetEvent(low_memory);
    return S_OK;
}

static const ICLRMemoryNotificationCallbackVtbl notice_vtbl = {notice_QueryInterface, notice_AddRef, notice_Release,
                                                               notice_OnMemoryNotification};
static ICLRMemoryNotificationCallback notice = {&notice_vtbl};

HANDLE WINAPI hmi_limit_CreateMemoryResourceNotification(MEMORY_RESOURCE_NOTIFICATION_TYPE type)
{
    IHostMemoryManager *manager = hmi_coreclr_now.manager;
    HANDLE given = NULL;
    DWORD before = GetLastError();
    if (type != LowMemoryResourceNotification || !answers(HOSTMEM_CORECLR_NO_NOTIFICATION))
        return CreateMemoryResourceNotification(type);
    if (!low_memory) {
        low_memory = CreateEventW(NULL, TRUE, FALSE, NULL);
        if (!low_memory)
            return NULL;
        if (manager->lpVtbl->RegisterMemoryNotificationCallback(manager, &notice) != S_OK) {
            CloseHandle(low_memory);
            low_memory = NULL;
            return CreateMemoryResourceNotification(type);
        }
    }
    /* The caller gets a handle of its own, which it may close. */
    if (!DuplicateHandle(GetCurrentProcess(), low_memory, GetCurrentProcess(), &given, 0, FALSE, DUPLICATE_SAME_ACCESS))
        return NULL;
    SetLastError(before);
    return given;
}

void hmi_limit_detach(void)
{
    IHostMemoryManager *manager = hmi_coreclr_now.manager;
    if (!low_memory)
        return;
    manager->lpVtbl->RegisterMemoryNotificationCallback(manager, NULL);
    CloseHandle(low_memory);
    low_memory = NULL;
}
