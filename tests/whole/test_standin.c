/* The stand-in for the CLR on the real manager: whole runs of a runtime. The second half shows that the stand-in
 * finds mistakes: with a proxy that breaks one rule it must name that rule. */
#define COBJMACROS
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <corerror.h>
#include <stdio.h>
#include <string.h>

#include <hostmem/hostmem.h>

#include "standin_life_check.h"

/* What standin_live runs by default. */
#define DEPTH STANDIN_LIFE_DEPTH
#define THREADS STANDIN_LIFE_THREADS

/* ---- Whole runs ---- */

static void trees_give_the_checked_result_in_orderly_memory(void **state)
{
    standin_life life;

    (void)state;
    standin_live(&(standin_plan){0}, &life);
    assert_int_equal(life.run, S_OK);
    assert_int_equal(life.result, standin_trees_expected(DEPTH, THREADS));
    assert_int_equal(life.report.tasks, THREADS);
    assert_int_equal(life.report.tasks_out_of_memory, 0);
    assert_orderly(&life);
}

static void an_unlimited_life_makes_every_kind_of_call(void **state)
{
    standin_life life;

    (void)state;
    standin_live(&(standin_plan){0}, &life);
    assert_true(life.report.collections > 0);
    for (int i = 0; i < STANDIN_NOTIFICATION; i++) {
        if (!life.report.calls[i])
            print_error("%s was never called\n", standin_method_name((standin_method)i));
        assert_true(life.report.calls[i] > 0);
    }
}

static void a_runtime_out_of_memory_runs_again_when_there_is_some(void **state)
{
    standin_life life;

    (void)state;
    standin_live(&(standin_plan){.limit_bytes = 1024 * 1024, .run_again_freely = TRUE}, &life);
    assert_int_equal((LONG)life.result, -THREADS);
    assert_int_equal(life.second_result, standin_trees_expected(DEPTH, THREADS));
    assert_orderly(&life);
}

static void a_limit_below_what_starting_takes_is_overdrawn(void **state)
{
    standin_life life;

    (void)state;
    standin_live(&(standin_plan){.limit_bytes = 1}, &life);
    assert_int_equal(life.start, S_OK);
    assert_true(life.started.overdraft_bytes > 0);
    assert_int_equal((LONG)life.result, -THREADS);
    assert_orderly(&life);
}

static void a_program_catches_its_own_out_of_memory(void **state)
{
    standin_life life;

    (void)state;
    standin_live(&(standin_plan){.method = L"Exhaust", .argument = L"8", .limit_bytes = 4 << 20}, &life);
    assert_int_equal(life.result, 1);
    assert_orderly(&life);
    standin_live(&(standin_plan){.method = L"Exhaust", .argument = L"8"}, &life);
    assert_int_equal(life.result, 0);
    assert_orderly(&life);
}

static void requests_are_process_critical_until_the_runtime_has_started(void **state)
{
    standin_life life;

    (void)state;
    standin_live(&(standin_plan){.proxied = TRUE}, &life);
    assert_int_equal(life.levels_before_start[eTaskCritical], 0);
    assert_int_equal(life.levels_before_start[eAppDomainCritical], 0);
    assert_true(life.levels_before_start[eProcessCritical] > 0);
    assert_true(life.levels[eTaskCritical] > life.levels[eProcessCritical]);
    assert_true(life.levels[eAppDomainCritical] > 0);
    assert_true(life.levels[eProcessCritical] > life.levels_before_start[eProcessCritical]);
    assert_orderly(&life);
}

static void a_low_notification_is_answered_by_one_collection(void **state)
{
    standin_life life;

    (void)state;
    standin_live(&(standin_plan){.proxied = TRUE, .notify_low = TRUE}, &life);
    assert_int_equal(life.report.notifications[eMemoryAvailableLow], 1);
    assert_int_equal(life.report.collections_by_low, 1);
    /* Neutral was never sent, so every collection released all it could. */
    assert_true(life.report.collections > 1);
    assert_int_equal(life.report.eager_collections, life.report.collections);
    assert_int_equal(life.result, standin_trees_expected(DEPTH, THREADS));
    assert_orderly(&life);
}

