/* See assemblies.h. */
#include "assemblies.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "deps.h"
#include "paths.h"
#include "report.h"

/* The program's folder, while its files are collected. */
typedef struct gathering {
    assemblies *out;
    const WCHAR *folder;
} gathering;

/* 0: the file has no version, like old native DLLs and some assemblies. */
static UINT64 file_version(const WCHAR *path)
{
    DWORD bytes = GetFileVersionInfoSizeW(path, NULL);
    void *block = bytes ? malloc(bytes) : NULL;
    VS_FIXEDFILEINFO *info;
    UINT64 version = 0;
    UINT info_bytes;

    if (block && GetFileVersionInfoW(path, 0, bytes, block) &&
        VerQueryValueW(block, L"\\", (void **)&info, &info_bytes) && info_bytes >= sizeof(*info))
        version = (UINT64)info->dwFileVersionMS << 32 | info->dwFileVersionLS;
    free(block);
    return version;
}

/* Adds a file, unless one with its name and at least its version has been added. */
static BOOL add_assembly(assemblies *out, const WCHAR *path)
{
    const WCHAR *name = path_name(path);
    WCHAR **paths, *copy = _wcsdup(path);
    size_t i;

    if (!copy)
        return FALSE;
    for (i = 0; i < out->count; i++)
        if (!_wcsicmp(path_name(out->paths[i]), name))
            break;
    if (i < out->count) {
        WCHAR *other = out->paths[i];

        if (_wcsicmp(other, path) && file_version(path) > file_version(other)) {
            out->paths[i] = copy;
            copy = other;
        }
        free(copy);
        return TRUE;
    }
    paths = realloc(out->paths, (out->count + 1) * sizeof(*paths));
    if (!paths) {
        free(copy);
        return FALSE;
    }
    out->paths = paths;
    paths[out->count++] = copy;
    return TRUE;
}

static BOOL add_native_folder(assemblies *out, const WCHAR *folder)
{
    text line = {0};
    BOOL added = text_add_wide(&line, folder) && text_add(&line, "\\;");

    if (added && !(out->native.bytes && strstr(out->native.bytes, line.bytes)))
        added = text_add(&out->native, line.bytes);
    text_free(&line);
    return added;
}

/* Adds all DLLs of a folder. Some of them may not be assemblies, which does no harm: no assembly of their name is
 * requested. */
static BOOL add_folder(assemblies *out, const WCHAR *folder)
{
    WCHAR path[PATH_LETTERS];
    WIN32_FIND_DATAW found;
    HANDLE search;
    BOOL added = TRUE;

    if (!path_join(folder, L"*.dll", path))
        return FALSE;
    search = FindFirstFileW(path, &found);
    if (search == INVALID_HANDLE_VALUE)
        return GetLastError() == ERROR_FILE_NOT_FOUND;
    do
        added = path_join(folder, found.cFileName, path) && add_assembly(out, path);
    while (added && FindNextFileW(search, &found));
    FindClose(search);
    return added;
}

/* A file that does not exist may belong to the runtime, which is in another folder. */
static BOOL add_dependency(void *context, deps_kind kind, const WCHAR *relative_path)
{
    const gathering *gathering = context;
    WCHAR path[PATH_LETTERS], folder[PATH_LETTERS];

    if (!path_join(gathering->folder, relative_path, path))
        return FALSE;
    if (!path_is_file(path))
        return TRUE;
    if (kind == DEPS_ASSEMBLY)
        return add_assembly(gathering->out, path);
    return path_folder(path, folder) && add_native_folder(gathering->out, folder);
}

BOOL assemblies_gather(assemblies *out, const WCHAR *path, const WCHAR *runtime_folder)
{
    WCHAR folder[PATH_LETTERS], deps[PATH_LETTERS];
    gathering gathering = {out, folder};
    BOOL found;

    memset(out, 0, sizeof(*out));
    if (path_folder(path, folder) && path_with_extension(path, L".deps.json", deps) && add_assembly(out, path) &&
        add_native_folder(out, folder)) {
        if (!deps_read(deps, &found, add_dependency, &gathering))
            return FALSE;
        if ((found || add_folder(out, folder)) && add_folder(out, runtime_folder) &&
            add_native_folder(out, runtime_folder))
            return TRUE;
    }
    fprintf(stderr, "%s: cannot gather the assemblies of %ls (error %lu)\n", host_name, path, GetLastError());
    return FALSE;
}

char *assemblies_list(const assemblies *assemblies)
{
    text list = {0};
    size_t i;

    for (i = 0; i < assemblies->count; i++)
        if (!text_add_wide(&list, assemblies->paths[i]) || !text_add(&list, ";")) {
            text_free(&list);
            break;
        }
    return list.bytes;
}

void assemblies_free(assemblies *assemblies)
{
    size_t i;

    for (i = 0; i < assemblies->count; i++)
        free(assemblies->paths[i]);
    free(assemblies->paths);
    text_free(&assemblies->native);
}
