/* Calls of the simulated system, of Win32 (by its table of functions) and of a manager over either. Used by one
 * thread. */
#include "world.h"

#include <stdio.h>
#include <string.h>

#include "os/os.h"
#ifdef _WIN32
#include "under_wine.h"
#endif

/* VirtualProtect without a pointer for the old protection; the Win32 table always passes one. */
static UINT32 protect_without_old(call_world *world, const call *what, void *address)
{
#ifdef _WIN32
    if (!world->is_sim)
        return VirtualProtect(address, what->size, what->protect, NULL) ? 0 : GetLastError();
#endif
    return world->os->virtual_protect(world->os, address, what->size, what->protect, NULL);
}

static UINT32 make_raw(call_world *world, const call *what, void *address, call_answer *answer)
{
    hostmem_os *os = world->os;
    SIZE_T written;
    switch (what->kind) {
    case CALL_ALLOC:
        return os->virtual_alloc(os, address, what->size, what->type, what->protect, &answer->memory);
    case CALL_FREE:
        return os->virtual_free(os, address, what->size, what->type);
    case CALL_PROTECT:
        return what->no_old ? protect_without_old(world, what, address)
                            : os->virtual_protect(os, address, what->size, what->protect, &answer->old);
    case CALL_QUERY:
        return os->virtual_query(os, address, &answer->region, sizeof answer->region - what->type, &written);
    case CALL_LOCK:
        return os->virtual_lock(os, address, what->size);
    case CALL_HEAP_ALLOC:
        return os->heap_alloc(os, world->heap, what->size, &answer->memory);
    default:
        return address ? os->heap_free(os, world->heap, address) : 0; /* the table's heap_free is never called with
                                                                       * NULL */
    }
}

/* ---- With a manager ---- */

static HRESULT make_managed(call_world *world, const call *what, void *address, call_answer *answer)
{
    SIZE_T written;
    DWORD old = 0;
    HRESULT hr;
    switch (what->kind) {
    case CALL_ALLOC:
        return IHostMemoryManager_VirtualAlloc(world->manager, address, what->size, what->type, what->protect,
                                               eTaskCritical, &answer->memory);
    case CALL_FREE:
        return IHostMemoryManager_VirtualFree(world->manager, address, what->size, what->type);
    case CALL_PROTECT:
        hr = IHostMemoryManager_VirtualProtect(world->manager, address, what->size, what->protect,
                                               what->no_old ? NULL : &old);
        answer->old = old;
        return hr;
    case CALL_QUERY:
        return IHostMemoryManager_VirtualQuery(world->manager, address, &answer->region,
                                               sizeof answer->region - what->type, &written);
    case CALL_HEAP_ALLOC:
        return IHostMalloc_Alloc(world->blocks, what->size, eTaskCritical, &answer->memory);
    default:
        return IHostMalloc_Free(world->blocks, address);
    }
}

/* ---- Views, which are only reported to the manager ---- */

#ifdef _WIN32
static UINT32 map(call_world *world, const call *what, void **out)
{
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE | what->type, 0, (DWORD)what->size,
                                        NULL);
    UINT32 error = 0;
    if (!section)
        return GetLastError();
    *out = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    if (!*out)
        error = GetLastError();
    CloseHandle(section);
    if (!error && world->manager)
        IHostMemoryManager_AcquiredVirtualAddressSpace(world->manager, *out, what->size);
    return error;
}

static UINT32 unmap(call_world *world, void *view)
{
    if (world->manager)
        IHostMemoryManager_ReleasedVirtualAddressSpace(world->manager, view);
    return UnmapViewOfFile(view) ? 0 : GetLastError();
}
#else
static UINT32 map(call_world *world, const call *what, void **out)
{
    (void)world;
    (void)what;
    (void)out;
    return ERROR_NOT_SUPPORTED;
}

static UINT32 unmap(call_world *world, void *view)
{
    (void)world;
    (void)view;
    return ERROR_NOT_SUPPORTED;
}
#endif

void call_world_make(call_world *world, const call *what, void *address, call_answer *answer)
{
    memset(answer, 0, sizeof *answer);
    if (what->kind == CALL_MAP || what->kind == CALL_UNMAP) {
        answer->error = what->kind == CALL_MAP ? map(world, what, &answer->memory) : unmap(world, address);
        answer->succeeded = !answer->error;
        answer->hr = S_OK;
        return;
    }
    world->os->set_last_error(world->os, CALL_LAST_ERROR);
    if (world->is_managed) {
        answer->hr = make_managed(world, what, address, answer);
        answer->error = world->os->get_last_error(world->os);
        answer->succeeded = answer->hr == S_OK;
    } else {
        answer->error = make_raw(world, what, address, answer);
        answer->succeeded = !answer->error;
    }
}

void *call_world_find_window(call_world *world, SIZE_T bytes, SIZE_T alignment)
{
    hostmem_os *os = world->os;
    void *found = NULL;
    if (os->virtual_alloc(os, NULL, bytes + alignment, MEM_RESERVE, PAGE_NOACCESS, &found) ||
        os->virtual_free(os, found, 0, MEM_RELEASE))
        return NULL;
    return (void *)(((UINT_PTR)found + alignment - 1) & ~(UINT_PTR)(alignment - 1));
}

UINT_PTR call_world_kernel(call_world *world)
{
    hmi_os_info info;
    world->os->get_info(world->os, &info);
    return (info.highest_address | 0xffff) + 1;
}

hostmem_stats call_world_stats(call_world *world)
{
    hostmem_stats stats = {.size = sizeof stats};
    if (world->instance)
        hostmem_get_stats(world->instance, &stats);
    return stats;
}

static BOOL create_managed(call_world *world)
{
    hostmem_config config = {.size = sizeof config, .os = world->os};
    return SUCCEEDED(hostmem_create(&config, &world->instance)) &&
           SUCCEEDED(hostmem_get_manager(world->instance, &world->manager)) &&
           SUCCEEDED(IHostMemoryManager_CreateMalloc(world->manager, MALLOC_THREADSAFE, &world->blocks));
}

BOOL call_world_create(call_world *world, BOOL is_sim, BOOL is_managed)
{
    static const char *const names[2][2] = {{"the system", "a manager over the system"},
                                            {"sim_os", "a manager over sim_os"}};
    *world = (call_world){.name = names[is_sim][is_managed], .is_sim = is_sim, .is_managed = is_managed};
    if (is_sim) {
        world->sim = sim_os_create(NULL);
        world->os = world->sim ? sim_os_functions(world->sim) : NULL;
    }
#ifdef _WIN32
    if (!is_sim) {
        world->os = hmi_os_win32();
        world->is_wine = is_under_wine();
        world->is_wine_8 = world->is_wine && !strncmp(wine_version(), "8.", 2);
    }
#endif
    return world->os && (is_managed ? create_managed(world) : !world->os->heap_create(world->os, 0, &world->heap));
}

BOOL call_world_destroy(call_world *world)
{
    BOOL good = TRUE;
    if (world->blocks)
        IHostMalloc_Release(world->blocks);
    if (world->manager)
        IHostMemoryManager_Release(world->manager);
    if (world->instance)
        good = hostmem_release(world->instance) == 0;
    if (world->heap)
        world->os->heap_destroy(world->os, world->heap);
    if (world->sim) {
        good = sim_os_check(world->sim, NULL) && good;
        sim_os_destroy(world->sim);
    }
    return good;
}
