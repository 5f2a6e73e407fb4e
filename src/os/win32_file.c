/* The Win32 table's functions for files. Between writes, a file on a disk is open for reading only, so that other
 * programs can open it with any sharing mode. A lock on a byte far behind the end of the file makes file_create fail
 * for the same file elsewhere. */
#include "os/win32.h"

#include <string.h>

#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

/* NtQueryInformationFile, with the two words of an IO_STATUS_BLOCK, and one of its classes. Headers for programs do not
 * have them; Microsoft documents them for drivers. */
typedef LONG NTAPI file_query(HANDLE file, ULONG_PTR status[2], void *information, ULONG bytes, int kind);
#define FILE_INTERNAL_INFORMATION 6

typedef struct win32_file {
    HANDLE writing; /* NULL: closed until the next write */
    HANDLE reading; /* stays open and holds the lock; NULL: none */
    HANDLE folder;  /* the folder that the file was created in; NULL: unknown */
    FILE_ID_DESCRIPTOR id;
    file_query *query;
    BOOL yields; /* whether writing can be closed and reopened from reading */
} win32_file;

/* GetFileInformationByHandle tells the id, too, but also of the volume, which Wine asks another process for. */
static BOOL is_same_file(const win32_file *file, HANDLE handle)
{
    ULONG_PTR status[2];
    LONGLONG id;
    return file->query && file->query(handle, status, &id, sizeof id, FILE_INTERNAL_INFORMATION) >= 0 &&
           id == file->id.FileId.QuadPart;
}

static UINT32 widen(const char *path, WCHAR **wide)
{
    int length = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, NULL, 0);
    if (!length)
        return hmi_win32_error();
    *wide = HeapAlloc(GetProcessHeap(), 0, (SIZE_T)length * sizeof(WCHAR)); /* not on the stack, which may be small */
    if (!*wide)
        return ERROR_NOT_ENOUGH_MEMORY;
    MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, *wide, length);
    return 0;
}

/* ReOpenFile finds the file even if it was renamed. Wine's reopens by name, so there the file is then opened by its id.
 */
static UINT32 open_again(const win32_file *file, HANDLE *out)
{
    HANDLE handle = ReOpenFile(file->reading, FILE_APPEND_DATA | SYNCHRONIZE, SHARE_ALL, 0);
    UINT32 error = handle == INVALID_HANDLE_VALUE ? hmi_win32_error() : 0;
    if (!error && !is_same_file(file, handle)) {
        CloseHandle(handle);
        error = ERROR_FILE_NOT_FOUND;
    }
    if (error == ERROR_FILE_NOT_FOUND && file->folder) {
        handle = OpenFileById(file->folder, (FILE_ID_DESCRIPTOR *)&file->id, FILE_APPEND_DATA | SYNCHRONIZE, SHARE_ALL,
                              NULL, 0);
        error = handle == INVALID_HANDLE_VALUE ? hmi_win32_error() : 0;
    }
    if (!error)
        *out = handle;
    return error;
}

/* ---- Creating ---- */

static UINT32 lock(HANDLE file)
{
    OVERLAPPED place = {.OffsetHigh = 0x7fffffff};
    if (LockFileEx(file, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &place))
        return 0;
    return GetLastError() == ERROR_LOCK_VIOLATION ? (UINT32)ERROR_SHARING_VIOLATION
                                                  : 0; /* some file systems have no locks */
}

/* Whether the file may be replaced: beginning is NULL, the file is empty, or it begins with these bytes. */
static BOOL may_replace(HANDLE file, const void *beginning, UINT32 bytes)
{
    unsigned char found[16];
    DWORD length = 0;
    if (!beginning)
        return TRUE;
    return ReadFile(file, found, bytes < sizeof found ? bytes : (DWORD)sizeof found, &length, NULL) &&
           (!length || (length == bytes && !memcmp(found, beginning, bytes)));
}

/* Opens the folder that path lies in; OpenFileById needs it. Changes path. */
static HANDLE open_folder(WCHAR *path)
{
    WCHAR *end = path + wcslen(path);
    HANDLE folder;
    while (end > path && end[-1] != L'\\' && end[-1] != L'/' && end[-1] != L':')
        end--;
    *end = 0;
    folder = CreateFileW(*path ? path : L".", FILE_LIST_DIRECTORY | SYNCHRONIZE, SHARE_ALL, NULL, OPEN_EXISTING,
                         FILE_FLAG_BACKUP_SEMANTICS, NULL);
    return folder == INVALID_HANDLE_VALUE ? NULL : folder;
}

