/* A DLL that can be attached to as a runtime: it exports what coreclr.dll does, and imports some of the functions
 * that are replaced, so that its import table has something to change. */
#include <malloc.h>
#include <stdlib.h>
#include <windows.h>

#include <psapi.h>

__declspec(dllexport) HRESULT coreclr_initialize(void);

HRESULT coreclr_initialize(void)
{
    return E_NOTIMPL;
}

/* What it has from its own imports. */
__declspec(dllexport) void *fake_virtual_alloc(SIZE_T size);
__declspec(dllexport) BOOL fake_virtual_free(void *address);

void *fake_virtual_alloc(SIZE_T size)
{
    return VirtualAlloc(NULL, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
}

BOOL fake_virtual_free(void *address)
{
    return VirtualFree(address, 0, MEM_RELEASE);
}

__declspec(dllexport) void *fake_heap_alloc(SIZE_T size);
__declspec(dllexport) BOOL fake_heap_free(void *block);

/* By way of a second block, so that a new function gets what an old one has allocated and the other way round. */
void *fake_heap_alloc(SIZE_T size)
{
    void *block = HeapAlloc(GetProcessHeap(), 0, size / 2);

    return block ? HeapReAlloc(GetProcessHeap(), 0, block, size) : NULL;
}

BOOL fake_heap_free(void *block)
{
    return HeapFree(GetProcessHeap(), 0, block);
}

__declspec(dllexport) BOOL fake_job_limits(JOBOBJECT_EXTENDED_LIMIT_INFORMATION *limits);
__declspec(dllexport) BOOL fake_process_memory(HANDLE process, PPROCESS_MEMORY_COUNTERS counters, DWORD size);

BOOL fake_job_limits(JOBOBJECT_EXTENDED_LIMIT_INFORMATION *limits)
{
    return QueryInformationJobObject(NULL, JobObjectExtendedLimitInformation, limits, sizeof(*limits), NULL);
}

BOOL fake_process_memory(HANDLE process, PPROCESS_MEMORY_COUNTERS counters, DWORD size)
{
    return K32GetProcessMemoryInfo(process, counters, size);
}
