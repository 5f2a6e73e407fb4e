/* The Win32 table's functions for text: environment variables, and lines for the operator. Converts between Windows'
 * UTF-16 and the table's UTF-8. No state. */
#include "os/win32.h"

#include <string.h>

/* ---- Environment variables ---- */

/* Converts to UTF-8, if it fits. Returns the length in bytes. */
static UINT32 narrow(const WCHAR *wide, int characters, char *value, UINT32 length)
{
    int bytes = WideCharToMultiByte(CP_UTF8, 0, wide, characters, NULL, 0, NULL, NULL);
    if (bytes > 0 && (UINT32)bytes < length) {
        WideCharToMultiByte(CP_UTF8, 0, wide, characters, value, bytes, NULL, NULL);
        value[bytes] = 0;
    }
    return bytes > 0 ? (UINT32)bytes : 0;
}

/* Reads a variable into memory from object_alloc. *characters: length without the terminating 0. NULL: unset or empty
 * (*characters is 0), or no memory (it is not 0). */
static WCHAR *read_wide(hostmem_os *os, const WCHAR *name, DWORD *characters)
{
    WCHAR *value = NULL;
    DWORD room = 0;
    while ((*characters = GetEnvironmentVariableW(name, value, room)) >= room && *characters) {
        if (value)
            hmi_win32_object_free(os, value); /* another thread has made the value longer since its length was read */
        room = *characters + 1;
        value = hmi_win32_object_alloc(os, room * sizeof *value);
        if (!value)
            return NULL;
    }
    if (!*characters && value) {
        hmi_win32_object_free(os, value);
        value = NULL;
    }
    return value;
}

UINT32 hmi_win32_get_environment(hostmem_os *os, const char *name, char *value, UINT32 length)
{
    WCHAR wide_name[64], *wide;
    DWORD characters;
    UINT32 bytes;
    if (!MultiByteToWideChar(CP_UTF8, 0, name, -1, wide_name, sizeof wide_name / sizeof *wide_name))
        return 0;
    wide = read_wide(os, wide_name, &characters);
    if (!wide)
        return characters ? (UINT32)-1 : 0;
    bytes = narrow(wide, (int)characters, value, length);
    hmi_win32_object_free(os, wide);
    return bytes;
}

/* ---- For the operator ---- */

/* A console gets UTF-16, so that its code page does not matter; a file or pipe gets UTF-8. */
static BOOL write_to_error_stream(const char *line, const WCHAR *wide)
{
    HANDLE stream = GetStdHandle(STD_ERROR_HANDLE);
    DWORD mode, written;
    if (!stream || stream == INVALID_HANDLE_VALUE)
        return FALSE;
    if (GetConsoleMode(stream, &mode))
        return WriteConsoleW(stream, wide, (DWORD)wcslen(wide), &written, NULL) &&
               WriteConsoleW(stream, L"\r\n", 2, &written, NULL);
    return WriteFile(stream, line, (DWORD)strlen(line), &written, NULL) && WriteFile(stream, "\r\n", 2, &written, NULL);
}

typedef HANDLE WINAPI register_function(LPCWSTR, LPCWSTR);
typedef BOOL WINAPI report_function(HANDLE, WORD, WORD, DWORD, PSID, WORD, DWORD, LPCWSTR *, LPVOID);
typedef BOOL WINAPI deregister_function(HANDLE);

/* The event viewer shows the line after a remark that the source is not installed. */
static void write_to_event_log(hostmem_os *os, const WCHAR *wide)
{
    HMODULE advapi32 = hmi_win32_load_system_library(L"advapi32.dll");
    register_function *enter;
    report_function *report;
    deregister_function *leave;
    HANDLE log;
    if (!advapi32)
        return;
    enter = (register_function *)(void (*)(void))GetProcAddress(advapi32, "RegisterEventSourceW");
    report = (report_function *)(void (*)(void))GetProcAddress(advapi32, "ReportEventW");
    leave = (deregister_function *)(void (*)(void))GetProcAddress(advapi32, "DeregisterEventSource");
    log = enter && report && leave ? enter(NULL, L"hostmem") : NULL;
    if (log) {
        report(log, EVENTLOG_WARNING_TYPE, 0, 1, NULL, 1, 0, &wide, NULL);
        leave(log);
    }
    hmi_win32_module_release(os, advapi32);
}

void hmi_win32_tell_operator(hostmem_os *os, const char *line)
{
    int characters = MultiByteToWideChar(CP_UTF8, 0, line, -1, NULL, 0);
    WCHAR *wide = hmi_win32_object_alloc(os, (SIZE_T)characters * sizeof *wide);
    if (!wide)
        return;
    MultiByteToWideChar(CP_UTF8, 0, line, -1, wide, characters);
    if (!write_to_error_stream(line, wide))
        write_to_event_log(os, wide);
    hmi_win32_object_free(os, wide);
}
