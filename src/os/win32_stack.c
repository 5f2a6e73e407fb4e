/* The Win32 table's functions for who called: call stacks, the modules that their addresses lie in, and names of
 * threads. Its state is where the function for these is; every thread would find the same. */
#include "os/win32.h"

#include <string.h>

#define MAX_MODULE_PATH 520

UINT32 hmi_win32_capture_stack(hostmem_os *os, void **frames, UINT32 most)
{
    (void)os;
    return CaptureStackBackTrace(1, most, frames, NULL);
}

/* The size of a module's image, from its headers. */
static SIZE_T size_of(HMODULE module)
{
    const char *base = (const char *)module;
    const IMAGE_DOS_HEADER *dos = (const void *)base;
    const IMAGE_NT_HEADERS *headers = (const void *)(base + dos->e_lfanew);
    return headers->OptionalHeader.SizeOfImage;
}

/* Precondition: the caller holds a reference on the module. */
static UINT32 describe(HMODULE handle, hmi_os_module *module)
{
    WCHAR path[MAX_MODULE_PATH];
    DWORD length = GetModuleFileNameW(handle, path, MAX_MODULE_PATH);
    int bytes = 0;
    if (length && length < MAX_MODULE_PATH)
        bytes = WideCharToMultiByte(CP_UTF8, 0, path, (int)length + 1, module->path, (int)sizeof module->path, NULL,
                                    NULL);
    if (bytes <= 0)
        return ERROR_BAD_PATHNAME;
    module->base = (UINT_PTR)handle;
    module->size = size_of(handle);
    module->path_bytes = (UINT32)bytes - 1;
    return 0;
}

UINT32 hmi_win32_find_module(hostmem_os *os, const void *address, hmi_os_module *module)
{
    HMODULE handle;
    UINT32 error;
    (void)os;
    if (!GetModuleHandleExW(address ? GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS : 0, (const void *)address, &handle))
        return hmi_win32_error();
    error = describe(handle, module);
    FreeLibrary(handle);
    return error;
}

/* Converts as many whole characters as fit. */
static UINT32 to_utf8(const WCHAR *text, char *name, UINT32 bytes)
{
    SIZE_T all = wcslen(text);
    int length = all < bytes ? (int)all : (int)bytes, converted = 0;
    for (; length > 0 && !converted; length--) {
        if (!IS_HIGH_SURROGATE(text[length - 1]))
            converted = WideCharToMultiByte(CP_UTF8, 0, text, length, name, (int)bytes, NULL, NULL);
    }
    return converted > 0 ? (UINT32)converted : 0;
}

/* GetThreadDescription exists since Windows 10 1607. */
typedef HRESULT WINAPI description_query(HANDLE thread, PWSTR *description);
static description_query *volatile get_description;

void hmi_win32_look_into_kernelbase(void)
{
    HMODULE kernelbase = GetModuleHandleW(L"kernelbase.dll");
    DWORD last_error = GetLastError();
    if (kernelbase && !get_description)
        get_description = (description_query *)(void (*)(void))GetProcAddress(kernelbase, "GetThreadDescription");
    SetLastError(last_error);
}

UINT32 hmi_win32_thread_name(hostmem_os *os, UINT32 thread, char *name, UINT32 bytes)
{
    const DWORD access = THREAD_QUERY_LIMITED_INFORMATION | SYNCHRONIZE;
    HANDLE handle = get_description ? OpenThread(access, FALSE, thread) : NULL;
    UINT32 length = HMI_NO_THREAD;
    PWSTR description = NULL;
    (void)os;
    if (!handle)
        return HMI_NO_THREAD;
    /* The id may be another process's by now. */
    if (GetProcessIdOfThread(handle) == GetCurrentProcessId() && SUCCEEDED(get_description(handle, &description)))
        length = description ? to_utf8(description, name, bytes) : 0;
    /* Wine 8 forgets the name of a thread when it ends, though others have a handle. */
    if (!length && WaitForSingleObject(handle, 0) == WAIT_OBJECT_0)
        length = HMI_NO_THREAD;
    LocalFree(description);
    CloseHandle(handle);
    return length;
}
