/* Whichever call of the operating system fails, and however many: every result is in the failure table, every
 * figure is right, and nothing is left. Each scenario is run once for every call that it makes. */
#include "sweep.h"

#include "listening_callback.h"

/* ---- Virtual memory ---- */

/* A segment and a code heap as the CLR uses them. */
static void pages(sweep *s)
{
    DWORD old;
    MEMORY_BASIC_INFORMATION region;
    SIZE_T written;
    if (sweep_budget(s, (hostmem_budget_config){0}) || sweep_instance(s, 0, (hostmem_config){0}))
        return;
    sweep_new(s, 0, 4 * SWEEP_GRANULE, MEM_RESERVE | MEM_WRITE_WATCH, PAGE_READWRITE, eTaskCritical, S_OK);
    sweep_commit(s, 0, 0, 5 * SWEEP_PAGE, PAGE_READWRITE, S_OK);
    sweep_commit(s, 0, 3 * SWEEP_PAGE, 5 * SWEEP_PAGE + 1, PAGE_READWRITE, S_OK);
    sweep_reset(s, 0);
    sweep_free(s, 0, SWEEP_PAGE, 2 * SWEEP_PAGE, MEM_DECOMMIT);
    sweep_new(s, 1, SWEEP_GRANULE, MEM_RESERVE, PAGE_NOACCESS, eProcessCritical, S_OK);
    sweep_commit(s, 1, 100, 2000, PAGE_EXECUTE_READWRITE, S_OK);
    if (sweep_new(s, 2, 3 * SWEEP_PAGE, MEM_COMMIT, PAGE_READWRITE, eAppDomainCritical, S_OK)) {
        step(s, SWEEP_CALL, S_OK,
             IHostMemoryManager_VirtualProtect(s->managers[0], s->regions[2], 2 * SWEEP_PAGE, PAGE_EXECUTE_READ, &old));
        step(s, SWEEP_CALL, S_OK,
             IHostMemoryManager_VirtualQuery(s->managers[0], s->regions[2], &region, sizeof region, &written));
        step(s, SWEEP_CALL, E_INVALIDARG,
             IHostMemoryManager_VirtualFree(s->managers[0], s->regions[2] + SWEEP_PAGE, 0, MEM_RELEASE));
    }
    sweep_new(s, 3, 100, MEM_RESERVE | MEM_COMMIT | MEM_TOP_DOWN, PAGE_READWRITE, eTaskCritical, S_OK);
    sweep_free(s, 0, 0, 0, MEM_DECOMMIT);
    sweep_free(s, 2, 0, 0, MEM_RELEASE);
    sweep_free(s, 1, 0, 0, MEM_RELEASE);
    sweep_free(s, 3, 0, 0, MEM_RELEASE);
    sweep_free(s, 0, 0, 0, MEM_RELEASE);
}

/* ---- Heaps ---- */

static void heaps(sweep *s)
{
    unsigned i;
    if (sweep_budget(s, (hostmem_budget_config){0}) || sweep_instance(s, 0, (hostmem_config){.flags = HOSTMEM_CHECKED}))
        return;
    sweep_heap(s, 0, MALLOC_THREADSAFE);
    sweep_heap(s, 1, MALLOC_EXECUTABLE);
    for (i = 0; i < SWEEP_MOST; i++)
        sweep_block(s, i, (SIZE_T)1 << 2 * i, (EMemoryCriticalLevel)(i % 3), i % 2, S_OK);
    sweep_free_block(s, 3);
    sweep_free_block(s, 4);
    sweep_block(s, 3, 0, eTaskCritical, true, S_OK);
    sweep_block(s, 4, 100000, eTaskCritical, true, S_OK);
    sweep_free_block(s, 0);
}

/* ---- The budget ---- */

/* Reaches the limit at every level, with blocks and with pages. */
static void fill(sweep *s, HRESULT refusal)
{
    sweep_heap(s, 0, MALLOC_THREADSAFE);
    sweep_new(s, 0, SWEEP_GRANULE, MEM_RESERVE, PAGE_READWRITE, eTaskCritical, S_OK);
    sweep_commit(s, 0, 0, 2 * SWEEP_PAGE, PAGE_READWRITE, S_OK);
    sweep_commit(s, 0, 2 * SWEEP_PAGE, 1, PAGE_READWRITE, refusal);
    sweep_block(s, 1, 100, eAppDomainCritical, false, S_OK);
    sweep_block(s, 3, 4000, eAppDomainCritical, true, refusal);
    sweep_new(s, 1, 8 * SWEEP_PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, eProcessCritical, S_OK); /* overdraft */
    sweep_free(s, 0, 0, SWEEP_PAGE, MEM_DECOMMIT);
    sweep_free(s, 1, 0, 0, MEM_RELEASE);
    sweep_block(s, 2, 500, eTaskCritical, true, S_OK);
}

static const hostmem_budget_config narrow = {
    .limit_bytes = 4 * 4096, .app_domain_reserve_bytes = 4096, .process_reserve_bytes = 4096};

