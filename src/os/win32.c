/* The Win32 table, and its functions about memory; the other win32_*.c have the rest. Only these files and coreclr/,
 * whose functions stand in for Win32's own, call Win32. The last error is read in the statement right after the call
 * that failed. Stateless. */
#include "os/win32.h"

#include <stdint.h>

/* A block for the time after process detach has begun, when heaps must not be used: whole pages, never freed. They get
 * the protection of heap's first page, so that blocks of an executable heap stay executable. */
static void *late_alloc(const void *heap, SIZE_T size)
{
    MEMORY_BASIC_INFORMATION region;
    DWORD protect = VirtualQuery(heap, &region, sizeof region) ? region.Protect : PAGE_READWRITE;
    return VirtualAlloc(NULL, size ? size : 1, MEM_RESERVE | MEM_COMMIT, protect);
}

static void win32_get_info(hostmem_os *os, hmi_os_info *info)
{
    SYSTEM_INFO system;
    (void)os;
    GetSystemInfo(&system);
    info->page_size = system.dwPageSize;
    info->granularity = system.dwAllocationGranularity;
    info->highest_address = (UINT_PTR)system.lpMaximumApplicationAddress;
    info->flushes_write_buffers = hmi_win32_flushes_write_buffers();
}

static UINT32 win32_virtual_alloc(hostmem_os *os, void *address, SIZE_T size, UINT32 type, UINT32 protect, void **out)
{
    void *memory = VirtualAlloc(address, size, type, protect);
    (void)os;
    if (!memory)
        return hmi_win32_error();
    *out = memory;
    return 0;
}

static UINT32 win32_virtual_free(hostmem_os *os, void *address, SIZE_T size, UINT32 type)
{
    (void)os;
    /* MSVC's analysis warns of MEM_DECOMMIT, of MEM_RELEASE with a size and of a type that is not constant. All three
     * are intended. */
#if defined(_MSC_VER)
#pragma warning(suppress : 6250 28160)
#endif
    return VirtualFree(address, size, type) ? 0 : hmi_win32_error();
}

static UINT32 win32_virtual_query(hostmem_os *os, const void *address, void *buffer, SIZE_T length, SIZE_T *written)
{
    SIZE_T bytes = VirtualQuery(address, (MEMORY_BASIC_INFORMATION *)buffer, length);
    (void)os;
    if (!bytes)
        return hmi_win32_error();
    *written = bytes;
    return 0;
}

static UINT32 win32_virtual_protect(hostmem_os *os, void *address, SIZE_T size, UINT32 protect, UINT32 *old_protect)
{
    DWORD old = 0;
    (void)os;
    if (!VirtualProtect(address, size, protect, &old))
        return hmi_win32_error();
    *old_protect = old;
    return 0;
}

static UINT32 win32_heap_create(hostmem_os *os, UINT32 options, void **heap)
{
    BOOL executable = (options & HEAP_CREATE_ENABLE_EXECUTE) != 0;
    void *handle;
    if (hmi_win32_is_ending()) /* no HeapCreate: late_alloc needs only a page with this protection */
        handle = VirtualAlloc(NULL, 1, MEM_RESERVE | MEM_COMMIT, executable ? PAGE_EXECUTE_READWRITE : PAGE_READWRITE);
    else
        handle = HeapCreate(options, 0, 0);
    (void)os;
    if (!handle)
        return hmi_win32_error();
    *heap = handle;
    return 0;
}

static void win32_heap_destroy(hostmem_os *os, void *heap)
{
    (void)os;
    if (!hmi_win32_is_ending())
        HeapDestroy(heap);
}

static UINT32 win32_heap_alloc(hostmem_os *os, void *heap, SIZE_T size, void **out)
{
    void *block = hmi_win32_is_ending() ? late_alloc(heap, size) : HeapAlloc(heap, 0, hmi_os_block_size(size));
    (void)os;
    if (!block)
        return ERROR_NOT_ENOUGH_MEMORY; /* HeapAlloc is documented not to set the last error */
    *out = block;
    return 0;
}

