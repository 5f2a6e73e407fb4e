/* The shared state: counting, the callback's references, the end, and the beginning and end of every call. */
#define COBJMACROS
#include "core.h"

#include "check.h"

#include <limits.h>
#include <string.h>

static void references_are_counted_and_the_last_frees(void **state)
{
    check_fixture *f = *state;
    assert_int_equal(hostmem_core_add_ref(f->core), 2);
    assert_int_equal(hostmem_core_add_ref(f->core), 3);
    assert_int_equal(hostmem_core_release(f->core), 2);
    assert_int_equal(hostmem_core_release(f->core), 1);
    /* The fixture's teardown releases the last and looks for rests. */
}

static void a_core_that_cannot_be_made_leaves_nothing(void **state)
{
    check_fixture *f = *state;
    hostmem_config config = {.size = sizeof config, .os = f->os, .limit_bytes = 5};
    sim_os_totals before, after;
    hostmem_core *core;
    UINT32 skip;
    for (skip = 0;; skip++) {
        sim_os_total(f->sim, &before);
        sim_os_fail(f->sim, SIM_ALL_KINDS, skip, 1, ERROR_NOT_ENOUGH_MEMORY);
        core = hostmem_core_create(&config);
        if (!sim_os_failed(f->sim))
            break;
        assert_null(core);
        sim_os_total(f->sim, &after);
        assert_memory_equal(&before, &after, sizeof before);
    }
    assert_true(skip > 1);
    assert_non_null(core);
    assert_int_equal(hostmem_core_release(core), 0);
    sim_os_total(f->sim, &after);
    assert_memory_equal(&before, &after, sizeof before);
}

/* A callback that only counts. */
typedef struct counted {
    ICLRMemoryNotificationCallback ICLRMemoryNotificationCallback_iface;
    ULONG references;
    ULONG lowest; /* number of them that there ever was; at 0 a real one would be gone */
} counted;