static void budget_limited(sweep *s)
{
    if (!sweep_budget(s, narrow) && !sweep_instance(s, 0, (hostmem_config){0}))
        fill(s, E_OUTOFMEMORY);
}

/* The clock follows real time here, and waits are short. */
static void budget_limited_with_waits(sweep *s)
{
    hostmem_budget_config config = narrow;
    config.wait_ms[eTaskCritical] = config.wait_ms[eAppDomainCritical] = config.wait_ms[eProcessCritical] = 1;
    if (!sweep_budget(s, config) && !sweep_instance(s, 0, (hostmem_config){0}))
        fill(s, HOST_E_TIMEOUT);
}

static void budget_shared(sweep *s)
{
    if (sweep_budget(s, narrow) || sweep_instance(s, 0, (hostmem_config){0}) ||
        sweep_instance(s, 1, (hostmem_config){0}))
        return;
    sweep_new(s, 0, SWEEP_PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, eTaskCritical, S_OK);
    s->owner = 1;
    sweep_new(s, 1, SWEEP_PAGE, MEM_COMMIT, PAGE_READWRITE, eTaskCritical, S_OK);
    sweep_new(s, 2, 1, MEM_COMMIT, PAGE_READWRITE, eTaskCritical, E_OUTOFMEMORY);
    sweep_free(s, 0, 0, 0, MEM_RELEASE);
    sweep_new(s, 2, 1, MEM_COMMIT, PAGE_READWRITE, eTaskCritical, S_OK);
}

/* ---- Notifications ---- */

static void notifications(sweep *s)
{
    static listening_callback callback;
    ICLRMemoryNotificationCallback *iface = &callback.iface;
    DWORD load;
    SIZE_T available;
    if (sweep_budget(s, narrow) || sweep_instance(s, 0, (hostmem_config){0}))
        return;
    listening_callback_init(&callback, s->os);
    step(s, SWEEP_CALL, S_OK, IHostMemoryManager_RegisterMemoryNotificationCallback(s->managers[0], iface));
    sweep_new(s, 0, 3 * SWEEP_PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, eTaskCritical, E_OUTOFMEMORY);
    step(s, SWEEP_CALL, S_OK, IHostMemoryManager_RegisterMemoryNotificationCallback(s->managers[0], NULL));
    step(s, SWEEP_CALL, S_OK, IHostMemoryManager_RegisterMemoryNotificationCallback(s->managers[0], iface));
    step(s, SWEEP_CALL, S_OK, IHostMemoryManager_GetMemoryLoad(s->managers[0], &load, &available));
    hostmem_shutdown(s->instances[0]);
    assert_int_equal(atomic_load(&callback.references), 1);
    step(s, SWEEP_CALL, HOST_E_ABANDONED, IHostMemoryManager_RegisterMemoryNotificationCallback(s->managers[0], iface));
    sweep_new(s, 1, 1, MEM_RESERVE, PAGE_READWRITE, eProcessCritical, S_OK);
}

/* ---- Address space ---- */

static void address_reserve(sweep *s)
{
    unsigned i;
    if (sweep_budget(s, (hostmem_budget_config){0}) ||
        sweep_instance(s, 0, (hostmem_config){.address_reserve_bytes = 8 * SWEEP_GRANULE}))
        return;
    s->foreign = sim_os_add_foreign(s->sim, NULL, SWEEP_GRANULE, TRUE, PAGE_READWRITE);
    for (i = 0; i < 2; i++) {
        step(s, SWEEP_SILENT, S_OK,
             IHostMemoryManager_NeedsVirtualAddressSpace(s->managers[0], NULL, 4 * SWEEP_GRANULE));
        step(s, SWEEP_SILENT, S_OK,
             IHostMemoryManager_AcquiredVirtualAddressSpace(s->managers[0], s->foreign, SWEEP_GRANULE));
        step(s, SWEEP_SILENT, S_OK, IHostMemoryManager_ReleasedVirtualAddressSpace(s->managers[0], s->foreign));
    }
    sweep_new(s, 0, 1, MEM_RESERVE, PAGE_READWRITE, eTaskCritical, S_OK);
    sweep_free(s, 0, 0, 0, MEM_RELEASE);
}

static void views(sweep *s)
{
    if (sweep_budget(s, (hostmem_budget_config){0}) || sweep_instance(s, 0, (hostmem_config){0}))
        return;
    s->foreign = sim_os_add_foreign(s->sim, NULL, 5 * SWEEP_PAGE, TRUE, PAGE_READWRITE);
    step(s, SWEEP_SILENT, S_OK, IHostMemoryManager_AcquiredVirtualAddressSpace(s->managers[0], s->foreign, 0));
    step(s, SWEEP_SILENT, S_OK, IHostMemoryManager_AcquiredVirtualAddressSpace(s->managers[0], s->foreign, SWEEP_PAGE));
    step(s, SWEEP_SILENT, S_OK, IHostMemoryManager_ReleasedVirtualAddressSpace(s->managers[0], s->foreign));
    step(s, SWEEP_SILENT, E_OUTOFMEMORY, IHostMemoryManager_NeedsVirtualAddressSpace(s->managers[0], NULL, 0));
    step(s, SWEEP_SILENT, S_OK, IHostMemoryManager_AcquiredVirtualAddressSpace(s->managers[0], s->foreign, 0));
}

