/* The fixture of the COM tests. Created for each test; used on the main thread only. */
#include "host_fixture.h"

#include <stdlib.h>
#include <string.h>

static hostmem *create_on(hostmem_os *os)
{
    hostmem_config config = {.size = sizeof config, .os = os};
    hostmem *instance = NULL;
    return SUCCEEDED(hostmem_create(&config, &instance)) ? instance : NULL;
}

int host_fixture_setup(void **state)
{
    host_fixture *fixture = calloc(1, sizeof *fixture);
    if (!fixture)
        return -1;
    *state = fixture;
    fixture->sim = sim_os_create(NULL);
    fixture->os = sim_os_functions(fixture->sim);
    fixture->instance = create_on(fixture->os);
    return fixture->instance && hostmem_get_manager(fixture->instance, &fixture->manager) == S_OK ? 0 : -1;
}

int host_fixture_teardown(void **state)
{
    host_fixture *fixture = *state;
    BOOL clean;
    sim_os_set_hooks(fixture->sim, 0, NULL, NULL, NULL);
    sim_os_fail(fixture->sim, 0, 0, 0, 0);
    if (fixture->manager)
        IHostMemoryManager_Release(fixture->manager);
    hostmem_release(fixture->instance);
    clean = sim_os_check(fixture->sim, NULL);
    sim_os_destroy(fixture->sim);
    free(fixture);
    return clean ? 0 : -1;
}

hostmem *host_fixture_another(host_fixture *fixture)
{
    hostmem *instance = create_on(fixture->os);
    assert_non_null(instance);
    return instance;
}

hostmem_stats host_fixture_stats(host_fixture *fixture)
{
    hostmem_stats stats = {.size = sizeof stats};
    assert_int_equal(hostmem_get_stats(fixture->instance, &stats), S_OK);
    return stats;
}

void host_fixture_before(host_fixture *fixture)
{
    if (fixture->instance)
        fixture->before = host_fixture_stats(fixture);
    fixture->os->set_last_error(fixture->os, FIXTURE_LAST_ERROR);
}

void host_fixture_after(host_fixture *fixture, HRESULT hr, HRESULT expected, UINT32 expected_error, BOOL unchanged,
                        const char *call, const char *file, int line)
{
    UINT32 error = fixture->os->get_last_error(fixture->os);
    if (hr != expected || error != expected_error) {
        print_error("%s:%d: %s: result %#x, last error %u; expected %#x, %u\n", file, line, call, (unsigned)hr,
                    (unsigned)error, (unsigned)expected, (unsigned)expected_error);
        _fail(file, line);
    }
    if (unchanged && fixture->instance) {
        hostmem_stats now = host_fixture_stats(fixture);
        memcpy(now.refused, fixture->before.refused, sizeof now.refused);
        memcpy(now.injected, fixture->before.injected, sizeof now.injected);
        memcpy(now.refusals, fixture->before.refusals, sizeof now.refusals);
        memcpy(now.refused_by, fixture->before.refused_by, sizeof now.refused_by);
        now.last_system_error = fixture->before.last_system_error;
        memcpy(now.calls, fixture->before.calls, sizeof now.calls);
        /* The notification thread may run at any time. */
        memcpy(now.notifications, fixture->before.notifications, sizeof now.notifications);
        if (memcmp(&now, &fixture->before, sizeof now)) {
            print_error("%s:%d: %s: the figures have changed\n", file, line, call);
            _fail(file, line);
        }
    }
}

void *host_fixture_alloc(host_fixture *fixture, void *address, SIZE_T size, DWORD type, DWORD protect)
{
    void *memory = NULL;
    expect_success(fixture, IHostMemoryManager_VirtualAlloc(fixture->manager, address, size, type, protect,
                                                            eTaskCritical, &memory));
    assert_non_null(memory);
    return memory;
}

IHostMalloc *host_fixture_malloc(host_fixture *fixture, DWORD type)
{
    IHostMalloc *heap = NULL;
    expect_success(fixture, IHostMemoryManager_CreateMalloc(fixture->manager, type, &heap));
    assert_non_null(heap);
    return heap;
}

IHostMalloc *host_fixture_malloc_of(hostmem *instance)
{
    IHostMemoryManager *manager;
    IHostMalloc *heap;
    assert_int_equal(hostmem_get_manager(instance, &manager), S_OK);
    assert_int_equal(IHostMemoryManager_CreateMalloc(manager, MALLOC_THREADSAFE, &heap), S_OK);
    IHostMemoryManager_Release(manager);
    return heap;
}
