/* The fixture of policy.h. */
#include "policy.h"

#include <stdlib.h>

#define RESERVATION_BYTES ((SIZE_T)1 << 20)

int policy_setup(void **state)
{
    const sim_os_config config = {.arena_bytes = (SIZE_T)16 << 20};
    policy_scene *scene = calloc(1, sizeof *scene);
    if (!scene)
        return -1;
    scene->sim = sim_os_create(&config);
    scene->os = sim_os_functions(scene->sim);
    *state = scene;
    return 0;
}

int policy_teardown(void **state)
{
    policy_scene *scene = *state;
    BOOL clean;
    sim_os_set_hooks(scene->sim, 0, NULL, NULL, NULL);
    sim_os_fail(scene->sim, 0, 0, 0, 0);
    while (scene->instances)
        policy_close(scene->instances);
    if (!sim_os_await_threads_running(scene->sim, 0, SIM_PATIENCE_MS))
        return -1;
    clean = sim_os_check(scene->sim, NULL);
    sim_os_destroy(scene->sim);
    free(scene);
    return clean ? 0 : -1;
}

/* ---- Instances ---- */

policy_instance *policy_open_as(policy_scene *scene, hostmem_config config)
{
    policy_instance *instance = calloc(1, sizeof *instance);
    void *reservation = NULL;
    assert_non_null(instance);
    config.size = sizeof config;
    config.os = scene->os;
    if (hostmem_create(&config, &instance->handle)) {
        free(instance);
        fail_msg("%s: the instance cannot be created", scene->note);
    }
    instance->scene = scene;
    instance->next = scene->instances;
    scene->instances = instance;
    assert_int_equal(hostmem_get_manager(instance->handle, &instance->manager), S_OK);
    assert_int_equal(IHostMemoryManager_CreateMalloc(instance->manager, MALLOC_THREADSAFE, &instance->heap), S_OK);
    assert_int_equal(IHostMemoryManager_VirtualAlloc(instance->manager, NULL, RESERVATION_BYTES, MEM_RESERVE,
                                                     PAGE_NOACCESS, eProcessCritical, &reservation),
                     S_OK);
    instance->reservation = reservation;
    return instance;
}

policy_instance *policy_open(policy_scene *scene, hostmem_budget_config budget)
{
    hostmem_config config = {.budget_config = &budget};
    budget.size = sizeof budget;
    return policy_open_as(scene, config);
}

/* Waits for the end of the request's thread. Without it nothing could be freed. */
static void join(policy_request *request)
{
    if (!request->thread)
        return;
    if (!atomic_load(&request->ended) && !sim_gate_pass(request->end, SIM_PATIENCE_MS)) {
        print_error("%s: a request does not end\n", request->from->scene->note);
        abort();
    }
    sim_thread_join(request->thread);
    sim_gate_destroy(request->end);
    request->thread = NULL;
}

void policy_close(policy_instance *instance)
{
    policy_instance **link = &instance->scene->instances;
    hostmem_shutdown(instance->handle);
    while (instance->requests) {
        policy_request *request = instance->requests;
        join(request);
        policy_give_back(request);
        instance->requests = request->next;
        free(request);
    }
    if (instance->reservation)
        IHostMemoryManager_VirtualFree(instance->manager, instance->reservation, 0, MEM_RELEASE);
    if (instance->heap)
        IHostMalloc_Release(instance->heap);
    IHostMemoryManager_Release(instance->manager);
    hostmem_release(instance->handle);
    while (*link != instance)
        link = &(*link)->next;
    *link = instance->next;
    free(instance);
}

hostmem_stats policy_stats(policy_instance *instance)
{
    hostmem_stats stats = {.size = sizeof stats};
    assert_int_equal(hostmem_get_stats(instance->handle, &stats), S_OK);
    return stats;
}

/* ---- Requests ---- */

static HRESULT call(policy_request *request, void **memory)
{
    policy_instance *from = request->from;
    static char file[] = "policy.c";
    switch (request->way) {
    case POLICY_RESERVE_AND_COMMIT:
        return IHostMemoryManager_VirtualAlloc(from->manager, NULL, request->bytes, MEM_RESERVE | MEM_COMMIT,
                                               PAGE_READWRITE, request->level, memory);
    case POLICY_COMMIT:
        return IHostMemoryManager_VirtualAlloc(from->manager, request->memory, request->bytes, MEM_COMMIT,
                                               PAGE_READWRITE, request->level, memory);
    case POLICY_ALLOC:
        return IHostMalloc_Alloc(from->heap, request->bytes, request->level, memory);
    default:
        return IHostMalloc_DebugAlloc(from->heap, request->bytes, request->level, file, 1, memory);
    }
}

