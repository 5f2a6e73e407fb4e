/* Pointers that are NULL until they are found, and then do not change. */
#include "coreclr/late_functions.h"

typedef PVOID WINAPI alloc2_function(HANDLE, PVOID, SIZE_T, ULONG, ULONG, void *, ULONG);
typedef PVOID WINAPI map3_function(HANDLE, HANDLE, PVOID, ULONG64, SIZE_T, ULONG, ULONG, void *, ULONG);
typedef PVOID WINAPI map_numa2_function(HANDLE, HANDLE, ULONG64, PVOID, SIZE_T, ULONG, ULONG, ULONG);
typedef BOOL WINAPI unmap_ex_function(PVOID, ULONG);
typedef BOOL WINAPI unmap2_function(HANDLE, PVOID, ULONG);

static alloc2_function *alloc2;
static map3_function *map3;
static map_numa2_function *map_numa2;
static unmap_ex_function *unmap_ex;
static unmap2_function *unmap2;

void hmi_late_find(void)
{
    HMODULE kernelbase = GetModuleHandleW(L"kernelbase.dll");
    if (!kernelbase)
        return;
    alloc2 = (alloc2_function *)(void (*)(void))GetProcAddress(kernelbase, "VirtualAlloc2");
    map3 = (map3_function *)(void (*)(void))GetProcAddress(kernelbase, "MapViewOfFile3");
    map_numa2 = (map_numa2_function *)(void (*)(void))GetProcAddress(kernelbase, "MapViewOfFileNuma2");
    unmap_ex = (unmap_ex_function *)(void (*)(void))GetProcAddress(kernelbase, "UnmapViewOfFileEx");
    unmap2 = (unmap2_function *)(void (*)(void))GetProcAddress(kernelbase, "UnmapViewOfFile2");
}

static BOOL is_missing(BOOL found)
{
    if (!found)
        SetLastError(ERROR_CALL_NOT_IMPLEMENTED);
    return !found;
}

PVOID hmi_late_VirtualAlloc2(HANDLE process, PVOID address, SIZE_T size, ULONG type, ULONG protect, void *parameters,
                             ULONG parameter_count)
{
    return is_missing(alloc2 != NULL) ? NULL
                                      : alloc2(process, address, size, type, protect, parameters, parameter_count);
}

PVOID hmi_late_MapViewOfFile3(HANDLE section, HANDLE process, PVOID address, ULONG64 offset, SIZE_T size, ULONG type,
                              ULONG protect, void *parameters, ULONG parameter_count)
{
    return is_missing(map3 != NULL)
               ? NULL
               : map3(section, process, address, offset, size, type, protect, parameters, parameter_count);
}

PVOID hmi_late_MapViewOfFileNuma2(HANDLE section, HANDLE process, ULONG64 offset, PVOID address, SIZE_T size,
                                  ULONG type, ULONG protect, ULONG node)
{
    return is_missing(map_numa2 != NULL) ? NULL
                                         : map_numa2(section, process, offset, address, size, type, protect, node);
}

BOOL hmi_late_UnmapViewOfFileEx(PVOID address, ULONG flags)
{
    return is_missing(unmap_ex != NULL) ? FALSE : unmap_ex(address, flags);
}

BOOL hmi_late_UnmapViewOfFile2(HANDLE process, PVOID address, ULONG flags)
{
    return is_missing(unmap2 != NULL) ? FALSE : unmap2(process, address, flags);
}