static UINT32 win32_heap_free(hostmem_os *os, void *heap, void *block)
{
    (void)os;
    if (hmi_win32_is_ending())
        return 0;
    return HeapFree(heap, 0, block) ? 0 : hmi_win32_error();
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

void *hmi_win32_object_alloc(hostmem_os *os, SIZE_T size)
{
    (void)os;
    if (hmi_win32_is_ending())
        return late_alloc(GetProcessHeap(), size);
    return HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, size);
}

void hmi_win32_object_free(hostmem_os *os, void *object)
{
    (void)os;
    if (!hmi_win32_is_ending())
        HeapFree(GetProcessHeap(), 0, object);
}

static UINT32 win32_virtual_lock(hostmem_os *os, void *address, SIZE_T size)
{
    (void)os;
    return VirtualLock(address, size) ? 0 : hmi_win32_error();
}

static UINT32 win32_working_set_raise(hostmem_os *os, SIZE_T bytes)
{
    SIZE_T least, most;
    (void)os;
    if (!GetProcessWorkingSetSize(GetCurrentProcess(), &least, &most))
        return hmi_win32_error();
    if (bytes > SIZE_MAX - most)
        return ERROR_WORKING_SET_QUOTA;
    return SetProcessWorkingSetSize(GetCurrentProcess(), least + bytes, most + bytes) ? 0 : hmi_win32_error();
}

static UINT32 win32_virtual_alloc_node(hostmem_os *os, void *address, SIZE_T size, UINT32 type, UINT32 protect,
                                       UINT32 node, void **out)
{
    void *memory = VirtualAllocExNuma(GetCurrentProcess(), address, size, type, protect, node);
    (void)os;
    if (!memory)
        return hmi_win32_error();
    *out = memory;
    return 0;
}

hostmem_os *hmi_os_win32(void)
{
    /* In read-only memory, so that a stray or hostile write cannot redirect the library's calls. */
    static const hostmem_os table = {
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
        .object_alloc = hmi_win32_object_alloc,
        .object_free = hmi_win32_object_free,
        .virtual_lock = win32_virtual_lock,
        .working_set_raise = win32_working_set_raise,
        .virtual_alloc_node = win32_virtual_alloc_node,
        .memory_status = hmi_win32_memory_status,
        .job_status = hmi_win32_job_status,
        .memory_signals = hmi_win32_memory_signals,
        .current_node = hmi_win32_current_node,
        .now_ms = hmi_win32_now_ms,
        .thread_id = hmi_win32_thread_id,
        .flush_write_buffers = hmi_win32_flush_write_buffers,
        .event_create = hmi_win32_event_create,
        .event_destroy = hmi_win32_event_destroy,
        .event_set = hmi_win32_event_set,
        .wait = hmi_win32_wait,
        .thread_start = hmi_win32_thread_start,
        .thread_join = hmi_win32_thread_join,
        .process_is_ending = hmi_win32_process_is_ending,
        .module_hold = hmi_win32_module_hold,
        .module_release = hmi_win32_module_release,
        .ticks = hmi_win32_ticks,
        .ticks_per_second = hmi_win32_ticks_per_second,
        .system_time = hmi_win32_system_time,
        .process_id = hmi_win32_process_id,
        .etw_register = hmi_win32_etw_register,
        .etw_unregister = hmi_win32_etw_unregister,
        .etw_write = hmi_win32_etw_write,
        .counters_add = hmi_win32_counters_add,
        .counters_remove = hmi_win32_counters_remove,
        .file_create = hmi_win32_file_create,
        .file_write = hmi_win32_file_write,
        .file_yield = hmi_win32_file_yield,
        .file_close = hmi_win32_file_close,
        .capture_stack = hmi_win32_capture_stack,
        .find_module = hmi_win32_find_module,
        .thread_name = hmi_win32_thread_name,
        .tell_operator = hmi_win32_tell_operator,
        .get_environment = hmi_win32_get_environment,
        .get_last_error = hmi_win32_get_last_error,
        .set_last_error = hmi_win32_set_last_error,
    };
    hmi_win32_look_into_ntdll();
    hmi_win32_look_into_kernelbase();
    hmi_win32_find_clock();
    /* The type has no const because other tables hold state. Nothing here writes through it. */
    return (hostmem_os *)(UINT_PTR)&table;
}