/* Sets file->yields if the file system allows to close the handle for writing and reopen it. Otherwise that handle
 * stays open. */
static void allow_yielding(win32_file *file, HANDLE handle, WCHAR *path)
{
    BY_HANDLE_FILE_INFORMATION about;
    HANDLE trial;
    file->reading = ReOpenFile(handle, GENERIC_READ, SHARE_ALL, 0);
    if (file->reading == INVALID_HANDLE_VALUE || !GetFileInformationByHandle(handle, &about)) {
        file->reading = file->reading == INVALID_HANDLE_VALUE ? NULL : file->reading;
        return;
    }
    file->id = (FILE_ID_DESCRIPTOR){.dwSize = sizeof file->id, .Type = FileIdType};
    file->id.FileId.LowPart = about.nFileIndexLow;
    file->id.FileId.HighPart = (LONG)about.nFileIndexHigh;
    file->folder = open_folder(path);
    file->query = (file_query *)(void (*)(void))GetProcAddress(GetModuleHandleW(L"ntdll.dll"),
                                                               "NtQueryInformationFile");
    if (!open_again(file, &trial)) {
        CloseHandle(trial);
        file->yields = TRUE;
    }
}

/* handle: open for reading and writing; owned by file from here on. */
static UINT32 take(win32_file *file, HANDLE handle, WCHAR *path, const void *beginning, UINT32 bytes)
{
    UINT32 error = 0;
    file->writing = handle;
    if (GetFileType(handle) != FILE_TYPE_DISK)
        return 0;
    allow_yielding(file, handle, path);
    error = lock(file->yields ? file->reading : handle);
    if (!error && !may_replace(handle, beginning, bytes))
        error = ERROR_FILE_EXISTS;
    if (!error && (SetFilePointer(handle, 0, NULL, FILE_BEGIN) || !SetEndOfFile(handle)))
        error = hmi_win32_error();
    return error;
}

/* Where the file cannot be opened for reading: open for writing until it is closed. */
static UINT32 open_for_writing(win32_file *file, const WCHAR *path, BOOL replace)
{
    HANDLE handle = CreateFileW(path, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL,
                                replace ? CREATE_ALWAYS : CREATE_NEW, FILE_ATTRIBUTE_NORMAL, NULL);
    if (handle == INVALID_HANDLE_VALUE)
        return hmi_win32_error();
    file->writing = handle;
    return 0;
}

static UINT32 open_file(win32_file *file, WCHAR *path, const void *beginning, UINT32 bytes)
{
    HANDLE handle = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, SHARE_ALL, NULL, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL,
                                NULL);
    UINT32 error;
    if (handle != INVALID_HANDLE_VALUE)
        return take(file, handle, path, beginning, bytes);
    error = hmi_win32_error();
    return error == ERROR_ACCESS_DENIED ? open_for_writing(file, path, !beginning) : error;
}

UINT32 hmi_win32_file_create(hostmem_os *os, const char *path, const void *beginning, UINT32 bytes, void **file)
{
    win32_file *made = hmi_win32_object_alloc(os, sizeof *made);
    WCHAR *wide = NULL;
    UINT32 error;
    if (!made)
        return ERROR_NOT_ENOUGH_MEMORY;
    error = widen(path, &wide);
    if (wide) {
        error = open_file(made, wide, beginning, bytes);
        HeapFree(GetProcessHeap(), 0, wide);
    }
    if (error)
        hmi_win32_file_close(os, made);
    else
        *file = made;
    return error;
}

/* ---- Writing ---- */

UINT32 hmi_win32_file_write(hostmem_os *os, void *file, const void *data, UINT32 bytes)
{
    win32_file *self = file;
    DWORD written = 0;
    UINT32 error = self->writing ? 0 : open_again(self, &self->writing);
    (void)os;
    if (error)
        return error;
    if (!WriteFile(self->writing, data, bytes, &written, NULL))
        return hmi_win32_error();
    return written == bytes ? 0 : (UINT32)ERROR_DISK_FULL;
}

void hmi_win32_file_yield(hostmem_os *os, void *file)
{
    win32_file *self = file;
    (void)os;
    if (self->yields && self->writing) {
        CloseHandle(self->writing);
        self->writing = NULL;
    }
}

void hmi_win32_file_close(hostmem_os *os, void *file)
{
    const win32_file *self = file;
    if (self->writing)
        CloseHandle(self->writing);
    if (self->reading)
        CloseHandle(self->reading);
    if (self->folder)
        CloseHandle(self->folder);
    hmi_win32_object_free(os, file);
}
