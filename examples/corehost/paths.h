/* Windows file paths. Functions that make one return FALSE if it is too long. */
#ifndef COREHOST_PATHS_H
#define COREHOST_PATHS_H

#include <windows.h>

enum { PATH_LETTERS = 2048 };

/* Absolute, without "." and "..". */
BOOL path_full(const WCHAR *path, WCHAR out[PATH_LETTERS]);

/* folder\name */
BOOL path_join(const WCHAR *folder, const WCHAR *name, WCHAR out[PATH_LETTERS]);

/* C:\app\program.dll: C:\app */
BOOL path_folder(const WCHAR *path, WCHAR out[PATH_LETTERS]);

/* C:\app\program.dll, L".deps.json": C:\app\program.deps.json */
BOOL path_with_extension(const WCHAR *path, const WCHAR *extension, WCHAR out[PATH_LETTERS]);

/* C:\app\program.dll: program.dll */
const WCHAR *path_name(const WCHAR *path);

BOOL path_is_file(const WCHAR *path);

#endif
