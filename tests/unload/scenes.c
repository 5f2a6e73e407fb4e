/* The scenes. Each instance has a limit of 16 MiB; using 15 MiB causes a notification that memory is low. */
#include "scenes.h"

#include <string.h>

#define LIMIT ((UINT64)16 << 20)
#define PRESSING ((SIZE_T)15 << 20)
#define PATIENCE_MS 300000 /* the scene has failed then */

typedef struct life {
    ICLRMemoryNotificationCallback ICLRMemoryNotificationCallback_iface;
    const unload_api *api;
    unload_ground *ground;
    hostmem *instance;
    IHostMemoryManager *manager;
    BOOL waits;    /* when called, it waits for ground->go */
    BOOL releases; /* when called, it waits, and then releases the instance */
    LONG called;
} life;

/* The library's threads use it until they have ended. */
static life now;

static void called(life *self)
{
    if (InterlockedExchange(&self->called, 1))
        return;
    SetEvent(self->ground->entered);
    if (self->waits || self->releases)
        WaitForSingleObject(self->ground->go, INFINITE);
    if (self->releases) {
        self->ground->released = self->api->release(self->instance);
        SetEvent(self->ground->entered);
    }
}

static HRESULT STDMETHODCALLTYPE callback_QueryInterface(ICLRMemoryNotificationCallback *iface, REFIID riid, void **out)
{
    (void)iface;
    (void)riid;
    *out = NULL;
    return E_NOINTERFACE;
}

