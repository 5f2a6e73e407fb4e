/* The differences between operating systems. See files.h. */
#ifndef _WIN32
#define _POSIX_C_SOURCE 200809L /* fileno, fstat, isatty */
#define _FILE_OFFSET_BITS 64
#endif

#include "files.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#include <windows.h>

enum { PATH_CHARACTERS = 4096 };

/* The errno that fopen sets for the common errors. */
static int errno_of(DWORD error)
{
    switch (error) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_NAME:
        return ENOENT;
    case ERROR_ACCESS_DENIED:
    case ERROR_SHARING_VIOLATION:
        return EACCES;
    default:
        return EINVAL;
    }
}

/* The C library's functions do not let others delete or rename an open file. */
static FILE *open_shared(const char *path, DWORD access, DWORD disposition, int flags, const char *mode)
{
    WCHAR wide[PATH_CHARACTERS];
    HANDLE handle;
    FILE *file;
    int descriptor;

    if (!MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, wide, PATH_CHARACTERS)) {
        errno = EINVAL;
        return NULL;
    }
    handle = CreateFileW(wide, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, disposition,
                         FILE_ATTRIBUTE_NORMAL, NULL);
    if (handle == INVALID_HANDLE_VALUE) {
        errno = errno_of(GetLastError());
        return NULL;
    }
    descriptor = _open_osfhandle((intptr_t)handle, flags);
    if (descriptor < 0) {
        CloseHandle(handle);
        return NULL;
    }
    file = _fdopen(descriptor, mode);
    if (!file)
        _close(descriptor);
    return file;
}

static FILE *open_to_read(const char *path)
{
    return open_shared(path, GENERIC_READ, OPEN_EXISTING, _O_RDONLY | _O_BINARY, "rb");
}

static FILE *open_to_write(const char *path)
{
    return open_shared(path, GENERIC_WRITE, CREATE_ALWAYS, _O_WRONLY | _O_BINARY, "wb");
}

/* Without translation of line ends. */
static FILE *as_binary(FILE *standard)
{
    _setmode(_fileno(standard), _O_BINARY);
    return standard;
}

uint64_t hmi_trace_file_size(FILE *file)
{
    struct _stat64 status;

    return _fstat64(_fileno(file), &status) || !(status.st_mode & _S_IFREG) ? 0 : (uint64_t)status.st_size;
}

bool hmi_trace_file_is_terminal(FILE *file)
{
    return _isatty(_fileno(file)) != 0;
}

#else
#include <unistd.h>

static FILE *open_to_read(const char *path)
{
    return fopen(path, "rb");
}

static FILE *open_to_write(const char *path)
{
    return fopen(path, "wb");
}

static FILE *as_binary(FILE *standard)
{
    return standard;
}

uint64_t hmi_trace_file_size(FILE *file)
{
    struct stat status;

    return fstat(fileno(file), &status) || !S_ISREG(status.st_mode) ? 0 : (uint64_t)status.st_size;
}

bool hmi_trace_file_is_terminal(FILE *file)
{
    return isatty(fileno(file)) != 0;
}
#endif

FILE *hmi_trace_file_open(const char *path)
{
    return strcmp(path, TRACE_STANDARD_STREAM) ? open_to_read(path) : as_binary(stdin);
}

FILE *hmi_trace_file_create(const char *path)
{
    return strcmp(path, TRACE_STANDARD_STREAM) ? open_to_write(path) : as_binary(stdout);
}

bool hmi_trace_file_close(FILE *file)
{
    bool is_whole = !ferror(file);

    if (file == stdin)
        return is_whole;
    if (file == stdout)
        return !fflush(file) && is_whole;
    return !fclose(file) && is_whole;
}
