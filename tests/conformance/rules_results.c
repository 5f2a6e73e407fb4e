/* Rules: results and out parameters. */
#include "check.h"

/* ---- Success is S_OK ---- */

static void only_s_ok(subject *subject)
{
    IHostMemoryManager *manager = subject->manager;
    char *pages = take_pages(subject, NULL, 4 * PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    MEMORY_BASIC_INFORMATION region;
    SIZE_T written, available;
    DWORD old, load;
    check_doing("VirtualProtect");
    expect_hr("VirtualProtect", IHostMemoryManager_VirtualProtect(manager, pages, PAGE, PAGE_READONLY, &old), S_OK);
    check_doing("VirtualQuery");
    expect_hr("VirtualQuery", IHostMemoryManager_VirtualQuery(manager, pages, &region, sizeof region, &written), S_OK);
    check_doing("GetMemoryLoad");
    expect_hr("GetMemoryLoad", IHostMemoryManager_GetMemoryLoad(manager, &load, &available), S_OK);
    give_pages(subject, pages, PAGE, MEM_DECOMMIT);
    give_pages(subject, pages, 0, MEM_RELEASE);
    give_block(subject->heap, take_block(subject->heap, 100));
    IHostMalloc_Release(make_heap(subject, MALLOC_THREADSAFE));
}

/* ---- Failure ---- */

static void failed_virtual_alloc(subject *subject)
{
    static const EMemoryCriticalLevel levels[] = {eTaskCritical, eAppDomainCritical, eProcessCritical};
    SIZE_T size = refused_size();
    unsigned i;
    for (i = 0; i < 3; i++) {
        void *memory = POISON;
        HRESULT hr;
        check_doing("VirtualAlloc of more than is available");
        hr = IHostMemoryManager_VirtualAlloc(subject->manager, NULL, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE,
                                             levels[i], &memory);
        expect_hr("VirtualAlloc of more than is available", hr, E_OUTOFMEMORY);
        expect(!memory, "VirtualAlloc of more than is available returns %p", memory);
    }
}

static void failed_alloc(subject *subject)
{
    void *block = POISON;
    char file[] = "failed_alloc.cpp";
    HRESULT hr;
    check_doing("Alloc of more than is available");
    hr = IHostMalloc_Alloc(subject->heap, refused_size(), eTaskCritical, &block);
    expect_hr("Alloc of more than is available", hr, E_OUTOFMEMORY);
    expect(!block, "Alloc of more than is available returns %p", block);
    block = POISON;
    check_doing("DebugAlloc of more than is available");
    hr = IHostMalloc_DebugAlloc(subject->heap, refused_size(), eTaskCritical, file, 1, &block);
    expect_hr("DebugAlloc of more than is available", hr, E_OUTOFMEMORY);
    expect(!block, "DebugAlloc of more than is available returns %p", block);
}

/* A page reserved by others: nothing can be reserved there, and it is not committed. */
static char *occupied_place(void)
{
    char *place = VirtualAlloc(NULL, GRANULE, MEM_RESERVE, PAGE_NOACCESS);
    expect(place != NULL, "the system has no address space for the test itself");
    return place;
}

static void out_parameters_on_failure(subject *subject)
{
    IHostMemoryManager *manager = subject->manager;
    char *occupied = occupied_place();
    void *out = POISON;
    MEMORY_BASIC_INFORMATION region;
    SIZE_T written = POISON_SIZE;
    DWORD old = POISON_DWORD;

    check_doing("VirtualAlloc at an address that is in use");
    expect_failure(
        "VirtualAlloc at an address that is in use",
        IHostMemoryManager_VirtualAlloc(manager, occupied, GRANULE, MEM_RESERVE, PAGE_READWRITE, eTaskCritical, &out));
    expect(!out, "VirtualAlloc at an address that is in use leaves %p in the out parameter", out);
    out = POISON;
    check_doing("VirtualAlloc of no bytes");
    expect_failure("VirtualAlloc of no bytes",
                   IHostMemoryManager_VirtualAlloc(manager, NULL, 0, MEM_RESERVE, PAGE_READWRITE, eTaskCritical, &out));
    expect(!out, "VirtualAlloc of no bytes leaves %p in the out parameter", out);
    check_doing("VirtualProtect of a page that is not committed");
    expect_failure("VirtualProtect of a page that is not committed",
                   IHostMemoryManager_VirtualProtect(manager, occupied, PAGE, PAGE_READWRITE, &old));
    expect(old != POISON_DWORD, "a failed VirtualProtect does not write the old protection");
    check_doing("VirtualQuery with a buffer of no size");
    expect_failure("VirtualQuery with a buffer of no size",
                   IHostMemoryManager_VirtualQuery(manager, occupied, &region, 0, &written));
    expect(written != POISON_SIZE, "a failed VirtualQuery does not write the size");
}

static void null_out_pointers(subject *subject)
{
    IHostMemoryManager *manager = subject->manager;
    char *page = foreign_pages(PAGE);
    MEMORY_BASIC_INFORMATION region;
    SIZE_T available;
    DWORD load;
    check_doing("CreateMalloc with a NULL out pointer");
    expect_failure("CreateMalloc with a NULL out pointer",
                   IHostMemoryManager_CreateMalloc(manager, MALLOC_THREADSAFE, NULL));
    check_doing("VirtualAlloc with a NULL out pointer");
    expect_failure(
        "VirtualAlloc with a NULL out pointer",
        IHostMemoryManager_VirtualAlloc(manager, NULL, PAGE, MEM_RESERVE, PAGE_READWRITE, eTaskCritical, NULL));
    check_doing("VirtualQuery with a NULL out pointer");
    expect_failure("VirtualQuery with a NULL out pointer",
                   IHostMemoryManager_VirtualQuery(manager, page, &region, sizeof region, NULL));
    check_doing("VirtualProtect with a NULL out pointer");
    expect_failure("VirtualProtect with a NULL out pointer",
                   IHostMemoryManager_VirtualProtect(manager, page, PAGE, PAGE_READONLY, NULL));
    check_doing("GetMemoryLoad with a NULL out pointer");
    expect_failure("GetMemoryLoad with a NULL out pointer",
                   IHostMemoryManager_GetMemoryLoad(manager, NULL, &available));
    expect_failure("GetMemoryLoad with a NULL out pointer", IHostMemoryManager_GetMemoryLoad(manager, &load, NULL));
    check_doing("Alloc with a NULL out pointer");
    expect_failure("Alloc with a NULL out pointer", IHostMalloc_Alloc(subject->heap, 10, eTaskCritical, NULL));
    expect(region_at(page).Protect == PAGE_READWRITE, "a refused VirtualProtect has changed the protection");
}

/* ---- Critical levels ---- */

static void every_level_is_served(subject *subject)
{
    static const EMemoryCriticalLevel levels[] = {eProcessCritical, eTaskCritical, eAppDomainCritical};
    unsigned i;
    for (i = 0; i < 3; i++) {
        void *memory = NULL, *block = NULL;
        check_doing("VirtualAlloc and Alloc at every level");
        expect_hr("VirtualAlloc",
                  IHostMemoryManager_VirtualAlloc(subject->manager, NULL, PAGE, MEM_COMMIT, PAGE_READWRITE, levels[i],
                                                  &memory),
                  S_OK);
        expect_hr("Alloc", IHostMalloc_Alloc(subject->heap, 100, levels[i], &block), S_OK);
        give_pages(subject, memory, 0, MEM_RELEASE);
        give_block(subject->heap, block);
    }
}

static void refusal_poisons_nothing(subject *subject)
{
    SIZE_T size = refused_size();
    unsigned i;
    for (i = 0; i < 20; i++) {
        void *memory = POISON;
        check_doing("VirtualAlloc of more than is available, at eProcessCritical");
        expect_failure("VirtualAlloc of more than is available",
                       IHostMemoryManager_VirtualAlloc(subject->manager, NULL, size, MEM_RESERVE | MEM_COMMIT,
                                                       PAGE_READWRITE, eProcessCritical, &memory));
        check_doing("Alloc of more than is available, at eProcessCritical");
        expect_failure("Alloc of more than is available",
                       IHostMalloc_Alloc(subject->heap, size, eProcessCritical, &memory));
    }
    every_level_is_served(subject);
    IHostMalloc_Release(make_heap(subject, MALLOC_THREADSAFE));
}

const rule result_rules[] = {
    {"only_s_ok", "2", "success is S_OK and nothing else", only_s_ok},
    {"failed_virtual_alloc", "2", "VirtualAlloc that cannot be met: E_OUTOFMEMORY and NULL", failed_virtual_alloc},
    {"failed_alloc", "2", "Alloc and DebugAlloc that cannot be met: E_OUTOFMEMORY and NULL", failed_alloc},
    {"out_parameters_on_failure", "2", "out parameters are written when a call fails, too", out_parameters_on_failure},
    {"null_out_pointers", "2", "a NULL out pointer is refused and not followed", null_out_pointers},
    {"every_level_is_served", "5", "every critical level gets memory that is available", every_level_is_served},
    {"refusal_poisons_nothing", "5", "a refused eProcessCritical request leaves the manager working",
     refusal_poisons_nothing},
    {0},
};
