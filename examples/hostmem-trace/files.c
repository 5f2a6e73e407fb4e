/* The differences between systems. See files.h. */
#ifndef _WIN32
#define _POSIX_C_SOURCE 200809L /* fileno, fstat, isatty */
#define _FILE_OFFSET_BITS 64
#endif

#include "files.h"

#include <errno.h>
#include <sys/stat.h>

#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#include <windows.h>

enum { PATH_CHARACTERS = 4096 };

FILE *trace_file_open(const char *path, const char *mode)
{
    WCHAR wide_path[PATH_CHARACTERS], wide_mode[8];

    if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, wide_path, PATH_CHARACTERS) &&
        MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, mode, -1, wide_mode, 8))
        return _wfopen(wide_path, wide_mode);
    errno = EINVAL;
    return NULL;
}

uint64_t trace_file_size(FILE *file)
{
    struct _stat64 status;

    return _fstat64(_fileno(file), &status) || !(status.st_mode & _S_IFREG) ? 0 : (uint64_t)status.st_size;
}

bool trace_file_is_terminal(FILE *file)
{
    return _isatty(_fileno(file)) != 0;
}

void trace_file_set_binary(FILE *file)
{
    _setmode(_fileno(file), _O_BINARY);
}

#else
#include <unistd.h>

FILE *trace_file_open(const char *path, const char *mode)
{
    return fopen(path, mode);
}

uint64_t trace_file_size(FILE *file)
{
    struct stat status;

    return fstat(fileno(file), &status) || !S_ISREG(status.st_mode) ? 0 : (uint64_t)status.st_size;
}

bool trace_file_is_terminal(FILE *file)
{
    return isatty(fileno(file)) != 0;
}

void trace_file_set_binary(FILE *file)
{
    (void)file;
}
#endif