/* ---- Placement ---- */

static void place(sweep *s, UINT32 flags, UINT32 node)
{
    DWORD old;
    if (sweep_budget(s, (hostmem_budget_config){0}) ||
        sweep_instance(s, 0, (hostmem_config){.flags = flags, .numa_node = node}))
        return;
    sweep_new(s, 0, SWEEP_GRANULE, MEM_RESERVE, PAGE_READWRITE, eTaskCritical, S_OK);
    sweep_commit(s, 0, SWEEP_PAGE, 2 * SWEEP_PAGE, PAGE_READWRITE, S_OK);
    sweep_commit(s, 0, 0, 6 * SWEEP_PAGE, PAGE_READWRITE, S_OK);
    sweep_reset(s, 0);
    if (sweep_new(s, 1, 70 * SWEEP_PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_NOACCESS, eProcessCritical, S_OK))
        step(s, SWEEP_CALL, S_OK,
             IHostMemoryManager_VirtualProtect(s->managers[0], s->regions[1], 1, PAGE_EXECUTE_READWRITE, &old));
    sweep_free(s, 0, 0, 0, MEM_DECOMMIT);
}

static void locked(sweep *s)
{
    place(s, HOSTMEM_LOCK_PAGES, 0);
}

static void locked_strictly(sweep *s)
{
    place(s, HOSTMEM_LOCK_PAGES | HOSTMEM_LOCK_STRICT, 0);
}

static void on_a_node(sweep *s)
{
    sim_os_set_nodes(s->sim, 4, 2);
    place(s, HOSTMEM_NUMA | HOSTMEM_TOP_DOWN, HOSTMEM_NUMA_CURRENT);
}

static void locked_strictly_on_a_node(sweep *s)
{
    sim_os_set_nodes(s->sim, 4, 2);
    place(s, HOSTMEM_LOCK_PAGES | HOSTMEM_LOCK_STRICT | HOSTMEM_NUMA, 1);
}

/* ---- The rest ---- */

static void control_and_rules(sweep *s)
{
    const hostmem_fault_rule rule = {.size = sizeof rule, .nth = 2};
    IHostMemoryManager *manager = NULL;
    HRESULT hr;
    sim_os_set_environment(s->sim, "HOSTMEM_FAULT", "nth=1000");
    if (sweep_budget(s, (hostmem_budget_config){0}) ||
        sweep_instance(s, 0, (hostmem_config){.flags = HOSTMEM_ENVIRONMENT}))
        return;
    hr = hostmem_get_control(s->instances[0], NULL, &s->control);
    assert_true(hr == S_OK || (hr == E_OUTOFMEMORY && sim_os_failed(s->sim)));
    assert_true((hr == S_OK) == (s->control != NULL));
    if (s->control) {
        step(s, SWEEP_CALL, S_OK, IHostControl_GetHostManager(s->control, &IID_IHostMemoryManager, (void **)&manager));
        IHostMemoryManager_Release(manager);
    }
    hr = hostmem_fault_set(s->instances[0], &rule, 1);
    assert_true(hr == S_OK || (hr == E_OUTOFMEMORY && sim_os_failed(s->sim)));
    sweep_new(s, 0, 1, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, eTaskCritical, S_OK);
    s->limited = true; /* from here on a rule may refuse */
    sweep_new(s, 1, 1, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, eTaskCritical, E_OUTOFMEMORY);
}

static const sweep_plan plans[] = {
    {"pages", pages, 30, false, false},
    {"heaps", heaps, 30, false, false},
    {"a limited budget", budget_limited, 30, false, false},
    {"a limited budget with waits", budget_limited_with_waits, 30, true, false},
    {"a shared budget", budget_shared, 20, false, false},
    {"notifications", notifications, 15, false, false},
    {"an address reserve", address_reserve, 15, false, true},
    {"views", views, 8, false, false},
    {"locked", locked, 25, false, false},
    {"locked strictly", locked_strictly, 25, false, false},
    {"on a node", on_a_node, 25, false, false},
    {"locked strictly on a node", locked_strictly_on_a_node, 25, false, false},
    {"control and rules", control_and_rules, 12, false, false},
};

static void whatever_fails_the_books_are_true_and_nothing_is_left(void **state)
{
    unsigned i;
    (void)state;
    for (i = 0; i < sizeof plans / sizeof *plans; i++)
        sweep_run(&plans[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_fails_the_books_are_true_and_nothing_is_left),
    };
    return cmocka_run_group_tests_name("sweep", tests, NULL, NULL);
}