/* Each run refuses the next request, until a whole run ends before it. */
static void the_refusal_of_any_single_request_is_survived(void **state)
{
    LONG requests = 0;
    standin_life life;

    (void)state;
    do {
        standin_live(&(standin_plan){.proxied = TRUE, .argument = L"6,1", .refuse_after = ++requests}, &life);
        assert_no_violations(&life);
        assert_int_equal(life.left_over, 0);
        assert_int_equal(life.ended.used_bytes, 0);
        assert_int_equal(life.ended.reserved_bytes, 0);
        if (life.start == S_OK) {
            assert_held_equal(&life.finished, &life.started);
            assert_true(life.result == standin_trees_expected(6, 1) || (LONG)life.result == -1);
        } else {
            assert_int_equal(life.start, E_OUTOFMEMORY);
        }
    } while (life.refused);
    assert_true(requests > 50);
}

/* ---- the states of a CLR ---- */

static HRESULT run_trees(ICLRRuntimeHost *host)
{
    DWORD result;

    return ICLRRuntimeHost_ExecuteInDefaultAppDomain(host, L"Trees.exe", L"Trees", L"Run", L"6,1", &result);
}

static void a_runtime_outlives_the_instance_that_it_came_from(void **state)
{
    hostmem *memory;
    IHostControl *control;
    ICLRRuntimeHost *host;
    standin_report report;
    DWORD result = 0;
    ULONG held;

    (void)state;
    assert_int_equal(hostmem_create(NULL, &memory), S_OK);
    assert_int_equal(hostmem_get_control(memory, NULL, &control), S_OK);
    assert_int_equal(standin_clr_create(&host), S_OK);
    ICLRRuntimeHost_SetHostControl(host, control);
    ICLRRuntimeHost_Start(host);
    IHostControl_Release(control);
    held = hostmem_release(memory);
    ICLRRuntimeHost_ExecuteInDefaultAppDomain(host, L"Trees.exe", L"Trees", L"Run", L"8,2", &result);
    standin_clr_report(host, &report);
    standin_clr_end_process(host);

    assert_int_equal(held, 2); /* the manager and its heap */
    assert_int_equal(result, standin_trees_expected(8, 2));
    assert_int_equal(report.violations, 0);
}

static void calls_in_the_wrong_state_are_refused(void **state)
{
    hostmem *memory;
    IHostControl *control;
    ICLRRuntimeHost *host;
    DWORD domain = 7;
    HRESULT hr[10];

    (void)state;
    assert_int_equal(hostmem_create(NULL, &memory), S_OK);
    assert_int_equal(hostmem_get_control(memory, NULL, &control), S_OK);
    assert_int_equal(standin_clr_create(&host), S_OK);
    hr[0] = ICLRRuntimeHost_SetHostControl(host, NULL);
    hr[1] = run_trees(host);
    hr[2] = ICLRRuntimeHost_SetHostControl(host, control);
    hr[3] = ICLRRuntimeHost_SetHostControl(host, control);
    hr[4] = ICLRRuntimeHost_Start(host);
    hr[5] = ICLRRuntimeHost_SetHostControl(host, control);
    hr[6] = ICLRRuntimeHost_GetCurrentAppDomainId(host, &domain);
    hr[7] = ICLRRuntimeHost_Stop(host);
    hr[8] = run_trees(host);
    hr[9] = ICLRRuntimeHost_Start(host);
    hostmem_shutdown(memory);
    standin_clr_end_process(host);
    IHostControl_Release(control);
    assert_int_equal(hostmem_release(memory), 0);

    assert_int_equal(hr[0], E_INVALIDARG);
    assert_int_equal(hr[1], HOST_E_CLRNOTAVAILABLE);
    assert_int_equal(hr[2], S_OK);
    assert_int_equal(hr[3], E_ACCESSDENIED);
    assert_int_equal(hr[4], S_OK);
    assert_int_equal(hr[5], E_ACCESSDENIED);
    assert_int_equal(hr[6], S_OK);
    assert_int_equal(domain, 1);
    assert_int_equal(hr[7], S_OK);
    assert_int_equal(hr[8], HOST_E_CLRNOTAVAILABLE);
    assert_int_equal(hr[9], HOST_E_CLRNOTAVAILABLE);
}

