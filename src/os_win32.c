/* The operating system table over Win32. The only file that calls the Win32 memory API or reads the last error, and it
 * does so as the very next statement after the call that failed. One pointer of state, the same whoever sets it. */
#include "os.h"

#include <string.h>

/* A call that fails without saying why must not turn into success on its way up. */
static UINT32 last_error_or_generic(void)
{
    DWORD error = GetLastError();
    return error ? (UINT32)error : (UINT32)ERROR_GEN_FAILURE;
}

typedef BOOLEAN WINAPI shutdown_query(void);

/* RtlDllShutdownInProgress; set once, before the table is handed out. */
static shutdown_query *volatile shutdown_in_progress;

/* Whether the process is being ended, and with it all threads but this one. What they were doing in a heap of the
 * system's stays half done: its lock held, its lists open. From then on nobody may touch one. */
static BOOL process_is_ending(void)
{
    return shutdown_in_progress && shutdown_in_progress();
}

static void find_shutdown_query(void)
{
    HMODULE ntdll = GetModuleHandleA("ntdll.dll");
    FARPROC address = ntdll ? GetProcAddress(ntdll, "RtlDllShutdownInProgress") : NULL;
    shutdown_query *query = NULL;
    if (address)
        memcpy(&query, &address, sizeof query);
    shutdown_in_progress = query;
}

/* A block for the time when heaps are out of use: whole pages, never freed. heap: whose protection they get; every heap
 * begins with its own record, in memory of its own kind. */
static void *late_alloc(const void *heap, SIZE_T size)
{
    MEMORY_BASIC_INFORMATION region;
    DWORD protect = VirtualQuery(heap, &region, sizeof region) ? region.Protect : PAGE_READWRITE;
    return VirtualAlloc(NULL, size ? size : 1, MEM_RESERVE | MEM_COMMIT, protect);
}

static void win32_get_info(hostmem_os *os, hostmem_os_info *info)
{
    SYSTEM_INFO system;
    (void)os;
    GetSystemInfo(&system);
    info->page_size = system.dwPageSize;
    info->granularity = system.dwAllocationGranularity;
    info->highest_address = (UINT_PTR)system.lpMaximumApplicationAddress;
}

static UINT32 win32_virtual_alloc(hostmem_os *os, void *address, SIZE_T size, UINT32 type, UINT32 protect, void **out)
{
    void *memory = VirtualAlloc(address, size, type, protect);
    (void)os;
    if (!memory)
        return last_error_or_generic();
    *out = memory;
    return 0;
}

static UINT32 win32_virtual_free(hostmem_os *os, void *address, SIZE_T size, UINT32 type)
{
    (void)os;
    /* MSVC's analysis warns of MEM_DECOMMIT, of MEM_RELEASE with a size and of a variable type; all three are meant. */
#if defined(_MSC_VER)
#pragma warning(suppress : 6250 28160)
#endif
    return VirtualFree(address, size, type) ? 0 : last_error_or_generic();
}

static UINT32 win32_virtual_query(hostmem_os *os, const void *address, void *buffer, SIZE_T length, SIZE_T *written)
{
    SIZE_T bytes = VirtualQuery(address, (MEMORY_BASIC_INFORMATION *)buffer, length);
    (void)os;
    if (!bytes)
        return last_error_or_generic();
    *written = bytes;
    return 0;
}

static UINT32 win32_virtual_protect(hostmem_os *os, void *address, SIZE_T size, UINT32 protect, UINT32 *old_protect)
{
    DWORD old = 0;
    (void)os;
    if (!VirtualProtect(address, size, protect, &old))
        return last_error_or_generic();
    *old_protect = old;
    return 0;
}

