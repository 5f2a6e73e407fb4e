/* The table, sorted by name for the search. Windows' functions are in kernel32.dll and in kernelbase.dll, under the
 * same names but at different addresses. */
#include "coreclr/replacements.h"

#include <stdlib.h>
#include <string.h>

#include <hostmem/coreclr.h>

#include "coreclr/block_functions.h"
#include "coreclr/limit_functions.h"
#include "coreclr/lookup.h"
#include "coreclr/page_functions.h"
#include "coreclr/view_functions.h"

/* From a function of any type. */
#define AS_FARPROC(function) ((FARPROC)(void (*)(void))(function))

/* An entry with the same function for imports and for managed code, one with a function for each caller (its names
 * begin with prefix and differ in what follows that), and one for imports only. */
#define BOTH(name, library, unless, turn, function)                                                   \
    {                                                                                                 \
        name, library, unless, turn, AS_FARPROC(function), AS_FARPROC(function), AS_FARPROC(function) \
    }
#define EACH(name, library, unless, turn, prefix, rest)                                            \
    {                                                                                              \
        name, library, unless, turn, AS_FARPROC(prefix##rest), AS_FARPROC(prefix##library_##rest), \
            AS_FARPROC(prefix##invoked_##rest)                                                     \
    }
#define IMPORT(name, library, unless, turn, function)                                 \
    {                                                                                 \
        name, library, unless, turn, AS_FARPROC(function), AS_FARPROC(function), NULL \
    }

#define W HMI_LIBRARY_WINDOWS
#define C HMI_LIBRARY_CRT
#define B HOSTMEM_CORECLR_NO_BLOCKS
#define J HOSTMEM_CORECLR_NO_JOB

/* When it is replaced: what a new function has allocated must not get to an old one, which would take it for the
 * system's. Old memory is passed to its owner by new functions. Of realloc and _recalloc one has to be the first, and
 * both allocate for NULL: between the two a block may get from one to the other. */
enum {
    T, /* takes memory, or nothing */
    R, /* resizes it: takes some and allocates */
    A, /* allocates */
    H  /* makes heaps, and finds functions, that those above work with */
};

static const hmi_replacement table[] = {
    /* clang-format off */
    IMPORT("CreateMemoryResourceNotification", W, HOSTMEM_CORECLR_NO_NOTIFICATION, T,
           hmi_limit_CreateMemoryResourceNotification),
    IMPORT("GetProcAddress", W, 0, H, hmi_lookup_GetProcAddress),
    IMPORT("GetProcessMemoryInfo", W, J, T, hmi_limit_GetProcessMemoryInfo),
    BOTH("GlobalMemoryStatusEx", W, HOSTMEM_CORECLR_NO_MEMORY_STATUS, T, hmi_limit_GlobalMemoryStatusEx),
    EACH("HeapAlloc", W, B, A, hmi_heap_, HeapAlloc),
    EACH("HeapCreate", W, B, H, hmi_heap_, HeapCreate),
    BOTH("HeapDestroy", W, B, T, hmi_heap_HeapDestroy),
    BOTH("HeapFree", W, B, T, hmi_heap_HeapFree),
    EACH("HeapReAlloc", W, B, R, hmi_heap_, HeapReAlloc),
    BOTH("HeapSize", W, B, T, hmi_heap_HeapSize),
    BOTH("HeapValidate", W, B, T, hmi_heap_HeapValidate),
    IMPORT("IsProcessInJob", W, J, T, hmi_limit_IsProcessInJob),
    IMPORT("K32GetProcessMemoryInfo", W, J, T, hmi_limit_GetProcessMemoryInfo),
    EACH("LocalAlloc", W, B, A, hmi_local_, LocalAlloc),
    BOTH("LocalFlags", W, B, T, hmi_local_LocalFlags),
    BOTH("LocalFree", W, B, T, hmi_local_LocalFree),
    BOTH("LocalHandle", W, B, T, hmi_local_LocalHandle),
    BOTH("LocalLock", W, B, T, hmi_local_LocalLock),
    EACH("LocalReAlloc", W, B, R, hmi_local_, LocalReAlloc),
    BOTH("LocalSize", W, B, T, hmi_local_LocalSize),
    BOTH("LocalUnlock", W, B, T, hmi_local_LocalUnlock),
    BOTH("MapViewOfFile", W, 0, A, hmi_view_MapViewOfFile),
    BOTH("MapViewOfFile3", W, 0, A, hmi_view_MapViewOfFile3),
    BOTH("MapViewOfFileEx", W, 0, A, hmi_view_MapViewOfFileEx),
    BOTH("MapViewOfFileExNuma", W, 0, A, hmi_view_MapViewOfFileExNuma),
    BOTH("MapViewOfFileNuma2", W, 0, A, hmi_view_MapViewOfFileNuma2),
    IMPORT("QueryInformationJobObject", W, J, T, hmi_limit_QueryInformationJobObject),
    BOTH("UnmapViewOfFile", W, 0, T, hmi_view_UnmapViewOfFile),
    BOTH("UnmapViewOfFile2", W, 0, T, hmi_view_UnmapViewOfFile2),
    BOTH("UnmapViewOfFileEx", W, 0, T, hmi_view_UnmapViewOfFileEx),
    EACH("VirtualAlloc", W, 0, A, hmi_page_, VirtualAlloc),
    EACH("VirtualAlloc2", W, 0, A, hmi_page_, VirtualAlloc2),
    EACH("VirtualAllocEx", W, 0, A, hmi_page_, VirtualAllocEx),
    EACH("VirtualAllocExNuma", W, 0, A, hmi_page_, VirtualAllocExNuma),
    BOTH("VirtualFree", W, 0, T, hmi_page_VirtualFree),
    BOTH("VirtualFreeEx", W, 0, T, hmi_page_VirtualFreeEx),
    BOTH("VirtualProtect", W, 0, T, hmi_page_VirtualProtect),
    BOTH("VirtualProtectEx", W, 0, T, hmi_page_VirtualProtectEx),
    BOTH("VirtualQuery", W, 0, T, hmi_page_VirtualQuery),
    BOTH("_aligned_free", C, B, T, hmi_crt_aligned_free),
    EACH("_aligned_malloc", C, B, A, hmi_crt_, aligned_malloc),
    BOTH("_aligned_msize", C, B, T, hmi_crt_aligned_msize),
    EACH("_aligned_offset_malloc", C, B, A, hmi_crt_, aligned_offset_malloc),
    EACH("_aligned_offset_realloc", C, B, R, hmi_crt_, aligned_offset_realloc),
    EACH("_aligned_offset_recalloc", C, B, R, hmi_crt_, aligned_offset_recalloc),
    EACH("_aligned_realloc", C, B, R, hmi_crt_, aligned_realloc),
    EACH("_aligned_recalloc", C, B, R, hmi_crt_, aligned_recalloc),
    BOTH("_expand", C, B, T, hmi_crt_expand),
    BOTH("_msize", C, B, T, hmi_crt_msize),
    EACH("_recalloc", C, B, R, hmi_crt_, recalloc),
    EACH("calloc", C, B, A, hmi_crt_, calloc),
    BOTH("free", C, B, T, hmi_crt_free),
    EACH("malloc", C, B, A, hmi_crt_, malloc),
    EACH("realloc", C, B, R, hmi_crt_, realloc),
    /* clang-format on */
};

#define COUNT (sizeof table / sizeof *table)

static int compare(const void *name, const void *entry)
{
    return strcmp(name, ((const hmi_replacement *)entry)->name);
}

const hmi_replacement *hmi_replacement_named(const char *name)
{
    return bsearch(name, table, COUNT, sizeof *table, compare);
}

static bool begins_with(const char *text, const char *beginning)
{
    return !_strnicmp(text, beginning, strlen(beginning));
}

/* Whether a DLL that imports name has the functions of a library. */
static bool is_library(const char *dll, hmi_library library)
{
    if (library == HMI_LIBRARY_CRT)
        return !_stricmp(dll, "ucrtbase.dll") || begins_with(dll, "api-ms-win-crt-");
    return !_stricmp(dll, "kernel32.dll") || !_stricmp(dll, "kernelbase.dll") || !_stricmp(dll, "psapi.dll") ||
           begins_with(dll, "api-ms-win-core-");
}

const hmi_replacement *hmi_replacement_of(const char *dll, const char *name)
{
    const hmi_replacement *found = hmi_replacement_named(name);
    return found && is_library(dll, found->library) ? found : NULL;
}

static bool is_at(const WCHAR *dll, const char *name, FARPROC address)
{
    HMODULE module = GetModuleHandleW(dll);
    return module && GetProcAddress(module, name) == address;
}

const hmi_replacement *hmi_replacement_at(const char *name, FARPROC address)
{
    const hmi_replacement *found = hmi_replacement_named(name);
    if (!found || !address)
        return NULL;
    if (found->library == HMI_LIBRARY_CRT)
        return is_at(L"ucrtbase.dll", name, address) ? found : NULL;
    return is_at(L"kernel32.dll", name, address) || is_at(L"kernelbase.dll", name, address) ? found : NULL;
}