static HRESULT STDMETHODCALLTYPE counted_QueryInterface(ICLRMemoryNotificationCallback *iface, REFIID iid, void **out)
{
    (void)iface;
    (void)iid;
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE counted_AddRef(ICLRMemoryNotificationCallback *iface)
{
    return ++((counted *)iface)->references;
}

static ULONG STDMETHODCALLTYPE counted_Release(ICLRMemoryNotificationCallback *iface)
{
    counted *self = (counted *)iface;
    self->references--;
    if (self->references < self->lowest)
        self->lowest = self->references;
    return self->references;
}

static HRESULT STDMETHODCALLTYPE counted_OnMemoryNotification(ICLRMemoryNotificationCallback *iface,
                                                              EMemoryAvailable now)
{
    (void)iface;
    (void)now;
    return S_OK;
}

static ICLRMemoryNotificationCallbackVtbl counted_vtbl = {
    .QueryInterface = counted_QueryInterface,
    .AddRef = counted_AddRef,
    .Release = counted_Release,
    .OnMemoryNotification = counted_OnMemoryNotification,
};

static counted make_counted(void)
{
    return (counted){.ICLRMemoryNotificationCallback_iface.lpVtbl = &counted_vtbl, .references = 1, .lowest = 1};
}

static void the_callback_is_counted_and_replaced(void **state)
{
    check_fixture *f = *state;
    counted first = make_counted(), second = make_counted();
    assert_true(hostmem_core_set_callback(f->core, &first.ICLRMemoryNotificationCallback_iface));
    assert_int_equal(first.references, 2);
    /* Once more the same, of which the core holds the only reference now: it must not go in between. */
    counted_Release(&first.ICLRMemoryNotificationCallback_iface);
    assert_true(hostmem_core_set_callback(f->core, &first.ICLRMemoryNotificationCallback_iface));
    assert_int_equal(first.references, 1);
    assert_int_equal(first.lowest, 1);
    counted_AddRef(&first.ICLRMemoryNotificationCallback_iface);
    assert_true(hostmem_core_set_callback(f->core, &second.ICLRMemoryNotificationCallback_iface));
    assert_int_equal(first.references, 1);
    assert_int_equal(second.references, 2);
    assert_true(hostmem_core_set_callback(f->core, NULL));
    assert_int_equal(second.references, 1);
    assert_true(hostmem_core_set_callback(f->core, NULL));
    assert_int_equal(second.references, 1);
}

static void shutdown_gives_the_callback_back_and_takes_no_other(void **state)
{
    check_fixture *f = *state;
    counted first = make_counted(), late = make_counted();
    assert_true(hostmem_core_set_callback(f->core, &first.ICLRMemoryNotificationCallback_iface));
    hostmem_core_shutdown(f->core);
    assert_int_equal(first.references, 1);
    assert_false(hostmem_core_set_callback(f->core, &late.ICLRMemoryNotificationCallback_iface));
    assert_int_equal(late.references, 1);
    assert_false(hostmem_core_set_callback(f->core, NULL));
    hostmem_core_shutdown(f->core);
    assert_int_equal(first.references, 1);
}

static void the_last_release_gives_the_callback_back(void **state)
{
    check_fixture *f = *state;
    hostmem_config config = {.size = sizeof config, .os = f->os};
    hostmem_core *core = hostmem_core_create(&config);
    counted callback = make_counted();
    assert_non_null(core);
    assert_true(hostmem_core_set_callback(core, &callback.ICLRMemoryNotificationCallback_iface));
    assert_int_equal(hostmem_core_release(core), 0);
    assert_int_equal(callback.references, 1);
}

/* A callback whose AddRef is interrupted by the host's shutdown. */
static hostmem_core *core_to_shut_down;

static ULONG STDMETHODCALLTYPE interrupted_AddRef(ICLRMemoryNotificationCallback *iface)
{
    hostmem_core_shutdown(core_to_shut_down);
    return counted_AddRef(iface);
}

static void a_shutdown_in_the_middle_of_registering_leaves_no_reference(void **state)
{
    check_fixture *f = *state;
    ICLRMemoryNotificationCallbackVtbl vtbl = counted_vtbl;
    counted callback = {.ICLRMemoryNotificationCallback_iface.lpVtbl = &vtbl, .references = 1, .lowest = 1};
    vtbl.AddRef = interrupted_AddRef;
    core_to_shut_down = f->core;
    assert_false(hostmem_core_set_callback(f->core, &callback.ICLRMemoryNotificationCallback_iface));
    assert_int_equal(callback.references, 1);
}

static void levels_that_the_interfaces_define(void **state)
{
    static const struct {
        int level;
        bool known;
    } levels[] = {{0, true}, {1, true}, {2, true}, {3, false}, {-1, false}, {INT_MAX, false}, {INT_MIN, false}};
    size_t i;
    (void)state;
    for (i = 0; i < CHECK_COUNT_OF(levels); i++)
        assert_int_equal(hostmem_core_knows_level((EMemoryCriticalLevel)levels[i].level), levels[i].known);
}

static void failures_set_the_last_error_and_refusals_are_counted(void **state)
{
    check_fixture *f = *state;
    hostmem_stats stats;
    int level;
    fails(f, CHECK_UNCOUNTED, E_INVALIDARG, 487, hostmem_core_fail(f->core, HOSTMEM_OPERATION_VIRTUAL_FREE, 487));
    fails(f, CHECK_UNCOUNTED, E_OUTOFMEMORY, 8, hostmem_core_fail(f->core, HOSTMEM_OPERATION_HEAP_ALLOC, 8));
    for (level = 0; level < 3; level++) {
        hostmem_operation operation = HOSTMEM_OPERATION_VIRTUAL_ALLOC;
        EMemoryCriticalLevel critical = (EMemoryCriticalLevel)level;
        fails(f, level, E_OUTOFMEMORY, 1455, hostmem_core_refuse(f->core, operation, critical, 1455));
        fails(f, level, E_OUTOFMEMORY, 8, hostmem_core_refuse(f->core, operation, critical, 8));
        /* A place that cannot be had is no lack of memory. */
        fails(f, level, E_OUTOFMEMORY, 487, hostmem_core_refuse(f->core, operation, critical, 487));
        fails(f, level, E_INVALIDARG, 87, hostmem_core_refuse(f->core, operation, critical, 87));
    }
    stats = check_stats(f);
    for (level = 0; level < 3; level++)
        assert_int_equal(stats.refused[level], 2);
}

static void the_limit_and_the_overdraft_are_told(void **state)
{
    check_fixture *f = *state;
    hostmem_stats stats = check_stats(f);
    assert_int_equal(stats.limit_bytes, 0);
    assert_int_equal(stats.overdraft_bytes, 0);
    hostmem_budget_set_limit(&f->core->budget, 1000);
    assert_true(hostmem_core_charge(f->core, 1000, eTaskCritical));
    stats = check_stats(f);
    assert_int_equal(stats.limit_bytes, 1000);
    assert_int_equal(stats.used_bytes, 1000);
    assert_int_equal(stats.overdraft_bytes, 0);
    assert_false(hostmem_core_charge(f->core, 1, eAppDomainCritical));
    assert_true(hostmem_core_charge(f->core, 1, eProcessCritical));
    stats = check_stats(f);
    assert_int_equal(stats.overdraft_bytes, 1);
    hostmem_budget_set_limit(&f->core->budget, 0);
    stats = check_stats(f);
    assert_int_equal(stats.overdraft_bytes, 0);
    hostmem_budget_refund(&f->core->budget, 1001);
}

static void the_size_of_stats_is_left_alone(void **state)
{
    check_fixture *f = *state;
    hostmem_stats stats;
    memset(&stats, 0xdd, sizeof stats);
    hostmem_core_stats(f->core, &stats);
    assert_int_equal(stats.size, 0xdddddddd);
    assert_int_equal(stats.reserved_word, 0xdddddddd);
    assert_int_equal(stats.reserved_bytes, 0);
    assert_int_equal(stats.refused[2], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        check_test(references_are_counted_and_the_last_frees),
        check_test(a_core_that_cannot_be_made_leaves_nothing),
        check_test(the_callback_is_counted_and_replaced),
        check_test(shutdown_gives_the_callback_back_and_takes_no_other),
        check_test(the_last_release_gives_the_callback_back),
        check_test(a_shutdown_in_the_middle_of_registering_leaves_no_reference),
        check_test(levels_that_the_interfaces_define),
        check_test(failures_set_the_last_error_and_refusals_are_counted),
        check_test(the_limit_and_the_overdraft_are_told),
        check_test(the_size_of_stats_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
