/* IHostControl: it returns the memory manager and passes everything else to the host's own control. */
#include "com_doubles.h"
#include "host_fixture.h"

static const IID other_iid = {0x12345678, 0x0001, 0x0002, {1, 2, 3, 4, 5, 6, 7, 8}};

static IHostControl *control_over(host_fixture *fixture, IHostControl *inner)
{
    IHostControl *control = NULL;
    assert_int_equal(hostmem_get_control(fixture->instance, inner, &control), S_OK);
    assert_non_null(control);
    return control;
}

static void is_a_com_object(void **state)
{
    counting_control inner;
    IHostControl *control;
    counting_control_init(&inner);
    control = control_over(*state, &inner.iface);
    expect_ref(control, 1);
    expect_com_object(control, &IID_IHostControl);
    expect_query(control, &IID_IHostMemoryManager, E_NOINTERFACE);
    expect_query(control, &IID_IHostMalloc, E_NOINTERFACE);
    assert_int_equal(inner.references, 2);
    assert_int_equal(IHostControl_AddRef(control), 2);
    assert_int_equal(IHostControl_Release(control), 1);
    assert_int_equal(inner.references, 2);
    assert_int_equal(IHostControl_Release(control), 0);
    assert_int_equal(inner.references, 1);
    assert_int_equal(inner.manager_requests, 0);
}

static void memory_manager_is_handed_out_as_an_owned_reference(void **state)
{
    host_fixture *fixture = *state;
    IHostControl *control = control_over(fixture, NULL);
    IHostMemoryManager *manager = COM_POISON;
    expect_ref(fixture->manager, 3); /* the handle's, the fixture's, the control's */
    expect_success_and_no_change(fixture,
                                 IHostControl_GetHostManager(control, &IID_IHostMemoryManager, (void **)&manager));
    assert_ptr_equal(manager, fixture->manager);
    expect_ref(manager, 4);
    IHostMemoryManager_Release(manager);
    assert_int_equal(IHostControl_Release(control), 0);
    expect_ref(fixture->manager, 2);
}

static void without_an_inner_control_there_are_no_other_managers(void **state)
{
    host_fixture *fixture = *state;
    const IID *iids[] = {&other_iid, &com_iid_unknown, &IID_IHostControl, &IID_IHostMalloc};
    IHostControl *control = control_over(fixture, NULL);
    unsigned i;
    for (i = 0; i < sizeof iids / sizeof *iids; i++) {
        void *out = COM_POISON;
        assert_int_equal(IHostControl_GetHostManager(control, iids[i], &out), E_NOINTERFACE);
        assert_null(out);
    }
    expect_success_and_no_change(fixture, IHostControl_SetAppDomainManager(control, 1, NULL));
    expect_success_and_no_change(fixture, IHostControl_SetAppDomainManager(control, 2, (IUnknown *)control));
    expect_ref(control, 1);
    assert_int_equal(IHostControl_Release(control), 0);
}

static void null_arguments_are_refused(void **state)
{
    host_fixture *fixture = *state;
    counting_control inner;
    IHostControl *alone = control_over(fixture, NULL), *control;
    void *out = COM_POISON;
    counting_control_init(&inner);
    inner.manager = COM_POISON;
    control = control_over(fixture, &inner.iface);
    assert_int_equal(IHostControl_GetHostManager(control, &IID_IHostMemoryManager, NULL), E_POINTER);
    assert_int_equal(IHostControl_GetHostManager(control, &other_iid, NULL), E_POINTER);
    assert_int_equal(IHostControl_GetHostManager(control, NULL, NULL), E_POINTER);
    assert_int_equal(IHostControl_GetHostManager(control, NULL, &out), E_INVALIDARG);
    assert_null(out);
    out = COM_POISON;
    assert_int_equal(IHostControl_GetHostManager(alone, NULL, &out), E_INVALIDARG);
    assert_null(out);
    assert_int_equal(inner.manager_requests, 0);
    assert_int_equal(IHostControl_Release(control), 0);
    assert_int_equal(IHostControl_Release(alone), 0);
}