static void make(policy_request *request)
{
    hostmem_os *os = request->from->scene->os;
    void *memory = (void *)(UINT_PTR)0xdddd;
    os->set_last_error(os, POLICY_LAST_ERROR);
    request->hr = call(request, &memory);
    request->error = os->get_last_error(os);
    request->memory = memory;
    if (request->hr == S_OK && request->bytes)
        ((volatile char *)memory)[request->bytes - 1] = 1;
}

static void make_elsewhere(void *context)
{
    policy_request *request = context;
    make(request);
    atomic_store(&request->ended, true);
    sim_gate_open(request->end);
}

static policy_request *prepare(policy_instance *instance, policy_way way, SIZE_T bytes, EMemoryCriticalLevel level)
{
    policy_request *request = calloc(1, sizeof *request);
    assert_non_null(request);
    request->from = instance;
    request->way = way;
    request->bytes = bytes;
    request->level = level;
    if (way == POLICY_COMMIT) {
        assert_true(bytes % POLICY_PAGE == 0 && bytes <= RESERVATION_BYTES - instance->next_commit);
        request->memory = instance->reservation + instance->next_commit;
        instance->next_commit += bytes;
    }
    request->next = instance->requests;
    instance->requests = request;
    return request;
}

policy_request *policy_ask(policy_instance *instance, policy_way way, SIZE_T bytes, EMemoryCriticalLevel level)
{
    policy_request *request = prepare(instance, way, bytes, level);
    make(request);
    atomic_store(&request->ended, true);
    return request;
}

policy_request *policy_ask_elsewhere(policy_instance *instance, policy_way way, SIZE_T bytes,
                                     EMemoryCriticalLevel level)
{
    policy_request *request = prepare(instance, way, bytes, level);
    request->end = sim_gate_create();
    request->thread = sim_thread_start(make_elsewhere, request);
    assert_non_null(request->thread);
    return request;
}

void policy_give_back(policy_request *request)
{
    policy_instance *from = request->from;
    HRESULT hr;
    if (request->hr != S_OK || !request->memory)
        return;
    if (request->way == POLICY_RESERVE_AND_COMMIT)
        hr = IHostMemoryManager_VirtualFree(from->manager, request->memory, 0, MEM_RELEASE);
    else if (request->way == POLICY_COMMIT)
        hr = IHostMemoryManager_VirtualFree(from->manager, request->memory, request->bytes, MEM_DECOMMIT);
    else
        hr = IHostMalloc_Free(from->heap, request->memory);
    request->memory = NULL;
    assert_int_equal(hr, S_OK);
}

/* ---- Expectations ---- */

void policy_check_end(policy_request *request, HRESULT hr, UINT32 error, const char *file, int line)
{
    const char *note = request->from->scene->note;
    if (request->thread) {
        if (!sim_gate_pass(request->end, SIM_PATIENCE_MS)) {
            print_error("%s:%d: %s: the request has not ended\n", file, line, note);
            _fail(file, line);
        }
        sim_thread_join(request->thread);
        sim_gate_destroy(request->end);
        request->thread = NULL;
    }
    if (request->hr != hr || request->error != error || (hr == S_OK) != (request->memory != NULL)) {
        print_error("%s:%d: %s: result %#x, last error %u, %p; expected %#x, %u\n", file, line, note,
                    (unsigned)request->hr, (unsigned)request->error, request->memory, (unsigned)hr, (unsigned)error);
        _fail(file, line);
    }
}

void policy_check_wait(policy_request *request, UINT32 count, const char *file, int line)
{
    policy_scene *scene = request->from->scene;
    if (sim_os_await_waiting(scene->sim, count, SIM_PATIENCE_MS) && !atomic_load(&request->ended))
        return;
    print_error("%s:%d: %s: %u threads wait, the request is %s\n", file, line, scene->note,
                (unsigned)sim_os_waiting(scene->sim), atomic_load(&request->ended) ? "over" : "not over");
    _fail(file, line);
}

void policy_check_figure(policy_instance *instance, const char *name, UINT64 is, UINT64 expected, const char *file,
                         int line)
{
    if (is == expected)
        return;
    print_error("%s:%d: %s: %s is %llu, expected %llu\n", file, line, instance->scene->note, name,
                (unsigned long long)is, (unsigned long long)expected);
    _fail(file, line);
}
