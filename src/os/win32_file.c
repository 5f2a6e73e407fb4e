/* The Win32 table's part about files. Between writes a file on a disk is open for reading alone, so that others may
 * open it whatever they share, and a lock on a byte far behind its end keeps other files of the table off it. */
#include "os/win32.h"

#include <string.h>

#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

typedef struct win32_file {
    HANDLE writing; /* NULL: closed for now */
    HANDLE reading; /* stays open, with the lock; NULL: none */
    HANDLE folder;  /* that the file was made in; NULL: not known */
    FILE_ID_DESCRIPTOR id;
    BOOL yields; /* writing can be closed, and opened again by reading */
} win32_file;

static BOOL is_same_file(const win32_file *file, HANDLE handle)
{
    BY_HANDLE_FILE_INFORMATION about;
    return GetFileInformationByHandle(handle, &about) && about.nFileIndexLow == file->id.FileId.LowPart &&
           about.nFileIndexHigh == (DWORD)file->id.FileId.HighPart;
}

static UINT32 widen(const char *path, WCHAR **wide)
{
    int length = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, NULL, 0);
    if (!length)
        return hmi_win32_error();
    *wide = HeapAlloc(GetProcessHeap(), 0, (SIZE_T)length * sizeof(WCHAR)); /* the stack of a caller may be small */
    if (!*wide)
        return ERROR_NOT_ENOUGH_MEMORY;
    MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, *wide, length);
    return 0;
}

/* It is the same file whatever its name has become. Wine reopens by the name; there the file is found by its number. */
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

/* ---- Making one ---- */

static UINT32 lock(HANDLE file)
{
    OVERLAPPED place = {.OffsetHigh = 0x7fffffff};
    if (LockFileEx(file, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &place))
        return 0;
    return GetLastError() == ERROR_LOCK_VIOLATION ? (UINT32)ERROR_SHARING_VIOLATION
                                                  : 0; /* not all systems of files can */
}

/* Whether the file may be replaced: it is empty, or begins so, or any may be. */
static BOOL may_replace(HANDLE file, const void *beginning, UINT32 bytes)
{
    unsigned char found[16];
    DWORD length = 0;
    if (!beginning)
        return TRUE;
    return ReadFile(file, found, bytes < sizeof found ? bytes : (DWORD)sizeof found, &length, NULL) &&
           (!length || (length == bytes && !memcmp(found, beginning, bytes)));
}

/* The folder by its handle, for where a file is found by its number in it. */
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

/* Makes it possible to close the handle for writing between writes. Not every system of files can; then it stays open.
 * */
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
    if (!open_again(file, &trial)) {
        CloseHandle(trial);
        file->yields = TRUE;
    }
}

/* handle: open for reading and writing. */
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

/* Where reading is not allowed, or not possible: open for writing until the end. */
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