/* Like the CLR's callback it does not count references. */
static ULONG STDMETHODCALLTYPE callback_AddRef(ICLRMemoryNotificationCallback *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE callback_OnMemoryNotification(ICLRMemoryNotificationCallback *iface,
                                                               EMemoryAvailable available)
{
    if (available == eMemoryAvailableLow)
        called(CONTAINING_RECORD(iface, life, ICLRMemoryNotificationCallback_iface));
    return S_OK;
}

static HRESULT write_nowhere(void *context, const void *data, SIZE_T bytes)
{
    (void)data;
    (void)bytes;
    called(context);
    return S_OK;
}

static BOOL begin(const unload_api *api, unload_ground *ground, UINT32 flags)
{
    static ICLRMemoryNotificationCallbackVtbl vtable = {callback_QueryInterface, callback_AddRef, callback_AddRef,
                                                        callback_OnMemoryNotification};
    const hostmem_config config = {.size = sizeof config, .limit_bytes = LIMIT, .flags = flags};
    now = (life){.ICLRMemoryNotificationCallback_iface = {&vtable}, .api = api, .ground = ground};
    return api->create(&config, &now.instance) == S_OK && api->get_manager(now.instance, &now.manager) == S_OK;
}

static BOOL take_and_give(SIZE_T bytes)
{
    IHostMalloc *heap;
    void *page, *block;
    BOOL good = IHostMemoryManager_CreateMalloc(now.manager, MALLOC_THREADSAFE, &heap) == S_OK;
    if (!good)
        return FALSE;
    good = IHostMalloc_Alloc(heap, 100, eTaskCritical, &block) == S_OK && IHostMalloc_Free(heap, block) == S_OK;
    good = IHostMemoryManager_VirtualAlloc(now.manager, NULL, bytes, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE,
                                           eTaskCritical, &page) == S_OK &&
           IHostMemoryManager_VirtualFree(now.manager, page, 0, MEM_RELEASE) == S_OK && good;
    return !IHostMalloc_Release(heap) && good;
}

static BOOL register_callback(void)
{
    return IHostMemoryManager_RegisterMemoryNotificationCallback(now.manager,
                                                                 &now.ICLRMemoryNotificationCallback_iface) == S_OK;
}

static BOOL trace_to(const char *path)
{
    const hostmem_trace_config config = {
        .size = sizeof config, .path = path, .write = path ? NULL : write_nowhere, .context = path ? NULL : &now};
    return now.api->trace_start(now.instance, &config) == S_OK;
}

static BOOL await_call(void)
{
    return now.ground->wait(now.ground->entered, PATIENCE_MS) == WAIT_OBJECT_0;
}

/* Causes a notification, and waits until the callback was called. */
static BOOL press(void)
{
    void *page;
    BOOL good = IHostMemoryManager_VirtualAlloc(now.manager, NULL, PRESSING, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE,
                                                eTaskCritical, &page) == S_OK &&
                await_call();
    return IHostMemoryManager_VirtualFree(now.manager, page, 0, MEM_RELEASE) == S_OK && good;
}

static BOOL end(BOOL good)
{
    IHostMemoryManager_Release(now.manager);
    now.ground->released = now.api->release(now.instance);
    return good;
}

BOOL unload_plain(const unload_api *api, unload_ground *ground)
{
    return begin(api, ground, 0) && end(register_callback() && take_and_give(1 << 20));
}

BOOL unload_notified(const unload_api *api, unload_ground *ground)
{
    return begin(api, ground, 0) && end(register_callback() && press());
}

BOOL unload_traced(const unload_api *api, unload_ground *ground)
{
    return begin(api, ground, 0) && end(trace_to(NULL) && register_callback() && take_and_give(1 << 20) &&
                                        api->trace_stop(now.instance) == S_OK);
}

BOOL unload_traced_to_file(const unload_api *api, unload_ground *ground)
{
    return begin(api, ground, 0) && end(trace_to("unload.trace") && take_and_give(1 << 20));
}

BOOL unload_environment(const unload_api *api, unload_ground *ground)
{
    return begin(api, ground, HOSTMEM_ENVIRONMENT) && end(take_and_give(1 << 20));
}

/* Lets the called function continue, and release the instance. */
static BOOL let_release(void)
{
    IHostMemoryManager_Release(now.manager);
    SetEvent(now.ground->go);
    return await_call();
}

BOOL unload_inside_callback(const unload_api *api, unload_ground *ground)
{
    if (!begin(api, ground, 0))
        return FALSE;
    now.releases = TRUE;
    return register_callback() && press() && let_release();
}

BOOL unload_inside_write(const unload_api *api, unload_ground *ground)
{
    if (!begin(api, ground, 0))
        return FALSE;
    now.releases = TRUE;
    return trace_to(NULL) && await_call() && let_release();
}

BOOL unload_busy_callback(const unload_api *api, unload_ground *ground)
{
    if (!begin(api, ground, 0))
        return FALSE;
    now.waits = TRUE;
    return end(register_callback() && press());
}

BOOL unload_busy_write(const unload_api *api, unload_ground *ground)
{
    if (!begin(api, ground, 0))
        return FALSE;
    now.waits = TRUE;
    return end(trace_to(NULL) && await_call());
}

BOOL unload_held_objects(const unload_api *api, unload_ground *ground)
{
    if (!begin(api, ground, 0) || !register_callback())
        return FALSE;
    ground->manager = now.manager;
    ground->released = api->release(now.instance);
    return TRUE;
}

BOOL unload_not_released(const unload_api *api, unload_ground *ground)
{
    if (!begin(api, ground, 0) || !register_callback())
        return FALSE;
    ground->manager = now.manager;
    return TRUE;
}

BOOL unload_counted(const unload_api *api, unload_ground *ground)
{
    return begin(api, ground, 0) && end(api->counters_start(now.instance, NULL) == S_OK && take_and_give(1 << 20));
}

unload_scene *unload_find(const char *name)
{
    static const struct {
        const char *name;
        unload_scene *scene;
    } scenes[] = {
        {"plain", unload_plain},
        {"notified", unload_notified},
        {"traced", unload_traced},
        {"traced_to_file", unload_traced_to_file},
        {"environment", unload_environment},
        {"inside_callback", unload_inside_callback},
        {"inside_write", unload_inside_write},
        {"busy_callback", unload_busy_callback},
        {"busy_write", unload_busy_write},
        {"held_objects", unload_held_objects},
        {"not_released", unload_not_released},
        {"counted", unload_counted},
    };
    size_t i;
    for (i = 0; i < sizeof scenes / sizeof *scenes; i++)
        if (!strcmp(scenes[i].name, name))
            return scenes[i].scene;
    return NULL;
}
