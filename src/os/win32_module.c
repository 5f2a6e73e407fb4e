/* The Win32 table's functions for modules: a reference on the one that contains this code, and loading Windows' own
 * DLLs. No state. */
#include "os/win32.h"

#include <string.h>

void *hmi_win32_module_hold(hostmem_os *os)
{
    HMODULE module = NULL;
    (void)os;
    if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, (LPCWSTR)(UINT_PTR)hmi_win32_module_hold, &module))
        return NULL; /* not loaded by Windows' loader; whoever loaded it must keep it */
    return module;
}

void hmi_win32_module_release(hostmem_os *os, void *module)
{
    if (module && !hmi_win32_process_is_ending(os))
        FreeLibrary(module);
}

HMODULE hmi_win32_load_system_library(const WCHAR *name)
{
    WCHAR path[2 * MAX_PATH];
    UINT length = GetSystemDirectoryW(path, MAX_PATH);
    size_t bytes = (wcslen(name) + 1) * sizeof *name;
    if (!length || length >= MAX_PATH || (length + 1) * sizeof *path + bytes > sizeof path)
        return NULL;
    path[length] = L'\\';
    memcpy(path + length + 1, name, bytes);
    return LoadLibraryExW(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
}
