/* See replay_view.h. */
#define COBJMACROS
#include "replay_view.h"

void *replay_view_map(SIZE_T bytes)
{
    HANDLE section = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_EXECUTE_READWRITE | SEC_RESERVE,
                                        (DWORD)((UINT64)bytes >> 32), (DWORD)bytes, NULL);
    void *view = section ? MapViewOfFile(section, FILE_MAP_WRITE | FILE_MAP_EXECUTE, 0, 0, bytes) : NULL;

    if (section)
        CloseHandle(section); /* the view keeps the section alive */
    return view;
}

void replay_view_unmap(IHostMemoryManager *manager, void *view)
{
    if (manager)
        IHostMemoryManager_ReleasedVirtualAddressSpace(manager, view);
    UnmapViewOfFile(view);
}
