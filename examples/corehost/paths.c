/* See paths.h. */
#include "paths.h"

#include <wchar.h>

BOOL path_full(const WCHAR *path, WCHAR out[PATH_LETTERS])
{
    DWORD length = GetFullPathNameW(path, PATH_LETTERS, out, NULL);

    return length && length < PATH_LETTERS;
}

/* The first letters of text, followed by more. */
static BOOL concatenate(const WCHAR *text, size_t letters, const WCHAR *more, WCHAR out[PATH_LETTERS])
{
    size_t more_letters = wcslen(more);

    if (letters >= PATH_LETTERS || more_letters >= PATH_LETTERS - letters)
        return FALSE;
    wmemcpy(out, text, letters);
    wmemcpy(out + letters, more, more_letters + 1);
    return TRUE;
}

BOOL path_join(const WCHAR *folder, const WCHAR *name, WCHAR out[PATH_LETTERS])
{
    size_t letters = wcslen(folder);

    return concatenate(folder, letters, L"\\", out) && concatenate(out, letters + 1, name, out);
}

const WCHAR *path_name(const WCHAR *path)
{
    const WCHAR *name = path;

    for (; *path; path++)
        if (*path == L'\\' || *path == L'/' || *path == L':')
            name = path + 1;
    return name;
}

BOOL path_folder(const WCHAR *path, WCHAR out[PATH_LETTERS])
{
    const WCHAR *name = path_name(path);

    return concatenate(path, name > path ? (size_t)(name - path) - 1 : 0, L"", out);
}

BOOL path_with_extension(const WCHAR *path, const WCHAR *extension, WCHAR out[PATH_LETTERS])
{
    const WCHAR *dot = wcsrchr(path_name(path), L'.');

    return concatenate(path, dot ? (size_t)(dot - path) : wcslen(path), extension, out);
}

BOOL path_is_file(const WCHAR *path)
{
    DWORD attributes = GetFileAttributesW(path);

    return attributes != INVALID_FILE_ATTRIBUTES && !(attributes & FILE_ATTRIBUTE_DIRECTORY);
}
