/* Calls of the simulated system, of Win32 and of a manager over either. Used by one thread. */
#include "world.h"

#include <stdio.h>
#include <string.h>

#include "os.h"
#ifdef _WIN32
#include "under_wine.h"
#endif

static void set_last_error(call_world *world, UINT32 error)
{
    if (world->os)
        world->os->set_last_error(world->os, error);
    else
        SetLastError(error);
}

static UINT32 last_error(call_world *world)
{
    return world->os ? world->os->get_last_error(world->os) : GetLastError();
}

/* ---- Without a manager ---- */

static UINT32 raw_query(call_world *world, void *address, MEMORY_BASIC_INFORMATION *region, SIZE_T length)
{
    SIZE_T written;
    if (world->os)
        return world->os->virtual_query(world->os, address, region, length, &written);
    return VirtualQuery(address, region, length) ? 0 : GetLastError();
}

static UINT32 raw_alloc(call_world *world, const call *what, void *address, void **out)
{
    if (world->os)
        return world->os->virtual_alloc(world->os, address, what->size, what->type, what->protect, out);
    *out = VirtualAlloc(address, what->size, what->type, what->protect);
    return *out ? 0 : GetLastError();
}

static UINT32 raw_free(call_world *world, void *address, SIZE_T size, UINT32 type)
{
    if (world->os)
        return world->os->virtual_free(world->os, address, size, type);
    return VirtualFree(address, size, type) ? 0 : GetLastError();
}

static UINT32 raw_protect(call_world *world, const call *what, void *address, UINT32 *old)
{
    DWORD was = 0;
    BOOL good;
    if (world->os)
        return world->os->virtual_protect(world->os, address, what->size, what->protect, what->no_old ? NULL : old);
    good = VirtualProtect(address, what->size, what->protect, what->no_old ? NULL : &was);
    *old = was;
    return good ? 0 : GetLastError();
}

static UINT32 raw_lock(call_world *world, void *address, SIZE_T size)
{
    if (world->os)
        return world->os->virtual_lock(world->os, address, size);
    return VirtualLock(address, size) ? 0 : GetLastError();
}

static UINT32 raw_heap_alloc(call_world *world, SIZE_T size, void **out)
{
    if (world->os)
        return world->os->heap_alloc(world->os, world->heap, size, out);
    *out = HeapAlloc(world->heap, 0, size);
    return *out ? 0 : ERROR_NOT_ENOUGH_MEMORY; /* HeapAlloc does not set the last error */
}

static UINT32 raw_heap_free(call_world *world, void *block)
{
    if (!block)
        return 0; /* the table of the operating system is never asked for that */
    if (world->os)
        return world->os->heap_free(world->os, world->heap, block);
    return HeapFree(world->heap, 0, block) ? 0 : GetLastError();
}

static UINT32 make_raw(call_world *world, const call *what, void *address, call_answer *answer)
{
    switch (what->kind) {
    case CALL_ALLOC:
        return raw_alloc(world, what, address, &answer->memory);
    case CALL_FREE:
        return raw_free(world, address, what->size, what->type);
    case CALL_PROTECT:
        return raw_protect(world, what, address, &answer->old);
    case CALL_QUERY:
        return raw_query(world, address, &answer->region, sizeof answer->region - what->type);
    case CALL_LOCK:
        return raw_lock(world, address, what->size);
    case CALL_HEAP_ALLOC:
        return raw_heap_alloc(world, what->size, &answer->memory);
    default:
        return raw_heap_free(world, address);
    }
}

/* ---- With one ---- */

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

/* ---- Views, which the manager is only told of ---- */

#ifdef _WIN32
static UINT32 map(call_world *world, const call *what, void **out)
{
    HANDLE section =
        CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE | what->type, 0, (DWORD)what->size, NULL);
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
    set_last_error(world, CALL_LAST_ERROR);
    if (world->is_managed) {
        answer->hr = make_managed(world, what, address, answer);
        answer->error = last_error(world);
        answer->succeeded = answer->hr == S_OK;
    } else {
        answer->error = make_raw(world, what, address, answer);
        answer->succeeded = !answer->error;
    }
}

void *call_world_find_window(call_world *world, SIZE_T bytes, SIZE_T alignment)
{
    const call reserve = {ALLOC(0, NOWHERE, bytes + alignment, MEM_RESERVE, NO, OK)};
    void *found = NULL;
    if (raw_alloc(world, &reserve, NULL, &found) || raw_free(world, found, 0, MEM_RELEASE))
        return NULL;
    return (void *)(((UINT_PTR)found + alignment - 1) & ~(UINT_PTR)(alignment - 1));
}

UINT_PTR call_world_kernel(call_world *world)
{
    hmi_os_info info;
    SYSTEM_INFO system;
    if (world->os) {
        world->os->get_info(world->os, &info);
        return (info.highest_address | 0xffff) + 1;
    }
    GetSystemInfo(&system);
    return ((UINT_PTR)system.lpMaximumApplicationAddress | 0xffff) + 1;
}

BOOL call_world_is_empty(call_world *world, hostmem_stats *stats)
{
    stats->size = sizeof *stats;
    return SUCCEEDED(hostmem_get_stats(world->instance, stats)) && !stats->reserved_bytes && !stats->committed_bytes &&
           !stats->executable_bytes && !stats->mapped_bytes && !stats->heap_bytes && !stats->heap_blocks;
}

static BOOL create_managed(call_world *world)
{
    hostmem_config config = {.size = sizeof config, .os = world->os};
    return SUCCEEDED(hostmem_create(&config, &world->instance)) &&
           SUCCEEDED(hostmem_get_manager(world->instance, &world->manager)) &&
           SUCCEEDED(IHostMemoryManager_CreateMalloc(world->manager, MALLOC_THREADSAFE, &world->blocks));
}

static BOOL create_heap(call_world *world)
{
    if (world->os)
        return !world->os->heap_create(world->os, 0, &world->heap);
    world->heap = HeapCreate(0, 0, 0);
    return world->heap != NULL;
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
    world->is_wine = !is_sim && is_under_wine();
#endif
    return (world->os || !is_sim) && (is_managed ? create_managed(world) : create_heap(world));
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
    if (world->heap && world->os)
        world->os->heap_destroy(world->os, world->heap);
    else if (world->heap)
        HeapDestroy(world->heap);
    if (world->sim) {
        good = sim_os_check(world->sim, NULL) && good;
        sim_os_destroy(world->sim);
    }
    return good;
}
