/* Counts a process's resources. Wine lists handles only for all processes together. */
#include "rest.h"

#include <stdlib.h>
#include <tlhelp32.h>

#define ALL_HANDLES 64 /* SystemExtendedHandleInformation */
#define LENGTH_MISMATCH ((LONG)0xC0000004)

typedef struct handle_entry {
    PVOID object;
    ULONG_PTR process;
    ULONG_PTR handle;
    ULONG access;
    USHORT trace;
    USHORT type;
    ULONG attributes;
    ULONG reserved;
} handle_entry;

typedef struct handle_list {
    ULONG_PTR count;
    ULONG_PTR reserved;
    handle_entry entries[];
} handle_list;

typedef LONG WINAPI query_function(ULONG, PVOID, ULONG, PULONG);

/* Grows until the list fits, because other processes open handles meanwhile. Not allocated from the process heap,
 * which is counted too. */
static handle_list *all_handles(void)
{
    query_function *query = (query_function *)(void (*)(void))GetProcAddress(GetModuleHandleA("ntdll.dll"),
                                                                             "NtQuerySystemInformation");
    ULONG bytes = 1 << 20, needed;
    for (; bytes <= 64u << 20; bytes *= 2) {
        handle_list *list = VirtualAlloc(NULL, bytes, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
        LONG status = list ? query(ALL_HANDLES, list, bytes, &needed) : -1;
        if (!status)
            return list;
        if (list)
            VirtualFree(list, 0, MEM_RELEASE);
        if (status != LENGTH_MISMATCH)
            return NULL;
    }
    return NULL;
}

static BOOL count_handles(DWORD *count)
{
    handle_list *list = all_handles();
    ULONG_PTR i;
    *count = 0;
    if (!list)
        return FALSE;
    for (i = 0; i < list->count; i++)
        *count += list->entries[i].process == GetCurrentProcessId();
    VirtualFree(list, 0, MEM_RELEASE);
    return *count != 0;
}

static BOOL count_threads(DWORD *count)
{
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    THREADENTRY32 entry = {.dwSize = sizeof entry};
    BOOL more;
    *count = 0;
    if (snapshot == INVALID_HANDLE_VALUE)
        return FALSE;
    for (more = Thread32First(snapshot, &entry); more; more = Thread32Next(snapshot, &entry))
        *count += entry.th32OwnerProcessID == GetCurrentProcessId();
    CloseHandle(snapshot);
    return *count != 0;
}

static SIZE_T private_bytes(void)
{
    MEMORY_BASIC_INFORMATION region;
    const char *at = NULL;
    SIZE_T bytes = 0;
    for (; VirtualQuery(at, &region, sizeof region); at = (char *)region.BaseAddress + region.RegionSize)
        if (region.State != MEM_FREE && region.Type == MEM_PRIVATE)
            bytes += region.RegionSize;
    return bytes;
}

static SIZE_T heap_bytes(void)
{
    PROCESS_HEAP_ENTRY entry = {.lpData = NULL};
    SIZE_T bytes = 0;
    HeapLock(GetProcessHeap());
    while (HeapWalk(GetProcessHeap(), &entry))
        if (entry.wFlags & PROCESS_HEAP_ENTRY_BUSY)
            bytes += entry.cbData;
    HeapUnlock(GetProcessHeap());
    return bytes;
}

BOOL rest_read(rest *rest)
{
    rest->private_bytes = private_bytes();
    rest->heap_bytes = heap_bytes();
    return count_handles(&rest->handles) && count_threads(&rest->threads);
}
