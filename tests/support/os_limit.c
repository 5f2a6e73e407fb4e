/* Limits of the process. See os_limit.h. */
#include "os_limit.h"

#include <stdlib.h>
#include <string.h>

#include "under_wine.h"

#define SLICE ((SIZE_T)1 << 20)
#define MAX_SLICES 8192u

static BOOL enter_job(UINT64 bytes)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION information;
    HANDLE job = CreateJobObjectA(NULL, NULL);

    memset(&information, 0, sizeof information);
    information.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_PROCESS_MEMORY;
    information.ProcessMemoryLimit = (SIZE_T)bytes;
    return job && SetInformationJobObject(job, JobObjectExtendedLimitInformation, &information, sizeof information) &&
           AssignProcessToJobObject(job, GetCurrentProcess());
}

static BOOL read_limit(os_limit *limit)
{
    char text[64];
    DWORD length = GetEnvironmentVariableA("HOSTMEM_TEST_LIMIT", text, sizeof text);
    const char *number = length && length < sizeof text ? strchr(text, ':') : NULL;

    if (!number)
        return FALSE;
    limit->bytes = strtoull(number + 1, NULL, 10);
    limit->kind = strncmp(text, "address:", 8) ? OS_LIMIT_COMMIT : OS_LIMIT_ADDRESS_SPACE;
    if (!strncmp(text, "job:", 4))
        return enter_job(limit->bytes);
    return limit->kind == OS_LIMIT_ADDRESS_SPACE || !strncmp(text, "commit:", 7);
}

/* Allocates slices from the system until it refuses or the limit is reached, and frees them. Returns their number. */
static unsigned take_slices(DWORD type, UINT64 most)
{
    static void *slices[MAX_SLICES];
    unsigned count = 0, taken;

    while (count < most && (slices[count] = VirtualAlloc(NULL, SLICE, type, PAGE_READWRITE)) != NULL)
        count++;
    for (taken = count; taken; taken--)
        VirtualFree(slices[taken - 1], 0, MEM_RELEASE);
    return count;
}

/* A process has already allocated something, so less than the limit must be available. */
static BOOL is_in_force(const os_limit *limit)
{
    UINT64 slices = limit->bytes / SLICE;
    void *room;

    if (!slices || slices > MAX_SLICES)
        return FALSE;
    if (limit->kind == OS_LIMIT_ADDRESS_SPACE)
        return take_slices(MEM_RESERVE, slices) < slices;
    /* There must be more address space than may be committed: otherwise it is not the commit that is refused. */
    room = VirtualAlloc(NULL, (SIZE_T)limit->bytes, MEM_RESERVE, PAGE_NOACCESS);
    if (!room)
        return FALSE;
    VirtualFree(room, 0, MEM_RELEASE);
    return take_slices(MEM_RESERVE | MEM_COMMIT, slices) < slices;
}

BOOL os_limit_begin(os_limit *limit)
{
    return read_limit(limit) && is_in_force(limit);
}

BOOL os_limit_may_say(const os_limit *limit, DWORD type, DWORD error)
{
    switch (error) {
    case ERROR_NOT_ENOUGH_MEMORY:
        return TRUE;
    case ERROR_COMMITMENT_LIMIT:
        return limit->kind == OS_LIMIT_COMMIT && (type & MEM_COMMIT);
    case ERROR_INVALID_PARAMETER:
        return limit->kind == OS_LIMIT_COMMIT && type == (MEM_RESERVE | MEM_COMMIT) && is_under_wine();
    case ERROR_ACCESS_DENIED:
        return limit->kind == OS_LIMIT_COMMIT && type == MEM_COMMIT && is_under_wine();
    default:
        return FALSE;
    }
}

/* Where address space runs short, Wine 8.0 gives out pages above the highest address of programs, which it neither
 * describes nor changes. Windows refuses. */
static UINT32 refuse_above_programs(void **out)
{
    SYSTEM_INFO info;

    GetSystemInfo(&info);
    if ((UINT_PTR)*out <= (UINT_PTR)info.lpMaximumApplicationAddress)
        return 0;
    VirtualFree(*out, 0, MEM_RELEASE);
    *out = NULL;
    return ERROR_NOT_ENOUGH_MEMORY;
}

static UINT32 alloc_as_windows(hostmem_os *os, void *address, SIZE_T size, UINT32 type, UINT32 protect, void **out)
{
    hostmem_os *real = hmi_os_win32();
    UINT32 error = real->virtual_alloc(real, address, size, type, protect, out);

    (void)os;
    if ((type & MEM_COMMIT) && (error == ERROR_INVALID_PARAMETER || error == ERROR_ACCESS_DENIED) && is_under_wine())
        error = ERROR_COMMITMENT_LIMIT;
    return error ? error : refuse_above_programs(out);
}

hostmem_os *os_limit_system(void)
{
    static hostmem_os table;

    table = *hmi_os_win32();
    table.virtual_alloc = alloc_as_windows;
    return &table;
}
