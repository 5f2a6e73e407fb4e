/* Rules: the three callbacks about address space. */
#include "check.h"

static char *map_view(SIZE_T size)
{
    HANDLE mapping = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, (DWORD)size, NULL);
    char *view = mapping ? MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0) : NULL;
    expect(view != NULL, "the test could not map a view");
    return view;
}

static void expect_kept(const char *call)
{
    DWORD error = GetLastError();
    expect(error == SENTINEL, "%s has set the last error to %lu", call, (unsigned long)error);
}

static void space_keeps_last_error(subject *subject)
{
    IHostMemoryManager *manager = subject->manager;
    char *view = map_view(GRANULE);
    check_doing("the callbacks about address space");
    SetLastError(SENTINEL);
    IHostMemoryManager_NeedsVirtualAddressSpace(manager, NULL, 0);
    expect_kept("NeedsVirtualAddressSpace(NULL, 0)");
    IHostMemoryManager_NeedsVirtualAddressSpace(manager, view, GRANULE);
    expect_kept("NeedsVirtualAddressSpace of an address that is in use");
    IHostMemoryManager_AcquiredVirtualAddressSpace(manager, view, GRANULE);
    expect_kept("AcquiredVirtualAddressSpace of a view");
    IHostMemoryManager_AcquiredVirtualAddressSpace(manager, view, 0);
    expect_kept("AcquiredVirtualAddressSpace of a view without a size");
    IHostMemoryManager_ReleasedVirtualAddressSpace(manager, view);
    expect_kept("ReleasedVirtualAddressSpace of a view");
    IHostMemoryManager_ReleasedVirtualAddressSpace(manager, view + GRANULE);
    expect_kept("ReleasedVirtualAddressSpace of something else");
}

static void views_come_and_go(subject *subject)
{
    unsigned i;
    for (i = 0; i < 50; i++) {
        char *view = map_view((1 + i) * PAGE);
        check_doing("AcquiredVirtualAddressSpace of a view");
        expect_hr("AcquiredVirtualAddressSpace",
                  IHostMemoryManager_AcquiredVirtualAddressSpace(subject->manager, view, i % 3 ? (1 + i) * PAGE : 0),
                  S_OK);
        view[0] = 1; /* the view is the CLR's, whatever the manager does with the report */
        UnmapViewOfFile(view);
        check_doing("ReleasedVirtualAddressSpace of a view");
        expect_hr("ReleasedVirtualAddressSpace", IHostMemoryManager_ReleasedVirtualAddressSpace(subject->manager, view),
                  S_OK);
    }
}

static void release_of_unknown_views(subject *subject)
{
    char *view = map_view(GRANULE);
    int local;
    check_doing("ReleasedVirtualAddressSpace of an address that was never announced");
    expect_hr("ReleasedVirtualAddressSpace", IHostMemoryManager_ReleasedVirtualAddressSpace(subject->manager, view),
              S_OK);
    expect_hr("ReleasedVirtualAddressSpace", IHostMemoryManager_ReleasedVirtualAddressSpace(subject->manager, &local),
              S_OK);
    view[0] = 1;
    expect(region_at(view).State == MEM_COMMIT, "ReleasedVirtualAddressSpace has freed the view");
}

static void needs_is_answered(subject *subject)
{
    static const SIZE_T sizes[] = {0, PAGE, 64 * MEBIBYTE};
    char *taken = foreign_pages(PAGE);
    unsigned i;
    for (i = 0; i < 6; i++) {
        HRESULT hr;
        check_doing("NeedsVirtualAddressSpace");
        hr = IHostMemoryManager_NeedsVirtualAddressSpace(subject->manager, i % 2 ? taken : NULL, sizes[i / 2]);
        expect(hr == S_OK || hr == S_FALSE || hr == E_OUTOFMEMORY, "NeedsVirtualAddressSpace returned 0x%08lx",
               (unsigned long)hr);
    }
    taken[0] = 1;
}

const rule space_rules[] = {
    {"space_keeps_last_error", "2", "the callbacks about address space do not change the last error",
     space_keeps_last_error},
    {"views_come_and_go", "7", "views are announced and released, with or without their size", views_come_and_go},
    {"release_of_unknown_views", "7", "ReleasedVirtualAddressSpace of an unknown address does nothing",
     release_of_unknown_views},
    {"needs_is_answered", "7", "NeedsVirtualAddressSpace answers, for NULL and 0 as well", needs_is_answered},
    {0},
};
