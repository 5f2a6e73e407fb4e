/* Mapped files. See standin_map.h. */
#include "standin_map.h"

#include "standin_calls.h"

/* Longer than any path without the long-path prefix. */
enum { PATH_LENGTH = 1024 };

/* As the CLR does: when mapping fails the manager may free address space, and then there is exactly one more
 * attempt. */
static void *map(standin_check *check, HANDLE mapping, SIZE_T size, void *wanted)
{
    void *view = MapViewOfFileEx(mapping, FILE_MAP_READ, 0, 0, 0, wanted);

    if (!view && standin_needs_address_space(check, wanted, size))
        view = MapViewOfFileEx(mapping, FILE_MAP_READ, 0, 0, 0, wanted);
    if (view)
        standin_acquired_address_space(check, view, size);
    return view;
}

static void unmap(standin_check *check, void *view)
{
    UnmapViewOfFile(view);
    standin_released_address_space(check, view);
}

static void use_mapping(standin_check *check, HANDLE mapping, SIZE_T size)
{
    void *view = map(check, mapping, size, GetModuleHandleW(NULL));

    if (!view)
        view = map(check, mapping, size, NULL);
    if (!view)
        return;
    if (*(const WORD *)view != IMAGE_DOS_SIGNATURE)
        standin_violation(check, STANDIN_ACQUIRED_ADDRESS_SPACE, "the view at %p does not show the file", view);
    unmap(check, view);
}

void standin_map_file(standin_check *check)
{
    WCHAR path[PATH_LENGTH];
    HANDLE file, mapping;
    DWORD length = GetModuleFileNameW(GetModuleHandleW(L"kernel32.dll"), path, PATH_LENGTH);

    if (!length || length == PATH_LENGTH)
        return;
    file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return;
    mapping = CreateFileMappingW(file, NULL, PAGE_READONLY, 0, 0, NULL);
    if (mapping) {
        use_mapping(check, mapping, GetFileSize(file, NULL));
        CloseHandle(mapping);
    }
    CloseHandle(file);
}