static void inner_control_is_asked_for_everything_but_memory(void **state)
{
    host_fixture *fixture = *state;
    counting_control inner;
    IHostControl *control;
    void *out = NULL;
    counting_control_init(&inner);
    control = control_over(fixture, &inner.iface);

    inner.manager = &inner; /* it would return a memory manager, too, so it must not be asked */
    inner.manager_hr = S_OK;
    assert_int_equal(IHostControl_GetHostManager(control, &IID_IHostMemoryManager, &out), S_OK);
    assert_ptr_equal(out, fixture->manager);
    IHostMemoryManager_Release(fixture->manager);
    assert_int_equal(inner.manager_requests, 0);

    assert_int_equal(IHostControl_GetHostManager(control, &other_iid, &out), S_OK);
    assert_ptr_equal(out, &inner);
    assert_int_equal(inner.manager_requests, 1);
    assert_memory_equal(&inner.last_manager, &other_iid, sizeof other_iid);

    inner.manager = NULL;
    inner.manager_hr = E_ACCESSDENIED; /* whatever it returns is passed on */
    assert_int_equal(IHostControl_GetHostManager(control, &IID_IHostMalloc, &out), E_ACCESSDENIED);
    assert_null(out);
    assert_int_equal(inner.manager_requests, 2);

    inner.domain_hr = HOST_E_INVALIDOPERATION;
    assert_int_equal(IHostControl_SetAppDomainManager(control, 42, (IUnknown *)control), HOST_E_INVALIDOPERATION);
    assert_int_equal(inner.domain_requests, 1);
    assert_int_equal(inner.last_domain, 42);
    assert_ptr_equal(inner.last_domain_manager, control);
    inner.domain_hr = S_OK;
    assert_int_equal(IHostControl_SetAppDomainManager(control, 0, NULL), S_OK);
    assert_int_equal(inner.domain_requests, 2);
    assert_null(inner.last_domain_manager);
    assert_int_equal(inner.references, 2);
    assert_int_equal(IHostControl_Release(control), 0);
    assert_int_equal(inner.references, 1);
}

static void controls_nest(void **state)
{
    host_fixture *fixture = *state;
    hostmem *another = host_fixture_another(fixture);
    counting_control inner;
    IHostControl *middle, *outer;
    void *out = NULL;
    counting_control_init(&inner);
    assert_int_equal(hostmem_get_control(another, &inner.iface, &middle), S_OK);
    outer = control_over(fixture, middle);
    assert_int_equal(IHostControl_Release(middle), 1);
    assert_int_equal(IHostControl_GetHostManager(outer, &IID_IHostMemoryManager, &out), S_OK);
    assert_ptr_equal(out, fixture->manager);
    IHostMemoryManager_Release(fixture->manager);
    assert_int_equal(IHostControl_GetHostManager(outer, &other_iid, &out), S_OK);
    assert_int_equal(inner.manager_requests, 1);
    assert_int_equal(IHostControl_Release(outer), 0);
    assert_int_equal(inner.references, 1);
    assert_int_equal(hostmem_release(another), 0);
}

static void failed_construction_takes_no_reference(void **state)
{
    host_fixture *fixture = *state;
    counting_control inner;
    IHostControl *control = COM_POISON;
    counting_control_init(&inner);
    sim_os_fail(fixture->sim, SIM_SET(SIM_OBJECT_ALLOC), 0, 1, ERROR_NOT_ENOUGH_MEMORY);
    assert_int_equal(hostmem_get_control(fixture->instance, &inner.iface, &control), E_OUTOFMEMORY);
    assert_null(control);
    assert_int_equal(hostmem_get_control(fixture->instance, &inner.iface, NULL), E_POINTER);
    assert_int_equal(hostmem_get_control(NULL, &inner.iface, &control), E_POINTER);
    assert_int_equal(inner.references, 1);
    expect_ref(fixture->manager, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(is_a_com_object),
        fixture_test(memory_manager_is_handed_out_as_an_owned_reference),
        fixture_test(without_an_inner_control_there_are_no_other_managers),
        fixture_test(null_arguments_are_refused),
        fixture_test(inner_control_is_asked_for_everything_but_memory),
        fixture_test(controls_nest),
        fixture_test(failed_construction_takes_no_reference),
    };
    return cmocka_run_group_tests_name("host_control", tests, NULL, NULL);
}