static void a_wrong_program_or_argument_fails_as_in_a_clr(void **state)
{
    static const struct {
        const WCHAR *method, *argument;
        HRESULT expected;
    } cases[] = {
        {L"Walk", L"16", COR_E_MISSINGMETHOD},
        {L"Run", L"deep", COR_E_FORMAT},
        {L"Run", L"16,", COR_E_FORMAT},
        {L"Run", L"16,4,4", COR_E_FORMAT},
        {L"Run", L"5", COR_E_ARGUMENTOUTOFRANGE},
        {L"Run", L"16,0", COR_E_ARGUMENTOUTOFRANGE},
        {L"Run", L"16,33", COR_E_ARGUMENTOUTOFRANGE},
        {L"Run", L"-1", COR_E_ARGUMENTOUTOFRANGE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        standin_life life;

        standin_live(&(standin_plan){.method = cases[i].method, .argument = cases[i].argument}, &life);
        assert_int_equal(life.run, cases[i].expected);
        assert_int_equal(life.result, STANDIN_LIFE_NO_RESULT);
        assert_orderly(&life);
    }
}

/* ---- The stand-in finds mistakes ---- */

static BOOL has_violation(const standin_report *report, standin_method method, const char *part)
{
    const char *name = standin_method_name(method);
    size_t length = strlen(name);

    for (LONG i = 0; i < report->violations && i < STANDIN_TEXTS; i++)
        if (!strncmp(report->violation[i], name, length) && report->violation[i][length] == ':' &&
            strstr(report->violation[i] + length, part))
            return TRUE;
    return FALSE;
}

static void every_broken_rule_is_reported_by_name(void **state)
{
    static const struct {
        standin_method method;
        const char *text;
    } expected[FAULTS] = {
        [CREATE_MALLOC_GIVES_NULL] = {STANDIN_CREATE_MALLOC, "returned S_OK and NULL"},
        [PAGES_S_OK_AND_NULL] = {STANDIN_VIRTUAL_ALLOC, "returned S_OK and NULL"},
        [PAGES_REFUSED_UNWRITTEN] = {STANDIN_VIRTUAL_ALLOC, "left its out parameter unwritten"},
        [PAGES_REFUSED_WITH_POINTER] = {STANDIN_VIRTUAL_ALLOC, "failed with 0x8007000E and gave"},
        [PAGES_S_FALSE] = {STANDIN_VIRTUAL_ALLOC, "returned 0x00000001, which is not documented"},
        [PAGES_UNDOCUMENTED] = {STANDIN_VIRTUAL_ALLOC, "returned 0x80004004, which is not documented"},
        [PAGES_LAST_ERROR_LOST] = {STANDIN_VIRTUAL_ALLOC, "changed the last error to 0"},
        [PAGES_NO_LAST_ERROR] = {STANDIN_VIRTUAL_ALLOC, "without a last error"},
        [PAGES_ELSEWHERE] = {STANDIN_VIRTUAL_ALLOC, "for a request at"},
        [PAGES_NOT_COMMITTED] = {STANDIN_VIRTUAL_ALLOC, "is not as requested"},
        [PAGES_NOT_ZERO] = {STANDIN_VIRTUAL_ALLOC, "memory is not zero"},
        [PAGES_LOSE_CONTENT] = {STANDIN_VIRTUAL_ALLOC, "committing again lost the contents"},
        [PAGES_NO_WRITE_WATCH] = {STANDIN_VIRTUAL_ALLOC, "write watch"},
        [PAGES_NOT_TAKEN_BACK] = {STANDIN_VIRTUAL_FREE, "did not free its own memory"},
        [PAGES_NOT_DECOMMITTED] = {STANDIN_VIRTUAL_FREE, "is not as requested"},
        [QUERY_UNWRITTEN] = {STANDIN_VIRTUAL_QUERY, "left its out parameter unwritten"},
        [QUERY_OF_ELSEWHERE] = {STANDIN_VIRTUAL_QUERY, "when asked for"},
        [PROTECT_UNWRITTEN] = {STANDIN_VIRTUAL_PROTECT, "left its out parameter unwritten"},
        [PROTECT_WRONG_OLD] = {STANDIN_VIRTUAL_PROTECT, "says the old protection was 0x10"},
        [LOAD_UNWRITTEN] = {STANDIN_GET_MEMORY_LOAD, "left an out parameter unwritten"},
        [LOAD_ABOVE_100] = {STANDIN_GET_MEMORY_LOAD, "says 101 percent"},
        [ACQUIRED_LAST_ERROR_LOST] = {STANDIN_ACQUIRED_ADDRESS_SPACE, "changed the last error to 487"},
        [BLOCK_S_OK_AND_NULL] = {STANDIN_ALLOC, "returned S_OK and NULL"},
        [BLOCK_OF_0_GIVES_NULL] = {STANDIN_ALLOC, "returned S_OK and NULL"},
        [BLOCK_MISALIGNED] = {STANDIN_ALLOC, "is not aligned"},
        [BLOCK_SHARED] = {STANDIN_ALLOC, "was overwritten"},
        [FREE_OF_NULL_REFUSED] = {STANDIN_FREE, "did not free its own block"},
        [NOTIFIES_INSIDE_A_CALL] = {STANDIN_NOTIFICATION, "from inside a call"},
    };

    (void)state;
    for (standin_fault fault = HONEST + 1; fault < FAULTS; fault++) {
        standin_life life;

        standin_live(&(standin_plan){.proxied = TRUE, .fault = fault, .argument = L"12,1", .notify_low = TRUE}, &life);
        if (!has_violation(&life.report, expected[fault].method, expected[fault].text)) {
            print_error("fault %d is not reported as \"%s: ...%s...\", but:\n", (int)fault,
                        standin_method_name(expected[fault].method), expected[fault].text);
            for (LONG i = 0; i < life.report.violations && i < STANDIN_TEXTS; i++)
                print_error("  %s\n", life.report.violation[i]);
            fail();
        }
    }
}

static void the_honest_proxy_is_reported_for_nothing(void **state)
{
    standin_life life;

    (void)state;
    standin_live(&(standin_plan){.proxied = TRUE, .argument = L"12,1", .notify_low = TRUE}, &life);
    assert_orderly(&life);
}

static void a_control_whose_heap_is_missing_is_refused(void **state)
{
    standin_life life;

    (void)state;
    standin_live(&(standin_plan){.proxied = TRUE, .fault = CREATE_MALLOC_GIVES_NULL}, &life);
    assert_int_equal(life.set_control, E_UNEXPECTED);
    assert_int_equal(life.left_over, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trees_give_the_checked_result_in_orderly_memory),
        cmocka_unit_test(an_unlimited_life_makes_every_kind_of_call),
        cmocka_unit_test(a_runtime_out_of_memory_runs_again_when_there_is_some),
        cmocka_unit_test(a_limit_below_what_starting_takes_is_overdrawn),
        cmocka_unit_test(a_program_catches_its_own_out_of_memory),
        cmocka_unit_test(requests_are_process_critical_until_the_runtime_has_started),
        cmocka_unit_test(a_low_notification_is_answered_by_one_collection),
        cmocka_unit_test(the_refusal_of_any_single_request_is_survived),
        cmocka_unit_test(a_runtime_outlives_the_instance_that_it_came_from),
        cmocka_unit_test(calls_in_the_wrong_state_are_refused),
        cmocka_unit_test(a_wrong_program_or_argument_fails_as_in_a_clr),
        cmocka_unit_test(every_broken_rule_is_reported_by_name),
        cmocka_unit_test(the_honest_proxy_is_reported_for_nothing),
        cmocka_unit_test(a_control_whose_heap_is_missing_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