static UINT32 win32_heap_create(hostmem_os *os, UINT32 options, void **heap)
{
    BOOL executable = (options & HEAP_CREATE_ENABLE_EXECUTE) != 0;
    void *handle;
    if (process_is_ending()) /* no heap, but a page of its kind for late_alloc to look at */
        handle = VirtualAlloc(NULL, 1, MEM_RESERVE | MEM_COMMIT, executable ? PAGE_EXECUTE_READWRITE : PAGE_READWRITE);
    else
        handle = HeapCreate(options, 0, 0);
    (void)os;
    if (!handle)
        return last_error_or_generic();
    *heap = handle;
    return 0;
}

static void win32_heap_destroy(hostmem_os *os, void *heap)
{
    (void)os;
    if (!process_is_ending())
        HeapDestroy(heap);
}

static UINT32 win32_heap_alloc(hostmem_os *os, void *heap, SIZE_T size, void **out)
{
    void *block = process_is_ending() ? late_alloc(heap, size) : HeapAlloc(heap, 0, size);
    (void)os;
    if (!block)
        return ERROR_NOT_ENOUGH_MEMORY; /* HeapAlloc is documented not to set the last error */
    *out = block;
    return 0;
}

static UINT32 win32_heap_free(hostmem_os *os, void *heap, void *block)
{
    (void)os;
    if (process_is_ending())
        return 0;
    return HeapFree(heap, 0, block) ? 0 : last_error_or_generic();
}

static UINT32 win32_table_reserve(hostmem_os *os, SIZE_T size, void **out)
{
    return win32_virtual_alloc(os, NULL, size, MEM_RESERVE, PAGE_NOACCESS, out);
}

static UINT32 win32_table_commit(hostmem_os *os, void *address, SIZE_T size)
{
    void *ignored;
    return win32_virtual_alloc(os, address, size, MEM_COMMIT, PAGE_READWRITE, &ignored);
}

static void win32_table_release(hostmem_os *os, void *address, SIZE_T size)
{
    (void)os;
    (void)size;
    VirtualFree(address, 0, MEM_RELEASE);
}

static void *win32_object_alloc(hostmem_os *os, SIZE_T size)
{
    (void)os;
    if (process_is_ending())
        return late_alloc(GetProcessHeap(), size);
    return HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, size);
}

static void win32_object_free(hostmem_os *os, void *object)
{
    (void)os;
    if (!process_is_ending())
        HeapFree(GetProcessHeap(), 0, object);
}

static UINT32 win32_memory_status(hostmem_os *os, hostmem_os_memory *status)
{
    MEMORYSTATUSEX memory = {.dwLength = sizeof memory};
    (void)os;
    if (!GlobalMemoryStatusEx(&memory))
        return last_error_or_generic();
    status->load_percent = memory.dwMemoryLoad;
    status->total_physical = memory.ullTotalPhys;
    status->available_physical = memory.ullAvailPhys;
    return 0;
}

static UINT32 win32_get_last_error(hostmem_os *os)
{
    (void)os;
    return GetLastError();
}

static void win32_set_last_error(hostmem_os *os, UINT32 error)
{
    (void)os;
    SetLastError(error);
}

hostmem_os *hostmem_os_win32(void)
{
    static hostmem_os table = {
        .get_info = win32_get_info,
        .virtual_alloc = win32_virtual_alloc,
        .virtual_free = win32_virtual_free,
        .virtual_query = win32_virtual_query,
        .virtual_protect = win32_virtual_protect,
        .heap_create = win32_heap_create,
        .heap_destroy = win32_heap_destroy,
        .heap_alloc = win32_heap_alloc,
        .heap_free = win32_heap_free,
        .table_reserve = win32_table_reserve,
        .table_commit = win32_table_commit,
        .table_release = win32_table_release,
        .object_alloc = win32_object_alloc,
        .object_free = win32_object_free,
        .memory_status = win32_memory_status,
        .get_last_error = win32_get_last_error,
        .set_last_error = win32_set_last_error,
    };
    if (!shutdown_in_progress)
        find_shutdown_query();
    return &table;
}
